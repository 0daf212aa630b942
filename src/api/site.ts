import * as z from 'zod';
import { Instant, type Routes } from './route.js';

/** What pages of the website tell. */
export const siteRoutes = {
  'GET /api/site': {
    does: 'Tells how the script on the website is doing, and what was refused of what pages told',
    right: 'sequences:read',
    answer: z
      .strictObject({
        script: z.string().describe('where pages load it from'),
        origins: z.array(
          z.strictObject({
            origin: z.string(),
            allowed: z.boolean(),
            lastAt: Instant.nullable().describe('when it was heard last'),
            day: z
              .strictObject({ events: z.number().int(), pageViews: z.number().int() })
              .describe('told in the last day'),
          }),
        ),
        refused: z.array(
          z.strictObject({
            because: z.string(),
            count: z.number().int().describe('in the last day'),
            lastAt: Instant,
            from: z.string().optional().describe('of foreign origins, the last of them'),
          }),
        ),
      })
      .meta({ id: 'Site' }),
  },
} as const satisfies Routes;
