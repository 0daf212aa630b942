import type { Project } from '../sequence/project.js';
import type { AskSetting } from './ask-play.js';
import { JourneyFile, type JourneyLead } from './journey-file.js';
import { runJourney, withExpectation } from './journey-test.js';
import { sortableTime } from './narrate.js';
import type { JourneyPlan } from './play.js';
import type * as z from 'zod';

/** A journey as its author wrote it, before anything was read out of it. */
export type WrittenAsk = Readonly<Record<string, unknown>>;

/** A journey file ready to be committed. `leftOut`: what it cannot say of the lead that was played. */
export type WrittenJourney = { readonly file: string; readonly text: string; readonly leftOut: readonly string[] };

type Described = Omit<z.input<typeof JourneyLead>, '$schema'>;

/**
 * The same journey as a file that `rivulet test` runs. It expects what comes of the file itself, so that it holds when it is
 * committed; of a lead that there is it has what rules look at, and neither its name nor its address.
 */
export function writeJourney(
  name: string,
  written: WrittenAsk,
  plan: JourneyPlan,
  { project, known, defaultTimeZone }: AskSetting,
): WrittenJourney {
  const { timeZone } = plan.world.facts;
  const { events, answers, splits, until } = written;
  const json = {
    $schema: '../schema/journey.schema.json',
    name,
    ...beginning(plan),
    ...(known ? { lead: describe(plan, project) } : written['lead'] === undefined ? {} : { lead: written['lead'] }),
    from: written['from'] ?? minuteOf(plan.from, timeZone),
    ...Object.fromEntries(
      Object.entries({ until, events, answers, splits }).filter(([, value]) => value !== undefined),
    ),
    expect: [],
  };
  const text = `${JSON.stringify(json, null, 2)}\n`;
  const { actual } = runJourney(JourneyFile.parse(json), project, defaultTimeZone);
  return {
    file: `sequences/journeys/${fileName(name)}.journey.json`,
    text: withExpectation(text, actual),
    leftOut: known ? leftOutOf(plan) : [],
  };
}

/** Of a lead under way, the sequence that it stands in: a file knows no other way into it than its beginning. */
function beginning({ sequence, all, world }: JourneyPlan): object {
  const within = sequence ?? world.running[0]?.enrollment.sequence;
  if (within !== undefined) return { sequence: within };
  return all ? { all } : {};
}

/** "2026-03-02 09:00" on the lead's clock. */
function minuteOf(at: Date, zone: string): string {
  return sortableTime(at, zone).replace(/ \w{3} /, ' ');
}

/** What a file is called after what it tells: letters and digits, with hyphens. */
export function fileName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-|-$/g, '');
  return plain === '' ? 'journey' : plain;
}

function describe({ world: { facts } }: JourneyPlan, project: Project): Described {
  const { lead, timeZone, score } = facts;
  const asked = fieldsAsked([...project.programs.values()], project.segments, project.scoring, project.funnel);
  const attributes = Object.fromEntries(Object.entries(lead.attributes).filter(([field]) => asked.has(field)));
  return {
    timezone: timeZone,
    ...(lead.locale === undefined ? {} : { locale: lead.locale }),
    ...(Object.keys(attributes).length > 0 ? { attributes: mutable(attributes) } : {}),
    ...(lead.tags.length > 0 ? { tags: [...lead.tags] } : {}),
    ...(lead.consent.status === 'granted' ? {} : { consent: lead.consent.status }),
    ...(lead.stage === undefined ? {} : { stage: lead.stage }),
    // What it is worth as a whole: what of it comes from the fields counts again by itself.
    ...(score.engagement === 0 ? {} : { score: Math.round(score.engagement) }),
  };
}

function mutable(values: Readonly<Record<string, unknown>>): NonNullable<Described['attributes']> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : scalar(value)]),
  );
}

function scalar(value: unknown): string | number | boolean {
  return typeof value === 'number' || typeof value === 'boolean' ? value : String(value);
}

/** Names of fields that rules look at, wherever they stand: all else of a person has no place in a file. */
function fieldsAsked(...rules: readonly unknown[]): ReadonlySet<string> {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    if (value instanceof Map) for (const one of value.values()) look(one);
    else if (Array.isArray(value)) for (const one of value) look(one);
    else if (typeof value === 'object' && value !== null)
      for (const [key, one] of Object.entries(value)) {
        if (key === 'field' && typeof one === 'string') found.add(one);
        else look(one);
      }
  };
  look(rules);
  return found;
}

function leftOutOf({ world: { facts, running } }: JourneyPlan): readonly string[] {
  return [
    'the name and address of the lead',
    ...(facts.events.length > 0 ? ['what it did so far'] : []),
    ...(running.length > 0
      ? [`that it stands in ${[...new Set(running.map(({ enrollment }) => enrollment.sequence))].join(', ')}`]
      : []),
  ];
}
