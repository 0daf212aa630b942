import * as z from 'zod';
import { reportNames, ReportQuery } from '../report/ask.js';
import { seriesKinds } from '../report/tally.js';
import { Instant, listOf, type Routes } from './route.js';

const names = z.array(z.string());

const ShareView = z
  .strictObject({
    share: z.number(),
    low: z.number().describe('the true share lies above it (95 %, Wilson)'),
    high: z.number(),
    part: z.number(),
    whole: z.number(),
  })
  .meta({ id: 'Share' });

const CellView = z
  .union([
    z.null(),
    z.string(),
    z.number(),
    ShareView,
    z.strictObject({ seconds: z.number() }),
    z.record(z.string(), z.number()).describe('money, by currency'),
  ])
  .meta({ id: 'Cell', description: 'null where nothing can be said' });
const RowView = z.record(z.string(), CellView).describe('by the keys of the columns');

const TableView = z
  .strictObject({
    name: z.string(),
    title: z.string(),
    columns: z.array(z.strictObject({ key: z.string(), means: z.string() })),
    legend: z.array(z.strictObject({ name: z.string(), means: z.string() })).optional(),
    rows: z.array(RowView),
    total: RowView.nullable(),
  })
  .meta({ id: 'ReportTable' });

/** Reports: what happened, how far people came, what became of mails. */
export const reportRoutes = {
  'GET /api/reports': {
    does: 'Lists the reports that there are',
    right: 'reports:read',
    answer: listOf(
      z.strictObject({
        name: z.enum(reportNames),
        tells: z.string(),
        by: z.array(z.string()).describe('along what it may have rows'),
        usual: z.string().nullable().describe('along what it has them unless said; null: its own way'),
        days: z.number().int().describe('how many days it looks back unless said'),
        only: z.array(z.enum(seriesKinds)).describe('of what it may count one alone'),
      }),
    ).extend({
      zone: z.string().describe('time zone of days unless said'),
      names: z
        .strictObject({ source: names, sequence: names, stage: names })
        .describe('of what one alone may be counted'),
    }),
  },
  'GET /api/reports/:name.csv': {
    does: 'Tells one table of a report as a file for spreadsheets',
    right: 'reports:read',
    query: ReportQuery.extend({
      table: z.string().max(40).optional().describe('another table than the first'),
    }),
    answer: z.string(),
    answers: 'text/csv',
  },
  'GET /api/reports/:name': {
    does: 'Tells a report',
    more: 'docs/reports.md tells what is counted, and how.',
    right: 'reports:read',
    query: ReportQuery,
    answer: z
      .strictObject({
        report: z.enum(reportNames),
        from: z.string().describe('the first day'),
        to: z.string().describe('the last day'),
        zone: z.string().describe('time zone of the days'),
        by: z.string().nullable().describe('along what it has rows'),
        asOf: Instant.nullable().describe('up to when what happened is in it'),
        tables: z.array(TableView),
        notes: z.array(z.string()).describe('what else must be known to read it rightly'),
      })
      .meta({ id: 'Report' }),
    problems: { 404: `there are: ${reportNames.join(', ')}` },
  },
} as const satisfies Routes;
