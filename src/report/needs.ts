import type { Costs } from '../sequence/costs-file.js';
import type { Project } from '../sequence/project.js';
import type { Ask } from './ask.js';
import { type Row, rowsOf, spans } from './period.js';
import type { Part } from './sums.js';
import { type Group, type SeriesKind, seriesKinds } from './tally.js';

/** What a report is made of. */
export type Material = {
  readonly ask: Ask;
  readonly asOf: Date | undefined;
  /** Of the series and groups that `needsOf` names, in the period. */
  readonly parts: readonly Part[];
  readonly project: Pick<Project, 'programs' | 'funnel'>;
  readonly costs: Costs | undefined;
};

/** The buckets that a report is made of. */
export type Needs = {
  readonly kind: SeriesKind;
  readonly of?: string;
  readonly groups: readonly Group[];
  /** Whether months may be read as one: there is no row for less. */
  readonly byMonth: boolean;
};

const groupsOf: Readonly<Record<Ask['report'], readonly Group[]>> = {
  kpi: ['k', 'v'],
  funnel: ['f', 't'],
  sequence: ['m', 'w'],
  cohort: ['c'],
};

export function needsOf({ report, by, only }: Ask): Needs {
  const along = seriesKinds.find((kind) => kind === by) ?? only?.kind;
  const kind = report === 'sequence' ? 'sequence' : (along ?? 'source');
  return { kind, ...(only ? { of: only.of } : {}), groups: groupsOf[report], byMonth: by !== 'day' && by !== 'week' };
}

/** The row that a part belongs to, and the rows that there are anyway, in their order. */
export type Rowing = {
  readonly rowOf: (part: Part) => string | undefined;
  readonly rows: readonly Row[];
};

/** Rows by time; undefined where a report has rows by something else, or one alone. */
export function timeRows({ ask: { by, period } }: Pick<Material, 'ask'>): Rowing | undefined {
  const unit = spans.find((one) => one === by);
  if (!unit) return undefined;
  const rows = rowsOf(period, unit);
  const nameByDay = new Map<number, string>();
  for (const { name, from, to } of rows) for (let day = from; day <= to; day += 1) nameByDay.set(day, name);
  return { rows, rowOf: ({ day }) => nameByDay.get(day) };
}

/** Names along a series: those of the project first, in their order, then those that only the past knows. */
export function namesOf(
  kind: SeriesKind,
  found: Iterable<string>,
  { project: { funnel, programs }, costs, ask }: Pick<Material, 'project' | 'costs' | 'ask'>,
): readonly string[] {
  if (ask.only) return [ask.only.of];
  const planned: Readonly<Record<SeriesKind, readonly string[]>> = {
    source: (costs?.costs ?? []).flatMap(({ source }) => source ?? []),
    sequence: [...programs.keys()],
    stage: funnel.map(({ name }) => name),
  };
  const known = [...found];
  const rest = [...new Set([...known, ...planned[kind]])].filter(
    (name) => kind === 'source' || !planned[kind].includes(name),
  );
  return kind === 'source' ? rest.toSorted() : [...planned[kind], ...rest.toSorted()];
}

/** A name for people: what was counted for none has one too. */
export function shownName(kind: SeriesKind, name: string): string {
  if (name !== '') return name;
  return { source: '(unknown)', sequence: '(no sequence)', stage: '(no stage yet)' }[kind];
}
