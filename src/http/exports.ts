import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Router } from 'express';
import * as z from 'zod';
import { plain } from '../lead/lead-body.js';
import { audience, platforms } from '../transfer/audience.js';
import { exportFormats, exportLeads } from '../transfer/export-leads.js';
import { requireKey } from './access.js';
import { parse } from './problem.js';
import type { Services } from './services.js';

const name = plain(200).min(1);
const ExportQuery = z.strictObject({
  segment: name.optional(),
  stage: name.optional(),
  tag: name.optional(),
  fields: plain(5000)
    .transform((text) => text.split(',').map((field) => field.trim()))
    .optional(),
  format: z.enum(exportFormats).default('csv'),
});
const AudienceQuery = z.strictObject({ for: z.enum(platforms), purpose: name.optional() });

const types = { csv: 'text/csv', json: 'application/json', jsonl: 'application/x-ndjson' } as const;

/** Leads as files, written while they are read: all of them, those of a segment, or a segment for an ad platform. */
export function exporting({ apiKey, store, engine, project, defaultTimeZone }: Services): Router {
  const router = Router();
  const tools = { store, now: engine.now, project, defaultTimeZone };

  router.get('/leads/export', requireKey(apiKey), async (request, response) => {
    const wish = parse(ExportQuery, request.query);
    const text = await exportLeads(wish, tools);
    response.type(types[wish.format]).attachment(`leads.${wish.format}`).set('Cache-Control', 'no-store');
    await pipeline(Readable.from(text), response);
  });

  router.get('/segments/:segment/audience', requireKey(apiKey), async (request, response) => {
    const { for: platform, purpose } = parse(AudienceQuery, request.query);
    const segment = String(request.params['segment']);
    const { text } = audience({ segment, platform, purpose }, tools);
    response.type('text/csv').attachment(`${segment}-${platform}.csv`).set('Cache-Control', 'no-store');
    await pipeline(Readable.from(text), response);
  });
  return router;
}
