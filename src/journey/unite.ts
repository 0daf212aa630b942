import { entryKey } from '../scoring/score.js';
import type { Funnel } from '../sequence/funnel-file.js';
import { ofPurpose } from './consent.js';
import { type Consent, type ConsentStatus, type Lead, type PurposeConsent, turnsSoFar } from './facts.js';
import { choiceKeys, type Preferences, withChoice } from './preferences.js';

/**
 * One lead out of two that are the same person. What the first says stands, and what it lacks is taken from the other; of what
 * each has its share of, score, tags, thresholds, it has both. Done again it changes nothing.
 */
export function unite(lead: Lead, other: Lead, funnel: Funnel): Lead {
  const { id, email, firstName, lastName, timezone, locale, ...rest } = { ...other, ...lead };
  const own = { firstName, lastName, timezone, locale };
  const known = new Set(lead.entries.map(entryKey));
  return {
    id,
    email,
    ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)),
    ...rest,
    attributes: { ...other.attributes, ...lead.attributes },
    tags: both(lead.tags, other.tags),
    ...withStage(lead, other, funnel),
    ...((lead.segments ?? other.segments) ? { segments: both(lead.segments, other.segments) } : {}),
    ...withPreferences(lead.preferences, other.preferences),
    consent: uniteConsent(lead.consent, other.consent),
    ...withLater(lead, other),
    ...withThresholds(lead, other),
    entries: [...lead.entries, ...other.entries.filter((entry) => !known.has(entryKey(entry)))],
    createdAt: lead.createdAt < other.createdAt ? lead.createdAt : other.createdAt,
  };
}

function both(one: readonly string[] = [], other: readonly string[] = []): readonly string[] {
  return [...new Set([...one, ...other])];
}

/** Nobody moves backwards in the funnel by being known better. */
function withStage(lead: Lead, other: Lead, funnel: Funnel): Pick<Lead, 'stage'> {
  const placeOf = ({ stage }: Lead): number => funnel.findIndex(({ name }) => name === stage);
  const stage = placeOf(other) > placeOf(lead) ? other.stage : (lead.stage ?? other.stage);
  return stage === undefined ? {} : { stage };
}

/** Of each choice the later one. */
function withPreferences(one: Preferences | undefined, other: Preferences | undefined): Pick<Lead, 'preferences'> {
  if (!one || !other) return one || other ? { preferences: one ?? other ?? {} } : {};
  const preferences = choiceKeys.reduce<Preferences>((so, key) => {
    const at = other.chosenAt?.[key];
    const mine = one.chosenAt?.[key];
    if (!at || (mine && mine >= at)) return so;
    return withChoice(
      so,
      { [key]: other[key] ?? (key === 'topicsOff' ? [] : key === 'frequency' ? 'as they come' : null) },
      at,
    );
  }, one);
  return { preferences };
}

function withLater({ awayUntil: one }: Lead, { awayUntil: other }: Lead): Pick<Lead, 'awayUntil'> {
  const awayUntil = one && other ? (one > other ? one : other) : (one ?? other);
  return awayUntil ? { awayUntil } : {};
}

/** What either has reached is reached, and told of no second time. */
function withThresholds(lead: Lead, other: Lead): Pick<Lead, 'thresholds' | 'thresholdTurns'> {
  const names = both(Object.keys(lead.thresholdTurns ?? {}), Object.keys(other.thresholdTurns ?? {}));
  const thresholds = both(lead.thresholds, other.thresholds);
  const turns = names.map((name) => [name, Math.max(turnsSoFar(lead, name), turnsSoFar(other, name))] as const);
  return {
    ...(thresholds.length > 0 ? { thresholds } : {}),
    ...(names.length > 0 ? { thresholdTurns: Object.fromEntries(turns) } : {}),
  };
}

/**
 * The consent of a person whom two records tell of: the newer where it grants, for that is a proof; else the stricter, as
 * nobody is mailed because of a record that did not know of the other.
 */
export function uniteConsent(one: Consent, other: Consent): Consent {
  const { purposes: _, ...overall } = prevailing(one, other);
  const names = both(Object.keys(one.purposes ?? {}), Object.keys(other.purposes ?? {}));
  const purposes = names.flatMap((name): readonly (readonly [string, PurposeConsent])[] => {
    const [mine, theirs] = [ofPurpose(one, name), ofPurpose(other, name)];
    const said = mine && theirs ? prevailing(mine, theirs) : (mine ?? theirs);
    return said ? [[name, said]] : [];
  });
  return { ...overall, ...(purposes.length > 0 ? { purposes: Object.fromEntries(purposes) } : {}) };
}

const strictness: readonly ConsentStatus[] = ['granted', 'pending', 'denied'];

function prevailing<Said extends { readonly status: ConsentStatus; readonly at: Date }>(one: Said, other: Said): Said {
  const newer = other.at > one.at ? other : one;
  const isTie = other.at.getTime() === one.at.getTime();
  if (newer.status === 'granted' && !isTie) return newer;
  return strictness.indexOf(other.status) > strictness.indexOf(one.status) ? other : one;
}
