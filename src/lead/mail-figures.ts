import type { Ask } from '../report/ask.js';
import { verdictOn, wilson } from '../report/interval.js';
import { type MailFact, mailFacts } from '../report/mail-tallies.js';
import { factsOfStep, stepsOf } from '../report/mails.js';
import { needsOf } from '../report/needs.js';
import { mostDays, todayIn } from '../report/period.js';
import { type Split, splitsOf } from '../report/splits.js';
import { type Part, partsIn, sumBy } from '../report/sums.js';
import { rollUp } from './roll-up.js';
import type { ReportSetting } from './tell-report.js';

/** How many mails of a step each fact is true of. */
export type MailFigures = Readonly<Record<MailFact, number>>;

/** What came of one way of a split: how many took it, how many of them did what it is judged by, and where the true share lies. */
export type WayFigures = {
  readonly name: string;
  readonly took: number;
  readonly did: number;
  readonly low: number;
  readonly high: number;
};
export type SplitFigures = Pick<Split, 'step' | 'key' | 'by'> & {
  readonly ways: readonly WayFigures[];
  /** What can be said of the difference, in words. */
  readonly verdict: string;
};

/** What became of the mails and splits of sequences. */
export type Figures = {
  /** Up to when what happened is in it; undefined until all leads were counted once. */
  readonly asOf: Date | undefined;
  /** By sequence and step; steps that the file has no more come last. */
  readonly mails: ReadonlyMap<string, ReadonlyMap<string, MailFigures>>;
  readonly splits: readonly (SplitFigures & { readonly sequence: string })[];
};

/** Leads that a page waits for; the job that comes round counts the rest. */
const mostAtOnce = 100;

/** Tells what became of mails, of one sequence or of all, out of what is counted for reports: both say the same. */
export async function tellFigures(setting: ReportSetting, only?: string): Promise<Figures> {
  const { store, project, now, defaultTimeZone } = setting;
  const { asOf } = await rollUp(setting, { zone: defaultTimeZone, atMost: mostAtOnce });
  const { zone = defaultTimeZone } = await store.reports.rounds.standing();
  const ask = askFor(todayIn(zone, now()), zone, only);
  const needs = needsOf(ask);
  const buckets = await store.reports.buckets.read(needs, ask.period);
  const parts = buckets.flatMap((bucket) => partsIn(bucket, ask.period, needs.byMonth));
  const { programs, funnel } = project();
  const splits = splitsOf({ parts, ask, project: { programs, funnel }, costs: undefined });
  return { asOf, mails: mailsIn(parts, programs), splits: splits.map(splitFigures) };
}

/** Ten years up to the end of the month, so that every month is read as one. */
function askFor(today: number, zone: string, only: string | undefined): Ask {
  const period = { from: today - mostDays + daysAhead, to: today + daysAhead, zone };
  return { report: 'sequence', period, ...(only === undefined ? {} : { only: { kind: 'sequence', of: only } }) };
}

const daysAhead = 31;

function mailsIn(parts: readonly Part[], programs: ReturnType<ReportSetting['project']>['programs']): Figures['mails'] {
  const sums = sumBy(parts, ({ series }) => series.of);
  return new Map(
    [...sums].map(([sequence, counts]) => {
      const steps = stepsOf(counts, programs.get(sequence));
      return [sequence, new Map(steps.map((step) => [step, figuresOf(factsOfStep(counts, step))]))];
    }),
  );
}

function figuresOf(of: (fact: MailFact) => number): MailFigures {
  return { ...noFigures, ...Object.fromEntries(mailFacts.map((fact) => [fact, of(fact)])) };
}

/** The figures of a mail of which nothing is known yet. */
export const noFigures: MailFigures = {
  sent: 0,
  delivered: 0,
  opened: 0,
  clicked: 0,
  replied: 0,
  unsubscribed: 0,
  complained: 0,
  'hard-bounced': 0,
  'soft-bounced': 0,
  'machine-opened': 0,
  'machine-clicked': 0,
  goal: 0,
};

function splitFigures({ sequence, step, key, by, ways }: Split): SplitFigures & { readonly sequence: string } {
  return {
    sequence,
    step,
    key,
    by,
    ways: ways.map(({ name, part, whole }) => ({ name, took: whole, did: part, ...wilson({ part, whole }) })),
    verdict: verdictOn(ways).says,
  };
}
