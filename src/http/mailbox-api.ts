import { mailboxRoutes } from '../api/mailbox.js';
import { inLook } from '../shown/look.js';
import { withoutPixel } from '../shown/pixel.js';
import { type AnsweredRoute, answering } from './answering.js';
import { openCaptured, sendMarkup } from './captured-mail.js';
import { found } from './problem.js';
import type { Services } from './services.js';

/** The local mailbox: mails that were kept here instead of being sent. */
export function mailboxApi(services: Services): readonly AnsweredRoute[] {
  const { mailbox } = services.store;
  const mailIn = async ({ id }: { readonly id: string }) => found(await mailbox.byId(id), 'mail');

  return answering(mailboxRoutes, services, {
    'GET /api/mailbox': async ({ query: { limit, after, to } }) => {
      const { items, next } = await mailbox.page(limit, after, to);
      return { items, next: next ?? null };
    },
    'GET /api/mailbox/:id': async ({ params }) => {
      const { raw, ...summary } = await mailIn(params);
      const { html, text, headers } = await openCaptured(raw);
      return { ...summary, text, html, headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])) };
    },
    'GET /api/mailbox/:id.eml': async ({ params, response }) => {
      const { id, raw } = await mailIn(params);
      response.type('message/rfc822').attachment(`${id}.eml`).send(raw);
      return undefined;
    },
    'GET /api/mailbox/:id.html': async ({ params, query: { look = 'light' }, response }) => {
      const { raw } = await mailIn(params);
      // Who looks after a mail has not read it as its lead.
      sendMarkup(response, inLook(withoutPixel((await openCaptured(raw)).html), look));
      return undefined;
    },
  });
}
