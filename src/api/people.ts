import * as z from 'zod';
import { plain } from './lead-body.js';
import { Instant, type Routes } from './route.js';

/** An erasure, by a hash: when and how much, and nothing of whom. */
const ErasureView = z
  .strictObject({
    erasure: z.string().describe('a keyed hash of the lead'),
    at: Instant,
    state: z.enum(['erasing', 'erased']),
    finishedAt: Instant.nullable(),
    erased: z.record(z.string(), z.number()).describe('rows that went, by collection'),
    remains: z.array(z.unknown()).optional().describe('rows that still name it, which should be none'),
  })
  .meta({ id: 'Erasure' });

/** What a person may ask for, and merging two who are one. */
export const peopleRoutes = {
  'GET /api/leads/:id/export': {
    does: 'Gives out everything that is held about a person',
    more: 'GDPR Art. 15 and 20.',
    right: 'leads:read',
    answer: z.strictObject({
      about: z.string(),
      madeAt: Instant,
      parts: z.array(
        z.strictObject({ part: z.string(), what: z.string(), count: z.number(), rows: z.array(z.unknown()) }),
      ),
    }),
  },
  'DELETE /api/leads/:id': {
    does: 'Erases a person everywhere, and looks whether anything is left',
    more: 'GDPR Art. 17. 202 when it takes longer; asked for again, it says how far it is.',
    right: 'leads:write',
    query: z.strictObject({
      keepSuppressed: z
        .stringbool({ error: 'this is true or false' })
        .default(false)
        .describe('the address gets no mail for ever, whoever brings it in again'),
      by: plain(100).min(1).optional().describe('who asked for it, for the note that stays; who calls unless said'),
    }),
    answer: ErasureView,
    status: [200, 202],
  },
  'POST /api/leads/:id/merge': {
    does: 'Makes another lead part of this one',
    right: 'leads:write',
    body: z.strictObject({ with: plain(320).min(1).describe('id or address of the other one') }),
    answer: z.strictObject({ id: z.string(), merged: z.string() }),
  },
} as const satisfies Routes;
