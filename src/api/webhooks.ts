import * as z from 'zod';
import { Instant, listOf, type Routes } from './route.js';

export const webhookRoutes = {
  'GET /api/webhooks': {
    does: 'Lists the mail providers whose webhooks can come here, those first that are set up',
    right: 'settings:read',
    answer: listOf(
      z
        .strictObject({
          provider: z.string(),
          title: z.string(),
          url: z.string().describe('what is entered at the provider'),
          inboundUrl: z.string().optional().describe('the same for mails that it takes in'),
          setting: z.string().describe('the setting that turns it on'),
          isSetUp: z.boolean(),
          calls: z.strictObject({
            calls: z.number(),
            recorded: z.number().describe('new events'),
            known: z.number().describe('events that were known already'),
            stray: z.number().describe('events about nobody here'),
            ignored: z.number().describe('events with nothing to do'),
            lastAt: Instant.optional(),
            refused: z.number().describe('calls that did not prove whose they were'),
            lastRefusedAt: Instant.optional(),
            lastRefusal: z.string().optional(),
          }),
          strays: z
            .array(
              z.strictObject({
                type: z.string(),
                word: z.string().optional().describe("the provider's own word"),
                count: z.number(),
                lastAt: Instant,
              }),
            )
            .describe('what was about nobody here or not understood, of the last 30 days'),
        })
        .meta({ id: 'ProviderWebhook' }),
    ),
  },
} as const satisfies Routes;
