import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Request, Router } from 'express';
import * as z from 'zod';
import { consentStatuses } from '../journey/facts.js';
import { plain } from '../lead/lead-body.js';
import type { Import } from '../store/imports.js';
import { brokenHead, brokenLine } from '../transfer/broken-file.js';
import { dateOrders } from '../transfer/cell.js';
import { encodings } from '../transfer/csv-file.js';
import { requireKey } from './access.js';
import { found, parse, Problem } from './problem.js';
import type { Services } from './services.js';

/** The largest file that is taken. */
const mostBytes = 2 * 1024 ** 3;

const several = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]), z.array(item).max(500));
const isSet = z
  .enum(['true', 'false'], { error: 'this must be true or false' })
  .default('false')
  .transform((word) => word === 'true');

/** What is said of a file, as "lead import" takes it. */
const Query = z.strictObject({
  name: plain(200).min(1).default('upload.csv'),
  dryRun: isSet,
  map: several(
    plain(500).transform((pair, context): [string, string] => {
      const at = pair.lastIndexOf('=');
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1).trim()];
      context.addIssue({ code: 'custom', message: 'what a column is, is written "Column=field"' });
      return z.NEVER;
    }),
  ),
  ignore: several(plain(300)),
  ignoreUnknown: isSet,
  tag: several(plain(60).min(1)),
  consent: z.enum(consentStatuses).optional(),
  consentSource: plain(200).optional(),
  source: plain(200).optional(),
  encoding: z.enum(encodings).optional(),
  dates: z.enum(dateOrders).optional(),
});

/** CSV files of leads that are sent here: taken in, imported behind the answer, and looked after by their ids. */
export function importing({ apiKey, importer, store }: Services): Router {
  const router = Router();
  router.use(requireKey(apiKey));

  router.post('/', async (request, response) => {
    if (!request.is(['text/csv', 'application/csv', 'text/plain', 'application/octet-stream']))
      throw new Problem(415, 'Send the file itself, with the header "Content-Type: text/csv".');
    const { tag: tags, ...settings } = parse(Query, request.query);
    const { id, columns } = await importer.take(bounded(request), { ...settings, tags });
    const told = columns.map(({ header, to, example, how }) => ({ column: header, field: to ?? null, example, how }));
    response.status(202).location(`/api/imports/${id}`).json({ id, state: 'running', columns: told });
  });

  router.get('/', async (_request, response) => {
    response.json({ items: (await store.imports.latest(50)).map(view) });
  });

  router.get('/:id', async (request, response) => {
    response.json(view(found(await store.imports.byId(request.params.id), 'import')));
  });

  router.get('/:id/broken.csv', async (request, response) => {
    const row = found(await store.imports.byId(request.params.id), 'import');
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
  });
  return router;
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
