import type { EventView } from '../api/activity.js';
import type { Lead } from '../journey/facts.js';
import type { News, Place, Wanted } from '../store/news.js';
import { placeOf } from '../store/news.js';
import type { Store } from '../store/open-store.js';
import type { Sendable } from './answering.js';
import { displayName } from './views.js';

export type ShownEvent = Sendable<EventView> & { readonly place: string };

/** Events with the names of their leads, which are asked for at once. */
export async function shownEvents(
  all: readonly News[],
  { leads }: Pick<Store, 'leads'>,
): Promise<readonly ShownEvent[]> {
  const named = await leads.byIds([...new Set(all.map(({ event }) => event.lead))]);
  return all.map((news) => shown(news, named.get(news.event.lead)));
}

function shown(news: News, lead: Lead | undefined): ShownEvent {
  const { event, knownAt } = news;
  return {
    ...event,
    place: writtenPlace(placeOf(news)),
    knownAt,
    lead: lead ? { id: lead.id, name: displayName(lead), email: lead.email } : null,
  };
}

export function writtenPlace({ knownAt, id }: Place): string {
  return `${knownAt.getTime()}_${id}`;
}

/** The place that a text names, which has been checked before. */
export function placeIn(written: string | undefined): Place | undefined {
  if (written === undefined) return undefined;
  const bar = written.indexOf('_');
  return { knownAt: new Date(Number(written.slice(0, bar))), id: written.slice(bar + 1) };
}

export type Asked = {
  readonly type?: string | undefined;
  readonly by?: 'person' | 'machine' | undefined;
  readonly lead?: string | undefined;
};

export function wantedIn({ type, by, lead }: Asked): Wanted {
  return { type, lead, machine: by === undefined ? undefined : by === 'machine' };
}
