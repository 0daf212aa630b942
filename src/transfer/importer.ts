import { createWriteStream } from 'node:fs';
import { access, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { FixableError } from '../errors.js';
import { consentStatuses } from '../journey/facts.js';
import type { CaptureTools } from '../lead/capture-many.js';
import { isUnreachable } from '../store/database.js';
import type { Import, KeptBroken } from '../store/imports.js';
import type { Names } from './broken-file.js';
import { dateOrders, encodings } from '../api/transfer-words.js';
import { finishPlan, importCsv, type ImportWish, lookWell } from './import-csv.js';
import type { Column } from './mapping.js';

/** What is said of a file that comes over HTTP; kept with it, so that another process can go on. */
export const ImportSettings = z.object({
  name: z.string(),
  dryRun: z.boolean(),
  map: z.array(z.tuple([z.string(), z.string()])).default([]),
  ignore: z.array(z.string()).default([]),
  ignoreUnknown: z.boolean().default(false),
  tags: z.array(z.string()).default([]),
  consent: z.enum(consentStatuses).optional(),
  consentSource: z.string().optional(),
  source: z.string().optional(),
  encoding: z.enum(encodings).optional(),
  dates: z.enum(dateOrders).optional(),
});
export type ImportSettings = z.output<typeof ImportSettings>;
const Kept = ImportSettings.extend({ names: z.object({ header: z.string(), by: z.string() }) });

export type ImporterSetting = CaptureTools & {
  /** Where files lie until they are imported. */
  readonly folder: string;
  readonly wake: () => void;
  readonly onFault: (error: unknown) => void;
};
export type Importer = ReturnType<typeof openImporter>;

/** So many broken rows of a file are kept; of those beyond it is only known how many there are. */
const mostBroken = 10_000;

/** Imports files that come over HTTP, one after the other, behind the answer. */
export function openImporter({ folder, wake, onFault, ...tools }: ImporterSetting) {
  const { store, engine, newId } = tools;
  const cut = new AbortController();
  const underWay = new Map<string, Promise<void>>();
  let line = Promise.resolve();
  const pathOf = (id: string): string => join(folder, `${id}.csv`);

  const perform = async (row: Import): Promise<void> => {
    const settings = Kept.parse(JSON.parse(row.settings ?? '{}'));
    const broken = openBrokenList(row.id, tools);
    const wish = { ...wishOf(settings), signal: cut.signal, onBroken: broken.add };
    const imported = await importCsv(pathOf(row.id), tools, { ...wish, id: row.id, dryRun: settings.dryRun });
    await broken.end();
    if (settings.dryRun) {
      const { created, changed, unchanged, broken: count, rows } = imported;
      const progress = { rows, rounds: 0, counts: { created, changed, unchanged, broken: count }, share: 1 };
      await store.imports.note(row, progress, engine.now());
      await store.imports.end(row, undefined, engine.now());
    }
    if (!imported.isCut) await rm(pathOf(row.id), { force: true });
    wake();
  };
  const begin = (row: Import): Promise<void> => {
    const known = underWay.get(row.id);
    if (known) return known;
    const done = line
      .then(() => (cut.signal.aborted ? undefined : perform(row)))
      .catch(async (error: unknown) => {
        // An outage passes, and the import goes on.
        if (isUnreachable(error)) return;
        if (!(error instanceof FixableError)) onFault(error);
        const problem =
          error instanceof FixableError ? error.message : 'a fault in Rivulet itself, which its log tells';
        await store.imports.fail(row.id, problem, engine.now());
      })
      .catch(onFault)
      .finally(() => underWay.delete(row.id));
    underWay.set(row.id, done);
    line = done;
    return done;
  };

  return {
    /** Takes a file in, looks whether its columns are understood, and begins to import it. */
    take: async (
      body: Readable,
      settings: ImportSettings,
    ): Promise<{ readonly id: string; readonly columns: readonly Column[] }> => {
      const id = newId();
      await mkdir(folder, { recursive: true, mode: 0o700 });
      try {
        await pipeline(body, createWriteStream(pathOf(id), { mode: 0o600 }));
        const { look } = await lookWell(pathOf(id), tools, wishOf(settings));
        const { csv, mapping } = look;
        const names: Names = { header: csv.headerText, by: csv.separator };
        const about = { id, key: id, file: settings.name, size: csv.size, run: newId() };
        await store.imports.begin(
          { ...about, kept: id, settings: JSON.stringify({ ...settings, names }) },
          engine.now(),
        );
        const row = await store.imports.byId(id);
        if (row) void begin(row);
        return { id, columns: mapping.columns };
      } catch (error) {
        await rm(pathOf(id), { force: true });
        throw error;
      }
    },
    /** The broken rows of an import, as a file. */
    brokenOf: (row: Import): { readonly names: Names; readonly rows: AsyncIterable<KeptBroken> } | undefined => {
      const kept = Kept.safeParse(JSON.parse(row.settings ?? '{}'));
      return kept.success ? { names: kept.data.names, rows: store.imports.brokenOf(row.id) } : undefined;
    },
    /** Takes up what dead processes left since `before`: what they were writing, and files that lie here. */
    finish: async (before: Date): Promise<void> => {
      for (const left of await store.imports.leftBehind(before)) {
        if (underWay.has(left.id)) continue;
        await finishPlan(left, tools);
        if (left.kept !== undefined && (await isThere(pathOf(left.id)))) void begin(left);
      }
    },
    /** Resolves when nothing is being imported. */
    idle: async (): Promise<void> => {
      await Promise.all(underWay.values());
    },
    /** Ends after what is being written; another process goes on. */
    stop: async (): Promise<void> => {
      cut.abort();
      await Promise.all(underWay.values());
    },
  };
}

function wishOf({ map, ...settings }: ImportSettings): ImportWish {
  return { ...settings, map: new Map(map) };
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Keeps broken rows, some at a time. */
function openBrokenList(id: string, { store, engine }: Pick<CaptureTools, 'store' | 'engine'>) {
  let waiting: KeptBroken[] = [];
  let count = 0;
  const end = async (): Promise<void> => {
    const rows = waiting;
    waiting = [];
    await store.imports.keepBroken(id, rows, engine.now());
  };
  return {
    add: async (row: KeptBroken): Promise<void> => {
      count += 1;
      if (count > mostBroken) return;
      waiting.push({ line: row.line, reason: row.reason, text: row.text });
      if (waiting.length >= 200) await end();
    },
    end,
  };
}
