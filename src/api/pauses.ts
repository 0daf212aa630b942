import * as z from 'zod';
import { plain } from './lead-body.js';
import { Instant, listOf, type Routes } from './route.js';

const PauseView = z
  .strictObject({
    of: z.string().describe('"everything", "sequence:<name>" or "transport:<name>"'),
    since: Instant,
    because: z.string(),
    by: z.enum(['person', 'rivulet']),
  })
  .meta({ id: 'Pause' });

export const pauseRoutes = {
  'GET /api/pauses': {
    does: 'Lists what is paused, since when and why',
    right: 'deliverability:read',
    answer: listOf(PauseView),
  },
  'PUT /api/pauses/:what': {
    does: 'Pauses everything, a sequence or a transport, in every process within a second',
    right: 'sending:write',
    body: z.strictObject({ because: plain(300).min(1).optional() }),
    bodyOptional: true,
    bodyBytes: 16 * 1024,
    answer: PauseView,
  },
  'DELETE /api/pauses/:what': {
    does: 'Ends a pause: what it held goes on',
    right: 'sending:write',
    answer: undefined,
  },
} as const satisfies Routes;
