import * as z from 'zod';
import { plain } from './lead-body.js';
import { Instant, pageOf, pageQuery, type Routes } from './route.js';

const KeptMail = z
  .strictObject({ id: z.string(), at: Instant, to: z.string(), from: z.string(), subject: z.string() })
  .meta({ id: 'KeptMail' });

export const mailboxRoutes = {
  'GET /api/mailbox': {
    does: 'Lists the mails of the local mailbox, the newest first',
    more: 'Mails are kept there as long as no SMTP server is named.',
    right: 'deliverability:read',
    query: z.strictObject({ ...pageQuery, to: plain(320).min(1).optional().describe('those to one address alone') }),
    answer: pageOf(KeptMail),
  },
  'GET /api/mailbox/:id': {
    does: 'Tells one of these mails, taken apart',
    right: 'deliverability:read',
    answer: KeptMail.extend({
      text: z.string(),
      html: z.string(),
      headers: z.record(z.string(), z.string()).describe('as they went out'),
    }).meta({ id: 'KeptMailInFull' }),
  },
  'GET /api/mailbox/:id.eml': {
    does: 'Gives the whole mail, as a server would have got it',
    right: 'deliverability:read',
    answer: z.string(),
    answers: 'message/rfc822',
  },
  'GET /api/mailbox/:id.html': {
    does: 'Gives the markup of a mail, for a frame: it runs no script and has no origin',
    right: 'deliverability:read',
    query: z.strictObject({ look: z.enum(['light', 'dark']).optional() }),
    answer: z.string(),
    answers: 'text/html',
  },
} as const satisfies Routes;
