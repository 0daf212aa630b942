import type { LeadEvent } from '../event/lead-event.js';
import { languageOf } from './country.js';
import type { Lead, LocaleGuess, ZoneGuess } from './facts.js';
import { byOpens } from './guess-from-opens.js';
import { placeOf, zoneOfPlace } from './guess-zone.js';

/** What is guessed of a lead: null takes back what was. Each is missing where nothing changes. */
export type GuessChange = {
  readonly kind: 'guess';
  readonly zone?: ZoneGuess | null;
  readonly locale?: LocaleGuess | null;
};

const tells = ['lead.created', 'lead.updated', 'lead.merged'];

/** What the fields of a lead let us guess, as they stand after an event that may have changed them. */
export function guessChanges({ type }: Pick<LeadEvent, 'type'>, lead: Lead): readonly GuessChange[] {
  if (!tells.includes(type)) return [];
  const place = placeOf(lead);
  const zone = lead.timezone === undefined ? zoneOfPlace(place) : undefined;
  const language = lead.locale === undefined ? languageOf(place.country) : undefined;
  const locale = language === undefined ? undefined : { locale: language, by: `country ${place.country}` };
  const { timezoneGuess, localeGuess } = lead;
  // What was seen of when it reads is not taken back by fields that say nothing.
  const isKept = !zone && lead.timezone === undefined && timezoneGuess?.by.startsWith(byOpens);
  const change = {
    ...(isKept || (zone?.zone === timezoneGuess?.zone && zone?.by === timezoneGuess?.by) ? {} : { zone: zone ?? null }),
    ...(locale?.locale === localeGuess?.locale && locale?.by === localeGuess?.by ? {} : { locale: locale ?? null }),
  };
  return Object.keys(change).length > 0 ? [{ kind: 'guess', ...change }] : [];
}

/** A lead with what is guessed of it. */
export function withGuess(lead: Lead, { zone, locale }: GuessChange): Lead {
  const { timezoneGuess, localeGuess, ...rest } = lead;
  const [newZone, newLocale] = [zone === undefined ? timezoneGuess : zone, locale === undefined ? localeGuess : locale];
  return {
    ...rest,
    ...(newZone ? { timezoneGuess: newZone } : {}),
    ...(newLocale ? { localeGuess: newLocale } : {}),
  };
}

/** A lead that is described, and by nothing else known: with what would be guessed of it. */
export function guessed(lead: Lead): Lead {
  return guessChanges({ type: 'lead.created' }, lead).reduce(withGuess, lead);
}
