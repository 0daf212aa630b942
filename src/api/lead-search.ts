import * as z from 'zod';
import { consentStatuses, suppressions } from '../journey/facts.js';
import { plain } from './lead-body.js';
import { LeadView } from './lead-view.js';
import { Instant, listOf, pageOf, pageQuery, type Routes } from './route.js';
import { exportFormats } from './transfer-words.js';

const name = plain(200).min(1);
const points = z.coerce.number({ error: 'this must be a number' }).min(-1_000_000).max(1_000_000);
const Suppressed = z
  .enum(['yes', 'no', ...suppressions], { error: `this is yes, no or one of: ${suppressions.join(', ')}` })
  .describe('whether, or why, they get no mail');

const filters = {
  text: plain(200)
    .optional()
    .describe('beginnings of words of the address or the name, such as "gra hop" or "@example.org"'),
  segment: name.optional(),
  stage: name.optional().describe('stage of the funnel'),
  scoreFrom: points.optional(),
  scoreTo: points.optional(),
  consent: z.enum(consentStatuses).optional(),
  suppressed: Suppressed.optional(),
};
const tags = z.array(plain(60).min(1)).max(10, { error: 'ten tags are the most' });
const tagOfQuery = z
  .preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), tags.optional())
  .describe('tags that they all have; named several times for several');

/** Which leads are meant, in an address. */
export const SearchQuery = z.strictObject({ ...filters, tag: tagOfQuery });
/** The same in a body. */
const Wanted = z
  .strictObject({
    ...filters,
    scoreFrom: z.number().optional(),
    scoreTo: z.number().optional(),
    tag: tags.optional(),
  })
  .meta({ id: 'WantedLeads' });

export const mostChosen = 500;
const Chosen = z
  .array(plain(100).min(1))
  .min(1, { error: 'choose at least one lead' })
  .max(mostChosen, { error: `${mostChosen} leads are the most; for more say "matching"` })
  .describe('ids of leads');
const whom = { leads: Chosen.optional(), matching: Wanted.optional().describe('all that match instead') };
const oneOfBoth = { error: 'name "leads" or "matching", one of them' };
function namesOne({ leads, matching }: { leads?: unknown; matching?: unknown }): boolean {
  return (leads === undefined) !== (matching === undefined);
}

const Deed = z
  .discriminatedUnion(
    'kind',
    [
      z.strictObject({ kind: z.literal('tag'), tag: plain(60).min(1) }),
      z.strictObject({ kind: z.literal('untag'), tag: plain(60).min(1) }),
      z.strictObject({ kind: z.literal('enroll'), sequence: name }),
      z.strictObject({ kind: z.literal('suppress'), because: plain(300).min(1, { error: 'say why' }) }),
    ],
    { error: 'a deed is one of: tag, untag, enroll, suppress' },
  )
  .describe('what is done to each of them');

const BulkJobView = z
  .strictObject({
    id: z.string(),
    deed: Deed,
    state: z.enum(['running', 'done', 'failed', 'stopped']),
    total: z.number().int().nullable().describe('how many there were when it began; null where they were not counted'),
    done: z.number().int().describe('leads that were looked at'),
    changed: z.number().int().describe('leads of whom that changed something'),
    by: z.string(),
    problem: z.string().nullable(),
    startedAt: Instant,
    finishedAt: Instant.nullable(),
  })
  .meta({ id: 'BulkJob' });

const Named = z.strictObject({ name: z.string(), title: z.string() });

export const leadSearchRoutes = {
  'GET /api/leads/search': {
    does: 'Finds leads by what they are, the newest or the highest score first',
    more: 'A page may hold fewer than asked for and still have a next one, where each lead has to be looked at. Scores that it sorts by are at most an hour old; the score of each lead is that of now.',
    right: 'leads:read',
    query: z.strictObject({
      ...SearchQuery.shape,
      ...pageQuery,
      sort: z.enum(['newest', 'score']).default('newest'),
    }),
    answer: pageOf(LeadView).extend({
      isBehind: z
        .boolean()
        .describe('so much changed just now that some of it cannot be found yet; true for a minute at most'),
    }),
  },
  'GET /api/leads/count': {
    does: 'Counts leads by what they are',
    right: 'leads:read',
    query: SearchQuery,
    answer: z.strictObject({
      count: z.number().int(),
      isExact: z.boolean().describe('false: there are at least so many'),
    }),
  },
  'GET /api/leads/choices': {
    does: 'Lists what leads can be searched by and put into',
    right: 'leads:read',
    answer: z.strictObject({
      stages: z.array(z.string()),
      segments: z.array(z.string()),
      tags: z.array(z.string()).describe('the first thousand'),
      sequences: z.array(Named),
      fields: z
        .array(z.strictObject({ name: z.string(), type: z.string().nullable() }))
        .describe('fields that a lead has or may have; those of lead.json with their type'),
    }),
  },
  'POST /api/leads/bulk': {
    does: 'Does one thing to many leads, behind the answer',
    more: 'To up to 500 by their ids, or to all that match. What was done stays done when it is cut short, and it goes on by itself; nothing is done twice. As for one lead, "enroll" takes the right `sequences:write` besides, and "suppress" `sending:write`.',
    right: 'leads:write',
    body: z.strictObject({ deed: Deed, ...whom }).refine(namesOne, oneOfBoth),
    bodyBytes: 128 * 1024,
    answer: BulkJobView,
    status: [202],
    idempotent: true,
    problems: { 404: 'there is no such sequence or segment' },
  },
  'GET /api/leads/bulk': {
    does: 'Lists what was done to many leads lately, the newest first',
    right: 'leads:read',
    answer: listOf(BulkJobView),
  },
  'GET /api/leads/bulk/:id': {
    does: 'Tells how far something is that is done to many leads',
    right: 'leads:read',
    answer: BulkJobView,
  },
  'DELETE /api/leads/bulk/:id': {
    does: 'Stops something that is done to many leads; what is done stays done',
    right: 'leads:write',
    answer: BulkJobView,
    problems: { 409: 'it is over' },
  },
  'POST /api/leads/export': {
    does: 'Gives out chosen leads as a file, written while they are read',
    right: 'leads:read',
    body: z
      .strictObject({
        ...whom,
        fields: z.array(plain(100).min(1)).min(1).max(200).optional().describe('columns; all unless said'),
        format: z.enum(exportFormats).default('csv'),
      })
      .refine(namesOne, oneOfBoth),
    bodyBytes: 128 * 1024,
    answer: z.string(),
    answers: 'text/csv',
    asks: true,
  },
} as const satisfies Routes;
