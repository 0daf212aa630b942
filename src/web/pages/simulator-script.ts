import type { Ask } from '../data/call.js';

/** A journey that somebody puts together: who, from when, and what happens on the way. It stands in the address bar. */
export type Script = {
  readonly leadId?: string;
  readonly lead?: Person;
  readonly sequence?: string;
  readonly all?: boolean;
  readonly from?: string;
  readonly until?: string;
  readonly events?: readonly Deed[];
};

/** Somebody made up, as far as it matters. */
export type Person = {
  readonly firstName?: string;
  readonly timezone?: string;
  readonly stage?: string;
  readonly score?: number;
  readonly tags?: readonly string[];
  readonly attributes?: Readonly<Record<string, string>>;
};

/** Something that happens, as a journey file says it. */
export type Deed = {
  readonly at: string;
  readonly event: string;
  readonly mail?: string;
  readonly link?: string;
  readonly about?: string;
  readonly data?: Readonly<Record<string, string>>;
};

export type Body = NonNullable<Ask<'POST /api/simulations'>['body']>;

/** What is asked of Rivulet. */
export function bodyOf({ lead = {}, events = [], ...rest }: Script): Body {
  const { tags, ...person } = lead;
  const who = { ...person, ...(tags ? { tags: [...tags] } : {}) };
  return {
    ...rest,
    ...(Object.keys(who).length > 0 ? { lead: who } : {}),
    ...(events.length > 0 ? { events: [...events] } : {}),
  };
}

/** A journey as it stands in the address bar. */
export function writeScript(script: Script): string {
  return JSON.stringify(script);
}

/** Where a journey is put together and played. */
export function simulatorAddress(script: Script): string {
  return `/simulator?${new URLSearchParams({ journey: writeScript(script) })}`;
}

/** Reads what stands in an address bar: whatever is no journey is passed over. */
export function readScript(written: string): Script {
  const found = objectIn(written);
  return {
    ...texts(found, ['leadId', 'sequence', 'from', 'until']),
    ...(found['all'] === true ? { all: true } : {}),
    ...(isObject(found['lead']) ? { lead: personIn(found['lead']) } : {}),
    ...(Array.isArray(found['events']) ? { events: found['events'].filter(isObject).flatMap(deedIn) } : {}),
  };
}

type Unknown = Readonly<Record<string, unknown>>;

function objectIn(written: string): Unknown {
  try {
    const found: unknown = JSON.parse(written === '' ? '{}' : written);
    return isObject(found) ? found : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function texts<Key extends string>(found: Unknown, keys: readonly Key[]): { readonly [K in Key]?: string } {
  const own: { [K in Key]?: string } = {};
  for (const key of keys) {
    const value = found[key];
    if (typeof value === 'string' && value !== '') own[key] = value;
  }
  return own;
}

function textsIn(found: unknown): Readonly<Record<string, string>> {
  return isObject(found)
    ? Object.fromEntries(
        Object.entries(found).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
      )
    : {};
}

function personIn(found: Unknown): Person {
  const { score, tags, attributes } = found;
  const own = textsIn(attributes);
  return {
    ...texts(found, ['firstName', 'timezone', 'stage']),
    ...(typeof score === 'number' ? { score } : {}),
    ...(Array.isArray(tags) ? { tags: tags.filter((tag) => typeof tag === 'string') } : {}),
    ...(Object.keys(own).length > 0 ? { attributes: own } : {}),
  };
}

function deedIn(found: Unknown): readonly Deed[] {
  const { at, event, ...rest } = texts(found, ['at', 'event', 'mail', 'link', 'about']);
  if (at === undefined || event === undefined) return [];
  const data = textsIn(found['data']);
  return [{ at, event, ...rest, ...(Object.keys(data).length > 0 ? { data } : {}) }];
}

/** The same journey with one more thing that happens. */
export function withDeed(script: Script, deed: Deed): Script {
  return { ...script, events: [...(script.events ?? []), deed] };
}

export function withoutDeed(script: Script, place: number): Script {
  return { ...script, events: (script.events ?? []).filter((_, at) => at !== place) };
}

/** What people do with a mail, and how long after it came. */
export const mailDeeds = [
  { event: 'opened', label: 'opens it', after: '1 hour' },
  { event: 'clicked', label: 'clicks in it', after: '1 hour' },
  { event: 'replied', label: 'replies', after: '2 hours' },
  { event: 'unsubscribed', label: 'unsubscribes', after: '1 hour' },
  { event: 'bounced', label: 'bounces', after: '1 minute' },
  { event: 'complained', label: 'reports it as spam', after: '1 hour' },
] as const;

/** A deed in the words of a person: "2 hours after welcome/hello: clicks https://…". */
export function inWords({ at, event, link, about, data }: Deed): string {
  const known = mailDeeds.find((deed) => deed.event === event);
  const what =
    link ??
    about ??
    (data
      ? Object.entries(data)
          .map(([name, value]) => `${name} = ${value}`)
          .join(', ')
      : '');
  return `${at}: ${known ? known.label : event}${what ? ` ${what}` : ''}`;
}
