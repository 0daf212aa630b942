import * as z from 'zod';
import { didYouMean, quoted } from '../diagnostic.js';
import { isTimeZone } from '../sequence/duration.js';
import { mostDays, type Period, readDay, spans, type SpanUnit, todayIn } from './period.js';
import { type Series, type SeriesKind, seriesKinds } from './tally.js';

export const reportNames = ['kpi', 'funnel', 'sequence', 'cohort'] as const;
export type ReportName = (typeof reportNames)[number];
export type By = SpanUnit | SeriesKind;

/** What somebody wants to know. */
export type Ask = {
  readonly report: ReportName;
  readonly period: Period;
  readonly by?: By;
  /** Counts this alone. */
  readonly only?: Series;
};

/** What a question is read against. */
export type AskSetting = {
  readonly now: Date;
  /** The zone unless one is named. */
  readonly zone: string;
  readonly sequences: readonly string[];
  readonly stages: readonly string[];
  readonly sources: readonly string[];
};

/** What each report may have rows for, what it has unless said, and how many days it then looks back. */
export const reportShapes: Readonly<
  Record<
    ReportName,
    { readonly by: readonly By[]; readonly usual?: By; readonly days: number; readonly only: readonly SeriesKind[] }
  >
> = {
  kpi: { by: [...spans, ...seriesKinds], usual: 'week', days: 56, only: seriesKinds },
  funnel: { by: [...spans, ...seriesKinds], days: 90, only: seriesKinds },
  sequence: { by: [...spans, 'sequence'], days: 90, only: ['sequence'] },
  cohort: { by: ['week', 'month', 'source'], usual: 'month', days: 365, only: ['source'] },
};

const word = z.string().max(100, { error: 'this is longer than any name' });
/** A question as it is written. */
export const ReportQuery = z.strictObject({
  from: word.optional().describe('the first day: "2026-03-01", "2026-03", "today", "30 days ago"'),
  to: word.optional().describe('the last day, which is in it'),
  by: word.optional().describe('along what there are rows: day, week, month, source, sequence, stage'),
  zone: word.optional().describe('time zone of the days: "Europe/Paris"'),
  source: word.optional().describe('counts this source alone'),
  sequence: word.optional().describe('counts this sequence alone'),
  stage: word.optional().describe('counts this stage alone'),
});

/** Reads a question; every mistake in it is told at once, by the name of the parameter. */
export function askOf(report: ReportName, setting: AskSetting) {
  return ReportQuery.transform((query, context): Ask => {
    const tell = (name: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [name], message });
    };
    const zone = zoneIn(query.zone, setting, tell);
    const period = periodIn(query, zone, { report, now: setting.now }, tell);
    const by = byIn(query.by, report, tell);
    const only = onlyIn(query, report, setting, tell);
    const isSeries = seriesKinds.some((kind) => kind === by);
    if (by !== undefined && only && isSeries && by !== only.kind)
      tell('by', `what is counted by ${by} cannot be of one ${only.kind} alone\nLeave out one of them.`);
    return { report, period, ...(by === undefined ? {} : { by }), ...(only ? { only } : {}) };
  });
}

type Tell = (name: string, message: string) => void;
type Query = z.output<typeof ReportQuery>;

function zoneIn(written: string | undefined, { zone }: AskSetting, tell: Tell): string {
  if (written === undefined || isTimeZone(written)) return written ?? zone;
  const near = didYouMean(written, Intl.supportedValuesOf('timeZone'));
  tell(
    'zone',
    `there is no time zone ${quoted(written)}\n${near.startsWith('Did') ? near : 'Write a name such as "Europe/Paris".'}`,
  );
  return zone;
}

function periodIn(
  { from, to }: Query,
  zone: string,
  { report, now }: { readonly report: ReportName; readonly now: Date },
  tell: Tell,
): Period {
  const today = todayIn(zone, now);
  const day = (name: string, written: string | undefined, usual: number, end = false): number => {
    const read = written === undefined ? usual : readDay(written, today, end);
    if (read === undefined)
      tell(name, `${quoted(written ?? '')} is no day\nWrite "2026-03-01", "2026-03", "today" or "30 days ago".`);
    return read ?? usual;
  };
  const last = day('to', to, today, true);
  const first = day('from', from, last - reportShapes[report].days + 1);
  if (first > last) tell('from', 'the period ends before it begins\nGive "to" a later day than "from".');
  if (last - first + 1 > mostDays) tell('from', 'this is longer than ten years\nAsk for a shorter period.');
  return { from: first, to: last, zone };
}

function byIn(written: string | undefined, report: ReportName, tell: Tell): By | undefined {
  const { by, usual } = reportShapes[report];
  if (written === undefined) return usual;
  const known = by.find((one) => one === written);
  if (!known) tell('by', `the report ${report} has no rows by ${quoted(written)}\n${didYouMean(written, by)}`);
  return known;
}

function onlyIn(query: Query, report: ReportName, setting: AskSetting, tell: Tell): Series | undefined {
  const named = seriesKinds.flatMap((kind): readonly Series[] => {
    const of = query[kind];
    return of === undefined ? [] : [{ kind, of }];
  });
  for (const { kind, of } of named) {
    const known = setting[`${kind}s`];
    if (!reportShapes[report].only.includes(kind))
      tell(kind, `the report ${report} cannot be of one ${kind}\nLeave it out.`);
    else if (!known.includes(of)) tell(kind, `there is no ${kind} ${quoted(of)}\n${didYouMean(of, known)}`);
  }
  if (named.length > 1) tell(named[1]?.kind ?? '', 'these are not counted together\nName one of them.');
  return named[0];
}
