import { BarChart } from '../parts/bar-chart.js';
import { percent } from '../data/format.js';
import { Funnel } from '../parts/funnel.js';
import { LineChart } from '../parts/line-chart.js';
import { isShare, numberIn, type ReportTable, titleOf, wordIn } from './reports-cells.js';

type PictureParts = {
  readonly report: string;
  readonly by: string | null;
  readonly table: ReportTable;
  readonly zone: string;
};

/** More bars than this say nothing. */
const mostBars = 24;

/** A table as a picture, where there is one that says more than its numbers. */
export function Picture({ report, by, table, zone }: PictureParts) {
  if (report === 'funnel' && table.name === 'steps') return <Steps table={table} />;
  const { name, rows } = table;
  const keys = keysDrawn(report, name, table);
  if (keys.length === 0 || rows.length < 2) return null;
  const isShares = keys.every((key) => rows.every((row) => row[key] === null || isShare(row[key])));
  const write = isShares ? { write: (value: number) => percent(value) } : {};
  const label = `${table.title}: ${keys.map(titleOf).join(', ')}`;
  const series = keys.map((key) => ({ name: titleOf(key), values: rows.map((row) => numberIn(row[key])) }));
  if (isTime(by)) {
    const days = rows.map((row) => dayOf(wordIn(row[by ?? ''])));
    return (
      <LineChart
        label={label}
        at={days}
        zone={zone}
        writeAt={(at) => at.toISOString().slice(0, by === 'month' ? 7 : 10)}
        series={series}
        {...write}
      />
    );
  }
  if (rows.length > mostBars) return null;
  return <BarChart label={label} names={rows.map((row) => nameOf(row, table))} series={series} {...write} />;
}

function Steps({ table: { rows, title } }: { readonly table: ReportTable }) {
  const stages = rows.map((row) => {
    const before = row['ofBefore'];
    return {
      name: titleOf(wordIn(row['step'])),
      count: numberIn(row['people']) ?? 0,
      ...(isShare(before) ? { came: { from: before.whole, reached: before.part } } : {}),
    };
  });
  return <Funnel label={title} stages={stages} />;
}

/** What is drawn of a table: what belongs together on one scale. */
function keysDrawn(report: string, name: string, { columns }: ReportTable): readonly string[] {
  const wanted =
    report === 'cohort'
      ? columns.map(({ key }) => key).filter((key) => key.startsWith('weeks'))
      : (drawn[`${report} ${name}`] ?? []);
  return wanted.filter((key) => columns.some((column) => column.key === key));
}

const drawn: Readonly<Record<string, readonly string[]>> = {
  'kpi people': ['created', 'interested', 'contactable', 'won'],
  'kpi sales': ['qualified', 'handed-over', 'won'],
  'sequence mails': ['sent', 'opened', 'clicked'],
};

function isTime(by: string | null): boolean {
  return by === 'day' || by === 'week' || by === 'month';
}

function dayOf(name: string): string {
  return name.length === 7 ? `${name}-01` : name;
}

function nameOf(row: ReportTable['rows'][number], { columns }: ReportTable): string {
  const [first, second] = columns;
  const words = [first, second].flatMap((column) => {
    const cell = column && row[column.key];
    return typeof cell === 'string' ? [cell] : [];
  });
  return words.join(': ');
}
