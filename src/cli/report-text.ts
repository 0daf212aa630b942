import Table from 'cli-table3';
import pc from 'picocolors';
import { inShort } from '../report/durations.js';
import { type Share, wilson } from '../report/interval.js';
import type { Money } from '../report/costs.js';
import type { Cell, Report, Table as ReportTable } from '../report/report.js';
import { dayText } from '../sequence/wall-clock.js';
import { instant, wordsOf, wrapped } from './terminal.js';

/** A report for a person, to be read at 80 columns: the tables, what each column means, and what else must be known. */
export function reportText({ title, period, asOf, tables, notes }: Report): string {
  const { from, to, zone } = period;
  const days = from === to ? dayText(from) : `${dayText(from)} to ${dayText(to)}`;
  const as = asOf ? `as of ${instant(asOf, zone)}` : 'still being counted';
  const filled = tables.filter(({ rows }) => rows.length > 0);
  const told = new Set<string>();
  return [
    pc.bold(title),
    `${days}, ${zone} ${pc.dim(`· ${as}`)}`,
    ...filled.map((table) => tableText(table, told)),
    ...(filled.length === 0 ? ['', 'Nothing was counted in this period.'] : []),
    '',
    ...notes.flatMap((note) => wrapped(note, width)).map((line) => pc.dim(line)),
  ].join('\n');
}

const width = 80;
/** Names that are longer would push the numbers off the screen. */
const longestName = 24;

/** A table with what its columns mean, as far as that was not told before. */
function tableText(table: ReportTable, told: Set<string>): string {
  const { title, about, name, legend = [], columns, isGrouped } = table;
  if (name === 'verdicts') return ['', pc.bold(title), ...verdictLines(table)].join('\n');
  // The first column has the names of what the rows are of.
  const named = columns.slice(isGrouped ? 2 : 1).map(({ title: of, means }) => ({ name: oneLine(of), means }));
  const means = [...legend, ...(about === undefined ? named : [])].filter((one) => !told.has(one.name + one.means));
  for (const one of means) told.add(one.name + one.means);
  const lines = [
    ...(about === undefined ? [] : wrapped(about, width - 2).map((line) => `  ${line}`)),
    ...(means.length > 0 ? wordsOf(means).split('\n') : []),
  ];
  return ['', pc.bold(title), laidOut(table), ...lines.map((line) => pc.dim(line))].join('\n');
}

function laidOut({ columns, rows, isGrouped, hasTotal, name }: ReportTable): string {
  const shown = isGrouped ? columns.slice(1) : columns;
  const table = new Table({
    head: shown.map(({ title }) => pc.bold(title)),
    colAligns: shown.map((_, i) => (i === 0 ? 'left' : 'right')),
    chars: quiet,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 1 },
  });
  let last: Cell = null;
  for (const [i, row] of rows.entries()) {
    const [group = '', ...rest] = row;
    if (isGrouped && group !== last) table.push([{ colSpan: shown.length, content: pc.bold(nameIn(group)) }]);
    last = group;
    const cells = (isGrouped ? rest : row).map((cell, at) => cellText(cell, at === 0, name === 'splits'));
    const isTotal = hasTotal && i === rows.length - 1;
    const indented = isGrouped ? [`  ${cells[0] ?? ''}`, ...cells.slice(1)] : cells;
    table.push(isTotal ? indented.map((text) => pc.bold(text)) : indented);
  }
  return table.toString().replace(/ +$/gm, '');
}

function verdictLines({ rows }: ReportTable): readonly string[] {
  return rows.flatMap(([sequence, split, verdict]) =>
    wrapped(`${nameIn(sequence)}, ${nameIn(split)}: ${nameIn(verdict)}.`, width),
  );
}

function nameIn(cell: Cell = null): string {
  return typeof cell === 'string' ? cell : '';
}

/** A table without lines fits 80 columns, and compares well. */
const quiet = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid']
    .flatMap((side) => [[side, ''], ...['-left', '-mid', '-right'].map((end) => [side + end, ''])])
    .concat([['middle', '']]),
);

function cellText(cell: Cell, isName: boolean, withBounds: boolean): string {
  if (cell === null) return pc.dim('n/a');
  if (typeof cell === 'string')
    return isName && cell.length > longestName ? `${cell.slice(0, longestName - 1)}…` : cell;
  if (typeof cell === 'number') return grouped.format(cell);
  if ('share' in cell) return shareText(cell.share, withBounds);
  if ('money' in cell) return moneyText(cell.money);
  return 'took' in cell ? inShort(cell.took.ms) : gainText(cell.gain);
}

const grouped = new Intl.NumberFormat('en-GB');

/** Of fewer people a share says little: below it stands where the true one may lie. */
const few = 30;

function shareText(share: Share, withBounds: boolean): string {
  const { part, whole } = share;
  if (whole === 0) return pc.dim('n/a');
  const text = `${hundredths(part / whole)} %`;
  if (!withBounds && whole >= few) return text;
  const { low, high } = wilson(share);
  return `${text}${withBounds ? ' ' : '\n'}${pc.dim(`${hundredths(low)}–${hundredths(high)}`)}`;
}

function hundredths(share: number): string {
  const n = share * 100;
  return n > 0 && n < 9.95 ? n.toFixed(1) : n.toFixed(0);
}

function moneyText(money: Money): string {
  const told = [...money].filter(([, n]) => n !== 0);
  if (told.length === 0) return '–';
  return told.map(([currency, n]) => amountText(n / 1000, currency)).join('\n');
}

function amountText(amount: number, currency: string): string {
  const maximumFractionDigits = Math.abs(amount) < 100 ? 2 : 0;
  if (currency === '-') return new Intl.NumberFormat('en-GB', { maximumFractionDigits }).format(amount);
  return new Intl.NumberFormat('en-GB', { style: 'currency', currency, maximumFractionDigits }).format(amount);
}

function gainText(gain: number): string {
  return new Intl.NumberFormat('en-GB', { style: 'percent', signDisplay: 'exceptZero' })
    .format(gain)
    .replace('%', ' %');
}

function oneLine(title: string): string {
  return title.replace('-\n', '').replace('\n', ' ');
}
