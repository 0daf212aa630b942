import { idFrom } from '../event/id.js';
import type { EventValue, LeadEvent } from '../event/lead-event.js';
import { strikesOf } from '../sequence/cron.js';
import { addDuration } from '../sequence/duration.js';
import type { StepId } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import { advance, type Call, type HandOver, type Send } from '../journey/advance.js';
import { assess } from '../journey/assess.js';
import { judge } from '../journey/condition.js';
import { type Enrollment, leave } from '../journey/enrollment.js';
import type { CallFacts, Facts, Lead, MailFacts, RecentMail } from '../journey/facts.js';
import { recentSince } from '../journey/frequency-cap.js';
import { longestOwnCap } from '../journey/own-caps.js';
import { rejoined } from '../journey/rejoin.js';
import { inForce } from '../journey/in-flight.js';
import { type Change, withChange } from '../journey/change.js';
import { lookedBackAt, mayMatter, react } from '../journey/react.js';
import type { Running, World } from '../journey/world.js';
import { recipientOf } from '../journey/recipient.js';
import { candidatesFor, ownerAt } from '../sales/choose-owner.js';
import type { ScoreEntry } from '../scoring/score.js';
import { subjectFor } from './subject.js';
import { allAnswered, allGone, allSettled } from './under-way.js';
import { broadcastEvent, changesByTime, dateEvents, lookEvent, lookHour } from '../journey/timed-events.js';

/** One thing that will happen, or happened, in a simulated journey. */
export type Moment = {
  readonly at: Date;
  readonly sequence?: string;
  readonly step?: StepId | null;
  /** `notice`: a mail about the lead; `call`: another system; `wait`: nothing goes on before `until`. */
  readonly kind: 'event' | 'mail' | 'notice' | 'call' | 'step' | 'wait' | 'enter' | 'leave' | 'stage';
  readonly what: string;
  readonly because: string;
  readonly template?: string;
  readonly until?: Date;
  /** As they stand when this has happened. */
  readonly score: number;
  readonly stage?: string;
  /** What it gave to the score, by which rule; missing where it gave nothing. */
  readonly points?: readonly ScoreEntry[];
};

export type Simulation = {
  readonly from: Date;
  readonly until: Date;
  /** What the lead is supposed to do, by time. */
  readonly script?: readonly LeadEvent[];
  /** Mails of the running enrollments so far, by enrollment. */
  readonly mails?: ReadonlyMap<string, ReadonlyMap<StepId, MailFacts>>;
  readonly calls?: ReadonlyMap<string, ReadonlyMap<StepId, CallFacts>>;
  /** What webhooks are answered, by step; `{ status: 200 }` unless said. */
  readonly answers?: Readonly<Record<StepId, Readonly<Record<string, EventValue>>>>;
  /** What a lead does with a mail, as events to come; nothing unless said. */
  readonly respond?: (mail: SentMail) => readonly LeadEvent[];
};

/** A mail of a simulation at the moment it goes. */
export type SentMail = {
  readonly lead: string;
  readonly at: Date;
  readonly enrollment: string;
  readonly sequence: string;
  readonly step: StepId;
  readonly template: string;
};

type State = {
  clock: Date;
  facts: Facts;
  running: readonly Running[];
  /** Runs that went on in this simulation and are over. */
  ended: Enrollment[];
  runs: World['runs'];
  mails: Map<string, ReadonlyMap<StepId, MailFacts>>;
  calls: Map<string, ReadonlyMap<StepId, CallFacts>>;
  /** The mails of this simulation, by message. */
  sent: Map<string, MailFacts>;
  /** What is still to happen, by time. */
  script: LeadEvent[];
  /** What dates of the lead bring about, by time, as its fields stand in `of`. */
  dates: { of?: Lead; ahead: readonly LeadEvent[]; happened: Set<string> };
  moments: Moment[];
};

type Play = { readonly state: State; readonly project: Project; readonly simulation: Simulation };

/** More turns than any real journey has; a guard against a mistake of ours, not a limit for marketers. */
const mostTurns = 10_000;

/**
 * Plays a lead's journey forward on a moved clock, through the very functions that run it live: `advance` for what falls
 * due, `react` for what happens. Every mail is taken to be accepted at once.
 */
export function simulate(world: World, project: Project, simulation: Simulation): readonly Moment[] {
  return simulateToEnd(world, project, simulation).moments;
}

/** What a simulation tells, and how things stand at its end. */
export type Simulated = {
  readonly moments: readonly Moment[];
  readonly facts: Facts;
  /** Every run that went on at the beginning or began on the way. */
  readonly enrollments: readonly Enrollment[];
};

/** The same, with all that is so at the end. */
export function simulateToEnd(world: World, project: Project, simulation: Simulation): Simulated {
  const { from, until, script = [], mails = new Map(), calls = new Map() } = simulation;
  const state: State = {
    clock: from,
    facts: { ...world.facts, recent: allGone(world.facts.recent, from) },
    running: world.running,
    ended: [],
    runs: world.runs,
    mails: new Map([...mails].map(([enrollment, own]) => [enrollment, allSettled(own, from)])),
    calls: new Map([...calls].map(([enrollment, own]) => [enrollment, allAnswered(own, from)])),
    sent: new Map(),
    script: byTime(script),
    dates: { ahead: [], happened: new Set() },
    moments: [],
  };
  const play: Play = { state, project, simulation };
  const ticks = ticksOf(play);

  for (let turn = 0; turn < mostTurns; turn += 1) {
    const due = nextDue(state, project);
    const date = datesAhead(play)[0];
    const event = byTime([...state.script.slice(0, 1), ...(date ? [date] : [])])[0];
    const tick = ticks[0];
    const at = earliest([event?.at, tick?.at, due?.at]);
    if (!at || at > until) break;
    state.clock = at < state.clock ? state.clock : at;
    // What happens at an instant comes before what falls due at it, as it does live.
    if (event && event.at <= at) {
      state.script = state.script.filter((other) => other !== event);
      state.dates.ahead = state.dates.ahead.filter((other) => other !== event);
      if (event === date) state.dates.happened.add(event.id);
      happen(event, play);
    } else if (tick && tick.at <= at) {
      ticks.shift();
      const struck = tick.strike();
      if (struck) happen(struck, play);
    } else if (due) {
      takeStep(due.run, play, at);
    }
  }
  const { moments, facts, running, ended } = state;
  return { moments, facts, enrollments: [...ended, ...running.map(({ enrollment }) => enrollment)] };
}

function earliest(times: readonly (Date | undefined)[]): Date | undefined {
  return times.reduce((first, at) => (at && (!first || at < first) ? at : first), undefined);
}

function byTime(events: readonly LeadEvent[]): LeadEvent[] {
  return events.toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

/** Something that comes round for everybody: `strike` tells what it is for this lead, when its time has come. */
type Tick = { readonly at: Date; readonly strike: () => LeadEvent | undefined };

function ticksOf({ state, project, simulation: { from, until } }: Play): Tick[] {
  const broadcasts = [...project.programs.values()].flatMap((program): readonly Tick[] => {
    const { broadcast } = program;
    if (!broadcast) return [];
    const { schedule, timeZone, audience } = broadcast;
    return strikesOf(schedule, timeZone, from, until).map((at) => {
      const isMeant = (): boolean => !audience || judge(audience, worldFacts(state, project, at), at).holds;
      return { at, strike: () => (isMeant() ? broadcastEvent(program, state.facts.lead, at) : undefined) };
    });
  });
  const looks = changesByTime(project) ? strikesOf(`0 ${lookHour} * * *`, 'UTC', from, until) : [];
  const look = looks.map((at): Tick => ({ at, strike: () => lookEvent(scored(state, project, at), project, at) }));
  return [...broadcasts, ...look].toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

/** The sequences that dates of the lead will start. Its fields may change on the way. */
function datesAhead({ state, project, simulation: { from, until } }: Play): readonly LeadEvent[] {
  const { dates, clock, facts } = state;
  if (dates.of === facts.lead) return dates.ahead;
  // Several may stand at one instant, and only some of them have happened.
  const after = new Date(Math.max(from.getTime(), clock.getTime() - 1));
  const events = [...project.programs.values()].flatMap((program) =>
    dateEvents(program, facts.lead, facts.timeZone, after, until),
  );
  dates.of = facts.lead;
  dates.ahead = byTime(events.filter(({ id }) => !dates.happened.has(id)));
  return dates.ahead;
}

/** What is known of the lead, with the score of that moment. */
function scored({ facts }: State, project: Project, at: Date): Facts {
  return { ...facts, score: assess(facts, project.scoring, at) };
}

/** The run that goes on next: of those due at one instant that of the highest priority, and of these the oldest. */
function nextDue({ running, clock }: State, { programs }: Project): { run: Running; at: Date } | undefined {
  const due = running.flatMap((run) => {
    const { dueAt, sequence } = run.enrollment;
    if (!dueAt) return [];
    const priority = programs.get(sequence)?.priority ?? 0;
    return [{ run, at: new Date(Math.max(dueAt.getTime(), clock.getTime())), priority }];
  });
  return due.toSorted((a, b) => a.at.getTime() - b.at.getTime() || b.priority - a.priority)[0];
}

/** Writes down a moment with the score and stage that it leaves behind. */
function tell({ state, project }: Play, moment: Omit<Moment, 'score' | 'stage'>): void {
  const { stage } = state.facts.lead;
  const score = assess(state.facts, project.scoring, moment.at).total;
  state.moments.push({ ...moment, score, ...(stage === undefined ? {} : { stage }) });
}

function takeStep(waiting: Running, play: Play, now: Date): void {
  const { state, project } = play;
  const { id, sequence } = waiting.enrollment;
  const run = movedOn(waiting, project, now);
  state.running = state.running.map((other) => (other === waiting ? run : other));
  const facts = {
    ...scored(state, project, now),
    mails: state.mails.get(id) ?? new Map<StepId, MailFacts>(),
    calls: state.calls.get(id) ?? new Map<StepId, CallFacts>(),
  };
  const { enrollment, send, call, handOver } = advance(run.program, run.enrollment, facts, now);

  for (const entry of enrollment.history.slice(run.enrollment.history.length)) {
    const isEnd = enrollment.status === 'ended' && entry.did === 'left';
    const { step, did: what, because } = entry;
    tell(play, { at: now, sequence, step, kind: isEnd ? 'leave' : 'step', what, because });
  }
  if (send) sendMail(send, enrollment, play, now);
  if (call) answer(call, enrollment, play, now);
  replace(state, run, send || call ? { ...enrollment, dueAt: now } : enrollment);
  if (!send && !call && !handOver && enrollment.raised.length === 0) tellWait(run, enrollment, play, now);
  if (handOver) assign(handOver, enrollment, facts, play);
  for (const event of enrollment.raised) happen(event, play);
}

/** A run with the revision that it goes on in from now, as it does live. */
function movedOn(run: Running, { programs }: Project, now: Date): Running {
  const current = programs.get(run.enrollment.sequence);
  const { enrollment, program = run.program } = inForce(run.enrollment, run.program, current, now);
  return enrollment === run.enrollment ? run : { ...run, enrollment, program };
}

/** A wait is told once, when it begins, and not each time that somebody looks whether it is over. */
function tellWait(
  { enrollment: before, program }: Running,
  { status, step, dueAt, since, waitsFor, sequence }: Enrollment,
  play: Play,
  now: Date,
): void {
  if (status === 'ended' || !dueAt || (before.waitsFor === waitsFor && before.step === step)) return;
  const what = dueAt > now ? 'waits' : 'goes on';
  const standing = step === null ? undefined : program.steps.get(step);
  // Of a wait for something to happen, its end: that it is looked at now and then is no news.
  const until = standing?.kind === 'wait-for' ? addDuration(since, standing.upTo, play.state.facts.timeZone) : dueAt;
  tell(play, { at: now, sequence, step, kind: 'wait', what, because: waitsFor, until });
}

function sendMail({ step }: Send, { id, lead, sequence, event }: Enrollment, play: Play, now: Date): void {
  const { state, project, simulation } = play;
  const kind = step.kind === 'send' ? 'mail' : 'notice';
  const because = step.kind === 'send' ? 'its turn has come' : `to ${recipientOf(step, state.facts.lead)}`;
  const { template } = step;
  const title = project.programs.get(sequence)?.title ?? sequence;
  const what = subjectFor(step.subject, { ...state.facts, title, event, at: now }, project);
  tell(play, { at: now, sequence, step: step.id, kind, what, because, template });
  noteMail(state, { enrollment: id, step: step.id }, { state: 'accepted', settledAt: now });
  if (step.kind !== 'send') return;
  const received = new Map([...state.facts.received, [template, now]]);
  state.facts = { ...state.facts, received, recent: withRecent(state.facts, { at: now, sequence, step: step.id }) };
  const reaction = simulation.respond?.({ lead, at: now, enrollment: id, sequence, step: step.id, template }) ?? [];
  state.script = byTime([...state.script, ...reaction]);
}

/** The mails that count for the frequency cap, with one more; those that count no longer are let go. */
function withRecent({ recent, common }: Facts, mail: RecentMail): readonly RecentMail[] {
  // The lead may come to want fewer mails later, and then those of before count.
  const since = recentSince([...common.delivery.caps, longestOwnCap], mail.at);
  return since ? [...recent.filter(({ at }) => at >= since), mail] : [];
}

function answer({ step }: Call, { id, sequence }: Enrollment, play: Play, now: Date): void {
  const { state, simulation } = play;
  const given = { status: 200, ...simulation.answers?.[step.id] };
  const call: CallFacts = { state: 'answered', because: `answered ${given.status}`, settledAt: now, answer: given };
  state.calls.set(id, new Map([...(state.calls.get(id) ?? []), [step.id, call]]));
  tell(play, {
    at: now,
    sequence,
    step: step.id,
    kind: 'call',
    what: new URL(step.url).host,
    because: `taken to answer ${given.status}`,
  });
}

/** Gives the lead to the first of those whose turn it may be: how the turns stand that day, nobody knows beforehand. */
function assign({ step }: HandOver, { id, lead, sequence }: Enrollment, facts: Facts, play: Play): void {
  const { state, project } = play;
  const at = state.clock;
  const candidates = project.sales && candidatesFor(project.sales, facts, at, step.owners);
  const owner = candidates && ownerAt(0, candidates.owners);
  if (!owner) return waitForNobody(id, play);
  const event = { type: 'owner.assigned', about: owner.email, why: candidates.because, lead, at, source: 'sales' };
  happen({ ...event, id: idFrom('owner.assigned', lead, sequence, step.id), machine: false, sequence }, play);
}

/** Who waits for an owner whom only a person can name waits to the end, unless one is named. */
function waitForNobody(id: string, { state, simulation }: Play): void {
  const dueAt = new Date(simulation.until.getTime() + 1);
  state.running = state.running.map((run) =>
    run.enrollment.id === id ? { ...run, enrollment: { ...run.enrollment, dueAt } } : run,
  );
}

function happen(event: LeadEvent, play: Play): void {
  const { state, project } = play;
  if (project.attention.counted.has(event.type) || isLookedBackAt(event))
    state.facts = { ...state.facts, events: [...state.facts.events, event] };
  if (!mayMatter(event, project)) return tellEvent(event, play);
  const changes = () => react(event, worldOf(event, state, project), project, event.at);
  const before = state.facts.lead.entries;
  // In the order in which it is done live: mail and score first, then a second look.
  for (const change of changes()) if (change.kind === 'score' || change.kind === 'mail') make(change, event, play);
  const points = gained(before, state.facts.lead.entries);
  if (points.length > 0 && isInner(event)) givePoints(points, event, state);
  tellEvent(event, play, points);
  for (const change of changes()) make(change, event, play);
}

/** Whether a later reaction may ask for it, whatever the files count. */
function isLookedBackAt({ type }: LeadEvent): boolean {
  return lookedBackAt({ type: '' }).includes(type);
}

/** Its own doings show in what they bring about. */
function isInner({ source }: LeadEvent): boolean {
  return source === 'sequence' || source === 'funnel';
}

function tellEvent(event: LeadEvent, play: Play, points: readonly ScoreEntry[] = []): void {
  const { at, type, about, sequence, step, source } = event;
  if (isInner(event)) return;
  const of = {
    ...(sequence ? { sequence } : {}),
    ...(step ? { step } : {}),
    ...(points.length > 0 ? { points } : {}),
  };
  tell(play, { at, ...of, kind: 'event', what: [type, about].filter(Boolean).join(' '), because: `told by ${source}` });
}

function gained(before: readonly ScoreEntry[], after: readonly ScoreEntry[]): readonly ScoreEntry[] {
  if (before === after) return [];
  const had = new Set(before);
  return after.filter((entry) => !had.has(entry));
}

/** Points that a step gave stand with that step, which was told before its doings were done. */
function givePoints(points: readonly ScoreEntry[], { sequence, step }: LeadEvent, { moments }: State): void {
  const place = moments.findLastIndex((one) => one.sequence === sequence && one.step === step && one.kind === 'step');
  const moment = moments[place];
  if (moment) moments[place] = { ...moment, points: [...(moment.points ?? []), ...points] };
}

/** The lead with all its mails, whatever run they are of. */
function worldFacts(state: State, project: Project, at: Date): Facts {
  return { ...scored(state, project, at), mails: new Map([...state.facts.mails, ...state.sent]) };
}

function worldOf({ at }: LeadEvent, state: State, project: Project): World {
  return { facts: worldFacts(state, project, at), running: state.running, runs: runsIn(state) };
}

/** Every run so far, as it stands. */
function runsIn({ runs, ended }: State): World['runs'] {
  const byId = new Map(ended.map((run) => [run.id, run]));
  return runs.map((run) => byId.get(run.id ?? '') ?? run);
}

function make(change: Change, event: LeadEvent, play: Play): void {
  const { state, project } = play;
  const { at } = event;
  state.facts = withChange(state.facts, change);
  switch (change.kind) {
    case 'raise':
      return happen(change.event, play);
    case 'stage': {
      const because = event.why ?? `told by ${event.source}`;
      return tell(play, { at, kind: 'stage', what: `enters the stage ${change.stage}`, because });
    }
    case 'leave': {
      const { id, sequence } = change.enrollment;
      const run = state.running.find(({ enrollment }) => enrollment.id === id);
      if (run) replace(state, run, leave(run.enrollment, change.because, at));
      return tell(play, { at, sequence, kind: 'leave', what: 'left', because: change.because });
    }
    case 'enroll': {
      const { sequence, because } = change.enrollment;
      const program = project.programs.get(sequence);
      if (program) state.running = [...state.running, { enrollment: change.enrollment, program }];
      state.runs = [...state.runs, change.enrollment];
      return tell(play, { at, sequence, kind: 'enter', what: 'entered', because });
    }
    case 'mail': {
      const { enrollment = '', step = '' } = event;
      const mail = state.mails.get(enrollment)?.get(step) ?? { state: 'accepted' };
      const links = [...(mail.clickedLinks ?? []), ...(change.link ? [change.link] : [])];
      const clickedLinks = links.length > 0 ? { clickedLinks: links } : {};
      return noteMail(state, { enrollment, step }, { [change.happened]: change.at, ...mail, ...clickedLinks });
    }
    case 'rejoin': {
      const run = state.ended.find(({ id }) => id === change.enrollment);
      const program = run && project.programs.get(run.sequence);
      if (!run || !program) return;
      state.ended = state.ended.filter((other) => other !== run);
      state.running = [...state.running, { enrollment: rejoined(run, at), program }];
      const { sequence } = run;
      return tell(play, { at, sequence, kind: 'enter', what: 'came back', because: 'the lead took it back' });
    }
    case 'wake':
      state.running = state.running.map((run) =>
        change.enrollments.includes(run.enrollment.id) ? { ...run, enrollment: { ...run.enrollment, dueAt: at } } : run,
      );
      return;
    case 'reach':
    case 'fall':
    case 'guess':
    case 'score':
    case 'tag':
    case 'untag':
    case 'fields':
    case 'suppress':
    case 'lift-unsubscribe':
    case 'lift-soft-bounce':
    case 'away':
    case 'join':
    case 'part':
    case 'prefer':
    case 'address':
    case 'consent':
      // Changes of the lead itself, which `withChange` has made.
      return;
  }
}

/** Keeps what is known of a mail, in its run and by itself. */
function noteMail(state: State, of: { enrollment: string; step: StepId }, mail: MailFacts): void {
  state.mails.set(of.enrollment, new Map([...(state.mails.get(of.enrollment) ?? []), [of.step, mail]]));
  state.sent.set(idFrom('message', of.enrollment, of.step), mail);
}

/** Puts the next state of a run in place of the last: of those due at one instant the older goes first. Ended runs go on no more. */
function replace(state: State, run: Running, enrollment: Enrollment): void {
  const isOver = enrollment.status === 'ended';
  if (isOver) state.ended.push(enrollment);
  const next = isOver ? [] : [{ ...run, enrollment: { ...enrollment, raised: [] } }];
  state.running = state.running.flatMap((other) => (other === run ? next : [other]));
}
