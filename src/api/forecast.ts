import * as z from 'zod';
import { isTimeZone } from '../sequence/duration.js';
import { Instant, type Routes } from './route.js';

const zoneQuery = z
  .string()
  .max(60)
  .refine(isTimeZone, { error: 'there is no such time zone. Write a name such as "Europe/Paris"' })
  .optional()
  .describe('in whose days is counted; that of DEFAULT_TIMEZONE unless said');

export const Day = z.string().meta({ format: 'date', description: 'a day of the zone', example: '2026-03-02' });

const estimate = {
  expected: z.number(),
  low: z.number().int().describe('19 times of 20 it is no less'),
  high: z.number().int().describe('19 times of 20 it is no more'),
};
const Estimate = z.strictObject(estimate);

export const ForecastView = z
  .strictObject({
    at: Instant.describe('when it was worked out'),
    from: Day,
    to: Day,
    zone: z.string(),
    total: Estimate.describe('mails'),
    leads: Estimate.describe('leads that get at least one of them'),
    days: z.array(
      z.strictObject({
        day: Day,
        ...estimate,
        sequences: z.record(z.string(), z.number()).describe('expected mails by sequence'),
      }),
    ),
    sequences: z.array(z.strictObject({ sequence: z.string(), title: z.string(), ...estimate })),
    mails: z
      .array(
        z.strictObject({
          day: Day,
          sequence: z.string(),
          step: z.string(),
          subject: z.string().nullable(),
          ...estimate,
        }),
      )
      .describe('by day and mail'),
    steps: z
      .array(
        z.strictObject({
          sequence: z.string(),
          step: z.string(),
          subject: z.string().nullable(),
          first: Day,
          ...estimate,
        }),
      )
      .describe('by mail, over all days; `first`: the first on which it goes'),
    played: z.number().int().describe('leads whose futures were played'),
    underWay: z.number().int().describe('leads that stand in some sequence'),
    held: z.number().describe('mails besides, which a pause holds back'),
    assumes: z.array(z.string()).describe('what it takes for granted, in sentences'),
  })
  .meta({ id: 'Forecast' });

/** The mails to come. */
export const forecastRoutes = {
  'GET /api/forecast': {
    does: 'Tells how many mails will go in the coming days, by day, sequence and mail, with bounds.',
    more: 'It is worked out of what leads are waiting for, played by the code that sends, and kept for ten minutes. The first time it takes some seconds.',
    right: 'reports:read',
    query: z.strictObject({
      days: z.coerce.number().int().min(1).max(30).default(7).describe('days, today included'),
      zone: zoneQuery,
    }),
    answer: ForecastView,
    problems: { 503: 'too many forecasts wait already' },
  },
} as const satisfies Routes;
