import { eventTypeOf } from '../event/lead-event.js';
import type { Scoring } from '../sequence/scoring-file.js';
import { bounded } from './counting.js';
import { entryKey, pointsGiven, type ScoreEntry } from './score.js';

/** What must be added to the kept entries, and what taken off them, so that they are those that the events come to. */
export type Difference = { readonly entries: readonly ScoreEntry[]; readonly surplus: readonly ScoreEntry[] };

/** Types of the events that may give points. */
export function scoredTypes({ engagement }: Scoring): readonly string[] {
  return [...new Set([pointsGiven, ...engagement.rules.flatMap(({ on }) => on.map(eventTypeOf))])];
}

/**
 * Holds the kept entries against those that the events come to. `isGone`: nobody can look an event up any more, as after a
 * time for which events are kept; its points stay as they are.
 */
export function differenceOf(
  kept: readonly ScoreEntry[],
  given: readonly ScoreEntry[],
  isGone: (event: string) => boolean,
  scoring: Scoring,
): Difference {
  const known = new Set(given.map(({ event }) => event));
  const orphans = kept.filter(({ event }) => !known.has(event) && isGone(event));
  const wanted = bounded(
    [...new Map([...orphans, ...given].map((entry) => [entryKey(entry), entry])).values()],
    scoring,
  );
  const [had, has] = [identities(kept), identities(wanted)];
  return {
    entries: wanted.filter((entry) => !had.has(identityOf(entry))),
    surplus: bounded(kept, scoring).filter((entry) => !has.has(identityOf(entry))),
  };
}

function identities(entries: readonly ScoreEntry[]): ReadonlySet<string> {
  return new Set(entries.map(identityOf));
}

function identityOf(entry: ScoreEntry): string {
  return `${entryKey(entry)}\n${entry.points}\n${entry.at.getTime()}\n${entry.why}`;
}

/** The entries with a difference made up for. */
export function withDifference(kept: readonly ScoreEntry[], { entries, surplus }: Difference): readonly ScoreEntry[] {
  const off = new Set(surplus.map(entryKey));
  return [...kept.filter((entry) => !off.has(entryKey(entry))), ...entries];
}
