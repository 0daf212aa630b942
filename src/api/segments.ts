import * as z from 'zod';
import { LeadView } from './lead-view.js';
import { Instant, listOf, pageOf, pageQuery, type Routes } from './route.js';

const SegmentView = z
  .strictObject({
    name: z.string(),
    description: z.string().optional(),
    count: z.number().int().describe('leads in it'),
    asOf: Instant.describe('when they were counted'),
  })
  .meta({ id: 'Segment' });

/** They are in the order of their ids, and the last of a page says where the next begins. */
const After = z
  .string()
  .regex(/^[\w-]{1,100}$/, { error: 'this is no "next" of an earlier page' })
  .optional()
  .describe('`next` of the page before');

/** Groups of leads that segments.json tells. */
export const segmentRoutes = {
  'GET /api/segments': {
    does: 'Lists the segments with how many leads are in each',
    right: 'leads:read',
    answer: listOf(SegmentView),
  },
  'GET /api/segments/:name': {
    does: 'Tells how many leads are in a segment',
    right: 'leads:read',
    answer: SegmentView,
  },
  'GET /api/segments/:name/leads': {
    does: 'Lists the leads of a segment',
    right: 'leads:read',
    query: z.strictObject({ ...pageQuery, after: After }),
    answer: pageOf(LeadView),
  },
} as const satisfies Routes;
