import { type Request, Router } from 'express';
import { recordEvent } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { readToken } from '../message/token.js';
import type { Message } from '../store/message-row.js';
import { messagePage } from './lead-pages.js';
import type { Services } from './services.js';

/** The smallest GIF there is: one transparent pixel. */
const pixel = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** Opens and clicks. What is not signed by us is not recorded, and never leads anywhere. */
export function tracking({ store, engine, keys, project, wake, onFault }: Services): Router {
  const router = Router();
  /** A reader is never kept waiting or turned away because recording failed; the fault is ours. */
  const record = async (event: LeadEvent): Promise<void> => {
    try {
      await recordEvent(event, engine);
      wake();
    } catch (error) {
      onFault(error);
    }
  };

  router.get('/o/:token.gif', async (request, response) => {
    const ticket = readToken('open', request.params.token, keys);
    response.set({ 'Cache-Control': 'no-store, private', 'Content-Type': 'image/gif' });
    const message = ticket && (await store.messages.byId(ticket.message));
    if (message && !isLook(request))
      await record(eventOf('opened', message, engine.now(), idFrom('opened', message.id, minuteOf(engine.now()))));
    // The same picture for every token, so that nobody learns from it which are real.
    response.send(pixel);
  });

  router.get('/c/:token', async (request, response) => {
    const ticket = readToken('click', request.params.token, keys);
    const message = ticket && (await store.messages.byId(ticket.message));
    const links = message?.links ? await store.linkSets.byId(message.links) : undefined;
    const target = ticket && links?.[ticket.link];
    response.set({ 'Cache-Control': 'no-store, private', 'Referrer-Policy': 'no-referrer', 'X-Robots-Tag': 'noindex' });
    if (!message || !target || !/^https?:\/\//i.test(target)) {
      response
        .status(404)
        .type('html')
        .send(
          messagePage(
            project().brand,
            'This link does not lead anywhere',
            'It may have been cut off on its way. Please open it from the mail again.',
          ),
        );
      return;
    }
    if (!isLook(request)) {
      const id = idFrom('clicked', message.id, String(ticket.link), minuteOf(engine.now()));
      await record({ ...eventOf('clicked', message, engine.now(), id), about: target });
    }
    response.redirect(302, target);
  });
  return router;
}

/** HEAD, which scanners ask with, gets the same answer; but nobody has read or clicked anything. */
function isLook({ method }: Request): boolean {
  return method === 'HEAD';
}

/** Mail programs fetch twice what a person opened once: within a minute it is one event. */
function minuteOf(at: Date): string {
  return at.toISOString().slice(0, 16);
}

/** An event that came from a mail we sent. */
export function eventOf(
  type: string,
  { id: message, lead, enrollment, sequence, step }: Message,
  at: Date,
  id: string,
): LeadEvent {
  return { id, type, lead, at, source: 'mail', machine: false, message, enrollment, sequence, step };
}
