import type { Cost } from '../sequence/costs-file.js';
import { inCurrency, type Money, plus, returnOn, spent } from './costs.js';
import { meanings, type Milestone } from './milestones.js';
import { type Material, namesOf, needsOf, shownName, timeRows } from './needs.js';
import type { Cell, Column, Report, Table } from './report.js';
import { type Counts, countIn, sumBy } from './sums.js';
import type { SeriesKind } from './tally.js';

/** A line of the report before it is set out: a name, what was counted, and what was spent. */
type Line = {
  readonly name: string;
  readonly counts: Counts | undefined;
  readonly cost: Money | undefined;
  /** What was spent for none of the rows: it has no return of its own. */
  readonly isRest?: true;
};

/** What happened in a period: each person counts when they came to a milestone for the first time. */
export function kpiReport(material: Material): Report {
  const { ask, asOf } = material;
  const { kind } = needsOf(ask);
  const lines = linesOf(material, kind);
  const total = totalOf(material, lines);
  const rows = lines.length > 1 ? [...lines, total] : lines;
  const first: Column = { key: ask.by ?? 'all', title: ask.by ?? '', means: 'what the row is of' };
  const table = (
    name: string,
    title: string,
    columns: readonly Column[],
    cells: (line: Line) => readonly Cell[],
  ): Table => ({
    name,
    title,
    columns: [first, ...columns],
    rows: rows.map((line) => [line.name, ...cells(line)]),
    hasTotal: lines.length > 1,
  });
  return {
    report: 'kpi',
    title: 'What happened',
    period: ask.period,
    ...(ask.by ? { by: ask.by } : {}),
    asOf,
    tables: [
      table('people', 'People', peopleColumns, ({ counts }) =>
        people.map(([milestone]) => countIn(counts, 'k', milestone)),
      ),
      table('sales', 'Sales and money', moneyColumns, (line) => moneyCells(line, material)),
    ],
    notes: notesOf(material, kind),
  };
}

const people: readonly (readonly [Milestone, string])[] = [
  ['created', 'new'],
  ['reached', 'reached'],
  ['interested', 'inter-\nested'],
  ['contactable', 'contact-\nable'],
  ['contacted', 'con-\ntacted'],
  ['still-interested', 'still\ninterested'],
  ['won', 'won'],
  ['lost', 'lost'],
];

const peopleColumns = people.map(([key, title]): Column => ({ key, title, means: meanings[key] }));

const moneyColumns: readonly Column[] = [
  { key: 'qualified', title: 'quali-\nfied', means: meanings.qualified },
  { key: 'handed-over', title: 'handed\nover', means: meanings['handed-over'] },
  { key: 'won', title: 'won', means: meanings.won },
  { key: 'value', title: 'value', means: 'what sales won and conversions brought, when it was told' },
  { key: 'cost', title: 'cost', means: 'the share of sequences/costs.json that falls on these days' },
  { key: 'costPerWon', title: 'cost of\none won', means: 'cost divided by people won' },
  { key: 'return', title: 'return', means: 'what came back beyond the cost: +40 % is 1.40 for each 1.00 spent' },
];

function moneyCells({ counts, cost, isRest }: Line, { costs }: Material): readonly Cell[] {
  const value = inCurrency(counts?.get('v') ?? new Map(), costs);
  const won = countIn(counts, 'k', 'won');
  const gain = isRest ? undefined : returnOn(value, cost);
  const each = cost && won > 0 ? new Map([...cost].map(([currency, n]) => [currency, Math.round(n / won)])) : undefined;
  return [
    countIn(counts, 'k', 'qualified'),
    countIn(counts, 'k', 'handed-over'),
    won,
    { money: value },
    cost ? { money: cost } : null,
    each && each.size > 0 ? { money: each } : null,
    gain === undefined ? null : { gain },
  ];
}

function linesOf(material: Material, kind: SeriesKind): readonly Line[] {
  const { ask, parts, costs } = material;
  const time = timeRows(material);
  const isOf = costFilter(material, kind);
  if (time) {
    const sums = sumBy(parts, time.rowOf);
    return time.rows.map((row) => ({ name: row.name, counts: sums.get(row.name), cost: spent(costs, row, isOf) }));
  }
  const sums = sumBy(parts, ({ series }) => series.of);
  const lines = namesOf(kind, sums.keys(), material).map((name): Line => {
    const own = (cost: Cost): boolean => isOf(cost) && kind !== 'stage' && (cost[kind] ?? '') === name;
    return {
      name: shownName(kind, name),
      counts: sums.get(name),
      cost: kind === 'stage' ? undefined : spent(costs, ask.period, own),
    };
  });
  // Most projects have sequences that nobody was in just then.
  const told = lines.filter(({ counts, cost }) => kind !== 'sequence' || counts || (cost && cost.size > 0));
  return [...told, ...withoutRow(material, kind, sums.has(''))];
}

/** Costs of nothing that a row is for; among sequences they stand with what none of them brought about. */
function withoutRow({ ask, costs }: Material, kind: SeriesKind, hasRow: boolean): readonly Line[] {
  if (kind === 'stage' || hasRow || ask.only) return [];
  const cost = spent(costs, ask.period, (one) => one[kind] === undefined);
  return cost && cost.size > 0 ? [{ name: `(for no ${kind})`, counts: undefined, cost, isRest: true }] : [];
}

function costFilter({ ask: { only } }: Material, kind: SeriesKind) {
  return (cost: Cost): boolean => !only || (kind !== 'stage' && cost[kind] === only.of);
}

function totalOf(material: Material, lines: readonly Line[]): Line {
  const sums = sumBy(material.parts, () => 'all');
  const costs = lines.flatMap(({ cost }) => cost ?? []);
  const cost = costs.reduce<Money>(plus, new Map());
  return { name: 'all', counts: sums.get('all'), cost: costs.length > 0 ? cost : undefined };
}

function notesOf({ costs, ask }: Material, kind: SeriesKind): readonly string[] {
  const credit =
    kind === 'sequence'
      ? [
          'A milestone counts for the sequence whose mail was clicked or answered last before it, else for the one that mailed last.',
        ]
      : kind === 'stage'
        ? ['A milestone counts for the stage that the person was in then. Costs are not given by stage.']
        : [];
  const cost =
    costs || ask.by === 'stage'
      ? []
      : ['No costs are known: write them into sequences/costs.json, and cost and return are told.'];
  return ['Each person counts once in each column, on the day on which they first came to it.', ...credit, ...cost];
}
