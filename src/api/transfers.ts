import * as z from 'zod';
import { consentStatuses } from '../journey/facts.js';
import { plain } from './lead-body.js';
import { Instant, listOf, type Routes } from './route.js';
import { dateOrders, encodings, exportFormats, platforms } from './transfer-words.js';

/** Once or several times in an address. */
const several = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(item).max(500)).default([]);
const isSet = z
  .enum(['true', 'false'], { error: 'this must be true or false' })
  .default('false')
  .transform((word) => word === 'true');
const name = plain(200).min(1);

/** What is said of a file, as "lead import" takes it. */
const ImportQuery = z.strictObject({
  name: plain(200).min(1).default('upload.csv').describe('what the file is called'),
  dryRun: isSet.describe('counts what would come of it, and changes nothing'),
  map: several(
    plain(500).transform((pair, context): [string, string] => {
      const at = pair.lastIndexOf('=');
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1).trim()];
      context.addIssue({ code: 'custom', message: 'what a column is, is written "Column=field"' });
      return z.NEVER;
    }),
  ).describe('what a column is: "Column=field", once for each'),
  ignore: several(plain(300)).describe('columns to be left out'),
  ignoreUnknown: isSet.describe('leaves out whatever is no field'),
  tag: several(plain(60).min(1)).describe('tags for everybody in the file'),
  consent: z.enum(consentStatuses).optional(),
  consentSource: plain(200).optional(),
  source: plain(200).optional(),
  encoding: z.enum(encodings).optional(),
  dates: z.enum(dateOrders).optional(),
});

const ImportView = z
  .strictObject({
    id: z.string(),
    file: z.string(),
    size: z.number().describe('bytes'),
    state: z.enum(['running', 'done', 'failed']),
    dryRun: z.boolean(),
    rows: z.number(),
    created: z.number(),
    changed: z.number(),
    unchanged: z.number(),
    broken: z.number(),
    share: z.number().describe('how much of the file has been read, 0 to 1'),
    problem: z.string().nullable(),
    startedAt: Instant,
    finishedAt: Instant.nullable(),
  })
  .meta({ id: 'Import' });

/** Leads in and out as files. */
export const transferRoutes = {
  'POST /api/imports': {
    does: 'Takes in a CSV file of leads and imports it behind the answer',
    more: 'Send the file itself. Its columns are guessed, and answered with how each was understood.',
    right: 'leads:write',
    query: ImportQuery,
    takes: 'text/csv',
    answer: z.strictObject({
      id: z.string(),
      state: z.literal('running'),
      columns: z.array(
        z.strictObject({
          column: z.string(),
          field: z.string().nullable(),
          example: z.string().optional(),
          how: z.string().describe('why it is taken for that'),
        }),
      ),
    }),
    status: [202],
  },
  'GET /api/imports': { does: 'Lists the latest imports', right: 'leads:read', answer: listOf(ImportView) },
  'GET /api/imports/:id': { does: 'Tells how far an import is', right: 'leads:read', answer: ImportView },
  'GET /api/imports/:id/broken.csv': {
    does: 'Gives back the rows that could not be taken, each with why',
    right: 'leads:read',
    answer: z.string(),
    answers: 'text/csv',
  },
  'GET /api/leads/export': {
    does: 'Gives out leads as a file, written while they are read',
    right: 'leads:read',
    query: z.strictObject({
      segment: name.optional(),
      stage: name.optional(),
      tag: name.optional(),
      fields: plain(5000)
        .transform((text) => text.split(',').map((field) => field.trim()))
        .optional()
        .describe('which, separated by commas'),
      format: z.enum(exportFormats).default('csv'),
    }),
    answer: z.string(),
    answers: 'text/csv',
  },
  'GET /api/segments/:segment/audience': {
    does: 'Gives out a segment as an ad platform takes it',
    right: 'leads:read',
    query: z.strictObject({ for: z.enum(platforms), purpose: name.optional() }),
    answer: z.string(),
    answers: 'text/csv',
  },
} as const satisfies Routes;
