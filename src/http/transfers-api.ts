import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request } from 'express';
import * as z from 'zod';
import { transferRoutes } from '../api/transfers.js';
import type { Import } from '../store/imports.js';
import { audience } from '../transfer/audience.js';
import { brokenHead, brokenLine } from '../transfer/broken-file.js';
import { exportLeads } from '../transfer/export-leads.js';
import { type AnsweredRoute, answering } from './answering.js';
import { sendLeadFile } from './lead-file.js';
import { found, Problem } from './problem.js';
import type { Services } from './services.js';

/** The largest file that is taken. */
const mostBytes = 2 * 1024 ** 3;
const fileTypes = ['text/csv', 'application/csv', 'text/plain', 'application/octet-stream'];

/** Leads as files: taken in and imported behind the answer, and given out while they are read. */
export function transfersApi(services: Services): readonly AnsweredRoute[] {
  const { importer, store, engine, project, defaultTimeZone } = services;
  const tools = { store, now: engine.now, project, defaultTimeZone };

  return answering(transferRoutes, services, {
    'POST /api/imports': async ({ request, response, query: { tag: tags, ...settings } }) => {
      if (!request.is(fileTypes))
        throw new Problem(415, 'Send the file itself, with the header "Content-Type: text/csv".');
      const { id, columns } = await importer.take(bounded(request), { ...settings, tags });
      response.location(`/api/imports/${id}`);
      const told = columns.map(({ header, to, example, how }) => ({ column: header, field: to ?? null, example, how }));
      return { id, state: 'running' as const, columns: told };
    },
    'GET /api/imports': async () => ({ items: (await store.imports.latest(50)).map(view) }),
    'GET /api/imports/:id': async ({ params }) => view(found(await store.imports.byId(params.id), 'import')),
    'GET /api/imports/:id/broken.csv': async ({ params, response }) => {
      const row = found(await store.imports.byId(params.id), 'import');
      const { names, rows } = found(
        importer.brokenOf(row),
        'file: its broken rows stand beside the file that was imported',
      );
      response
        .type('text/csv')
        .attachment(`${row.file.replace(/\.csv$/i, '')}.broken.csv`)
        .set('Cache-Control', 'no-store');
      const lines = async function* (): AsyncGenerator<Buffer> {
        yield brokenHead(names);
        for await (const one of rows) yield brokenLine(one, names.by);
      };
      await pipeline(Readable.from(lines()), response);
      return undefined;
    },
    'GET /api/leads/export': async ({ query: wish, response }) =>
      sendLeadFile(await exportLeads(wish, tools), wish.format, response),
    'GET /api/segments/:segment/audience': async ({ params: { segment }, query, response }) => {
      const { text } = audience({ segment, platform: query.for, purpose: query.purpose }, tools);
      response.type('text/csv').attachment(`${segment}-${query.for}.csv`).set('Cache-Control', 'no-store');
      await pipeline(Readable.from(text), response);
      return undefined;
    },
  });
}

/** The body, as long as it is not too large. */
function bounded(request: Request): Readable {
  let bytes = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > mostBytes) done(new Problem(413, 'This file is larger than 2 GB. Cut it into several.'));
      else done(null, chunk);
    },
  });
  // A caller who hangs up must not leave half a file that looks whole.
  request.on('close', () => {
    if (!request.complete) counter.destroy(new Problem(400, 'The file did not come to its end.'));
  });
  return request.pipe(counter);
}

function view({ id, file, size, state, rows, counts, share, problem, startedAt, finishedAt, settings }: Import) {
  const { dryRun } = Said.parse(JSON.parse(settings ?? '{}'));
  return {
    id,
    file,
    size,
    state,
    dryRun,
    rows,
    ...counts,
    share,
    problem: problem ?? null,
    startedAt,
    finishedAt: finishedAt ?? null,
  };
}
const Said = z.looseObject({ dryRun: z.boolean().default(false) });
