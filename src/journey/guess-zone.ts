import cities from 'city-timezones';
import { getCountry, getTimezone } from 'countries-and-timezones';
import type { EventValue } from '../event/lead-event.js';
import { countryOf, longestName, plain } from './country.js';
import type { Lead, ZoneGuess } from './facts.js';

/**
 * So many of the people who may be meant must live by one clock for it to be taken for theirs. A wrong clock for one in ten is
 * better than the default zone's for all; for one in three it is worse.
 */
const shareNeeded = 0.9;

/** The zone of a place: of the city, as far as it is clear which is meant, else of the country, as far as it has one clock. */
export function zoneOfPlace({ country, city, region }: Place): ZoneGuess | undefined {
  const code = countryOf(country);
  const inCity = city === undefined ? undefined : clockOf(namedLike(city, code, region));
  if (inCity) return { zone: inCity, by: `city ${inWords(city ?? '', code)}` };
  // Of a city that we do not know in a country with several clocks, the country's largest clock says too little.
  const inCountry = code === undefined ? undefined : zoneOfCountry(code);
  return inCountry === undefined ? undefined : { zone: inCountry, by: `country ${code}` };
}

/** As people and forms write it. */
export type Place = {
  readonly country?: string | undefined;
  readonly city?: string | undefined;
  /** State or province. */
  readonly region?: string | undefined;
};

/** What the fields of a lead say of where it is. */
export function placeOf({ attributes }: Pick<Lead, 'attributes'>): Place {
  return {
    country: textIn(attributes['country']),
    city: textIn(attributes['city']),
    region: textIn(attributes['region']) ?? textIn(attributes['state']) ?? textIn(attributes['province']),
  };
}

function textIn(value: EventValue | undefined): string | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  return text !== '' && text.length <= longestName ? text : undefined;
}

function inWords(city: string, code: string | undefined): string {
  return code === undefined ? city : `${city}, ${code}`;
}

type City = (typeof cities.cityMapping)[number];

/** Cities by their names without accents and case; made once, with the first that is asked for. */
let byName: ReadonlyMap<string, readonly City[]> | undefined;

function namedLike(name: string, code: string | undefined, region: string | undefined): readonly City[] {
  byName ??= grouped(cities.cityMapping);
  const all = (byName.get(plain(name)) ?? []).filter(({ iso2 }) => code === undefined || iso2 === code);
  const inRegion = region === undefined ? [] : all.filter((city) => isRegion(city, plain(region)));
  return inRegion.length > 0 ? inRegion : all;
}

function isRegion({ province, state_ansi: short }: City, region: string): boolean {
  return plain(province) === region || short?.toLowerCase() === region;
}

function grouped(all: readonly City[]): ReadonlyMap<string, readonly City[]> {
  const groups = new Map<string, City[]>();
  for (const city of all) {
    for (const name of new Set([plain(city.city), plain(city.city_ascii)])) {
      const group = groups.get(name);
      if (group) group.push(city);
      else groups.set(name, [city]);
    }
  }
  return groups;
}

const known = new Map<string, string | undefined>();

/** The zone by whose clock nearly everybody in a country lives: Spain has islands with another one, the United States have none. */
function zoneOfCountry(code: string): string | undefined {
  if (known.has(code)) return known.get(code);
  const own = getCountry(code)?.timezones ?? [];
  const [first] = own;
  const lived = own.length > 1 ? clockOf(cities.cityMapping.filter(({ iso2 }) => iso2 === code)) : undefined;
  const zone = lived ?? (new Set(own.map(clock)).size === 1 ? first : undefined);
  known.set(code, zone);
  return zone;
}

/** The most populous zone of cities whose people nearly all live by its clock. */
function clockOf(some: readonly City[]): string | undefined {
  const people = new Map<string, number>();
  for (const { timezone, pop } of some)
    if (getTimezone(timezone)) people.set(timezone, (people.get(timezone) ?? 0) + Math.max(1, pop));
  const [largest] = [...people].toSorted((a, b) => b[1] - a[1]);
  if (!largest) return undefined;
  const sumOf = (which: (zone: string) => boolean): number =>
    [...people].reduce((sum, [zone, count]) => (which(zone) ? sum + count : sum), 0);
  const share = sumOf((zone) => clock(zone) === clock(largest[0])) / sumOf(() => true);
  return share >= shareNeeded ? largest[0] : undefined;
}

/** What two zones with the same clock share, winter and summer. */
function clock(zone: string): string {
  const { utcOffset, dstOffset } = getTimezone(zone) ?? {};
  return `${utcOffset} ${dstOffset}`;
}
