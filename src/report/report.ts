import { dayText } from '../sequence/wall-clock.js';
import type { ReportName } from './ask.js';
import type { Money } from './costs.js';
import { type Share, wilson } from './interval.js';
import type { Period } from './period.js';

/** A length of time, as the quantile of how long things took. */
export type Took = { readonly ms: number };
/** What stands in a report at one place; null where nothing can be said. */
export type Cell =
  | null
  | string
  | number
  | { readonly share: Share }
  | { readonly money: Money }
  | { readonly took: Took }
  | { readonly gain: number };

export type Column = {
  /** Its name in JSON and CSV. */
  readonly key: string;
  /** Its name over a table in a terminal, short. */
  readonly title: string;
  /** What it counts, in a sentence. */
  readonly means: string;
};

export type Table = {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** What all of its columns mean, where that is one thing. */
  readonly about?: string;
  /** What names in its first column mean, where they are not names of the project. */
  readonly legend?: readonly { readonly name: string; readonly means: string }[];
  /** Rows with the same first cell stand together under it. */
  readonly isGrouped?: boolean;
  /** The last row is the sum of those above. */
  readonly hasTotal?: boolean;
};

export type Report = {
  readonly report: ReportName;
  readonly title: string;
  readonly period: Period;
  /** Along what it has rows. */
  readonly by?: string;
  /** Up to when what happened is in it. */
  readonly asOf: Date | undefined;
  readonly tables: readonly Table[];
  /** What else must be known to read it rightly. */
  readonly notes: readonly string[];
};

/** A report as programs read it: docs/reports.md tells every key. */
export function reportJson({ report, period, by, asOf, tables, notes }: Report) {
  return {
    report,
    from: dayText(period.from),
    to: dayText(period.to),
    zone: period.zone,
    by: by ?? null,
    asOf: asOf?.toISOString() ?? null,
    tables: tables.map(({ name, title, columns, rows, hasTotal, legend }) => {
      const all = rows.map((row) => Object.fromEntries(columns.map(({ key }, i) => [key, cellJson(row[i] ?? null)])));
      return {
        name,
        title,
        columns: columns.map(({ key, means }) => ({ key, means })),
        ...(legend ? { legend } : {}),
        rows: hasTotal ? all.slice(0, -1) : all,
        total: (hasTotal ? all.at(-1) : undefined) ?? null,
      };
    }),
    notes,
  };
}

type CellJson =
  | null
  | string
  | number
  | {
      readonly share: number;
      readonly low: number;
      readonly high: number;
      readonly part: number;
      readonly whole: number;
    }
  | { readonly seconds: number }
  | Readonly<Record<string, number>>;

function cellJson(cell: Cell): CellJson {
  if (cell === null || typeof cell !== 'object') return cell;
  if ('share' in cell) {
    const { part, whole } = cell.share;
    if (whole === 0) return null;
    const { low, high } = wilson(cell.share);
    return { share: rounded(part / whole), low: rounded(low), high: rounded(high), part, whole };
  }
  if ('money' in cell) return Object.fromEntries([...cell.money].map(([currency, n]) => [currency, n / 1000]));
  return 'took' in cell ? { seconds: Math.round(cell.took.ms / 1000) } : rounded(cell.gain);
}

function rounded(share: number): number {
  return Number(share.toFixed(4));
}

/** A table as rows for a file; a share has columns for its bounds, and money one for each currency. */
export function reportCsv({ columns, rows }: Table): readonly (readonly (string | number)[])[] {
  const wide = columns.map((column, i) => ({ column, parts: partsOf(rows.map((row) => row[i] ?? null)) }));
  const head = wide.flatMap(({ column, parts }) => parts.map((part) => (part ? `${column.key} ${part}` : column.key)));
  const body = rows.map((row) => wide.flatMap(({ parts }, i) => parts.map((part) => valueIn(row[i] ?? null, part))));
  return [head, ...body];
}

/** The columns of a file that the cells of one column need. */
function partsOf(cells: readonly Cell[]): readonly string[] {
  const told = cells.flatMap((cell) => (cell !== null && typeof cell === 'object' ? [cell] : []));
  if (told.some((cell) => 'share' in cell)) return ['', 'low', 'high', 'part', 'whole'];
  const money = new Set(told.flatMap((cell) => ('money' in cell ? [...cell.money.keys()] : [])));
  if (money.size > 0) return [...money].toSorted();
  return told.some((cell) => 'took' in cell) ? ['seconds'] : [''];
}

/** Empty where nothing can be said. */
function valueIn(cell: Cell, part: string): string | number {
  if (cell === null || typeof cell !== 'object') return cell ?? '';
  if ('share' in cell) return inShare(cell.share, part);
  if ('money' in cell) return (cell.money.get(part) ?? 0) / 1000;
  return 'took' in cell ? Math.round(cell.took.ms / 1000) : rounded(cell.gain);
}

function inShare(share: Share, part: string): string | number {
  if (part === 'part' || part === 'whole') return share[part];
  if (share.whole === 0) return '';
  const { low, high } = wilson(share);
  return rounded(part === 'low' ? low : part === 'high' ? high : share.part / share.whole);
}
