import type { LeadEvent } from '../src/event/lead-event.js';
import { builtIn } from '../src/event/machine-rule.js';
import type { Enrollment } from '../src/journey/enrollment.js';
import type { Facts, Lead, MailFacts } from '../src/journey/facts.js';
import type { Change } from '../src/journey/change.js';
import { enroll } from '../src/journey/entering.js';
import { react } from '../src/journey/react.js';
import type { World } from '../src/journey/world.js';
import { type Condition, ConditionFile } from '../src/sequence/condition-file.js';
import { type Delivery, noDelivery } from '../src/sequence/delivery-file.js';
import { type Funnel, FunnelFile, toFunnel } from '../src/sequence/funnel-file.js';
import { compile } from '../src/sequence/compile.js';
import { cellOf, toGrid } from '../src/sequence/grid-file.js';
import { type Program, revisionOf } from '../src/sequence/program.js';
import { attentionOf } from '../src/sequence/attention.js';
import type { Project } from '../src/sequence/project.js';
import { type Scoring, ScoringFile, toScoring } from '../src/sequence/scoring-file.js';
import type { Segments } from '../src/sequence/segments-file.js';
import { SequenceFile } from '../src/sequence/sequence-file.js';

type Written = Readonly<Record<string, unknown>>;

/** An instant: `at('2026-03-02T09:00Z')`, which was a Monday. */
export function at(instant: string): Date {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) throw new Error(`"${instant}" is no instant`);
  return date;
}

/** A lead that may be mailed. */
export function aLead(changes: Partial<Lead> = {}): Lead {
  return {
    id: 'ada',
    email: 'ada@example.com',
    attributes: {},
    tags: [],
    consent: { status: 'granted', source: 'form', at: at('2026-01-01T00:00Z') },
    entries: [],
    createdAt: at('2026-01-01T00:00Z'),
    ...changes,
  };
}

type FactsInShort = Omit<Partial<Facts>, 'lead' | 'mails' | 'score'> & {
  readonly lead?: Partial<Lead>;
  /** Mails by step. */
  readonly mails?: Readonly<Record<string, MailFacts>>;
  /** All of it engagement. */
  readonly score?: number;
};

/** What is known of a lead in UTC to whom nothing has happened. */
export function facts({ lead, mails = {}, score = 0, ...changes }: FactsInShort = {}): Facts {
  return {
    lead: aLead(lead),
    timeZone: 'UTC',
    score: scoreOf({ engagement: score, fit: 0 }),
    mails: new Map(Object.entries(mails)),
    events: [],
    calls: new Map(),
    received: new Map(),
    recent: [],
    common: { segments: new Map(), calendars: new Map(), delivery: noDelivery, winners: new Map() },
    ...changes,
  };
}

function scoreOf(sums: { readonly engagement: number; readonly fit: number }): Facts['score'] {
  return { total: sums.engagement + sums.fit, ...sums, grid: cellOf(sums, toGrid()), lines: [] };
}

/** A mail that the server took, on Monday at 09:00 unless said otherwise. */
export function aMail(changes: Partial<MailFacts> = {}): MailFacts {
  return { state: 'accepted', settledAt: at('2026-03-02T09:00Z'), ...changes };
}

/** A program from what a marketer would write; one mail when only its surroundings matter. */
export function aProgram(file: Written = {}, name = 'welcome'): Program {
  const written = { name: 'Welcome', steps: [{ send: 'hello', subject: 'Hello' }], ...file };
  return compile(name, SequenceFile.parse(written), revisionOf(name, written)).program;
}

/** A lead's run that has just begun, on Monday at 09:00. */
export function anEnrollment(program: Program, changes: Partial<Enrollment> = {}): Enrollment {
  return { ...enroll(program, anEvent('form.submitted')), ...changes };
}

/** An event of a person, on Monday at 09:00. */
export function anEvent(type: string, changes: Partial<LeadEvent> = {}): LeadEvent {
  const event = { id: `${type}-1`, type, lead: 'ada', at: at('2026-03-02T09:00Z'), source: 'test', machine: false };
  return { ...event, ...changes };
}

export function aCondition(written: Written): Condition {
  return ConditionFile.parse(written);
}

/** Engagement rules as in scoring.json, with whatever else stands beside them. */
export function aScoring(
  rules: readonly Written[] = [],
  { fit, groups, thresholds, grid, ...rest }: Written = {},
): Scoring {
  const beside = Object.entries({ fit, groups, thresholds, grid }).filter(([, value]) => value !== undefined);
  return toScoring(ScoringFile.parse({ engagement: { rules, ...rest }, ...Object.fromEntries(beside) }));
}

/** Stages by name, each with what lets a lead enter it. */
export function aFunnel(stages: Readonly<Record<string, Written>>): Funnel {
  return toFunnel(FunnelFile.parse({ stages: Object.entries(stages).map(([name, enter]) => ({ name, enter })) }));
}

type ProjectInShort = {
  readonly programs?: readonly Program[];
  readonly funnel?: Funnel;
  readonly scoring?: Scoring;
  readonly segments?: Segments;
  readonly delivery?: Delivery;
};

/** A project without templates, and without funnel and scoring unless these are named. */
export function aProject({
  programs = [],
  funnel = [],
  scoring = aScoring(),
  segments = new Map(),
  delivery = noDelivery,
}: ProjectInShort = {}): Project {
  return {
    programs: new Map(programs.map((program) => [program.name, program])),
    sources: new Map(),
    funnel,
    scoring,
    segments,
    delivery,
    machines: builtIn,
    calendars: new Map(),
    forms: new Map(),
    attention: attentionOf({ programs, funnel, scoring, segments }),
    templates: new Map(),
    brand: {
      name: 'Tallybay',
      website: 'https://tallybay.example.com',
      postalAddress: '1 Quay Street, Rotterdam',
      logo: 'logo.png',
      logoAlt: 'Tallybay',
      language: 'en-GB',
    },
  };
}

/** A lead that is in no sequence and never was. */
export function aWorld({ facts: known = facts(), ...changes }: Partial<World> = {}): World {
  return { facts: known, running: [], runs: [], ...changes };
}

/** What an event changes that is looked at when it happens, or at `now`. */
export function changesOf(event: LeadEvent, world: World, project: Project, now = event.at): readonly Change[] {
  return react(event, world, project, now);
}
