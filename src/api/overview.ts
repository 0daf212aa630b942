import * as z from 'zod';
import { Day } from './forecast.js';
import { Instant, type Routes } from './route.js';

const pair = { value: z.number(), before: z.number().describe('in as many days before') };
const Pair = z.strictObject(pair);

const FigureView = z
  .strictObject({
    key: z.string(),
    title: z.string(),
    means: z.string().describe('what it counts'),
    ...pair,
    of: Pair.nullable().describe('of a share, what it is of'),
  })
  .meta({ id: 'Figure' });

const AttentionView = z
  .strictObject({
    kind: z.enum([
      'transport',
      'pause',
      'file',
      'standstill',
      'bounces',
      'complaints',
      'uncertain',
      'endpoint',
      'sales',
      'form',
      'late',
    ]),
    severity: z.enum(['error', 'warning']),
    what: z.string(),
    because: z.string(),
    mend: z.string().describe('what to do about it'),
    page: z.string().describe('the page where it is mended'),
    since: Instant.nullable(),
  })
  .meta({ id: 'Attention' });

const StageView = z.strictObject({
  stage: z.string().nullable().describe('null: in no stage'),
  title: z.string(),
  leads: z.number().int().describe('who stand in it now'),
  entered: z.number().int().describe('who first entered it in the period'),
  onward: z.number().int().describe('who of these went on to another stage so far'),
});

const Bounds = z.strictObject({ expected: z.number(), low: z.number(), high: z.number() });

export const OverviewView = z
  .strictObject({
    at: Instant,
    asOf: Instant.nullable().describe('what was known until then is counted; null: not everything yet'),
    period: z.strictObject({ from: Day, to: Day, days: z.number().int(), zone: z.string() }),
    leads: z.number().int(),
    stages: z.array(StageView).describe('in the order of the funnel; leads in no stage come last'),
    people: z.array(FigureView).describe('people who came to a milestone for the first time'),
    mails: z.array(FigureView),
    money: z.record(z.string(), Pair).describe('what was won, by currency'),
    forecast: z
      .strictObject({
        total: Bounds.describe('mails'),
        leads: Bounds.describe('leads that get at least one of them'),
        days: z.array(z.strictObject({ day: Day, expected: z.number(), low: z.number(), high: z.number() })),
      })
      .nullable()
      .describe('mails of the next 7 days; null while it is worked out: ask GET /api/forecast'),
    attention: z.array(AttentionView).describe('what somebody should look at, the most pressing first'),
  })
  .meta({ id: 'Overview' });

/** All that one should know at a glance. */
export const overviewRoutes = {
  'GET /api/overview': {
    does: 'Tells at a glance how things stand: people by stage, figures of a period against the one before, what needs attention.',
    right: 'reports:read',
    query: z.strictObject({
      days: z.coerce.number().int().min(1).max(366).default(28).describe('length of the period, today included'),
    }),
    answer: OverviewView,
  },
} as const satisfies Routes;
