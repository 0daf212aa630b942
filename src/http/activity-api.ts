import type { Request } from 'express';
import { whoIs, whoIsIn } from '../account/who.js';
import { mayDo } from '../access/rights.js';
import type { Who } from '../access/who.js';
import { activityRoutes, Place } from '../api/activity.js';
import { mailEventTypes } from '../event/canonical.js';
import { ownEvents } from '../event/own-events.js';
import { mailAccepted } from '../store/news.js';
import { type Onlooker, openActivityDesk } from './activity-desk.js';
import { type AnsweredRoute, answering } from './answering.js';
import { openEventStream } from './event-stream.js';
import { placeIn, shownEvents, wantedIn, writtenPlace } from './event-view.js';
import { Problem } from './problem.js';
import type { Services } from './services.js';
import { sessionTokenIn } from './session-cookie.js';

/** Rows that are looked at for one page: of a rare type a page may then hold fewer than were asked for. */
const mostLookedAt = 20_000;
/** Windows that one person, or one program, looks on in at one time. */
const mostStreams = 10;
/** What a site or a form tells, besides what Rivulet itself does. */
const usualEvents = ['form.submitted', 'page.viewed', 'converted'];

/** What happens: as a list, and as it comes. */
export function activityApi(services: Services): readonly AnsweredRoute[] {
  const { store } = services;
  const desk = openActivityDesk(services);
  const streams = new Map<string, number>();
  const count = (who: Who, change: 1 | -1): void => {
    const now = (streams.get(who.id) ?? 0) + change;
    if (now > 0) streams.set(who.id, now);
    else streams.delete(who.id);
  };

  return answering(activityRoutes, services, {
    'GET /api/events': async ({ query: { limit, after, ...asked } }) => {
      const bounds = { limit, atMost: mostLookedAt };
      const { items, next } = await store.news.newest(wantedIn(asked), placeIn(after), bounds);
      return { items: await shownEvents(items, store), next: next ? writtenPlace(next) : null };
    },
    'GET /api/events/types': () => ({
      items: [...new Set([...mailEventTypes, mailAccepted, ...ownEvents, ...usualEvents])].toSorted(),
    }),
    'GET /api/activity': async ({ query: { after, ...asked }, who, request, response }) => {
      if ((streams.get(who.id) ?? 0) >= mostStreams)
        throw new Problem(429, `${mostStreams} streams are open already. Close one of the windows.`);
      count(who, 1);
      let leave = (): void => {};
      const stream = openEventStream(response, {
        onBeat: () => void endIfOut(who, request).catch(services.onFault),
        onEnd: () => {
          count(who, -1);
          leave();
        },
      });
      const endIfOut = async (...whose: [Who, Request]): Promise<void> => {
        if (!(await isStillIn(...whose, services))) stream.close();
      };
      const onlooker: Onlooker = {
        wanted: wantedIn(asked),
        tell: (events) => {
          for (const event of events) stream.send('event', event, event.place);
        },
        gap: () => stream.send('gap', {}),
      };
      const stop = await desk.join(onlooker, placeIn(lastSeen(request) ?? after));
      if (response.destroyed || response.writableEnded) stop();
      else leave = stop;
      stream.begin();
      return undefined;
    },
  });
}

/**
 * Where a browser goes on that lost the connection; anything else that stands there is passed over. It asks by the address
 * that it began with: a place that is named there is older.
 */
function lastSeen(request: Request): string | undefined {
  return Place.safeParse(request.get('last-event-id')).data;
}

/** Whether somebody may still look on: signed in, with a key that is not revoked, and with the right to. */
async function isStillIn({ kind, id }: Who, request: Request, services: Services): Promise<boolean> {
  const { accounts } = services;
  if (kind === 'operator') return true;
  if (kind === 'user') {
    const token = sessionTokenIn(request, services);
    const session = token === undefined ? undefined : await whoIsIn(token, accounts, 'look');
    return session !== undefined && mayDo(whoIs(session.user).rights, 'leads:read');
  }
  const key = await accounts.store.apiKeys.byId(id);
  return key !== undefined && !key.revokedAt && (key.expiresAt === undefined || key.expiresAt > accounts.now());
}
