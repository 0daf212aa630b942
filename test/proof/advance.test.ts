import { isDeepStrictEqual } from 'node:util';
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { LeadEvent } from '../../src/event/lead-event.js';
import { type Advance, advance } from '../../src/journey/advance.js';
import type { CallFacts, Facts, MailFacts } from '../../src/journey/facts.js';
import { recentAmong } from '../../src/journey/frequency-cap.js';
import { withChange } from '../../src/journey/change.js';
import { type Calendar, toCalendar } from '../../src/sequence/calendar-file.js';
import { compile } from '../../src/sequence/compile.js';
import { type Delivery, DeliveryFile, toDelivery } from '../../src/sequence/delivery-file.js';
import { addDuration } from '../../src/sequence/duration.js';
import { type Program, type StepId, waysFrom } from '../../src/sequence/program.js';
import { SequenceFile } from '../../src/sequence/sequence-file.js';
import type { SendWindow } from '../../src/sequence/window-file.js';
import { aDeliveryFile, someAttributes, someSequences, vocabulary } from '../arbitraries.js';
import { anEnrollment, anEvent, at, facts } from '../builders.js';
import { tries } from './length.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** More looks than any generated run takes that does not wait at a goal for ever. */
const mostTurns = 400;

const calendars: ReadonlyMap<string, Calendar> = new Map([
  ['fr', toCalendar('fr', { name: 'France', days: [{ date: '05-01' }, { date: '12-25' }, { date: '2026-04-06' }] })],
  ['company', toCalendar('company', { name: 'Ours', days: [{ date: '2026-03-02' }, { date: '07-04' }] })],
]);

/** What happens around a run: to its mails and calls, to its lead, and when somebody looks. */
const fortune = fc.record({
  mail: fc.constantFrom('accepted', 'accepted', 'accepted', 'deferred', 'rejected', 'failed', 'skipped', 'uncertain'),
  does: fc.constantFrom('nothing', 'nothing', 'opens', 'clicks'),
  call: fc.constantFrom('answered', 'answered', 'waiting', 'failed'),
  answer: fc.constantFrom(...vocabulary.answers.map(({ status }) => ({ status, plan: 'gold' }))),
  event: fc.constantFrom('none', 'none', 'page.viewed', 'demo.booked', 'order.placed'),
  lateMinutes: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 2 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 4 * 24 * 60 }) },
  ),
  isEarly: fc.boolean(),
});
type Fortune = typeof fortune extends fc.Arbitrary<infer T> ? T : never;

const aRun = fc.record({
  files: someSequences,
  isUrgent: fc.boolean(),
  delivery: aDeliveryFile.map((file): Delivery => toDelivery(DeliveryFile.parse(file))),
  /** Mails of other sequences, so many minutes before the run began. */
  others: fc.array(fc.integer({ min: 0, max: 4 * 24 * 60 }), { maxLength: 3 }),
  from: fc.integer({ min: 0, max: 364 * 24 * 60 }).map((minutes) => new Date(Date.UTC(2026, 0, 1, 0, minutes))),
  zone: fc.constantFrom(...vocabulary.zones),
  attributes: someAttributes,
  fortunes: fc.array(fortune, { minLength: 1, maxLength: 12 }),
  /** After so many looks the lead says no, in one way or the other. */
  refusal: fc.option(fc.record({ turn: fc.nat(12), how: fc.constantFrom('unsubscribed', 'denied') }), { freq: 3 }),
});

test('a run comes to its end, sends no step twice, none outside its window, in quiet hours or beyond the frequency cap, and none to somebody who said no, and would decide the same again', () => {
  let sends = 0;
  let holds = 0;
  fc.assert(
    fc.property(aRun, ({ files, isUrgent, ...rest }) => {
      const [name, file] = [...files][0] ?? ['', {}];
      const { send, ...parsed } = SequenceFile.parse(file);
      const { program } = compile(name, { ...parsed, send: { ...send, urgent: isUrgent } }, 'r1');
      const seen = play({ program, ...rest });
      sends += seen.sends.length;
      holds += seen.holds;
      expect(seen.faults).toEqual([]);
      expect(seen.sends.filter(({ isWanted }) => !isWanted)).toEqual([]);
      expect(seen.sends.filter(({ window, zone, at: sentAt }) => window && !isOpen(window, zone, sentAt))).toEqual([]);
      expect(isUrgent ? [] : beyondCap(seen, rest)).toEqual([]);
      expect(isUrgent ? [] : inQuietHours(seen, rest)).toEqual([]);
      expect(seen.sends.map(({ step }) => step)).toEqual([...new Set(seen.sends.map(({ step }) => step))]);
    }),
    tries(600, 30_000),
  );
  // Otherwise all this would mean nothing.
  expect(sends).toBeGreaterThan(200);
  expect(holds).toBeGreaterThan(20);
}, 3_600_000);

type Run = Omit<typeof aRun extends fc.Arbitrary<infer T> ? T : never, 'files' | 'isUrgent'> & {
  readonly program: Program;
};
type Sent = {
  readonly step: StepId;
  readonly window: SendWindow | undefined;
  readonly zone: string;
  readonly at: Date;
  readonly isWanted: boolean;
  readonly isToLead: boolean;
  readonly recent: Facts['recent'];
};

type Seen = { readonly sends: readonly Sent[] };

/** Mails that were sent while as many others held their place as may go. */
function beyondCap({ sends }: Seen, { delivery }: Pick<Run, 'delivery'>): readonly Sent[] {
  return sends.filter(({ isToLead, recent, zone, at: sentAt }) =>
    delivery.caps.some(({ atMost, per }) => {
      const holding = recent.filter((mail) => mail.isUnderWay || addDuration(mail.at, per, zone) > sentAt);
      return isToLead && holding.length >= atMost;
    }),
  );
}

/** Quiet hours are the window that is open when they are not. */
function inQuietHours({ sends }: Seen, { delivery: { quietHours } }: Pick<Run, 'delivery'>): readonly Sent[] {
  if (!quietHours) return [];
  const { from, to, timeZone } = quietHours;
  const day = { days: [1, 2, 3, 4, 5, 6, 7], timeZone, holidays: [] };
  const parts =
    from < to
      ? [{ from, to }]
      : [
          { from, to: 24 * 60 },
          { from: 0, to },
        ];
  return sends.filter(
    ({ isToLead, zone, at: sentAt }) => isToLead && parts.some((part) => isOpen({ ...day, ...part }, zone, sentAt)),
  );
}

function play({ program, from, zone, attributes, fortunes, refusal, delivery, others }: Run): {
  readonly sends: readonly Sent[];
  readonly faults: readonly string[];
  /** Times that a mail was held back by the frequency cap. */
  readonly holds: number;
} {
  let now = from;
  let enrollment = anEnrollment(program, { since: now, startedAt: now, dueAt: now });
  let known: Facts = facts({
    timeZone: zone,
    lead: { attributes, createdAt: from },
    common: { segments: new Map(), calendars, delivery, winners: new Map() },
    recent: others.map((minutes) => ({
      at: new Date(from.getTime() - minutes * minuteMs),
      sequence: 'other',
      step: 'm',
    })),
  });
  const sends: Sent[] = [];
  const faults: string[] = [];
  for (let turn = 0; turn < mostTurns && enrollment.status === 'active'; turn += 1) {
    const luck = fortunes[turn % fortunes.length];
    if (!luck) break;
    if (refusal?.turn === turn) known = refused(known, refusal.how);
    if (luck.event !== 'none')
      known = {
        ...known,
        events: [...known.events, anEvent(luck.event, { id: `event-${turn}`, at: now, about: '/pricing' })],
      };
    const answer = advance(program, enrollment, known, now);
    if (!isDeepStrictEqual(advance(program, enrollment, known, now), answer))
      faults.push(`another answer at ${now.toISOString()}`);
    if (!isAhead(program, enrollment.step, answer.enrollment.step))
      faults.push(`no way leads from ${enrollment.step} to ${answer.enrollment.step}`);
    const { send } = answer;
    if (send) {
      const mayMail = !known.suppression && known.lead.consent.status === 'granted';
      const isWanted = mayMail || !program.mailsLead;
      sends.push({
        step: send.step.id,
        window: send.step.kind === 'send' ? send.step.window : undefined,
        zone: known.timeZone,
        at: now,
        isWanted,
        isToLead: send.step.kind === 'send',
        recent: known.recent,
      });
    }
    known = withRecent(afterwards(known, answer, luck, now), program, now);
    const isStill =
      answer.enrollment.raised.length === 0 && answer.enrollment.dueAt !== null && answer.enrollment.dueAt <= now;
    if (isStill) faults.push(`stands still at ${now.toISOString()}: ${answer.enrollment.waitsFor}`);
    enrollment = { ...answer.enrollment, raised: [] };
    // Whoever always comes hours late never finds a window of one hour open, and must not: in the end somebody is on time.
    const lateness = turn < mostTurns / 2 ? luck : { ...luck, lateMinutes: 0 };
    now = nextLook(enrollment.dueAt ?? now, now, lateness);
  }
  if (enrollment.status === 'active') {
    const step = program.steps.get(enrollment.step ?? '');
    // Two clocks may leave a lead no time at all.
    const isShut = enrollment.waitsFor.startsWith('a time outside quiet hours');
    if (step?.kind !== 'goal' && !isShut) faults.push(`is never over: ${enrollment.step}, ${enrollment.waitsFor}`);
    const over = advance(program, enrollment, refused(known, 'unsubscribed'), now);
    // What mails nobody but us goes on: whoever unsubscribed and answers must still be heard.
    if (program.mailsLead && over.enrollment.status !== 'ended') faults.push('does not leave though it must');
    if (!program.mailsLead && over.enrollment.endedBecause === 'unsubscribed')
      faults.push('leaves though it mails nobody');
  }
  const holds = enrollment.history.filter(({ did }) => did === 'held back').length;
  return { sends, faults, holds };
}

function refused(known: Facts, how: 'unsubscribed' | 'denied'): Facts {
  if (how === 'unsubscribed') return { ...known, suppression: how };
  return { ...known, lead: { ...known.lead, consent: { ...known.lead.consent, status: how } } };
}

/** Whether a step is the same, the end, or one that some way leads to; goals pull forward from anywhere before them. */
function isAhead(program: Program, from: StepId | null, to: StepId | null): boolean {
  if (to === null || from === to) return true;
  const goals = [...program.steps.values()].filter(({ kind }) => kind === 'goal').map(({ id }) => id);
  const open: (StepId | null)[] = [from, ...goals];
  const seen = new Set<StepId | null>(open);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const step = id === null ? undefined : program.steps.get(id);
    for (const next of step ? waysFrom(step) : []) {
      if (!seen.has(next)) open.push(next);
      seen.add(next);
    }
  }
  return seen.has(to);
}

function afterwards(known: Facts, { enrollment, send, call }: Advance, luck: Fortune, now: Date): Facts {
  const again = [...known.mails].filter(([, { state }]) => state === 'deferred').map(([step]) => step);
  const waiting = [...known.calls].filter(([, { state }]) => state === 'waiting').map(([step]) => step);
  // Nothing is put off for ever: the second time it comes to its end.
  const mails = new Map([
    ...known.mails,
    ...again.map((step) => [step, anOutcome({ ...luck, mail: 'accepted' }, now)] as const),
    ...(send ? [[send.step.id, anOutcome(luck, now)] as const] : []),
  ]);
  const calls = new Map([
    ...known.calls,
    ...waiting.map((step) => [step, aCall({ ...luck, call: 'failed' }, now)] as const),
    ...(call ? [[call.step.id, aCall(luck, now)] as const] : []),
  ]);
  const received =
    send?.step.kind === 'send' ? new Map([...known.received, [send.step.template, now] as const]) : known.received;
  return enrollment.raised.reduce(withRaised, { ...known, mails, calls, received });
}

/** What the ledger would say of the mails so far, beside those of other sequences. */
function withRecent(known: Facts, { name: sequence, steps }: Program, plannedAt: Date): Facts {
  const own = [...known.mails].map(([step, { state, settledAt }]) => {
    const to = steps.get(step)?.kind === 'notify' ? 'sales@example.com' : undefined;
    return { state, settledAt, plannedAt, sequence, step, to };
  });
  const others = known.recent.filter((mail) => mail.sequence === 'other');
  return { ...known, recent: [...others, ...recentAmong(own)] };
}

function anOutcome({ mail, does }: Fortune, now: Date): MailFacts {
  if (mail === 'deferred') return { state: mail };
  return {
    state: mail,
    settledAt: now,
    ...(does === 'opens' ? { openedAt: now } : {}),
    ...(does === 'clicks' ? { clickedAt: now, clickedLinks: [...vocabulary.links] } : {}),
  };
}

function aCall({ call, answer }: Fortune, now: Date): CallFacts {
  return call === 'waiting' ? { state: call, answer: {} } : { state: call, settledAt: now, answer };
}

function withRaised(known: Facts, { type, about = '', data = {}, points = 0 }: LeadEvent): Facts {
  const { score } = known;
  if (type === 'tag.added') return withChange(known, { kind: 'tag', tag: about });
  if (type === 'tag.removed') return withChange(known, { kind: 'untag', tag: about });
  if (type === 'stage.entered') return withChange(known, { kind: 'stage', stage: about });
  if (type === 'lead.updated') return withChange(known, { kind: 'fields', fields: data });
  return { ...known, score: { ...score, total: score.total + points } };
}

/** Mostly when it is due or a little later, now and then days later or too early. */
function nextLook(dueAt: Date, now: Date, { lateMinutes, isEarly }: Fortune): Date {
  const due = Math.max(now.getTime(), dueAt.getTime());
  if (isEarly && due - now.getTime() > hourMs) return new Date((due + now.getTime()) / 2);
  return new Date(due + lateMinutes * minuteMs);
}

const clocks = new Map(
  vocabulary.zones.map((timeZone) => [
    timeZone as string,
    new Intl.DateTimeFormat('en-CA', {
      timeZone,
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }),
  ]),
);

/** By the calendar that comes with Node, not by the one the send window is computed with. */
function isOpen(window: SendWindow, leadZone: string, now: Date): boolean {
  const clock = clocks.get(window.timeZone === 'lead' ? leadZone : window.timeZone);
  const {
    weekday = '',
    year,
    month,
    day,
    hour,
    minute,
  } = Object.fromEntries((clock?.formatToParts(now) ?? []).map(({ type, value }) => [type, value]));
  const minutes = Number(hour) * 60 + Number(minute);
  const closed = new Set(window.holidays.flatMap((name) => [...(calendars.get(name)?.days ?? [])]));
  if (closed.has(`${year}-${month}-${day}`) || closed.has(`${month}-${day}`)) return false;
  const number = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(weekday.slice(0, 3)) + 1;
  return window.days.includes(number) && window.from <= minutes && minutes < window.to;
}

test('the calendar of this proof knows when a window is shut', () => {
  const window = { days: [1, 2, 3, 4, 5], from: 9 * 60, to: 17 * 60, timeZone: 'lead', holidays: ['fr'] };
  const open = [
    '2026-04-07T08:00Z',
    '2026-04-06T08:00Z',
    '2026-04-05T08:00Z',
    '2026-04-07T06:59Z',
    '2026-04-07T15:00Z',
  ].map((instant) => isOpen(window, 'Europe/Paris', at(instant)));
  expect(open).toEqual([true, false, false, false, false]);
});
