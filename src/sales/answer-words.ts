import type { Sales } from '../sequence/sales-file.js';
import type { Answered } from './standing.js';

/** "2 March 2026: Won, €4,800, by dana@example.com: “Starts in May.”" */
export function answerInWords(
  { at, answer, value, currency, by, note, isTakenBack }: Answered,
  { titles, timeZone }: Pick<Sales, 'titles' | 'timeZone'>,
): string {
  const day = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'long', year: 'numeric' }).format(at);
  const parts = [
    titles[answer],
    ...(value === undefined ? [] : [amountInWords(value, currency)]),
    ...(by === undefined ? [] : [`by ${by}`]),
    ...(isTakenBack ? ['taken back since'] : []),
  ];
  return `${day}: ${parts.join(', ')}${note === undefined ? '' : `: “${note}”`}`;
}

/** "€4,800" */
export function amountInWords(value: number, currency: string | undefined): string {
  const digits = Number.isInteger(value) ? 0 : 2;
  const style = currency ? ({ style: 'currency', currency } as const) : {};
  return new Intl.NumberFormat('en-GB', {
    ...style,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}
