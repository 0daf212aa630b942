import * as z from 'zod';
import { LeadBody, plain } from './lead-body.js';
import {
  EnrollmentView,
  LeadView,
  MomentView,
  PreferencesView,
  ScoreExplainedView,
  ScoreView,
  TimelineEntryView,
  WhyView,
} from './lead-view.js';
import { PreferencesBody } from './preferences-body.js';
import { Instant, pageOf, pageQuery, type Routes } from './route.js';

/** Which mail somebody asks about; without a step, all of the sequence. */
const WhyQuery = z.strictObject({ sequence: plain(100).min(1), step: plain(100).min(1).optional() });

const At = plain(100)
  .min(1)
  .optional()
  .describe('a moment: "2026-03-02T09:00:00Z", "in 30 days", "2026-03-02 09:00" on the lead’s clock; now unless said');

const mostLeadsAtOnce = 500;
const Batch = z.strictObject({
  leads: z
    .array(z.unknown(), { error: 'this must be a list of leads' })
    .min(1, { error: 'the list is empty' })
    .max(mostLeadsAtOnce, { error: `${mostLeadsAtOnce} leads are the most; send more in further requests` })
    .describe('each as POST /api/leads takes it'),
});
const BodyProblems = z.array(z.strictObject({ pointer: z.string(), detail: z.string() }));
const BatchResult = z.union([
  z.strictObject({ status: z.enum(['created', 'changed', 'unchanged']), id: z.string(), email: z.string() }),
  z.strictObject({ status: z.literal('refused'), problems: BodyProblems }),
]);

export const leadRoutes = {
  'POST /api/leads': {
    does: 'Makes or changes a lead by its address',
    more: '201 for a new lead, 200 for one that was there. What is left out stays as it is, null takes a field away. Consent left out on a new lead is consent you vouch for. Fields that lead.json declares take what it says.',
    right: 'leads:write',
    body: LeadBody,
    answer: LeadView,
    status: [200, 201],
    idempotent: true,
  },
  'POST /api/leads/batch': {
    does: 'Makes or changes many leads, each answered by itself',
    right: 'leads:write',
    body: Batch,
    bodyBytes: 4 * 1024 * 1024,
    answer: z.strictObject({
      created: z.number(),
      changed: z.number(),
      unchanged: z.number(),
      refused: z.number(),
      results: z.array(BatchResult).describe('in the order of the list'),
    }),
    idempotent: true,
  },
  'GET /api/leads': {
    does: 'Lists leads, the newest first',
    right: 'leads:read',
    query: z.strictObject(pageQuery),
    answer: pageOf(LeadView),
  },
  'GET /api/leads/:id': {
    does: 'Tells a lead, its score, its runs through sequences, and what comes next',
    right: 'leads:read',
    answer: LeadView.extend({
      scoreExplained: ScoreView,
      enrollments: z.array(EnrollmentView),
      next: MomentView.nullable().describe('what comes next if nothing else happens'),
    }).meta({ id: 'LeadInFull' }),
  },
  'GET /api/leads/:id/timeline': {
    does: 'Tells what happened to a lead, and what comes if nothing else happens',
    right: 'leads:read',
    answer: z.strictObject({ past: z.array(TimelineEntryView), next: z.array(MomentView) }),
  },
  'GET /api/leads/:id/why': {
    does: 'Says why a lead got, did not get, or will get a mail',
    right: 'leads:read',
    query: WhyQuery,
    answer: WhyView,
  },
  'GET /api/leads/:id/score': {
    does: 'Explains a score line by line, now or at another moment',
    right: 'leads:read',
    query: z.strictObject({ at: At }),
    answer: ScoreExplainedView,
  },
  'POST /api/leads/:id/score': {
    does: 'Explains what a score would be under other rules',
    right: 'leads:read',
    body: z.strictObject({
      at: At,
      rules: z
        .looseObject({}, { error: 'rules must be an object, as scoring.json holds it' })
        .describe('what a scoring.json says'),
    }),
    answer: ScoreExplainedView,
    asks: true,
  },
  'PUT /api/leads/:id/preferences': {
    does: 'Sets what a lead chose of its mails',
    right: 'leads:write',
    body: PreferencesBody,
    answer: PreferencesView,
  },
  'GET /api/leads/:id/consent': {
    does: 'Tells what a lead agreed to, in which words, and by what that is proved',
    right: 'leads:read',
    answer: z.strictObject({
      lead: z.string(),
      email: z.string(),
      consent: z.strictObject({ status: z.string(), source: z.string(), at: Instant }),
      suppression: z.string().optional(),
      purposes: z.array(
        z.strictObject({
          purpose: z.string(),
          status: z.string(),
          at: Instant,
          form: z.string().optional(),
          version: z.string().optional(),
        }),
      ),
      history: z.array(
        z.strictObject({
          at: Instant,
          what: z.enum(['asked', 'agreed', 'confirmed', 'granted', 'withdrawn', 'unsubscribed', 'resubscribed']),
          purpose: z.string().optional(),
          form: z.string().optional(),
          version: z.string().optional(),
          text: z.string().optional(),
          source: z.string().optional(),
          network: z.string().optional(),
          userAgent: z.string().optional(),
          page: z.string().optional(),
          why: z.string().optional(),
        }),
      ),
    }),
  },
} as const satisfies Routes;
