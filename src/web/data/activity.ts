import { useEffect, useState } from 'react';
import type { ItemOf } from './query.js';
import { addressOf } from '../../client/client.js';

export type Happened = ItemOf<'GET /api/events'>;

type Asked = Readonly<Record<string, string | undefined>>;

/** How it stands with the stream: on its way, there, cut off for now, or over (signed out, or too many windows). */
export type StreamState = 'opening' | 'open' | 'broken' | 'closed';

/** More than these are not kept on a page that nobody loads anew. */
const mostKept = 500;

/**
 * What happens from now on, the newest first, as the server tells it; the browser comes back by itself after a break, and
 * goes on after the last that it has. `onGap`: so much happened that some was left out.
 */
export function useActivity(asked: Asked, after: string | undefined, onGap: () => void) {
  const [events, setEvents] = useState<readonly Happened[]>([]);
  const [state, setState] = useState<StreamState>('opening');
  const question = JSON.stringify(asked);
  const isReady = after !== undefined;
  useEffect(() => {
    setEvents([]);
    if (!isReady) return;
    const query = { ...JSON.parse(question), ...(after ? { after } : {}) };
    const source = new EventSource(addressOf('/api/activity', { query }));
    source.addEventListener('open', () => setState('open'));
    source.addEventListener('error', () => setState(source.readyState === EventSource.CLOSED ? 'closed' : 'broken'));
    source.addEventListener('gap', onGap);
    source.addEventListener('event', ({ data }: MessageEvent<string>) => {
      const event = happenedIn(data);
      setEvents((before) => [event, ...before.filter(({ id }) => id !== event.id)].slice(0, mostKept));
    });
    return () => source.close();
    // Where it goes on from counts when it is opened; later the browser knows by itself.
  }, [question, isReady]);
  return { events, state };
}

function happenedIn(data: string): Happened {
  const event: unknown = JSON.parse(data);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the stream carries is what its contract says
  return event as Happened;
}
