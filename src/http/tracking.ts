import { Router } from 'express';
import { settleMs } from '../event/machine.js';
import { type Hit, seen } from '../event/machine-signs.js';
import { readToken } from '../message/token.js';
import { hitOf } from './hit-of.js';
import { messagePage } from './lead-pages.js';
import type { Services } from './services.js';
import { isUnwatched } from './site.js';
import type { SiteDesk } from './site-desk.js';

/** The smallest GIF there is: one transparent pixel. */
const pixel = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/**
 * Opens and clicks. What is not signed by us is not kept, and never leads anywhere. Whose they were, a person's or a
 * machine's, is judged later, by what else comes: here they are only answered and kept.
 */
export function tracking(services: Services, desk: Pick<SiteDesk, 'withTicket'>): Router {
  const { store, keys, project, onFault } = services;
  const router = Router();
  /** Whether it is a machine's for certain. A reader is never kept waiting or turned away because keeping failed; the fault is ours. */
  const keep = (message: string, hit: Hit): boolean => {
    const one = seen(hit, project().machines);
    // What a machine does for certain needs no company.
    const waitMs = one.certain.length > 0 ? 0 : settleMs;
    store.hits.keep(message, one, new Date(hit.at.getTime() + waitMs)).catch(onFault);
    return one.certain.length > 0;
  };

  router.get('/o/:token.gif', (request, response) => {
    const ticket = readToken('open', request.params.token, keys);
    if (ticket) keep(ticket.message, hitOf(request, { kind: 'open' }, services));
    response.set({ 'Cache-Control': 'no-store, private', 'Content-Type': 'image/gif' });
    // The same picture for every token, so that nobody learns from it which are real.
    response.send(pixel);
  });

  router.get('/c/:token', async (request, response) => {
    const ticket = readToken('click', request.params.token, keys);
    const message = ticket && (await store.messages.byId(ticket.message));
    const links = message && (message.links ? await store.linkSets.byId(message.links) : []);
    response.set({ 'Cache-Control': 'no-store, private', 'Referrer-Policy': 'no-referrer', 'X-Robots-Tag': 'noindex' });
    // Behind the last link is the one that nobody sees. Whoever follows it all the same is led to where all may go.
    const isTrap = ticket?.link === links?.length;
    const target = ticket && (isTrap ? project().brand.website : links?.[ticket.link]);
    if (!ticket || !message || !target || !/^https?:\/\//i.test(target)) {
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
    const hit = hitOf(request, isTrap ? { kind: 'trap' } : { kind: 'click', link: ticket.link }, services);
    const isMachines = keep(message.id, hit);
    // Who clicks in what goes to somebody else, as to the colleague who looks after the lead, is not the lead.
    const mayTell = !isTrap && !isMachines && message.to === undefined && !isUnwatched(request);
    const click = { message: message.id, link: ticket.link, at: hit.at };
    response.redirect(302, mayTell ? await desk.withTicket(target, click) : target);
  });
  return router;
}
