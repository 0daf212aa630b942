import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { advance } from '../src/journey/advance.js';
import type { CallFacts, Facts, MailFacts } from '../src/journey/facts.js';
import type { Program } from '../src/sequence/program.js';
import type { SendWindow } from '../src/sequence/window-file.js';
import { anEnrollment, anEvent, aProgram, at, facts } from './builders.js';

type Written = Readonly<Record<string, unknown>>;
/** A number from 0 up to and not including 1, the next one of its seed at each call. */
type Chance = () => number;

const zones = ['UTC', 'Europe/Paris', 'America/New_York', 'America/Santiago', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
const minuteMs = 60_000;
const mostTurns = 3000;

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
      () => ({ stage: oneOf(['customer', 'trial'], chance) }),
      () => ({ event: oneOf(['page.viewed', 'booked'], chance), within: '9 days' }),
      () => ({ 'lead.renewalDate': { before: oneOf(['today', 'in 7 days'], chance) } }),
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
    if (depth < 3 && chance() < 0.25) return aFork(mails, chance, depth);
    if (depth === 0 && chance() < 0.1) return aGoal(mails, chance);
    const onlyIf = chance() < 0.25 ? { if: aQuestion(mails, chance) } : {};
    return { ...aStep(mails, chance), ...onlyIf };
  });
}

/** A step with lists of steps inside it. */
function aFork(mails: string[], chance: Chance, depth: number): Written {
  const inner = () => someSteps(mails, chance, depth + 1);
  const other = (key: string) => (chance() < 0.6 ? { [key]: inner() } : {});
  const onlyIf = chance() < 0.2 ? { if: aQuestion(mails, chance) } : {};
  return oneOf<() => Written>(
    [
      () => ({ if: aQuestion(mails, chance), then: inner(), ...other('else') }),
      () => ({
        waitFor: oneOf<() => unknown>([() => 'page.viewed', () => 'booked', () => aQuestion(mails, chance)], chance)(),
        upTo: aLength(chance),
        ...other('then'),
        ...other('else'),
        ...onlyIf,
      }),
      () => ({
        choose: Array.from({ length: 1 + below(3, chance) }, () => ({ if: aQuestion(mails, chance), then: inner() })),
        ...other('otherwise'),
        ...onlyIf,
      }),
      () => ({
        split: {
          a: { weight: below(3, chance), send: 'news', subject: 'A' },
          b: { steps: inner() },
          c: { steps: inner() },
        },
        ...onlyIf,
      }),
    ],
    chance,
  )();
}

/** One that everybody reaches in the end, when they have booked. */
function aGoal(mails: string[], chance: Chance): Written {
  const goal = { any: [aQuestion(mails, chance), { event: 'booked' }] };
  return { goal, ...oneOf<Written>([{}, {}, { else: 'wait' }, { else: 'wait' }, { else: 'exit' }], chance) };
}

function aLength(chance: Chance): string {
  return `${1 + below(9, chance)} ${oneOf(['minutes', 'hours', 'days'], chance)}`;
}

/** A step that other systems, people of ours or pools have a part in. */
function anErrand(chance: Chance): Written {
  return oneOf<Written>(
    [
      { notify: { email: 'sales@example.com', template: 'hot' } },
      { webhook: { url: 'https://crm.example.com' } },
      { pick: 'blog', ...(chance() < 0.5 ? { quiet: aLength(chance) } : {}) },
      { stage: oneOf(['customer', 'trial'], chance) },
      { unenroll: 'other' },
      { wait: `${1 + below(5, chance)} business days` },
      {
        wait: {
          until: oneOf(['lead.renewalDate', '3 days before lead.renewalDate', 'lead.nothing', '2026-06-01'], chance),
          ...(chance() < 0.1 ? { missed: 'exit' } : {}),
        },
      },
    ],
    chance,
  );
}

function aStep(mails: string[], chance: Chance): Written {
  if (chance() < 0.25) return anErrand(chance);
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
  const blog = ['one', 'two', 'three'].map((name) => ({
    send: `blog/${name}`,
    subject: name,
    ...(chance() < 0.3 ? { stages: 'customer' } : {}),
    ...(chance() < 0.3 ? { if: { tag: 'seen' } } : {}),
  }));
  return aProgram({ ...window, pools: { blog }, steps: someSteps([], chance) });
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
  /** Kinds of steps it stood at. */
  readonly kinds: readonly string[];
  /** Steps it went to that stand before the one it came from. */
  readonly backwards: readonly string[];
  readonly splits: readonly string[];
  readonly calls: readonly string[];
  readonly sends: readonly {
    readonly step: string;
    readonly template: string;
    readonly window: SendWindow | undefined;
    readonly zone: string;
    readonly at: Date;
    readonly isWanted: boolean;
    readonly wasHad: boolean;
  }[];
  /** Moments at which a second look gave another answer, or at which nothing was left to wait for. */
  readonly differing: readonly Date[];
  readonly idle: readonly Date[];
};

/** Takes one run through a random program, with delays, early looks and pauses as they come. */
function play(seed: number): Play {
  const chance = chanceOf(seed);
  const program = aRandomProgram(chance);
  const order = [...program.steps.keys()];
  const zone = oneOf(['UTC', ...zones], chance);
  let now = new Date(at('2026-01-01T00:00Z').getTime() + below(365 * 24 * 60, chance) * minuteMs);
  let enrollment = anEnrollment(program, { since: now, startedAt: now, dueAt: now });
  let known = aLeadToCome(now, zone, chance);
  const sends: Play['sends'][number][] = [];
  const [differing, idle]: [Date[], Date[]] = [[], []];
  const [kinds, backwards, calls]: [string[], string[], string[]] = [[], [], []];
  let turns = 0;

  for (; turns < mostTurns && enrollment.status === 'active'; turns += 1) {
    if (chance() < 0.002) known = { ...known, suppression: 'unsubscribed' };
    const answer = advance(program, enrollment, known, now);
    if (chance() < 0.3 && !isDeepStrictEqual(advance(program, enrollment, known, now), answer)) differing.push(now);
    const { send, call } = answer;
    if (send) {
      const window = send.step.kind === 'send' ? send.step.window : undefined;
      const { id: step, template } = send.step;
      sends.push({
        step,
        template,
        window,
        zone,
        at: now,
        isWanted: !known.suppression,
        wasHad: known.received.has(template),
      });
    }
    if (call) calls.push(call.step.id);
    const { step } = answer.enrollment;
    if (step !== null) kinds.push(program.steps.get(step)?.kind ?? 'none');
    if (step !== null && order.indexOf(step) < order.indexOf(enrollment.step ?? '')) backwards.push(step);
    known = afterwards(known, answer, now, chance);
    enrollment = { ...answer.enrollment, raised: [] };
    if (enrollment.dueAt && enrollment.dueAt <= now && answer.enrollment.raised.length === 0) idle.push(now);
    now = nextLook(enrollment.dueAt ?? now, now, chance);
  }
  const splits = (enrollment.splits ?? []).map(({ key }) => key);
  return { seed, ended: enrollment.status === 'ended', turns, kinds, backwards, splits, calls, sends, differing, idle };
}

/** A lead that views pages now and then, books within two months, and has had a mail of the pool perhaps. */
function aLeadToCome(now: Date, timeZone: string, chance: Chance): Facts {
  const later = (days: number) => new Date(now.getTime() + below(days * 24 * 60, chance) * minuteMs);
  const events = [
    ...Array.from({ length: below(6, chance) }, () => anEvent('page.viewed', { at: later(60) })),
    anEvent('booked', { at: later(60) }),
  ];
  const renewalDate = oneOf([later(40).toISOString(), later(40).toISOString().slice(0, 10), 'soon'], chance);
  return facts({
    timeZone,
    lead: { attributes: { renewalDate } },
    events: events.toSorted((a, b) => a.at.getTime() - b.at.getTime()),
    received: new Map(chance() < 0.3 ? [['blog/one', now]] : []),
  });
}

function afterwards(
  known: Facts,
  { enrollment, send, call }: ReturnType<typeof advance>,
  now: Date,
  chance: Chance,
): Facts {
  const deferred = [...known.mails].filter(([, mail]) => mail.state === 'deferred').map(([step]) => step);
  const tried = send ? [send.step.id] : deferred;
  const mails = new Map([...known.mails, ...tried.map((step) => [step, anOutcome(now, chance)] as const)]);
  const hasGone = ['accepted', 'deferred', 'uncertain'].includes(mails.get(send?.step.id ?? '')?.state ?? 'none');
  const received =
    send?.step.kind === 'send' && hasGone ? new Map([...known.received, [send.step.template, now]]) : known.received;
  const open = [...known.calls].filter(([, { state }]) => state === 'waiting').map(([step]) => step);
  const asked = call ? [call.step.id] : open;
  const calls = new Map([...known.calls, ...asked.map((step) => [step, anAnswer(now, chance)] as const)]);
  let { tags, stage, attributes } = known.lead;
  let { total } = known.score;
  for (const { type, about = '', points = 0, data = {} } of enrollment.raised) {
    if (type === 'tag.added') tags = [...tags, about];
    if (type === 'tag.removed') tags = tags.filter((tag) => tag !== about);
    if (type === 'stage.entered') stage = about;
    if (type === 'lead.updated') attributes = { ...attributes, ...data };
    total += points;
  }
  const lead = { ...known.lead, tags, attributes, ...(stage === undefined ? {} : { stage }) };
  return { ...known, mails, calls, received, lead, score: { ...known.score, total } };
}

/** What becomes of a call: mostly answered, sometimes not yet, sometimes never. */
function anAnswer(now: Date, chance: Chance): CallFacts {
  const state = oneOf(['answered', 'answered', 'waiting', 'failed'] as const, chance);
  return state === 'waiting' ? { state, answer: {} } : { state, settledAt: now, answer: { status: 200 } };
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

describe('in 400 random programs', () => {
  const plays = Array.from({ length: 400 }, (_, seed) => play(seed));

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

  test('no mail of a pool goes to somebody who had it', () => {
    const again = plays.flatMap(({ seed, sends }) =>
      sends.filter(({ template, wasHad }) => wasHad && template.startsWith('blog/')).map(() => seed),
    );
    expect(again).toEqual([]);
  });

  test('nobody goes back to a step before', () => {
    expect(plays.filter(({ backwards }) => backwards.length > 0).map(({ seed }) => seed)).toEqual([]);
  });

  test('nobody calls another system twice from one step, or takes two ways of a split', () => {
    const twice = (names: readonly string[]): boolean => new Set(names).size < names.length;
    expect(plays.filter(({ calls, splits }) => twice(calls) || twice(splits)).map(({ seed }) => seed)).toEqual([]);
  });

  test('there is enough going on for all this to mean something', () => {
    const sends = plays.flatMap((run) => run.sends);
    expect(sends.length).toBeGreaterThan(700);
    expect(sends.filter(({ window }) => window).length).toBeGreaterThan(350);
    expect(Math.max(...plays.map(({ turns }) => turns))).toBeGreaterThan(20);
    const stoodAt = new Set(plays.flatMap(({ kinds }) => kinds));
    expect([...stoodAt].toSorted()).toEqual(
      expect.arrayContaining(['goal', 'notify', 'pick', 'send', 'wait', 'wait-for', 'wait-until', 'webhook']),
    );
    expect(plays.filter(({ splits }) => splits.length > 0).length).toBeGreaterThan(50);
    expect(sends.filter(({ template }) => template.startsWith('blog/')).length).toBeGreaterThan(50);
  });
});
