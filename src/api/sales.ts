import * as z from 'zod';
import { didYouMean, quoted } from '../diagnostic.js';
import { isWorth, mostWorth } from '../sales/worth.js';
import { isSalesAnswer, salesAnswers } from '../sequence/sales-file.js';
import { Instant as InstantIn, plain } from './lead-body.js';
import { FieldValue } from './lead-view.js';
import { Instant, listOf, type Routes } from './route.js';

const currency = z.string().regex(/^[A-Z]{3}$/, { error: 'a currency has three letters, such as "EUR"' });

const AnswerBody = z
  .strictObject({
    answer: z
      .string()
      .superRefine((answer, context) => {
        if (isSalesAnswer(answer)) return;
        const message = `there is no answer ${quoted(answer)}. ${didYouMean(answer, salesAnswers)}`;
        context.addIssue({ code: 'custom', message });
      })
      .describe(`one of: ${salesAnswers.join(', ')}`),
    value: z
      .number()
      .min(0)
      .max(mostWorth)
      .optional()
      .describe('what a deal is worth, in whole and hundredth parts of the currency'),
    currency: currency.optional(),
    note: plain(1000).min(1).optional(),
    by: plain(320).min(1).optional(),
    at: InstantIn.optional(),
    id: plain(200).min(1).optional().describe('asked twice with the same id, it counts once'),
  })
  .superRefine(({ answer, value, currency: inCurrency }, context) => {
    if (value !== undefined && isSalesAnswer(answer) && !isWorth(answer))
      context.addIssue({ code: 'custom', path: ['value'], message: 'only "won" and "lost" are worth something' });
    if (inCurrency !== undefined && value === undefined)
      context.addIssue({ code: 'custom', path: ['currency'], message: 'a currency belongs to a "value"' });
  });

const SalesCaseView = z
  .strictObject({
    lead: z.string(),
    name: z.string(),
    email: z.string(),
    company: FieldValue.optional(),
    stage: z.string().optional(),
    owner: z.string(),
    handedOverAt: Instant,
    ageHours: z.number(),
    why: z.string().optional(),
    state: z.enum(['waiting', 'active', 'closed']),
    answer: z.string().optional(),
    answeredAt: Instant.optional(),
    value: z.number().optional(),
    currency: z.string().optional(),
  })
  .meta({ id: 'SalesCase' });

const SalesAnswerView = z.strictObject({
  id: z.string(),
  at: Instant,
  answer: z.string(),
  by: z.string().optional(),
  value: z.number().optional(),
  currency: z.string().optional(),
  note: z.string().optional(),
  isTakenBack: z.boolean(),
  counts: z.boolean().describe('it is the one that stands'),
});

/** What sales was given, and what it says of it. */
export const salesRoutes = {
  'GET /api/sales': {
    does: 'Lists the leads that sales was given, and how many wait with whom',
    right: 'sales:read',
    query: z.strictObject({
      owner: plain(320).optional(),
      open: z.stringbool().optional().describe('only those whom nobody has answered for yet'),
      since: InstantIn.optional().describe('90 days ago unless said'),
      limit: z.coerce.number().int().min(1).max(500).default(100),
    }),
    answer: z.strictObject({
      since: Instant,
      items: z.array(SalesCaseView),
      more: z.number().describe('how many there are beyond these'),
      owners: z.array(
        z.strictObject({
          owner: z.string(),
          given: z.number(),
          waiting: z.number(),
          active: z.number(),
          closed: z.number(),
          won: z.number(),
        }),
      ),
    }),
  },
  'GET /api/leads/:id/sales-answers': {
    does: 'Lists what sales said of a lead, the newest first',
    right: 'sales:read',
    answer: listOf(SalesAnswerView),
  },
  'POST /api/leads/:id/sales-answers': {
    does: 'Says what became of a lead',
    right: 'sales:write',
    body: AnswerBody,
    answer: z.strictObject({ id: z.string(), recorded: z.boolean(), stage: z.string().nullable() }),
    status: [201, 200],
  },
  'PUT /api/leads/:id/owner': {
    does: 'Gives a lead to a colleague',
    right: 'sales:write',
    body: z.strictObject({ owner: plain(320).min(1), by: plain(320).min(1).optional() }),
    answer: z.strictObject({ lead: z.string(), owner: z.string(), changed: z.boolean() }),
  },
} as const satisfies Routes;
