import { quantile } from './durations.js';
import { chain, meanings, type Milestone } from './milestones.js';
import { type Material, namesOf, needsOf, shownName, timeRows } from './needs.js';
import type { Cell, Column, Report, Table } from './report.js';
import { binsOf, type Counts, countIn, sumBy } from './sums.js';
import type { SeriesKind } from './tally.js';

type Line = { readonly name: string; readonly counts: Counts | undefined };

/**
 * How a funnel is read along a series. Those who came in go from step to step; those who were mailed by a sequence or
 * entered a stage may have come far before, so that each step is held against them all.
 */
type Reading = {
  /** Who a row is of. */
  readonly who: string;
  readonly begin: { readonly title: string; readonly means: string };
  readonly steps: readonly Milestone[];
  /** Where the steps are held against the one before. */
  readonly isChain?: true;
};

const readings: Readonly<Record<SeriesKind, Reading>> = {
  source: {
    who: 'Each row is of the people who became leads in it.',
    begin: { title: 'new', means: meanings.created },
    steps: chain.slice(1),
    isChain: true,
  },
  sequence: {
    who: 'Each row is of the people whom the sequence mailed first in the period; who is in several counts in each. Interest is that in its own mails, the rest is what came afterwards.',
    begin: { title: 'mailed', means: 'a mail of the sequence was taken for them, for the first time' },
    steps: chain.slice(2),
  },
  stage: {
    who: 'Each row is of the people who first entered the stage in the period, and of what they came to for the first time from then on.',
    begin: { title: 'entered', means: 'entered the stage for the first time' },
    steps: chain.slice(2),
  },
};

const titles: Readonly<Partial<Record<Milestone, string>>> = {
  interested: 'inter-\nested',
  contactable: 'contact-\nable',
  contacted: 'con-\ntacted',
  'still-interested': 'still\ninterested',
};

/** How far those came who came in during a period, whenever they did it, and how long it took them. */
export function funnelReport(material: Material): Report {
  const { ask, asOf } = material;
  const { kind } = needsOf(ask);
  const lines = linesOf(material, kind);
  return {
    report: 'funnel',
    title: 'How far people came',
    period: ask.period,
    ...(ask.by ? { by: ask.by } : {}),
    asOf,
    tables: ask.by ? tablesOf(ask.by, lines, kind) : [stepsTable(lines[0]?.counts, readings[kind])],
    notes: [readings[kind].who, 'What they do later still comes to these rows; young ones have had less time.'],
  };
}

function linesOf(material: Material, kind: SeriesKind): readonly Line[] {
  const { ask, parts } = material;
  const time = timeRows(material);
  if (time) {
    const sums = sumBy(parts, time.rowOf);
    return time.rows.map(({ name }) => ({ name, counts: sums.get(name) }));
  }
  if (!ask.by) return [{ name: 'all', counts: sumBy(parts, () => 'all').get('all') }];
  const sums = sumBy(parts, ({ series }) => series.of);
  // What was counted for no sequence or stage has no beginning, and so no row here.
  const found = [...sums.keys()].filter((name) => name !== '');
  return namesOf(kind, found, material)
    .filter((name) => kind === 'stage' || sums.has(name))
    .map((name) => ({ name: shownName(kind, name), counts: sums.get(name) }));
}

/** All of them in one: a row for each step. */
function stepsTable(counts: Counts | undefined, reading: Reading): Table {
  const { begin, steps, isChain } = reading;
  const from = isChain ? 'from the step before' : `from being ${begin.title}`;
  const columns: readonly Column[] = [
    { key: 'step', title: 'step', means: 'what people came to' },
    { key: 'people', title: 'people', means: 'how many of them have come to it so far' },
    { key: 'ofAll', title: 'of all', means: 'their share of all of them' },
    ...(isChain
      ? [
          {
            key: 'ofBefore',
            title: 'of those\nbefore',
            means: 'of those who came to the step before, how many came to this one',
          },
        ]
      : []),
    { key: 'median', title: 'median', means: `half of them took no longer ${from}` },
    { key: 'p90', title: 'p90', means: `nine in ten took no longer ${from}` },
  ];
  const all = countIn(counts, 'f', 'created');
  const rows = steps.map((step): readonly Cell[] => [
    step,
    countIn(counts, 'f', step),
    shareOf(countIn(counts, 'f', step), all),
    ...(isChain ? [conversion(counts, step, reading)] : []),
    took(counts, step, 0.5),
    took(counts, step, 0.9),
  ]);
  const nothing = columns.slice(2).map(() => '');
  const legend = [
    { name: begin.title, means: begin.means },
    ...steps.map((step) => ({ name: step, means: meanings[step] })),
  ];
  return { name: 'steps', title: 'Step by step', columns, rows: [[begin.title, all, ...nothing], ...rows], legend };
}

function tablesOf(by: string, lines: readonly Line[], kind: SeriesKind): readonly Table[] {
  const reading = readings[kind];
  const { begin, steps, isChain } = reading;
  const first: Column = { key: by, title: by, means: 'what the row is of' };
  const columnsOf = (means: (step: Milestone) => string): readonly Column[] =>
    steps.map((step) => ({ key: step, title: titles[step] ?? step, means: means(step) }));
  const table = (name: string, columns: readonly Column[], cells: (line: Line) => readonly Cell[]) => ({
    name,
    columns: [first, ...columns],
    rows: lines.map((line) => [line.name, ...cells(line)]),
  });
  const base = (step: Milestone): string => (isChain ? beforeIt(step, reading) : begin.title);
  const timed = (name: string, title: string, who: string, q: number): Table => ({
    ...table(
      name,
      columnsOf((step) => `${who} took no longer from ${base(step)} to ${step}`),
      ({ counts }) => steps.map((step) => took(counts, step, q)),
    ),
    title: `${title} from ${isChain ? 'the step before' : `being ${begin.title}`}`,
    about: `${who} took no longer.`,
  });
  const begun: Column = { key: isChain ? 'created' : begin.title, title: begin.title, means: begin.means };
  return [
    ...(kind === 'stage' && by === 'stage'
      ? [{ ...table('onward', onwardColumns, onwardCells), title: 'From stage to stage' }]
      : []),
    {
      ...table('people', [begun, ...columnsOf((step) => meanings[step])], ({ counts }) =>
        (['created', ...steps] as const).map((step) => countIn(counts, 'f', step)),
      ),
      title: 'People',
    },
    {
      ...table(
        'conversion',
        columnsOf((step) => `of those ${base(step)}, how many came to be ${step}`),
        ({ counts }) => steps.map((step) => conversion(counts, step, reading)),
      ),
      title: isChain ? 'Of those who came to the step before' : `Of those ${begin.title}`,
      about: 'Of fewer than 30 people, where the true share lies stands below (95 %, Wilson).',
    },
    timed('median', 'Median time', 'half of them', 0.5),
    timed('p90', '90 % of times', 'nine in ten', 0.9),
  ];
}

const onwardColumns: readonly Column[] = [
  { key: 'entered', title: 'entered', means: 'people who entered the stage for the first time' },
  { key: 'onward', title: 'went on', means: 'of these, how many went on to another stage so far' },
  { key: 'median', title: 'median', means: 'half of those took no longer' },
  { key: 'p90', title: 'p90', means: 'nine in ten of those took no longer' },
];

function onwardCells({ counts }: Line): readonly Cell[] {
  const entered = countIn(counts, 'f', 'created');
  return [
    entered,
    shareOf(countIn(counts, 'f', 'onward'), entered),
    took(counts, 'onward', 0.5),
    took(counts, 'onward', 0.9),
  ];
}

/** How many came to a step. In a chain, of those who came to the one before: whoever passed that over is on neither side. */
function conversion(counts: Counts | undefined, step: Milestone, reading: Reading): Cell {
  if (!reading.isChain) return shareOf(countIn(counts, 'f', step), countIn(counts, 'f', 'created'));
  const both = [...binsOf(counts, step).values()].reduce((sum, n) => sum + n, 0);
  return shareOf(both, countIn(counts, 'f', beforeIt(step, reading)));
}

function beforeIt(step: Milestone, { steps }: Reading): Milestone {
  return steps[steps.indexOf(step) - 1] ?? 'created';
}

function shareOf(part: number, whole: number): Cell {
  return whole > 0 ? { share: { part, whole } } : null;
}

function took(counts: Counts | undefined, name: string, q: number): Cell {
  const ms = quantile(binsOf(counts, name), q);
  return ms === undefined ? null : { took: { ms } };
}
