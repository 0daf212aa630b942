import { idFrom } from '../event/id.js';
import { addDuration, type Duration } from '../sequence/duration.js';
import type { JourneyLead } from './journey-file.js';
import type { JourneyMoment } from './journey-time-file.js';
import type { StepOfKind } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import { assess } from '../journey/assess.js';
import { type Facts, type Lead, zoneOf } from '../journey/facts.js';
import { guessed } from '../journey/guess-changes.js';
import { placeOf, zoneOfPlace } from '../journey/guess-zone.js';
import { momentOf } from '../journey/moment.js';
import type { World } from '../journey/world.js';

/** Who is taken where nobody is named. */
export const madeUpLead = { email: 'robin@example.com', firstName: 'Robin' };

export type Invention = {
  readonly project: Project;
  readonly from: Date;
  readonly defaultTimeZone: string;
  /** Whose stage the lead stands in, unless it says its own. */
  readonly sequence?: string | undefined;
  /** The way at each split, by "sequence/step". */
  readonly splits?: Readonly<Record<string, string>> | undefined;
};

/** A lead that is in no database, with all that an event may touch. The same description is always the same lead. */
export function inventedWorld(described: JourneyLead, invention: Invention): World {
  const { project, from, defaultTimeZone } = invention;
  const { segments, calendars, delivery, scoring } = project;
  const lead = guessed(inventedLead(described, invention));
  const facts: Omit<Facts, 'score'> = {
    lead,
    timeZone: zoneOf(lead, defaultTimeZone),
    mails: new Map(),
    events: [],
    calls: new Map(),
    received: new Map(),
    recent: [],
    common: { segments, calendars, delivery, winners: winnersFor(invention) },
  };
  return { facts: { ...facts, score: assess(facts, scoring, from) }, running: [], runs: [] };
}

/** The zone by whose clock a described lead lives. */
export function zoneOfDescribed({ timezone, attributes = {} }: JourneyLead, fallback: string): string {
  return timezone ?? zoneOfPlace(placeOf({ attributes }))?.zone ?? fallback;
}

function inventedLead(described: JourneyLead, { project, from, sequence }: Invention): Lead {
  const { email = madeUpLead.email, firstName, lastName, timezone, locale, attributes = {}, tags = [] } = described;
  const stage = described.stage ?? (sequence === undefined ? undefined : project.programs.get(sequence)?.stage);
  const { status, ...said } = described.consent ?? { status: 'granted' as const };
  const stated = 'purposes' in said ? Object.entries(said.purposes ?? {}) : [];
  const purposes = Object.fromEntries(stated.map(([purpose, one]) => [purpose, { status: one, at: from }]));
  const name = described.email === undefined ? (firstName ?? madeUpLead.firstName) : firstName;
  return {
    id: idFrom('invented lead', email),
    email,
    ...(name === undefined ? {} : { firstName: name }),
    ...(lastName === undefined ? {} : { lastName }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(locale === undefined ? {} : { locale }),
    attributes,
    tags,
    ...(stage === undefined ? {} : { stage }),
    consent: { status, source: 'journey', at: from, ...(stated.length > 0 ? { purposes } : {}) },
    ...hadBefore(described, project, from),
    createdAt: described.createdAt ?? from,
  };
}

/** The points that it is said to have, and the thresholds that it has then reached already: they are no news. */
function hadBefore({ score }: JourneyLead, { scoring }: Project, at: Date): Pick<Lead, 'entries' | 'thresholds'> {
  if (score === undefined) return { entries: [] };
  const reached = scoring.thresholds.filter(({ reachedWith }) => reachedWith <= score).map(({ name }) => name);
  const entry = { event: 'invented', rule: 'given', points: score, at, why: 'had from the beginning' };
  return { entries: [entry], ...(reached.length > 0 ? { thresholds: reached } : {}) };
}

/** A split that is decided sends everybody the same way, which is how a journey takes the way it names. */
export function winnersFor({
  project,
  splits = {},
}: Pick<Invention, 'project' | 'splits'>): ReadonlyMap<string, string> {
  const wanted = Object.entries(splits).flatMap(([name, way]) => {
    const split = splitNamed(name, project);
    return split ? [[split.key, way] as const] : [];
  });
  return new Map(wanted);
}

function splitNamed(name: string, { programs }: Project): StepOfKind<'split'> | undefined {
  const [sequence = '', id = ''] = name.split('/');
  const step = programs.get(sequence)?.steps.get(id);
  return step?.kind === 'split' ? step : undefined;
}

/** The instant that a journey begins or ends at, on the lead's clock. */
export function journeyInstant(moment: JourneyMoment, zone: string): Date {
  if (moment.kind === 'instant') return moment.at;
  const at = momentOf(moment.until, zone, new Date(0), () => undefined);
  if (!at) throw new Error('a day that does not exist was not refused when it was read');
  return at;
}

/** How long a journey is looked at, unless it says. */
const usualLength: Duration = { amount: 90, unit: 'days' };

export function journeyEnd(end: JourneyMoment | Duration | undefined, from: Date, zone: string): Date {
  const until = end ?? usualLength;
  return 'kind' in until ? journeyInstant(until, zone) : addDuration(from, until, zone);
}
