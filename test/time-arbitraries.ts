import * as fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';

const dayMs = 86_400_000;

/** Any zone, oftener one whose clocks do something odd. */
export const aZone: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'Europe/Paris',
    'America/New_York',
    'America/Santiago',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    'Africa/Cairo',
    'Asia/Beirut',
    'Asia/Kathmandu',
    'Pacific/Apia',
    'America/St_Johns',
    'UTC',
  ),
  fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
);

/** An instant of these decades: half of them in the days around a night on which the clocks of the zone change. */
export function anInstantNear(zone: string): fc.Arbitrary<Date> {
  return fc
    .record({ at: anInstant, isNear: fc.boolean(), ms: fc.integer({ min: -3 * dayMs, max: dayMs }) })
    .map(({ at, isNear, ms }) => {
      const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
      const change = isNear ? zoned.getTimeZoneTransition('next')?.epochMilliseconds : undefined;
      return new Date((change ?? at) + ms);
    });
}

const anInstant = fc.oneof(
  fc.integer({ min: Date.UTC(1995, 0, 1), max: Date.UTC(2036, 0, 1) }),
  fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2028, 0, 1) }),
  fc.constantFrom(Date.UTC(2011, 11, 28), Date.UTC(2026, 2, 28), Date.UTC(2026, 9, 3)),
);

/** The first time the clocks of a zone show a time of day or, where they never do, one that is later. */
export function plainMinute(day: Temporal.PlainDate, minutes: number, timeZone: string): Date {
  const wanted = day.toPlainDateTime().add({ minutes });
  const found = wanted.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  const isSkipped = !found.toPlainDateTime().equals(wanted);
  return new Date((isSkipped ? found.getTimeZoneTransition('next') : found)?.epochMilliseconds ?? Number.NaN);
}
