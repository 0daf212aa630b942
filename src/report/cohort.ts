import { cohortMilestones, meanings, type Milestone } from './milestones.js';
import { type Material, namesOf, shownName, timeRows } from './needs.js';
import { beginOf } from './period.js';
import type { Cell, Column, Report, Table } from './report.js';
import { type Counts, sumBy, under } from './sums.js';

/** Weeks after which it is looked how many had come to something. */
const weeks = [1, 2, 4, 8, 12, 26, 52] as const;
const told = cohortMilestones.filter((milestone) => milestone !== 'created');
const weekMs = 7 * 86_400_000;

/** A cohort, and when its last one came in. */
type Cohort = { readonly name: string; readonly counts: Counts | undefined; readonly endsAt: Date };

/** What became of those who came in together, after so many weeks each. */
export function cohortReport(material: Material): Report {
  const { ask, asOf } = material;
  const cohorts = cohortsOf(material);
  return {
    report: 'cohort',
    title: 'What became of those who came in together',
    period: ask.period,
    ...(ask.by ? { by: ask.by } : {}),
    asOf,
    tables: told.map((milestone) => tableOf(milestone, cohorts, material)),
    notes: [
      'Weeks are counted for each person from the instant at which they became a lead.',
      'A cell stays empty until the last of its cohort has had so many weeks.',
    ],
  };
}

function cohortsOf(material: Material): readonly Cohort[] {
  const { ask, parts } = material;
  const { zone } = ask.period;
  const time = timeRows(material);
  if (time) {
    const sums = sumBy(parts, time.rowOf);
    return time.rows
      .filter(({ name }) => sums.has(name))
      .map((row) => ({ name: row.name, counts: sums.get(row.name), endsAt: beginOf(row.to + 1, zone) }));
  }
  const sums = sumBy(parts, ({ series }) => series.of);
  const lastDays = new Map<string, number>();
  for (const { day, series } of parts) lastDays.set(series.of, Math.max(day, lastDays.get(series.of) ?? day));
  return namesOf('source', sums.keys(), material).flatMap((name): readonly Cohort[] => {
    const last = lastDays.get(name);
    if (last === undefined) return [];
    return [{ name: shownName('source', name), counts: sums.get(name), endsAt: beginOf(last + 1, zone) }];
  });
}

function tableOf(milestone: Milestone, cohorts: readonly Cohort[], { ask, asOf }: Material): Table {
  const columns: readonly Column[] = [
    { key: ask.by ?? 'cohort', title: ask.by ?? '', means: 'who came in together' },
    { key: 'leads', title: 'leads', means: meanings.created },
    ...weeks.map((n): Column => {
      const span = n === 1 ? '1 week' : `${n} weeks`;
      return { key: `weeks${n}`, title: `${n} w`, means: `share that came to it within ${span}` };
    }),
  ];
  const rows = cohorts.map(({ name, counts, endsAt }): readonly Cell[] => {
    const leads = sumOf(under(counts, 'c', 'created'));
    const byWeek = under(counts, 'c', milestone);
    const cells = weeks.map((n): Cell => {
      const isOver = asOf !== undefined && endsAt.getTime() + n * weekMs <= asOf.getTime();
      const part = sumOf(new Map([...byWeek].filter(([week]) => Number(week) < n)));
      return isOver && leads > 0 ? { share: { part, whole: leads } } : null;
    });
    return [name, leads, ...cells];
  });
  const about = `${milestone}: ${meanings[milestone]}.`;
  return { name: milestone, title: `Share that came to be ${milestone} within so many weeks`, columns, rows, about };
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, n) => sum + n, 0);
}
