import type * as z from 'zod';
import type { PreferencesBody } from '../api/preferences-body.js';
import { didYouMean } from '../diagnostic.js';
import { zoneOf } from '../journey/facts.js';
import type { Choice, Preferences } from '../journey/preferences.js';
import { endOfPause } from '../journey/unwanted.js';
import { prefer } from '../lead/prefer.js';
import { preferencesView } from './preferences-view.js';
import { found, unfitFields } from './problem.js';
import type { Services } from './services.js';

const longestPauseMs = 367 * 86_400_000;

/** Sets what a lead chose elsewhere: the preference centre for programs. */
export async function setPreferences(id: string, body: z.output<typeof PreferencesBody>, services: Services) {
  const { store, engine, wake, project, defaultTimeZone } = services;
  const lead = found(await store.leads.byId(id), 'lead');
  const now = engine.now();
  const topics = project().topics?.map(({ name }) => name) ?? [];
  const choice = checked(body, { topics, now, preferences: lead.preferences });
  const event = await prefer(lead, choice, {
    told: { source: 'api' },
    engine,
    timeZone: zoneOf(lead, defaultTimeZone),
  });
  if (event) wake();
  const after = found(await store.leads.byId(lead.id), 'lead');
  return preferencesView(after.preferences);
}

type Known = {
  readonly topics: readonly string[];
  readonly now: Date;
  readonly preferences: Preferences | undefined;
};

function checked(body: z.output<typeof PreferencesBody>, { topics, now, preferences = {} }: Known): Choice {
  const { topicsOff, frequency, snoozedUntil } = body;
  // What was turned off once may have been taken out of the file since.
  const unknown = (topicsOff ?? []).filter((name) => ![...topics, ...(preferences.topicsOff ?? [])].includes(name));
  const isAbsurd = snoozedUntil && (snoozedUntil <= now || snoozedUntil.getTime() - now.getTime() > longestPauseMs);
  const problems = [
    ...unknown.map((name) => ({
      pointer: '/topicsOff',
      detail: `there is no topic "${name}". ${didYouMean(name, topics)}`,
    })),
    ...(isAbsurd ? [{ pointer: '/snoozedUntil', detail: 'a pause ends in the future, within a year' }] : []),
  ];
  if (problems.length > 0) throw unfitFields(...problems);
  return {
    ...(topicsOff ? { topicsOff: [...new Set(topicsOff)] } : {}),
    ...(frequency ? { frequency } : {}),
    ...(snoozedUntil === undefined ? {} : ending(snoozedUntil, preferences, now)),
  };
}

/** Null ends a pause now; where there is none, there is nothing to end. */
function ending(until: Date | null, preferences: Preferences, now: Date): Choice {
  if (until) return { snoozedUntil: until };
  return endOfPause({ preferences }, now) ? { snoozedUntil: now } : {};
}
