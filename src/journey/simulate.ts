import type { LeadEvent } from '../event/lead-event.js';
import type { StepId } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import { advance, hasSettled } from './advance.js';
import { assess } from './assess.js';
import { type Enrollment, leave } from './enrollment.js';
import type { Facts, MailFacts } from './facts.js';
import { type Change, react, type Running, withChange, type World } from './react.js';

/** One thing that will happen, or happened, in a simulated journey. */
export type Moment = {
  readonly at: Date;
  readonly sequence?: string;
  readonly step?: StepId | null;
  /** `mail`, `step`, `enter`, `leave`, `stage`. */
  readonly kind: 'mail' | 'step' | 'enter' | 'leave' | 'stage';
  readonly what: string;
  readonly because: string;
};

export type Simulation = {
  readonly from: Date;
  readonly until: Date;
  /** What the lead is supposed to do, by time. */
  readonly script?: readonly LeadEvent[];
  /** Mails of the running enrollments so far, by enrollment. */
  readonly mails: ReadonlyMap<string, ReadonlyMap<StepId, MailFacts>>;
};

type State = {
  facts: Facts;
  running: readonly Running[];
  runs: World['runs'];
  mails: Map<string, ReadonlyMap<StepId, MailFacts>>;
  /** The mails of this simulation, by sequence and step. */
  sent: Map<string, MailFacts>;
  moments: Moment[];
};

/** More turns than any real journey has; a guard against a mistake of ours, not a limit for marketers. */
const mostTurns = 10_000;

/**
 * Plays a lead's journey forward on a moved clock, through the very functions that run it live: `advance` for what falls
 * due, `react` for what happens. Every mail is taken to be accepted at once.
 */
export function simulate(
  world: World,
  project: Project,
  { from, until, script = [], mails }: Simulation,
): readonly Moment[] {
  const state: State = {
    facts: world.facts,
    running: world.running,
    runs: world.runs,
    mails: new Map([...mails].map(([enrollment, own]) => [enrollment, allSettled(own, from)])),
    sent: new Map(),
    moments: [],
  };
  const events = script.toSorted((a, b) => a.at.getTime() - b.at.getTime());

  for (let turn = 0; turn < mostTurns; turn += 1) {
    const next = nextDue(state, from);
    const [event] = events;
    const at = event && (!next || event.at <= next.at) ? event.at : next?.at;
    if (!at || at > until) break;
    if (event && at === event.at) {
      events.shift();
      happen(event, state, project);
    } else if (next) {
      takeStep(next.run, state, project, at);
    }
  }
  return state.moments;
}

/** Mails on their way are taken to be accepted at once, like those still to come. */
function allSettled(mails: ReadonlyMap<StepId, MailFacts>, at: Date): ReadonlyMap<StepId, MailFacts> {
  return new Map(
    [...mails].map(([step, mail]) => [step, hasSettled(mail) ? mail : { ...mail, state: 'accepted', settledAt: at }]),
  );
}

function nextDue({ running }: State, from: Date): { run: Running; at: Date } | undefined {
  const due = running.flatMap((run) =>
    run.enrollment.dueAt ? [{ run, at: new Date(Math.max(run.enrollment.dueAt.getTime(), from.getTime())) }] : [],
  );
  return due.toSorted((a, b) => a.at.getTime() - b.at.getTime())[0];
}

function takeStep(run: Running, state: State, project: Project, now: Date): void {
  const { id, sequence } = run.enrollment;
  const mails = state.mails.get(id) ?? new Map<StepId, MailFacts>();
  const facts = { ...state.facts, mails, score: assess(state.facts, project.scoring, now) };
  const { enrollment, send } = advance(run.program, run.enrollment, facts, now);

  for (const entry of enrollment.history.slice(run.enrollment.history.length)) {
    const isEnd = enrollment.status === 'ended' && entry.did === 'left';
    state.moments.push({
      at: now,
      sequence,
      step: entry.step,
      kind: isEnd ? 'leave' : 'step',
      what: entry.did,
      because: entry.because,
    });
  }
  if (send) {
    state.moments.push({
      at: now,
      sequence,
      step: send.step.id,
      kind: 'mail',
      what: send.step.subject,
      because: 'its turn has come',
    });
    noteMail(state, { enrollment: id, sequence, step: send.step.id }, { state: 'accepted', settledAt: now });
  }
  replace(state, run, send ? { ...enrollment, dueAt: now } : enrollment);
  for (const event of enrollment.raised) happen(event, state, project);
}

function happen(event: LeadEvent, state: State, project: Project): void {
  if (project.attention.counted.has(event.type))
    state.facts = { ...state.facts, events: [...state.facts.events, event] };
  const changes = () => react(event, worldOf(event, state, project), project, event.at);
  // In the order in which it is done live: mail and score first, then a second look.
  for (const change of changes())
    if (change.kind === 'score' || change.kind === 'mail') make(change, event, state, project);
  for (const change of changes()) make(change, event, state, project);
}

/** The lead with its mails, which outside a sequence are known by sequence and step. */
function worldOf(event: LeadEvent, state: State, project: Project): World {
  const mails = new Map([...state.facts.mails, ...state.sent]);
  const facts = { ...state.facts, mails, score: assess(state.facts, project.scoring, event.at) };
  return { facts, running: state.running, runs: state.runs };
}

function make(change: Change, event: LeadEvent, state: State, project: Project): void {
  state.facts = withChange(state.facts, change);
  switch (change.kind) {
    case 'raise':
      return happen(change.event, state, project);
    case 'stage':
      state.moments.push({
        at: event.at,
        kind: 'stage',
        what: `enters the stage ${change.stage}`,
        because: `score is ${assess(state.facts, project.scoring, event.at).total}`,
      });
      return;
    case 'leave': {
      const run = state.running.find(({ enrollment }) => enrollment.id === change.enrollment.id);
      if (run) replace(state, run, leave(run.enrollment, change.because, event.at));
      state.moments.push({
        at: event.at,
        sequence: change.enrollment.sequence,
        kind: 'leave',
        what: 'left',
        because: change.because,
      });
      return;
    }
    case 'enroll': {
      const program = project.programs.get(change.enrollment.sequence);
      if (program) state.running = [...state.running, { enrollment: change.enrollment, program }];
      state.runs = [...state.runs, change.enrollment];
      state.moments.push({
        at: event.at,
        sequence: change.enrollment.sequence,
        kind: 'enter',
        what: 'entered',
        because: change.enrollment.because,
      });
      return;
    }
    case 'mail': {
      const { enrollment = '', sequence = '', step: of = '' } = event;
      const mail = state.mails.get(enrollment)?.get(of) ?? { state: 'accepted' };
      const links = [...(mail.clickedLinks ?? []), ...(change.link ? [change.link] : [])];
      const clickedLinks = links.length > 0 ? { clickedLinks: links } : {};
      noteMail(state, { enrollment, sequence, step: of }, { [change.happened]: change.at, ...mail, ...clickedLinks });
      return;
    }
    case 'score':
    case 'tag':
    case 'untag':
    case 'fields':
    case 'suppress':
    case 'lift-unsubscribe':
  }
}

/** Keeps what is known of a mail, under its enrollment and under its sequence. */
function noteMail(state: State, of: { enrollment: string; sequence: string; step: StepId }, mail: MailFacts): void {
  state.mails.set(of.enrollment, new Map([...(state.mails.get(of.enrollment) ?? []), [of.step, mail]]));
  state.sent.set(`${of.sequence}/${of.step}`, mail);
}

/** Puts the next state of a run in place of the last; ended runs are dropped. */
function replace(state: State, run: Running, enrollment: Enrollment): void {
  const others = state.running.filter((other) => other !== run);
  state.running =
    enrollment.status === 'ended' ? others : [...others, { ...run, enrollment: { ...enrollment, raised: [] } }];
}
