import * as z from 'zod';
import { suppressions } from '../journey/facts.js';
import { plain } from './lead-body.js';
import { Instant, pageOf, pageQuery, type Routes } from './route.js';

const Reason = z.enum(suppressions, { error: `a reason is one of: ${suppressions.join(', ')}` });
/** An address or "@example.com"; that it can be one is looked at where it is read. */
const Written = plain(320).min(1).describe('an address, or "@example.com" for all of a domain');
const Because = plain(300).min(1, { error: 'say why' });
const By = plain(100).min(1).optional().describe('who decided it; whoever asks, unless said');

const SuppressionView = z
  .strictObject({
    address: z.string().nullable().describe('null once its lead is erased: then it is known by its hash alone'),
    hash: z.string(),
    reason: z.enum(suppressions).nullable().describe('the weightiest; null once all are lifted'),
    since: Instant,
    reasons: z.array(
      z.strictObject({ reason: z.enum(suppressions), at: Instant, by: z.string(), because: z.string().optional() }),
    ),
  })
  .meta({ id: 'Suppression' });

export const suppressionRoutes = {
  'GET /api/suppressions': {
    does: 'Lists addresses and domains that get no mail, the newest first',
    right: 'deliverability:read',
    query: z.strictObject({ ...pageQuery, reason: Reason.optional() }),
    answer: pageOf(SuppressionView),
  },
  'GET /api/suppressions/:address': {
    does: 'Tells why an address or domain gets no mail, or got none, and what was done about it',
    right: 'deliverability:read',
    answer: SuppressionView.extend({
      history: z.array(
        z.strictObject({
          what: z.enum(['added', 'lifted']),
          reasons: z.array(z.enum(suppressions)),
          at: Instant,
          by: z.string(),
          because: z.string().optional(),
        }),
      ),
    }).meta({ id: 'SuppressionInFull' }),
  },
  'POST /api/suppressions': {
    does: 'Suppresses an address or a whole domain: its mails and runs end',
    more: '201 for a new one, 200 where it was suppressed for that reason already.',
    right: 'sending:write',
    body: z.strictObject({
      address: Written,
      reason: Reason.optional().describe('"manual" unless said'),
      because: plain(300).min(1).optional(),
      by: By,
    }),
    bodyBytes: 16 * 1024,
    answer: SuppressionView.extend({ leads: z.number().describe('how many leads it concerned') }),
    status: [200, 201],
  },
  'DELETE /api/suppressions/:address': {
    does: 'Lifts what speaks against an address or domain, with a reason',
    right: 'sending:write',
    query: z.strictObject({ because: Because, reason: Reason.optional().describe('lifts this one alone'), by: By }),
    answer: z.strictObject({
      address: z.string(),
      lifted: z.array(z.enum(suppressions)),
      stillSuppressed: z.enum(suppressions).nullable().describe('what still speaks against it'),
    }),
  },
} as const satisfies Routes;
