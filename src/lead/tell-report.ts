import { reportOf } from '../report/answer.js';
import type { Ask, AskSetting, ReportName } from '../report/ask.js';
import { type Needs, needsOf } from '../report/needs.js';
import type { Period } from '../report/period.js';
import type { Report } from '../report/report.js';
import { type Bucket, bucketsOf, partsIn } from '../report/sums.js';
import { addTo, seriesCode, type Sums } from '../report/tally.js';
import type { Project } from '../sequence/project.js';
import type { Store } from '../store/open-store.js';
import { rollUp, type RollUpSetting } from './roll-up.js';

export type ReportSetting = RollUpSetting & {
  readonly store: Pick<Store, 'reports' | 'revisions'>;
  readonly project: () => Pick<Project, 'programs' | 'funnel' | 'costs'>;
  readonly defaultTimeZone: string;
};

/** Leads that a report waits for; what is more is left to the job that comes round. */
const mostAtOnce = 5000;

/** What questions are read against: the zone that is counted in, and the names that there are. */
export async function askSetting(setting: ReportSetting): Promise<AskSetting> {
  const { store, project, now, defaultTimeZone } = setting;
  const { zone } = await store.reports.rounds.standing();
  const { programs, funnel, costs } = project();
  const [sources, sequences, stages] = await Promise.all([
    store.reports.buckets.names('source'),
    store.reports.buckets.names('sequence'),
    store.reports.buckets.names('stage'),
  ]);
  return {
    now: now(),
    zone: zone ?? defaultTimeZone,
    sources: distinct([...(costs?.costs ?? []).flatMap(({ source }) => source ?? []), ...sources]),
    sequences: distinct([...programs.keys(), ...sequences]),
    stages: distinct([...funnel.map(({ name }) => name), ...stages]),
  };
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter((name) => name !== '');
}

/** A report with what has become known a moment ago in it, where that is not too much to wait for. */
export async function tellReport(ask: Ask, setting: ReportSetting): Promise<Report> {
  const { store, project, defaultTimeZone } = setting;
  const { asOf } = await rollUp(setting, { zone: defaultTimeZone, atMost: mostAtOnce });
  const { zone } = await store.reports.rounds.standing();
  const needs = needsOf(ask);
  const isKept = zone === ask.period.zone;
  const buckets = isKept
    ? await store.reports.buckets.read(needs, ask.period)
    : await countAnew(needs, ask.period, store.reports);
  const parts = buckets.flatMap((bucket) => partsIn(bucket, ask.period, needs.byMonth));
  const { programs, funnel, costs } = project();
  const report = reportOf({ ask, asOf, parts, project: { programs, funnel }, costs });
  const notes = [...report.notes, ...(asOf ? [] : [notYet]), ...(isKept ? [] : [otherZone(zone)])];
  return { ...report, notes };
}

const notYet = 'Not all leads are counted yet: these numbers grow until they are, and "as of" tells since when.';

function otherZone(zone: string | undefined): string {
  return `Days are kept in ${zone ?? 'UTC'} (DEFAULT_TIMEZONE); for another zone all leads were counted anew, which takes longer.`;
}

/** The days of another zone than the one that is kept, out of what every lead counts for. */
async function countAnew(needs: Needs, period: Period, { rounds }: Store['reports']): Promise<readonly Bucket[]> {
  const sums: Sums = new Map();
  const only = needs.of === undefined ? undefined : seriesCode({ kind: needs.kind, of: needs.of });
  const isWanted = (day: number, series: string): boolean =>
    period.from <= day && day <= period.to && (only ? series === only : series.startsWith(`${needs.kind}:`));
  for await (const { counted } of rounds.all()) addTo(sums, counted, period.zone, 1, isWanted);
  return bucketsOf(sums, needs.groups);
}

/** What each report tells. */
export const reportsTell: Readonly<Record<ReportName, string>> = {
  kpi: 'what happened in a period: people reached, interested, contacted, won; value, cost and return',
  funnel: 'how far those came who came in during a period, from step to step, and how long it took',
  sequence: 'what became of each mail, and what can be said of splits',
  cohort: 'what share of those who came in together had come to a milestone after so many weeks',
};
