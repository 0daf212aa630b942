import { together, withFewNamed } from '../report/deliverability.js';
import type { Store } from '../store/open-store.js';

export type CountSetting = {
  readonly store: Pick<Store, 'deliveryTallies' | 'cursors'>;
  readonly now: () => Date;
};

const hourMs = 3_600_000;
const cursor = 'deliverability';
/** What comes to its end at one instant may be written a little later; what a process writes that stood still, hours later. */
const overlapMs = 10 * 60_000;
const lookBackMs = 3 * hourMs;
/** So far back is counted where nothing was yet. */
const longestBackMs = 90 * 24 * hourMs;
/** Hours in one go: it must end before another process may begin. */
const mostHours = 100;
/** Domains that are kept of an hour: more than of a day, whose largest may be small in each of its hours. */
const mostOfHour = 1000;

/** So long a domain keeps the name that it got by many mails on one day. */
const knownDays = 14;

/**
 * Counts how mails were taken, hour after hour, and makes days of them. Each hour is counted whole, and takes the place of
 * what stood there: done again, by whoever, it comes to the same. Answers whether that was all; a long time is counted in steps.
 */
export async function countDeliveries({ store, now }: CountSetting): Promise<boolean> {
  const { deliveryTallies: tallies, cursors } = store;
  const until = now();
  const oldest = new Date(until.getTime() - longestBackMs);
  const first = (await tallies.firstAt()) ?? until;
  const begin = first > oldest ? first : oldest;
  const stood = (await cursors.start(cursor, begin)) ?? begin;
  // With each new hour the ones before are looked at once more.
  const backMs = hourOf(stood) === hourOf(until) ? overlapMs : lookBackMs;
  const from = hourOf(new Date(stood.getTime() - backMs));
  const to = Math.min(hourOf(until), from + mostHours);
  for (let hour = from; hour <= to; hour += 1) {
    const tally = withFewNamed(together(await tallies.count(hour)), { most: mostOfHour, fewest: 1 });
    await tallies.keep('hour', hour, tally);
    if (isLastOfDay(hour) || hour === to) await closeDay(Math.floor(hour / 24), store);
  }
  await cursors.arrive(cursor, new Date(Math.min(until.getTime(), (to + 1) * hourMs)));
  return to === hourOf(until);
}

/** A day is the sum of its hours, which are kept for two days more: as long as one of them may change. */
async function closeDay(day: number, { deliveryTallies: tallies }: CountSetting['store']): Promise<void> {
  const hours = await tallies.read('hour', day * 24, day * 24 + 23);
  // A bounce that comes a day after the mails of its domain belongs to it.
  const before = await tallies.read('day', day - knownDays, day - 1);
  const known = new Set([...before.values()].flatMap(({ domains }) => [...domains.keys()]));
  await tallies.keep('day', day, withFewNamed(together([...hours.values()]), { known }));
  await tallies.forgetHours((day - 3) * 24, (day - 2) * 24 - 1);
}

function hourOf(at: Date): number {
  return Math.floor(at.getTime() / hourMs);
}

function isLastOfDay(hour: number): boolean {
  return hour % 24 === 23;
}
