import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { withChange } from '../src/journey/change.js';
import { countryOf, languageOf } from '../src/journey/country.js';
import { fieldOf } from '../src/journey/facts.js';
import { guessChanges, guessed } from '../src/journey/guess-changes.js';
import { zoneFromOpens } from '../src/journey/guess-from-opens.js';
import { zoneOfPlace } from '../src/journey/guess-zone.js';
import { isTimeZone } from '../src/sequence/duration.js';
import { aLead, at, facts } from './builders.js';

describe('a country', () => {
  test.each([
    ['FR', 'FR'],
    ['fra', 'FR'],
    ['Frankreich', 'FR'],
    ['  france ', 'FR'],
    ['España', 'ES'],
    ['espana', 'ES'],
    ['日本', 'JP'],
    ['Россия', 'RU'],
    ['UK', 'GB'],
    ['England', 'GB'],
    ['U.S.A.', 'US'],
    ['Schweiz', 'CH'],
    ['Suisse', 'CH'],
    ['Türkiye', 'TR'],
    ['The Netherlands', 'NL'],
    ['Österreich', 'AT'],
    ['Deutschland', 'DE'],
    ['Brasil', 'BR'],
    ['XX', undefined],
    ['', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
    ['x'.repeat(10_000), undefined],
  ])('written %j is %s', (written, code) => {
    expect(countryOf(written)).toBe(code);
  });
});

describe('the zone of a place', () => {
  test.each([
    [{ country: 'FR' }, 'Europe/Paris', 'country FR'],
    [{ country: 'DE' }, 'Europe/Berlin', 'country DE'],
    // Nearly everybody lives by one clock of several.
    [{ country: 'ES' }, 'Europe/Madrid', 'country ES'],
    [{ country: 'China' }, 'Asia/Shanghai', 'country CN'],
    [{ country: 'NZ' }, 'Pacific/Auckland', 'country NZ'],
    [{ country: 'US', city: 'New York' }, 'America/New_York', 'city New York, US'],
    [{ country: 'USA', city: 'portland', region: 'Maine' }, 'America/New_York', 'city portland, US'],
    [{ country: 'US', city: 'Portland', region: 'OR' }, 'America/Los_Angeles', 'city Portland, US'],
    [{ country: 'Россия', city: 'Novosibirsk' }, 'Asia/Novosibirsk', 'city Novosibirsk, RU'],
    [{ city: 'Paris' }, 'Europe/Paris', 'city Paris'],
    [{ country: 'FR', city: 'No such place' }, 'Europe/Paris', 'country FR'],
  ])('%j is %s', (place, zone, by) => {
    expect(zoneOfPlace(place)).toEqual({ zone, by });
  });

  test.each([
    [{ country: 'US' }],
    [{ country: 'RU' }],
    [{ country: 'Australia' }],
    [{ country: 'CA' }],
    [{ country: 'US', city: 'Springfield' }],
    [{ country: 'US', city: 'No such place' }],
    [{ city: 'Springfield' }],
    [{ city: 'hasOwnProperty' }],
    [{}],
  ])('%j is not guessed, as it may be another one', (place) => {
    expect(zoneOfPlace(place)).toBeUndefined();
  });

  test('is one that there is, whatever somebody writes', () => {
    const word = fc.oneof(
      fc.string({ maxLength: 150, unit: 'binary' }),
      fc.constantFrom('FR', 'US', 'Paris', 'Lima', 'Perth', 'India'),
    );
    fc.assert(
      fc.property(fc.record({ country: word, city: word, region: word }, { requiredKeys: [] }), (place) => {
        const guess = zoneOfPlace(place);
        expect(guess === undefined || isTimeZone(guess.zone)).toBe(true);
      }),
    );
  });
});

test('the language of a country is told where nearly everybody speaks it', () => {
  expect(languageOf('Frankreich')).toBe('fr');
  expect(languageOf('AT')).toBe('de');
  for (const several of ['CH', 'BE', 'CA', 'IN', undefined]) expect(languageOf(several)).toBeUndefined();
});

describe('what a lead is guessed to be', () => {
  const inFrance = aLead({ attributes: { country: 'FR' } });

  test('stands beside what it tells of itself, and in its place where it tells nothing', () => {
    const lead = guessed(inFrance);
    expect(lead).toMatchObject({
      timezoneGuess: { zone: 'Europe/Paris', by: 'country FR' },
      localeGuess: { locale: 'fr' },
    });
    expect(lead).not.toHaveProperty('timezone');
    expect(fieldOf(lead, 'locale')).toBe('fr');
    expect(guessed({ ...inFrance, timezone: 'Asia/Tokyo', locale: 'de' })).not.toHaveProperty('timezoneGuess');
    expect(fieldOf(guessed({ ...inFrance, locale: 'de' }), 'locale')).toBe('de');
  });

  test('is taken for its zone at once, by whatever is decided next', () => {
    const [change] = guessChanges({ type: 'lead.created' }, inFrance);
    const after = change && withChange(facts({ lead: inFrance }), change);
    expect(after?.timeZone).toBe('Europe/Paris');
  });

  test('is guessed once, and anew when a field says otherwise', () => {
    const lead = guessed(inFrance);
    expect(guessChanges({ type: 'lead.updated' }, lead)).toEqual([]);
    const moved = { ...lead, attributes: { country: 'JP' } };
    expect(guessChanges({ type: 'lead.updated' }, moved)).toMatchObject([
      { zone: { zone: 'Asia/Tokyo' }, locale: { locale: 'ja' } },
    ]);
    const lost = { ...lead, attributes: { country: 'US' } };
    expect(guessChanges({ type: 'lead.updated' }, lost)).toMatchObject([{ zone: null, locale: { locale: 'en' } }]);
    expect(guessChanges({ type: 'lead.updated' }, { ...lead, timezone: 'Europe/Rome' })).toMatchObject([
      { zone: null },
    ]);
  });

  test('is asked of what tells of fields, and of nothing else', () => {
    for (const type of ['clicked', 'page.viewed', 'stage.entered'])
      expect(guessChanges({ type }, inFrance)).toEqual([]);
  });

  test('of the hours of its opens stays, where its fields say nothing', () => {
    const lead = aLead({ timezoneGuess: { zone: 'Etc/GMT-2', by: 'the hours when 40 mails were opened' } });
    expect(guessChanges({ type: 'lead.updated' }, lead)).toEqual([]);
  });
});

/** Opens over so many days, at the hours by UTC. */
function opensAt(hours: readonly number[], days = 20): readonly Date[] {
  return Array.from({ length: days }, (_, day) =>
    hours.map((hour) => new Date(at('2026-03-01T00:00Z').getTime() + (day * 24 + hour) * 3_600_000)),
  ).flat();
}
const awake = Array.from({ length: 16 }, (_, i) => 7 + i);

describe('the hours of opens', () => {
  test.each([
    [0, 'UTC'],
    [-2, 'Etc/GMT-2'],
    [5, 'Etc/GMT+5'],
    [-9, 'Etc/GMT-9'],
  ])('with a night that lies %d hours later than that of UTC tell %s', (later, zone) => {
    const hours = awake.map((hour) => (hour + later + 24) % 24);
    expect(zoneFromOpens(opensAt(hours))).toMatchObject({ zone });
  });

  test('say nothing when there are few of them, or few days', () => {
    expect(zoneFromOpens(opensAt(awake.slice(0, 1), 20))).toBeUndefined();
    expect(zoneFromOpens(opensAt(awake, 5))).toBeUndefined();
    expect(zoneFromOpens([])).toBeUndefined();
  });

  test('say nothing of somebody who opens when mails come, or at any hour', () => {
    expect(zoneFromOpens(opensAt([8, 9, 10, 11]))).toBeUndefined();
    expect(zoneFromOpens(opensAt(Array.from({ length: 24 }, (_, hour) => hour)))).toBeUndefined();
  });
});
