import type { JourneyLead } from './journey-file.js';
import type { Project } from '../sequence/project.js';
import type { Rates } from './rates-file.js';
import { durationMs } from '../sequence/duration.js';
import { dayOf, wallAt } from '../sequence/wall-clock.js';
import { dailyEvents, linksOf, luckOf, reactionsTo } from './crowd.js';
import { inventedWorld } from './invented.js';
import { beginningOf } from './play.js';
import { type Moment, simulate } from './simulate.js';

/** What becomes of many leads who do what the rates say. */
export type Crowd = {
  readonly leads: readonly JourneyLead[];
  readonly seed: number;
  readonly rates: Rates;
  readonly from: Date;
  readonly until: Date;
  readonly sequence?: string | undefined;
  readonly all?: boolean | undefined;
  readonly defaultTimeZone: string;
};

/** Counts of one step. */
export type StepFigures = {
  readonly sequence: string;
  readonly step: string;
  reached: number;
  sent: number;
  opened: number;
  clicked: number;
  replied: number;
  bounced: number;
  unsubscribed: number;
  /** Runs that ended with this as their last mail. */
  left: number;
};

export type Figures = {
  readonly leads: number;
  readonly mails: number;
  readonly steps: readonly StepFigures[];
  /** Runs that came to their end, by sequence and reason, most first. */
  readonly ends: readonly { readonly sequence: string; readonly because: string; readonly count: number }[];
  readonly entered: ReadonlyMap<string, number>;
  /** Mails of each day from the first, with days on which none went. */
  readonly mailsPerDay: readonly number[];
  /** Leads by the stage they end in; "" is none. */
  readonly stages: ReadonlyMap<string, number>;
  /** Leads that the sequence did not take in, by reason. */
  readonly keptOut: number;
};

/** Plays one lead after the other. `step` plays the next; `figures` is what has come of all so far. */
export function openMonteCarlo(crowd: Crowd, project: Project) {
  const tally = openTally(crowd, project);
  const links = new Map([...project.templates].map(([name, template]) => [name, linksOf(template, project.brand)]));
  let next = 0;

  const playNext = (): boolean => {
    const described = crowd.leads[next];
    if (!described) return false;
    const place = String(next);
    next += 1;
    const luck = luckOf(crowd.seed, place);
    const late = crowd.rates.arriveOver ? luck('arrival') * durationMs(crowd.rates.arriveOver) : 0;
    const from = new Date(Math.min(crowd.until.getTime(), crowd.from.getTime() + Math.round(late)));
    const { sequence, all, until, rates, defaultTimeZone } = crowd;
    const world = inventedWorld(described, { project, from, defaultTimeZone, sequence });
    const { id } = world.facts.lead;
    const script = [
      ...beginningOf({ world, from, until, sequence, all }, project),
      ...dailyEvents(id, rates, from, until, luck),
    ];
    const moments = simulate(world, project, {
      from,
      until,
      script,
      respond: (mail) => reactionsTo(mail, rates, links.get(mail.template) ?? [], luck),
    });
    tally.add(moments, world.facts.lead.stage ?? '');
    return true;
  };
  return { playNext, played: () => next, figures: tally.figures };
}

/** Counts of people's doings with a mail. */
const doings = ['opened', 'clicked', 'replied', 'bounced', 'unsubscribed'] as const;

function openTally({ from, until, sequence, defaultTimeZone }: Crowd, { programs }: Project) {
  const firstDay = dayOf(wallAt(from, defaultTimeZone));
  const dayNumberOf = (at: Date): number => dayOf(wallAt(at, defaultTimeZone)) - firstDay;
  const steps = new Map<string, StepFigures>();
  const ends = new Map<string, number>();
  const entered = new Map<string, number>();
  const stages = new Map<string, number>();
  const mailsPerDay = Array.from({ length: dayNumberOf(until) + 1 }, () => 0);
  const totals = { leads: 0, mails: 0, keptOut: 0 };

  const stepOf = (ofSequence: string, step: string): StepFigures => {
    const key = `${ofSequence}/${step}`;
    const known = steps.get(key);
    if (known) return known;
    const counts = { reached: 0, sent: 0, opened: 0, clicked: 0, replied: 0, bounced: 0, unsubscribed: 0, left: 0 };
    const fresh = { sequence: ofSequence, step, ...counts };
    steps.set(key, fresh);
    return fresh;
  };

  const add = (moments: readonly Moment[], stage: string): void => {
    totals.leads += 1;
    increase(stages, moments.at(-1)?.stage ?? stage);
    if (sequence !== undefined && !moments.some((moment) => moment.kind === 'enter' && moment.sequence === sequence))
      totals.keptOut += 1;
    const lastMail = new Map<string, string>();
    const seen = new Set<string>();
    for (const moment of moments) {
      const { kind, sequence: of = '', step, at } = moment;
      if (of && step && !seen.has(`${of}/${step}`) && kind !== 'event') {
        seen.add(`${of}/${step}`);
        stepOf(of, step).reached += 1;
      }
      if (kind === 'mail' && step) lastMail.set(of, step);
      if (kind === 'enter') increase(entered, of);
      if (kind === 'mail' && step) {
        stepOf(of, step).sent += 1;
        totals.mails += 1;
        const day = dayNumberOf(at);
        mailsPerDay[day] = (mailsPerDay[day] ?? 0) + 1;
      }
      if (kind === 'event' && step) {
        const doing = doings.find((one) => moment.what.split(' ')[0] === one);
        if (doing) stepOf(of, step)[doing] += 1;
      }
      if (kind === 'leave') {
        increase(ends, `${of}\u0000${shortReason(moment.because)}`);
        const last = lastMail.get(of);
        if (last) stepOf(of, last).left += 1;
        lastMail.delete(of);
      }
    }
  };

  const figures = (): Figures => {
    // As leads come through them: sequences by the first who entered, steps as they stand in their file.
    const order = [...entered.keys()].flatMap((name) =>
      [...(programs.get(name)?.steps.keys() ?? [])].map((step) => `${name}/${step}`),
    );
    return {
      ...totals,
      steps: [...steps.entries()]
        .toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b))
        .map(([, counts]) => counts),
      ends: [...ends]
        .map(([key, count]) => ({
          sequence: key.split('\u0000')[0] ?? '',
          because: key.split('\u0000')[1] ?? '',
          count,
        }))
        .toSorted((a, b) => b.count - a.count || a.because.localeCompare(b.because)),
      entered,
      mailsPerDay,
      stages,
    };
  };
  return { add, figures };
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Reasons name scores and links that differ from lead to lead; what is before the colon is common. */
function shortReason(because: string): string {
  return because.startsWith('goal reached') ? 'goal reached' : because;
}
