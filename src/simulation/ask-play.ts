import type { EventValue } from '../event/lead-event.js';
import { assess } from '../journey/assess.js';
import type { CallFacts, Facts, MailFacts } from '../journey/facts.js';
import type { World } from '../journey/world.js';
import type { Brand } from '../message/brand.js';
import type { Template } from '../message/template.js';
import type { Score } from '../scoring/score.js';
import type { StepId } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import type { SimulationAsk, Wrong } from './ask.js';
import { linksOf } from './crowd.js';
import { inventedWorld, journeyEnd, journeyInstant, winnersFor, zoneOfDescribed } from './invented.js';
import { isEcho, sortableTime } from './narrate.js';
import { type JourneyPlan, play, type Played } from './play.js';
import type { Moment } from './simulate.js';

/** A lead that there is, as far as it is its own; what is the same for all comes from the project it is played in. */
export type KnownLead = Omit<World, 'facts'> & {
  readonly facts: Omit<Facts, 'common' | 'score'>;
  readonly mails: ReadonlyMap<string, ReadonlyMap<StepId, MailFacts>>;
  readonly calls: ReadonlyMap<string, ReadonlyMap<StepId, CallFacts>>;
};

/** What an ask is played in. */
export type AskSetting = {
  readonly project: Project;
  readonly now: Date;
  readonly defaultTimeZone: string;
  /** The splits that are decided. */
  readonly winners: ReadonlyMap<string, string>;
  readonly known?: KnownLead | undefined;
};

/** The plan of an ask, or what is wrong with it once the lead's clock is known. */
export function planOf(ask: SimulationAsk, setting: AskSetting): JourneyPlan | Wrong {
  const { known, project, now, defaultTimeZone } = setting;
  const { lead = {}, sequence, all = !known && sequence === undefined, events, answers } = ask;
  const zone = known?.facts.timeZone ?? zoneOfDescribed(lead, defaultTimeZone);
  const from = ask.from ? journeyInstant(ask.from, zone) : now;
  const until = journeyEnd(ask.until, from, zone);
  if (until <= from) return { pointer: '/until', detail: 'the journey would end before it begins' };
  const invention = { project, from, defaultTimeZone, sequence, splits: ask.splits };
  const world = known ? worldIn(known, project, from) : inventedWorld(lead, invention);
  const decided = withWinners(world, new Map([...setting.winners, ...winnersFor(invention)]));
  const under = known ? { mails: known.mails, calls: known.calls } : {};
  return { world: decided, from, until, sequence, all, events, answers, ...under };
}

/** A lead that there is, in a project. */
export function worldIn(
  { facts, running, runs }: Pick<KnownLead, 'facts' | 'running' | 'runs'>,
  { segments, calendars, delivery, scoring }: Pick<Project, 'segments' | 'calendars' | 'delivery' | 'scoring'>,
  from: Date,
): World {
  const whole = { ...facts, common: { segments, calendars, delivery, winners: new Map() } };
  return { facts: { ...whole, score: assess(whole, scoring, from) }, running, runs };
}

/** The same where some splits are decided. */
export function withWinners(world: World, winners: ReadonlyMap<string, string>): World {
  return { ...world, facts: { ...world.facts, common: { ...world.facts.common, winners } } };
}

/** How a lead stands at one instant. */
type Standing = { readonly score: number; readonly stage: string | null };

/** A moment as it is answered. `points`: what it gave to the score, by which rule. */
export type ToldMoment = {
  readonly at: string;
  readonly localTime: string;
  readonly kind: Moment['kind'];
  readonly sequence: string | null;
  readonly step: string | null;
  readonly what: string;
  readonly because: string;
  readonly template: string | null;
  readonly until: string | null;
  readonly score: number;
  readonly stage: string | null;
  readonly points: readonly { readonly rule: string; readonly points: number; readonly why: string }[];
};

/** A journey as it is answered. */
export type ToldJourney = {
  readonly lead: {
    readonly id: string | null;
    readonly name: string;
    readonly email: string;
    readonly timeZone: string;
    readonly tags: readonly string[];
    readonly attributes: Readonly<Record<string, EventValue>>;
  };
  readonly from: string;
  readonly until: string;
  readonly begin: Standing;
  readonly moments: readonly ToldMoment[];
  /** Links that a click in a mail may name, by template. */
  readonly links: Readonly<Record<string, readonly string[]>>;
  readonly end: Standing & {
    readonly scoreLines: readonly { readonly why: string; readonly points: number; readonly of: number }[];
    readonly tags: readonly string[];
    readonly running: readonly {
      readonly sequence: string;
      readonly step: string | null;
      readonly waitsFor: string;
      readonly dueAt: string | null;
    }[];
    readonly left: readonly { readonly sequence: string; readonly because: string; readonly at: string | null }[];
  };
  readonly keptOut: string | null;
  readonly unplayed: readonly { readonly place: number; readonly event: string; readonly because: string }[];
};

/** Plays an ask by the functions that send, and tells what came of it as data. */
export function playAsk(plan: JourneyPlan, { project, known }: Pick<AskSetting, 'project' | 'known'>): ToldJourney {
  const played = play(plan, project);
  const { facts } = plan.world;
  const { lead, timeZone } = facts;
  return {
    lead: {
      id: known ? lead.id : null,
      name: [lead.firstName, lead.lastName].filter(Boolean).join(' ') || lead.email,
      email: lead.email,
      timeZone,
      tags: lead.tags,
      attributes: lead.attributes,
    },
    from: plan.from.toISOString(),
    until: plan.until.toISOString(),
    begin: { score: facts.score.total, stage: lead.stage ?? null },
    moments: played.moments.filter((moment) => !isEcho(moment)).map((moment) => toldMoment(moment, timeZone)),
    links: {},
    end: endOf(played, project, plan.until),
    keptOut: played.keptOut ?? null,
    unplayed: played.unplayed,
  };
}

function toldMoment(moment: Moment, zone: string): ToldMoment {
  const { at, kind, sequence, step, what, because, template, until, score, stage, points = [] } = moment;
  return {
    at: at.toISOString(),
    localTime: sortableTime(at, zone),
    kind,
    sequence: sequence ?? null,
    step: step ?? null,
    what,
    because,
    template: template ?? null,
    until: until?.toISOString() ?? null,
    score,
    stage: stage ?? null,
    points: points.map(({ rule, points: given, why }) => ({ rule, points: given, why })),
  };
}

function endOf({ facts, enrollments }: Played, { scoring }: Project, until: Date): ToldJourney['end'] {
  const score: Score = assess(facts, scoring, until);
  const running = enrollments.filter(({ status }) => status === 'active');
  const ended = enrollments.filter(({ status }) => status === 'ended');
  return {
    score: score.total,
    stage: facts.lead.stage ?? null,
    scoreLines: score.lines.map(({ why, points, of }) => ({ why, points, of })),
    tags: facts.lead.tags,
    running: running.map(({ sequence, step, waitsFor, dueAt }) => ({
      sequence,
      step,
      waitsFor,
      dueAt: dueAt?.toISOString() ?? null,
    })),
    left: ended.map(({ sequence, endedBecause = '', endedAt }) => ({
      sequence,
      because: endedBecause,
      at: endedAt?.toISOString() ?? null,
    })),
  };
}

/** A journey with the links of its mails; templates are known where the mails are made. */
export function withLinks(
  told: ToldJourney,
  { templates, brand }: { readonly templates: ReadonlyMap<string, Template>; readonly brand: Brand },
): ToldJourney {
  const names = new Set(told.moments.flatMap(({ kind, template }) => (kind === 'mail' && template ? [template] : [])));
  const links = [...names].map((name) => {
    const template = templates.get(name);
    return [name, template ? linksOf(template, brand) : []] as const;
  });
  return { ...told, links: Object.fromEntries(links) };
}
