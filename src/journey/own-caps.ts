import { before, type Duration } from '../sequence/duration.js';
import type { Cap } from '../sequence/frequency-cap-file.js';
import type { Preferences } from './preferences.js';

type Own = { readonly preferences?: Preferences };

const weekly: Cap = { atMost: 1, per: { amount: 1, unit: 'weeks' } };
const monthly: Cap = { atMost: 1, per: { amount: 1, unit: 'months' } };
/** How far back any of them may look. */
export const longestOwnCap = monthly;
const waking: Cap = { atMost: 1, per: { amount: 1, unit: 'days' } };

const none: readonly Cap[] = [];

/** So long after a pause what had to wait comes one mail a day: whoever comes back wants no flood. */
const wakingFor: Duration = { amount: 2, unit: 'weeks' };

/** What a lead can take by its own choice, beside what the project allows. */
export function ownCaps({ preferences }: Own, at: Date): readonly Cap[] {
  if (!preferences) return none;
  const { frequency, snoozedUntil } = preferences;
  const isWaking = snoozedUntil && snoozedUntil <= at && before(at, wakingFor) < snoozedUntil;
  return [
    ...(frequency === 'weekly' ? [weekly] : []),
    ...(frequency === 'monthly' ? [monthly] : []),
    ...(isWaking ? [waking] : []),
  ];
}

/** What an own cap is called where it holds a mail back; undefined for a cap of the project. */
export function nameOfOwnCap(cap: Cap): string | undefined {
  if (cap === waking) return 'one mail a day after the pause of the lead';
  if (cap === weekly) return 'one mail a week, as the lead wishes';
  return cap === monthly ? 'one mail a month, as the lead wishes' : undefined;
}
