import { type Request, Router } from 'express';
import { recordEvent } from '../engine.js';
import { idFrom } from '../event/id.js';
import { addressKey } from '../message/address.js';
import { readToken, signToken } from '../message/token.js';
import type { Lead } from '../journey/facts.js';
import type { Message } from '../store/message-row.js';
import { messagePage, preferencesPage, unsubscribedPage, unsubscribePage } from './lead-pages.js';
import type { Services } from './services.js';
import { eventOf } from './tracking.js';

/**
 * Leaving, and coming back. RFC 8058: the POST carries nothing but the token, so there is no cookie, no session and no
 * origin to check; it answers 200 and never redirects. GET, which link scanners use, changes nothing.
 */
export function unsubscribing(services: Services): Router {
  const { store, engine, keys, wake, project } = services;
  const router = Router();
  const brand = () => project().brand;

  /** The mail a link belongs to, with its lead as it stands now. */
  const open = async (purpose: 'unsubscribe' | 'preferences', request: Request<{ token: string }>) => {
    const ticket = readToken(purpose, request.params.token, keys);
    const message = ticket && (await store.messages.byId(ticket.message));
    const lead = message && (await store.leads.byId(message.lead));
    if (!message || !lead) return undefined;
    const suppression = await store.suppressions.of(addressKey(lead.email));
    const title = project().programs.get(message.sequence)?.title ?? message.sequence;
    const preferencesUrl = `/p/${signToken('preferences', ticket, keys)}`;
    return { message, lead, suppression, title, preferencesUrl };
  };
  /** What the preferences page shows, as it stands now. */
  const preferencesOf = async ({ message, lead, title }: { message: Message; lead: Lead; title: string }) => {
    const [suppression, enrollment] = await Promise.all([
      store.suppressions.of(addressKey(lead.email)),
      store.enrollments.byId(message.enrollment),
    ]);
    return { email: lead.email, title, suppression, isRunning: enrollment?.status === 'active' };
  };
  /**
   * Told twice, or by mail program and person at once, it is one event. Told again after its opposite, it is another, and be
   * it a second later: so its id counts how often the lead has turned the other way.
   */
  const turn = async (type: 'unsubscribed' | 'resubscribed', message: Message): Promise<void> => {
    const opposite = type === 'unsubscribed' ? 'resubscribed' : 'unsubscribed';
    const turns = await store.events.count({ lead: message.lead, type: opposite });
    await tell(type, message, idFrom(type, message.lead, String(turns)));
  };
  const tell = async (type: string, message: Message, id: string): Promise<void> => {
    await recordEvent(eventOf(type, message, engine.now(), id), engine);
    wake();
  };
  const notFound = () =>
    messagePage(
      brand(),
      'This link is not complete',
      'It may have been cut off on its way. Open it from the mail again, or answer the mail and ask us to stop.',
    );

  router.get('/u/:token', async (request, response) => {
    const found = await open('unsubscribe', request);
    response.set('Cache-Control', 'no-store').type('html');
    if (!found) response.status(404).send(notFound());
    else
      response.send(
        found.suppression
          ? unsubscribedPage(brand(), found.lead.email, found.preferencesUrl)
          : unsubscribePage(brand(), found.lead.email),
      );
  });
  router.post('/u/:token', async (request, response) => {
    const found = await open('unsubscribe', request);
    response.set('Cache-Control', 'no-store').type('html');
    if (!found) {
      response.status(404).send(notFound());
      return;
    }
    if (found.suppression !== 'unsubscribed') await turn('unsubscribed', found.message);
    response.send(unsubscribedPage(brand(), found.lead.email, found.preferencesUrl));
  });

  router.get('/p/:token', async (request, response) => {
    const found = await open('preferences', request);
    response.set('Cache-Control', 'no-store').type('html');
    response.status(found ? 200 : 404).send(found ? preferencesPage(brand(), await preferencesOf(found)) : notFound());
  });
  /** What the form's buttons say: `choice` is series, all or back. */
  router.post('/p/:token', async (request, response) => {
    const found = await open('preferences', request);
    const { choice } = request.query;
    response.set('Cache-Control', 'no-store').type('html');
    if (!found || (choice !== 'series' && choice !== 'all' && choice !== 'back')) {
      response.status(404).send(notFound());
      return;
    }
    const { message, title } = found;
    if (choice === 'all') await turn('unsubscribed', message);
    if (choice === 'back') await turn('resubscribed', message);
    if (choice === 'series') await tell('series.left', message, idFrom('series.left', message.enrollment));
    const said = saidAfter(choice, title);
    response.send(preferencesPage(brand(), { ...(await preferencesOf(found)), said }));
  });
  return router;
}

function saidAfter(choice: 'series' | 'all' | 'back', title: string): string {
  if (choice === 'series') return `You get no more mails of “${title}”.`;
  return choice === 'back' ? 'Welcome back. From now on you get our mails again.' : 'You get no more mails from us.';
}
