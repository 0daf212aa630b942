import type { Db, Document, Filter } from 'mongodb';
import { MongoServerError } from 'mongodb';
import * as z from 'zod';

/**
 * Every write a promise rests on waits for the journal. On replica sets a majority must have it too, or a failover may undo
 * it: that is what a server does when `w` is not said. Said, it makes the embedded engine forget the journal: it lost over
 * 1,000 of 78,000 writes at `kill -9` that it had acknowledged with w "majority", and none of 82,000 without.
 */
export const journaled = { writeConcern: { journal: true } } as const;

/** For what is read whole: the driver would else fetch it by the hundred. */
export const inOneBatch = { batchSize: 2000 } as const;

/** A field that may be missing; MongoDB gives null where an older row never had it. */
export function maybe<T extends z.ZodType>(type: T) {
  return type.nullish().transform((value): z.output<T> | undefined => value ?? undefined);
}

/** T with the keys that may be undefined turned into keys that may be missing. */
export type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Drops keys that are undefined, so that exact optional types and MongoDB agree on what "not there" means. */
export function present<T extends object>(value: T): Present<T> {
  const kept: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) if (inner !== undefined) kept[key] = inner;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the loop does cannot be told in types
  return kept as Present<T>;
}

export const FieldValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()).readonly()]);

/** What a row says of the step that it was planned for. Its id comes from enrollment and step, so that it exists once. */
export const errand = {
  _id: z.string(),
  enrollment: z.string(),
  lead: z.string(),
  sequence: z.string(),
  revision: z.string(),
  step: z.string(),
};

/** A collection by its name; the batches of the hot path are written by commands of ours. */
export type Table = { readonly db: Db; readonly name: string };

const Fault = z.object({ code: z.number(), errmsg: z.string(), index: z.number().default(0) });
const Answer = z.object({
  n: z.number(),
  writeErrors: z.array(Fault).default([]),
  writeConcernError: Fault.optional(),
});

/**
 * Writes a batch and waits for the journal. By the command itself, as the driver's bulk writes measure every document
 * before they write it; a batch of ours is far from the 16 MB that one command may have.
 */
async function write(db: Db, command: Document): Promise<z.output<typeof Answer>> {
  const answer = Answer.parse(await db.command({ ...command, writeConcern: { j: true } }));
  if (answer.writeConcernError) throw faultOf(answer.writeConcernError);
  return answer;
}

function faultOf({ errmsg, code }: Pick<z.output<typeof Fault>, 'errmsg' | 'code'>): MongoServerError {
  return new MongoServerError({ message: errmsg, code });
}

const FirstBatch = z.object({ cursor: z.object({ id: z.unknown(), firstBatch: z.array(z.unknown()) }) });

/** Rows by their ids, at most as many as stand in one answer. By the command itself, as a cursor of the driver hands on one row after another. */
export async function findByIds(
  { db, name }: Table,
  ids: readonly string[],
  columns: Readonly<Record<string, 0 | 1>>,
): Promise<readonly unknown[]> {
  if (ids.length === 0) return [];
  const command = { find: name, filter: { _id: { $in: ids } }, projection: columns, singleBatch: true };
  const answer = await db.command({ ...command, batchSize: ids.length });
  return FirstBatch.parse(answer).cursor.firstBatch;
}

/** Inserts what is not there yet and leaves the rest as it is. Answers how many were new. */
export async function insertNew(table: Table, documents: readonly Document[]): Promise<number> {
  return documents.length - (await insertMissing(table, documents)).size;
}

/** Inserts what is not there yet and leaves the rest as it is. Answers the places in the list of those that were there. */
export async function insertMissing({ db, name }: Table, documents: readonly Document[]): Promise<ReadonlySet<number>> {
  if (documents.length === 0) return new Set();
  const { writeErrors } = await write(db, { insert: name, documents, ordered: false });
  const fault = writeErrors.find(({ code }) => code !== duplicateKey);
  if (fault) throw faultOf(fault);
  return new Set(writeErrors.map(({ index }) => index));
}

/** Rows that are changed together: those of `q`, each by what `sets` has under its id. */
export type Update<T extends Document> = {
  readonly q: Filter<T>;
  readonly sets: Readonly<Record<string, Partial<T>>>;
  readonly unset?: readonly (keyof T & string)[];
};

/**
 * Writes changes in their order. Answers how many rows they found. A statement for each row would cost two to three
 * times as much, as each is planned by itself: 120 µs a row instead of 50 on the embedded engine. So each group of rows
 * is found by its ids, and one statement gives all of them the same, or each what is its own.
 */
export async function updateAll<T extends Document>(
  { db, name }: Table,
  updates: readonly Update<T>[],
): Promise<number> {
  if (updates.length === 0) return 0;
  const { n, writeErrors } = await write(db, { update: name, updates: updates.map(statementOf), ordered: true });
  const [fault] = writeErrors;
  if (fault) throw faultOf(fault);
  return n;
}

/** Rows that are changed together by an expression. `constants`: what it names, and what a lead wrote is read as nothing but text. */
export type Computing = {
  readonly ids: readonly string[];
  readonly set: Document;
  readonly constants: Readonly<Record<string, unknown>>;
};

/** What a constant has under the id of the row that is changed. */
export function ownOf(constant: string): Document {
  return { $getField: { field: '$_id', input: `$$${constant}` } };
}

/** Changes each row by what it holds already: in one statement for all of them, as `updateAll` does. */
export async function computeAll({ db, name }: Table, computings: readonly Computing[]): Promise<void> {
  if (computings.length === 0) return;
  const updates = computings.map(({ ids, set, constants }) => ({
    q: { _id: { $in: [...ids] } },
    multi: true,
    hint: { _id: 1 },
    u: [{ $set: set }],
    c: constants,
  }));
  const [fault] = (await write(db, { update: name, updates, ordered: true })).writeErrors;
  if (fault) throw faultOf(fault);
}

function statementOf<T extends Document>({ q, sets, unset = [] }: Update<T>): Document {
  const where = { q, multi: true, hint: { _id: 1 } };
  const shared = sharedBy(Object.values(sets));
  const gone = Object.fromEntries(unset.map((field) => [field, 1]));
  if (shared) return { ...where, u: { $set: shared, ...(unset.length > 0 ? { $unset: gone } : {}) } };
  const own = { $getField: { field: '$_id', input: '$$sets' } };
  const change = { $replaceWith: { $mergeObjects: ['$$ROOT', own] } };
  // `c` holds constants: what a lead wrote into them is never read as an expression.
  return { ...where, u: [change, ...(unset.length > 0 ? [{ $unset: unset }] : [])], c: { sets } };
}

/** The one change of all rows, if they have only one. */
function sharedBy<T>([first, ...others]: readonly T[]): T | undefined {
  const text = JSON.stringify(first);
  return others.every((other) => JSON.stringify(other) === text) ? first : undefined;
}

const duplicateKey = 11_000;

export function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === duplicateKey;
}

/** For an index of before that others serve for: nothing is amiss where it is gone already. */
export function unlessThereIsNone(error: unknown): void {
  const isMissing =
    error instanceof MongoServerError && ['IndexNotFound', 'NamespaceNotFound'].includes(error.codeName ?? '');
  if (!isMissing) throw error;
}

/**
 * What comes behind a row where the highest come first and of equals the one with the highest id. One range of one index, and
 * the rest of it in a form that no index is looked for: of two ways to read an index the embedded engine's planner would have
 * to choose, and it refuses a question of whose answers its first look finds none. So the index is named beside it, too.
 */
export function behind(path: string, at: Date | number, id: string): Readonly<Record<string, unknown>> {
  return {
    [path]: { $lte: at },
    $expr: { $cond: [{ $eq: [`$${path}`, at] }, { $lt: ['$_id', id] }, true] },
  };
}
