import type { Preferences } from '../journey/preferences.js';

/** What a lead has chosen of its mails, as the API shows it. A pause whose end is past is over. */
export function preferencesView({ topicsOff = [], frequency = 'as they come', snoozedUntil }: Preferences = {}) {
  return { topicsOff, frequency, snoozedUntil: snoozedUntil ?? null };
}
