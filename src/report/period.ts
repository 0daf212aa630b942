import { type DurationUnit, addToDay, parseDuration } from '../sequence/duration.js';
import { atMinute, dayMs, dayNumber, dayOf, dayText, wallAt, weekdayOf } from '../sequence/wall-clock.js';

/** Days of a zone, the first and the last included. */
export type Period = { readonly from: number; readonly to: number; readonly zone: string };

/** A longer one is a slip of the pen. */
export const mostDays = 3660;

/**
 * A day as people write it: "2026-03-01", "today", "yesterday", "30 days ago"; of a month, "2026-03", its first day, or
 * its last one where `end` says that a period ends there. Undefined when it is none.
 */
export function readDay(written: string, today: number, end = false): number | undefined {
  const text = written.trim().toLowerCase();
  if (text === 'today') return today;
  if (text === 'yesterday') return today - 1;
  if (/^\d{4}-\d{2}$/.test(text)) return monthDay(text, end);
  const [, back] = /^(.{1,20}) ago$/.exec(text) ?? [];
  if (back === undefined) return dayNumber(text);
  const duration = parseDuration(back);
  return duration && addToDay(today, { ...duration, amount: -duration.amount });
}

function monthDay(month: string, end: boolean): number | undefined {
  const first = dayNumber(`${month}-01`);
  const next = first === undefined ? undefined : addToDay(first, { amount: 1, unit: 'months' });
  return end && next !== undefined ? next - 1 : first;
}

export function todayIn(zone: string, now: Date): number {
  return dayOf(wallAt(now, zone));
}

/** When a day of a zone begins. */
export function beginOf(day: number, zone: string): Date {
  return atMinute(day, 0, zone);
}

export const spans = ['day', 'week', 'month'] as const;
/** Lengths of time that a report may have a row for. */
export type SpanUnit = (typeof spans)[number];

/** One row of a report by time: the days of a span that lie in the period. */
export type Row = { readonly name: string; readonly from: number; readonly to: number; readonly isWhole: boolean };

/** The rows of a period: each day, each week from Monday, or each month. The first and the last may be parts of theirs. */
export function rowsOf({ from, to }: Period, unit: SpanUnit): readonly Row[] {
  const rows: Row[] = [];
  let first = from;
  while (first <= to) {
    const begin = beginOfSpan(first, unit);
    const end = nextSpan(begin, unit) - 1;
    const last = Math.min(end, to);
    rows.push({ name: spanName(begin, unit), from: first, to: last, isWhole: begin === first && end === last });
    first = last + 1;
  }
  return rows;
}

/** The first day of the span that a day lies in. */
export function beginOfSpan(day: number, unit: SpanUnit): number {
  if (unit === 'week') return day - (weekdayOf(day) - 1);
  return unit === 'month' ? day - (new Date(day * dayMs).getUTCDate() - 1) : day;
}

function nextSpan(begin: number, unit: SpanUnit): number {
  const units: Readonly<Record<SpanUnit, DurationUnit>> = { day: 'days', week: 'weeks', month: 'months' };
  return addToDay(begin, { amount: 1, unit: units[unit] }) ?? begin + 1;
}

function spanName(begin: number, unit: SpanUnit): string {
  return unit === 'month' ? dayText(begin).slice(0, 'YYYY-MM'.length) : dayText(begin);
}

/** Whether a period has all days of the month that begins with a day. */
export function isWholeMonth(month: number, { from, to }: Pick<Period, 'from' | 'to'>): boolean {
  return from <= month && nextSpan(month, 'month') - 1 <= to;
}

/** How many days two spans of days share. */
export function sharedDays(a: Pick<Period, 'from' | 'to'>, b: Pick<Period, 'from' | 'to'>): number {
  return Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from) + 1);
}
