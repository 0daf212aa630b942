import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { advance } from '../src/journey/advance.js';
import type { Facts, MailFacts } from '../src/journey/facts.js';
import type { Program } from '../src/sequence/program.js';
import type { SendWindow } from '../src/sequence/window-file.js';
import { anEnrollment, aProgram, at, facts } from './builders.js';

type Written = Readonly<Record<string, unknown>>;
/** A number from 0 up to and not including 1, the next one of its seed at each call. */
type Chance = () => number;

const zones = ['UTC', 'Europe/Paris', 'America/New_York', 'America/Santiago', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
const minuteMs = 60_000;
const mostTurns = 1000;

/** The generator of Park and Miller: short, and the same everywhere. */
function chanceOf(seed: number): Chance {
  let state = seed * 7919 + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function below(limit: number, chance: Chance): number {
  return Math.floor(chance() * limit);
}

function oneOf<T>(choices: readonly [T, ...T[]], chance: Chance): T {
  return choices[below(choices.length, chance)] ?? choices[0];
}

function hourOfDay(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`;
}

function aWindow(chance: Chance): Written {
  // Not over the hours that DST nights repeat: send-window.test.ts says what happens then.
  const from = 4 + below(17, chance);
  const to = from + 1 + below(23 - from, chance);
  const days = oneOf(['mon-fri', 'mon-sun', 'tue', 'sat, sun', 'mon, wed, fri'], chance);
  return { days, between: [hourOfDay(from), hourOfDay(to)], timezone: oneOf(['lead', ...zones], chance) };
}

function aQuestion(mails: readonly string[], chance: Chance, depth = 0): Written {
  const mail = mails[below(mails.length, chance)] ?? 'mail-1';
  const inner = () => (depth < 2 ? aQuestion(mails, chance, depth + 1) : { tag: 'seen' });
  return oneOf<() => Written>(
    [
      () => ({ [oneOf(['sent', 'opened', 'clicked', 'bounced'], chance)]: mail }),
      () => ({ tag: oneOf(['seen', 'quiet', 'hot'], chance) }),
      () => ({ score: { gte: below(40, chance) } }),
      () => ({ not: inner() }),
      () => ({ any: [inner(), inner()] }),
      () => ({ all: [inner(), inner()] }),
    ],
    chance,
  )();
}

/** Some steps as a marketer might write them, branches in branches; `mails` collects the names of those sent. */
function someSteps(mails: string[], chance: Chance, depth = 0): readonly Written[] {
  return Array.from({ length: (depth === 0 ? 4 : 1) + below(5, chance) }, (): Written => {
    if (depth < 3 && chance() < 0.2) {
      const question = aQuestion(mails, chance);
      const rest = chance() < 0.6 ? { else: someSteps(mails, chance, depth + 1) } : {};
      return { if: question, then: someSteps(mails, chance, depth + 1), ...rest };
    }
    const onlyIf = chance() < 0.25 ? { if: aQuestion(mails, chance) } : {};
    return { ...aStep(mails, chance), ...onlyIf };
  });
}

function aStep(mails: string[], chance: Chance): Written {
  const kind = chance();
  if (kind < 0.4) {
    mails.push(`mail-${mails.length + 1}`);
    const window = oneOf([{}, {}, { window: 'any time' }, { window: aWindow(chance) }], chance);
    return { id: mails.at(-1), send: 'news', subject: 'News', ...window };
  }
  if (kind < 0.6) return { wait: `${1 + below(9, chance)} ${oneOf(['minutes', 'hours', 'days', 'weeks'], chance)}` };
  if (kind < 0.7)
    return {
      wait: {
        until: oneOf(['tuesday 10:00', 'friday', '02:30', 'sun 24:00'], chance),
        timezone: oneOf(['lead', ...zones], chance),
      },
    };
  if (kind < 0.8) return { tag: oneOf<string | string[]>(['seen', ['hot', 'seen']], chance) };
  if (kind < 0.84) return { untag: 'seen' };
  if (kind < 0.92) return { score: below(30, chance) - 5, why: 'by chance' };
  if (kind < 0.95) return { set: { 'lead.lucky': chance() < 0.5 } };
  return kind < 0.99 ? { enroll: 'other' } : { exit: 'by chance' };
}

function aRandomProgram(chance: Chance): Program {
  const window = chance() < 0.7 ? { send: { window: aWindow(chance) } } : {};
  return aProgram({ ...window, steps: someSteps([], chance) });
}

/** What becomes of a mail: mostly accepted, sometimes deferred for now, and read by some. */
function anOutcome(now: Date, chance: Chance): MailFacts {
  const state = oneOf(
    ['accepted', 'accepted', 'accepted', 'deferred', 'rejected', 'failed', 'skipped', 'uncertain'] as const,
    chance,
  );
  if (state === 'deferred') return { state };
  const settledAt = new Date(now.getTime() + below(30_000, chance));
  return {
    state,
    settledAt,
    ...(chance() < 0.4 ? { openedAt: settledAt } : {}),
    ...(chance() < 0.2 ? { clickedAt: settledAt } : {}),
  };
}

type Play = {
  readonly seed: number;
  readonly ended: boolean;
  readonly turns: number;
  readonly sends: readonly {
    readonly step: string;
    readonly window: SendWindow | undefined;
    readonly zone: string;
    readonly at: Date;
    readonly isWanted: boolean;
  }[];
  /** Moments at which a second look gave another answer, or at which nothing was left to wait for. */
  readonly differing: readonly Date[];
  readonly idle: readonly Date[];
};

/** Takes one run through a random program, with delays, early looks and pauses as they come. */
function play(seed: number): Play {
  const chance = chanceOf(seed);
  const program = aRandomProgram(chance);
  const zone = oneOf(['UTC', ...zones], chance);
  let now = new Date(at('2026-01-01T00:00Z').getTime() + below(365 * 24 * 60, chance) * minuteMs);
  let enrollment = anEnrollment(program, { since: now, startedAt: now, dueAt: now });
  let known: Facts = facts({ timeZone: zone });
  const sends: Play['sends'][number][] = [];
  const [differing, idle]: [Date[], Date[]] = [[], []];
  let turns = 0;

  for (; turns < mostTurns && enrollment.status === 'active'; turns += 1) {
    if (chance() < 0.01) known = { ...known, suppression: 'unsubscribed' };
    const answer = advance(program, enrollment, known, now);
    if (!isDeepStrictEqual(advance(program, enrollment, known, now), answer)) differing.push(now);
    const { send } = answer;
    if (send) sends.push({ step: send.step.id, window: send.step.window, zone, at: now, isWanted: !known.suppression });
    known = afterwards(known, answer, now, chance);
    enrollment = { ...answer.enrollment, raised: [] };
    if (enrollment.dueAt && enrollment.dueAt <= now && answer.enrollment.raised.length === 0) idle.push(now);
    now = nextLook(enrollment.dueAt ?? now, now, chance);
  }
  return { seed, ended: enrollment.status === 'ended', turns, sends, differing, idle };
}

function afterwards(known: Facts, { enrollment, send }: ReturnType<typeof advance>, now: Date, chance: Chance): Facts {
  const deferred = [...known.mails].filter(([, mail]) => mail.state === 'deferred').map(([step]) => step);
  const tried = send ? [send.step.id] : deferred;
  const mails = new Map([...known.mails, ...tried.map((step) => [step, anOutcome(now, chance)] as const)]);
  let { tags } = known.lead;
  let { total } = known.score;
  for (const { type, about = '', points = 0 } of enrollment.raised) {
    if (type === 'tag.added') tags = [...tags, about];
    if (type === 'tag.removed') tags = tags.filter((tag) => tag !== about);
    total += points;
  }
  return { ...known, mails, lead: { ...known.lead, tags }, score: { ...known.score, total } };
}

/** When somebody looks again: mostly some seconds after it is due, sometimes days, now and then too early. */
function nextLook(dueAt: Date, now: Date, chance: Chance): Date {
  const kind = chance();
  if (kind < 0.1) return new Date((now.getTime() + Math.max(now.getTime(), dueAt.getTime())) / 2);
  const lateMs = kind < 0.2 ? below(4 * 24 * 60, chance) * minuteMs : below(90_000, chance);
  return new Date(Math.max(now.getTime(), dueAt.getTime()) + lateMs);
}

const clocks = new Map(
  zones.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('en', { timeZone, weekday: 'short', hour: 'numeric', minute: 'numeric', hourCycle: 'h23' }),
  ]),
);

/** By the calendar that comes with Node, not by the one the send window is computed with. */
function isOpen(window: SendWindow, leadZone: string, now: Date): boolean {
  const clock = clocks.get(window.timeZone === 'lead' ? leadZone : window.timeZone);
  const parts = Object.fromEntries(clock?.formatToParts(now).map(({ type, value }) => [type, value]) ?? []);
  const weekday = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(parts['weekday'] ?? '') + 1;
  const minutes = Number(parts['hour']) * 60 + Number(parts['minute']);
  return window.days.includes(weekday) && window.from <= minutes && minutes < window.to;
}

describe('in 500 random programs', () => {
  const plays = Array.from({ length: 500 }, (_, seed) => play(seed));

  test('every run comes to its end', () => {
    expect(plays.filter(({ ended }) => !ended).map(({ seed }) => seed)).toEqual([]);
  });

  test('the same input gives the same answer', () => {
    expect(plays.filter(({ differing }) => differing.length > 0).map(({ seed }) => seed)).toEqual([]);
  });

  test('what is not yet over waits for a moment to come, or for its own changes', () => {
    expect(plays.filter(({ idle }) => idle.length > 0).map(({ seed }) => seed)).toEqual([]);
  });

  test('no mail goes outside its window', () => {
    const outside = plays.flatMap(({ seed, sends }) =>
      sends
        .filter(({ window, zone, at: sentAt }) => window && !isOpen(window, zone, sentAt))
        .map((send) => ({ seed, ...send })),
    );
    expect(outside).toEqual([]);
  });

  test('no mail goes to somebody who unsubscribed', () => {
    expect(plays.filter(({ sends }) => sends.some(({ isWanted }) => !isWanted)).map(({ seed }) => seed)).toEqual([]);
  });

  test('no step is sent twice in one run', () => {
    const repeating = plays.filter(({ sends }) => new Set(sends.map(({ step }) => step)).size < sends.length);
    expect(repeating.map(({ seed }) => seed)).toEqual([]);
  });

  test('there is enough going on for all this to mean something', () => {
    const sends = plays.flatMap((run) => run.sends);
    expect(sends.length).toBeGreaterThan(500);
    expect(sends.filter(({ window }) => window).length).toBeGreaterThan(250);
    expect(Math.max(...plays.map(({ turns }) => turns))).toBeGreaterThan(20);
  });
});
