import type { ReactNode } from 'react';
import type { Told } from '../data/call.js';
import { count, duration, money, percent } from '../data/format.js';

export type ReportTable = Told<'GET /api/reports/:name'>['tables'][number];
export type Row = ReportTable['rows'][number];
export type Cell = Row[string];
type Share = {
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly part: number;
  readonly whole: number;
};

/** Below so many people a share alone would say more than is known. */
const fewPeople = 30;

/** What stands in a report at one place. */
export function shownCell(key: string, cell: Cell | undefined): ReactNode {
  if (cell === null || cell === undefined || cell === '') return <span className="quiet">–</span>;
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number') return key === 'return' ? signed(cell) : count(cell);
  if (isShare(cell)) return <ShareCell share={cell} />;
  if (isTook(cell)) return duration(cell.seconds * 1000);
  const sums = Object.entries(cell);
  return sums.length === 0 ? (
    <span className="quiet">–</span>
  ) : (
    sums.map(([currency, sum]) => money(sum, currency)).join(' + ')
  );
}

function ShareCell({ share: { share, low, high, part, whole } }: { readonly share: Share }) {
  return (
    <span title={`${count(part)} of ${count(whole)}; the true share lies between ${percent(low)} and ${percent(high)}`}>
      {percent(share)}
      {whole < fewPeople && (
        <small className="quiet interval">
          {Math.round(low * 100)} to {Math.round(high * 100)} %
        </small>
      )}
    </span>
  );
}

/** The number that a chart draws; null where nothing can be said. */
export function numberIn(cell: Cell | undefined): number | null {
  if (typeof cell === 'number') return cell;
  return isShare(cell) ? cell.share : null;
}

/** The name in a cell; nothing where it holds something else. */
export function wordIn(cell: Cell | undefined): string {
  return typeof cell === 'string' ? cell : '';
}

export function isShare(cell: Cell | undefined): cell is Share {
  return typeof cell === 'object' && cell !== null && 'share' in cell && 'whole' in cell;
}

function isTook(cell: object): cell is { readonly seconds: number } {
  return 'seconds' in cell && Object.keys(cell).length === 1;
}

function signed(gain: number): string {
  return `${gain > 0 ? '+' : ''}${Math.round(gain * 100)} %`;
}

const titles: Readonly<Record<string, string>> = {
  created: 'New',
  ofAll: 'Of all',
  ofBefore: 'Of the step before',
  median: 'Half took up to',
  p90: 'Nine in ten took up to',
  costPerWon: 'Cost of one won',
  'hard-bounced': 'Bounced for good',
  'soft-bounced': 'Bounced for now',
};

/** The heading of a column, by its key: "still-interested" is "Still interested", "weeks4" is "4 weeks". */
export function titleOf(key: string): string {
  const [, weeks] = /^weeks(\d+)$/.exec(key) ?? [];
  if (weeks) return weeks === '1' ? '1 week' : `${weeks} weeks`;
  const words = key.replaceAll('-', ' ').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return titles[key] ?? words.charAt(0).toUpperCase() + words.slice(1);
}
