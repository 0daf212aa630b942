import { idFrom } from '../../src/event/id.js';
import type { LeadEvent } from '../../src/event/lead-event.js';
import { assess } from '../../src/journey/assess.js';
import type { Enrollment } from '../../src/journey/enrollment.js';
import type { Facts, Lead } from '../../src/journey/facts.js';
import { beginningOf } from '../../src/simulation/play.js';
import type { World } from '../../src/journey/world.js';
import { type Moment, type SentMail, simulateToEnd } from '../../src/simulation/simulate.js';
import type { Project } from '../../src/sequence/project.js';
import { type Happening, type Journey, vocabulary } from '../arbitraries.js';
import type { Lived, LiveJourney } from '../live-journey.js';

export const defaultTimeZone = 'Europe/Paris';
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** The files with the addresses of webhooks turned to a server of the test. */
export function calling(host: string, files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path, text.replaceAll('hooks.example.com', host)]),
  );
}

export function caseOf(project: Project, { lead, from, days, script, reactions, winners }: Journey): LiveJourney {
  const leadId = idFrom('lead', String(lead.number));
  const email = `lead-${lead.number}@example.com`;
  const { number: _, consent, ...known } = lead;
  const event = (of: Happening, at: Date, ...id: readonly string[]): LeadEvent => {
    const { minutes: __, ...happening } = { minutes: 0, ...of };
    return { machine: false, ...happening, id: idFrom('happening', ...id), lead: leadId, at, source: 'test' };
  };
  const respond = ({ at, enrollment, sequence, step, template }: SentMail): readonly LeadEvent[] =>
    (reactions[template] ?? []).map((reaction, i) => ({
      ...event(
        reaction,
        new Date(at.getTime() + reaction.minutes * minuteMs + oddMs(enrollment + step + i)),
        enrollment,
        step,
        String(i),
      ),
      message: idFrom('message', enrollment, step),
      enrollment,
      sequence,
      step,
    }));
  return {
    project,
    leadId,
    lead: { email, emailKey: email, ...known, consent: { status: consent, source: 'test', at: from } },
    from,
    until: new Date(from.getTime() + days * dayMs),
    script: script.map((one, i) => event(one, new Date(from.getTime() + one.minutes * minuteMs), String(i))),
    respond,
    winners: winnersOf(project, winners),
  };
}

/** Some milliseconds that keep two reactions from falling on one instant, where their order would be by chance. */
function oddMs(of: string): number {
  return (
    Number.parseInt(
      idFrom(of)
        .replaceAll(/[^2-7]/g, '')
        .slice(0, 4),
      8,
    ) + 1
  );
}

function winnersOf({ programs }: Project, winners: Journey['winners']): ReadonlyMap<string, string> {
  const splits = [...programs.values()]
    .flatMap(({ steps }) => [...steps.values()])
    .flatMap((step) => (step.kind === 'split' ? [step] : []));
  return new Map(
    splits.flatMap(({ key, ways }, i) => {
      const place = winners[i];
      return typeof place === 'number' ? [[key, ways[place % ways.length]?.name ?? '']] : [];
    }),
  );
}

/** What is compared of a journey. Times stand as text, as they are read more easily when they differ. */
type Story = {
  readonly runs: readonly object[];
  readonly mails: readonly object[];
  readonly calls: readonly object[];
  readonly lead: object;
  readonly suppression: string | undefined;
};

export function livedStory({ lead, score, suppression, enrollments, mails, calls }: Lived): Story {
  return {
    runs: runsIn(enrollments),
    mails: inOrder(
      mails.map(({ settledAt, sequence, step, template, to }) => ({
        at: time(settledAt),
        sequence,
        step,
        template,
        to,
      })),
    ),
    calls: inOrder(calls.map(({ at, ...call }) => ({ at: time(at), ...call }))),
    lead: whatIsKnown(lead, score),
    suppression,
  };
}

export function simulatedStory(journey: LiveJourney): Story {
  const { project, from, until, script, respond } = journey;
  const world = worldOf(journey);
  const beginning = beginningOf({ world, from, until, all: true }, project);
  const { moments, facts, enrollments } = simulateToEnd(world, project, {
    from,
    until,
    script: [...beginning, ...script],
    respond,
    answers: answersIn(project),
  });
  const told = (kind: Moment['kind']) => moments.filter((moment) => moment.kind === kind);
  const { email } = facts.lead;
  const mails = told('mail').map(({ at, sequence, step, template }) => ({
    at: time(at),
    sequence,
    step,
    template,
    to: email,
  }));
  const notices = told('notice').map(({ at, sequence, step, template, because }) => ({
    at: time(at),
    sequence,
    step,
    template,
    to: because.replace(/^to /, ''),
  }));
  return {
    runs: runsIn(enrollments),
    mails: inOrder([...mails, ...notices]),
    calls: inOrder(told('call').map(({ at, sequence, step }) => ({ at: time(at), sequence, step }))),
    lead: whatIsKnown(facts.lead, assess(facts, project.scoring, until).total),
    suppression: facts.suppression,
  };
}

function worldOf({ project, lead: input, leadId, from, winners }: LiveJourney): World {
  const { firstName, timezone, attributes = {}, tags = [], consent } = input;
  const lead: Lead = {
    id: leadId,
    email: input.email,
    ...(firstName === undefined ? {} : { firstName }),
    ...(timezone === undefined ? {} : { timezone }),
    attributes,
    tags,
    consent: consent ?? { status: 'granted', source: 'test', at: from },
    entries: [],
    createdAt: from,
  };
  const { segments, calendars, delivery, scoring } = project;
  const facts: Omit<Facts, 'score'> = {
    lead,
    timeZone: timezone ?? defaultTimeZone,
    mails: new Map(),
    events: [],
    calls: new Map(),
    received: new Map(),
    recent: [],
    common: { segments, calendars, delivery, winners },
  };
  return { facts: { ...facts, score: assess(facts, scoring, from) }, running: [], runs: [] };
}

/** What the server of this test answers each webhook step, as far as conditions can ask for it. */
function answersIn({ programs }: Project) {
  const steps = [...programs.values()].flatMap((program) => [...program.steps.values()]);
  return Object.fromEntries(
    steps.flatMap((step) => {
      if (step.kind !== 'webhook') return [];
      const { status, body = {} } = vocabulary.answers[Number(step.url.split('/').at(-1))] ?? { status: 500 };
      const plain = Object.entries(body).filter(([key, value]) => key !== 'status' && typeof value !== 'object');
      return [[step.id, { ...Object.fromEntries(plain), status }]];
    }),
  );
}

function runsIn(enrollments: readonly Enrollment[]): readonly object[] {
  return inOrder(
    enrollments.map(({ startedAt, endedAt, since, dueAt, history, splits = [], ...run }) => ({
      ...run,
      // How often it was saved, and what it left to be recorded, are the database's.
      generation: undefined,
      raised: undefined,
      startedAt: time(startedAt),
      endedAt: time(endedAt),
      since: time(since),
      dueAt: time(dueAt ?? undefined),
      splits: splits.map(({ at, ...split }) => ({ ...split, at: time(at) })),
      history: history.map(
        ({ at, step, did, because }) =>
          `${time(at)} ${step ?? '-'}: ${did}${did === 'accepted' ? '' : ` (${because})`}`,
      ),
    })),
  );
}

function whatIsKnown(
  { stage, tags, segments = [], thresholds = [], thresholdTurns = {}, attributes, firstName, timezone, ...rest }: Lead,
  score: number,
): object {
  return {
    stage,
    tags: tags.toSorted(),
    segments: segments.toSorted(),
    thresholds: thresholds.toSorted(),
    thresholdTurns,
    attributes,
    firstName,
    timezone,
    consent: rest.consent.status,
    points: inOrder(rest.entries.map(({ rule, points, at }) => ({ rule, points, at: time(at) }))),
    score: Math.round(score * 100) / 100,
  };
}

function inOrder(list: readonly object[]): readonly object[] {
  return list
    .map((one) => ({ one, key: JSON.stringify(one, Object.keys(one).toSorted()) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ one }) => one);
}

function time(at: Date | undefined): string | undefined {
  return at?.toISOString();
}
