import { isDeepStrictEqual } from 'node:util';
import { type Db, MongoClient } from 'mongodb';
import * as z from 'zod';

export type Row = Readonly<Record<string, unknown>>;
/** Rows by their id, told of every change of one. */
export type Table = {
  readonly rows: ReadonlyMap<string, Row>;
  readonly put: (id: string, after: Row) => void;
};

/** What a change of rows does to one of them. `own`: each row gets what stands under its id. */
export type Change =
  | { readonly kind: 'fields'; readonly set: Row; readonly unset: readonly string[]; readonly inc: Row }
  | { readonly kind: 'own'; readonly sets: Readonly<Record<string, Row>>; readonly unset: readonly string[] };
export type Statement = { readonly filter: Row; readonly change: Change; readonly multi: boolean };
/** What a client asks of the database, in one request. */
export type Request =
  | { readonly kind: 'find'; readonly filter: Row; readonly sort: Row; readonly limit: number; readonly fields: Row }
  | { readonly kind: 'insert'; readonly documents: readonly Row[] }
  | { readonly kind: 'update'; readonly statements: readonly Statement[] };
export type Reply = {
  readonly found: readonly Row[];
  readonly inserted: number;
  readonly n: number;
  readonly modified: number;
};

const Record = z.record(z.string(), z.unknown());
const Id = z.looseObject({ _id: z.string() });
const onlyById = z.strictObject({ _id: z.literal(1) });
const Journaled = z.strictObject({ j: z.literal(true) });
/** The forms in which rows.ts writes many rows by one command: all the same, or each what is its own. */
const Alike = z.strictObject({
  q: Record,
  u: z.strictObject({ $set: Record, $unset: z.record(z.string(), z.literal(1)).default({}) }),
  multi: z.literal(true),
  hint: onlyById,
});
const Own = z.strictObject({
  q: Record,
  u: z.tuple([
    z.strictObject({
      $replaceWith: z.strictObject({
        $mergeObjects: z.tuple([
          z.literal('$$ROOT'),
          z.strictObject({ $getField: z.strictObject({ field: z.literal('$_id'), input: z.literal('$$sets') }) }),
        ]),
      }),
    }),
    z.strictObject({ $unset: z.array(z.string()) }).optional(),
  ]),
  c: z.strictObject({ sets: z.record(z.string(), Record) }),
  multi: z.literal(true),
  hint: onlyById,
});
const UpdateCommand = z.strictObject({
  update: z.string(),
  updates: z.array(z.union([Alike, Own])),
  ordered: z.literal(true),
  writeConcern: Journaled,
});
const InsertCommand = z.strictObject({
  insert: z.string(),
  documents: z.array(Record),
  ordered: z.literal(false),
  writeConcern: Journaled,
});
const FindOptions = z.strictObject({ batchSize: z.number().optional() });
const Fields = z.strictObject({ $set: Record.default({}), $unset: Record.default({}), $inc: Record.default({}) });
const Hint = z.strictObject({ hint: onlyById.optional() });
const Strings = z.array(z.string());
const AmongIds = z.strictObject({ $in: Strings });

/** The driver's own objects, for their type: nobody connects them, and nothing of them is ever called. */
const shape = new MongoClient('mongodb://a-model').db('model');

export function openTable(onChange: (before: Row | undefined, after: Row) => void = () => {}): Table {
  const rows = new Map<string, Row>();
  const put = (id: string, after: Row): void => {
    const before = rows.get(id);
    rows.set(id, after);
    onChange(before, after);
  };
  return { rows, put };
}

/**
 * Does what a request asks. It stops after every row that it wrote: MongoDB writes rows one by one, and others come in
 * between.
 */
export function* perform(table: Table, request: Request): Generator<void, Reply> {
  const nothing = { found: [], inserted: 0, n: 0, modified: 0 };
  switch (request.kind) {
    case 'find':
      return { ...nothing, found: find(table, request) };
    case 'insert': {
      const fresh = request.documents.filter((document) => {
        const { _id } = Id.parse(document);
        if (table.rows.has(_id)) return false;
        table.put(_id, written(document));
        return true;
      });
      return { ...nothing, inserted: fresh.length };
    }
    case 'update': {
      let [n, modified] = [0, 0];
      for (const statement of request.statements) {
        const done = yield* performStatement(table, statement);
        n += done.n;
        modified += done.modified;
      }
      return { ...nothing, n, modified };
    }
  }
}

/** One statement of an update, row after row: in between others may have their turn. */
function* performStatement(table: Table, { filter, change, multi }: Statement) {
  let [n, modified] = [0, 0];
  for (const id of candidates(table, filter)) {
    const row = table.rows.get(id);
    if (!row || !matches(row, filter)) continue;
    const after = changed(row, id, change);
    n += 1;
    if (!isDeepStrictEqual(row, after)) {
      modified += 1;
      table.put(id, after);
      yield;
    }
    if (!multi) break;
  }
  return { n, modified };
}

/** The same without anybody in between. */
export function performAtOnce(table: Table, request: Request): Reply {
  for (const steps = perform(table, request); ; ) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** A database of the driver's type whose requests go to `send`. What it does not know is refused, so that it cannot drift. */
export function modelDatabase(send: (request: Request) => Promise<Reply>): Db {
  const findAll = (filter: Row, options: unknown = {}) => {
    FindOptions.parse(options);
    return cursor({ kind: 'find', filter: readable(filter), sort: {}, limit: 0, fields: {} }, send);
  };
  const update =
    (multi: boolean) =>
    async (filter: Row, change: unknown, options: unknown = {}) => {
      Hint.parse(options);
      const { $set, $unset, $inc } = Fields.parse(change);
      const fields: Change = { kind: 'fields', set: $set, unset: Object.keys($unset), inc: $inc };
      const { modified } = await send({
        kind: 'update',
        statements: [{ filter: readable(filter), change: fields, multi }],
      });
      return { modifiedCount: modified };
    };
  const collection = (name: string) =>
    only(shape.collection(name), {
      collectionName: name,
      createIndexes: async () => [name],
      find: findAll,
      updateOne: update(false),
      updateMany: update(true),
    });
  const command = async (asked: unknown) => {
    if (Record.safeParse(asked).data?.['insert'] === undefined) {
      const statements = UpdateCommand.parse(asked).updates.map(toStatement);
      const { n, modified } = await send({ kind: 'update', statements });
      return { ok: 1, n, nModified: modified };
    }
    const { documents } = InsertCommand.parse(asked);
    const { inserted } = await send({ kind: 'insert', documents });
    const errmsg = 'E11000 duplicate key error';
    const writeErrors = documents.slice(inserted).map((_, index) => ({ index, code: 11_000, errmsg }));
    return { ok: 1, n: inserted, ...(writeErrors.length > 0 ? { writeErrors } : {}) };
  };
  return only(shape, { collection, command });
}

function toStatement(asked: z.output<typeof Alike> | z.output<typeof Own>): Statement {
  const filter = readable(asked.q);
  if ('c' in asked) {
    const [, last] = asked.u;
    return { filter, change: { kind: 'own', sets: asked.c.sets, unset: last?.$unset ?? [] }, multi: true };
  }
  const { $set, $unset } = asked.u;
  return { filter, change: { kind: 'fields', set: $set, unset: Object.keys($unset), inc: {} }, multi: true };
}

function cursor(asked: Request & { kind: 'find' }, send: (request: Request) => Promise<Reply>): object {
  return {
    sort: (sort: Row) => cursor({ ...asked, sort }, send),
    limit: (limit: number) => cursor({ ...asked, limit }, send),
    project: (fields: Row) => cursor({ ...asked, fields }, send),
    toArray: async () => (await send(asked)).found,
  };
}

/** `whole` with nothing of it but what the model knows. */
function only<T extends object>(whole: T, known: Row): T {
  return new Proxy(whole, {
    get: (_, key) => {
      if (typeof key === 'string' && key in known) return known[key];
      throw new Error(`the model of the database does not know ${String(key)}`);
    },
  });
}

function find({ rows }: Table, { filter, sort, limit, fields }: Request & { kind: 'find' }): readonly Row[] {
  const found = candidates({ rows }, filter).map((id) => rows.get(id));
  const fitting = found.filter((row) => row !== undefined).filter((row) => matches(row, filter));
  const [by, ...others] = Object.entries(sort);
  if (others.length > 0 || (by && by[1] !== 1)) throw unknown('sort', sort);
  const sorted = by ? fitting.toSorted((a, b) => amount(a[by[0]]) - amount(b[by[0]])) : fitting;
  return (limit > 0 ? sorted.slice(0, limit) : sorted).map((row) => projected(row, fields));
}

function projected(row: Row, fields: Row): Row {
  if (Object.keys(fields).length === 0) return row;
  if (Object.values(fields).some((wanted) => wanted !== 1)) throw unknown('projection', fields);
  return Object.fromEntries(Object.entries(row).filter(([key]) => key === '_id' || key in fields));
}

/** Ids worth a look, in the order in which an index on them gives them. */
function candidates({ rows }: Pick<Table, 'rows'>, { _id }: Row): readonly string[] {
  if (typeof _id === 'string') return [_id];
  const listed = AmongIds.safeParse(_id);
  return listed.success ? [...new Set(listed.data.$in)].toSorted() : [...rows.keys()];
}

function matches(row: Row, filter: Row): boolean {
  return Object.entries(filter).every(([field, condition]) => holds(row[field], condition));
}

function holds(value: unknown, condition: unknown): boolean {
  if (isPlain(condition)) return isEqual(value, condition);
  const operators = Record.parse(condition);
  return Object.entries(operators).every(([operator, operand]) => {
    if (operator === '$exists') return (value !== undefined) === operand;
    if (operator === '$in') return Strings.parse(operand).some((one) => isEqual(value, one));
    // Values of different types are never less or more than each other.
    if (!isPlain(operand)) throw unknown('operand', operand);
    const isComparable = value instanceof Date ? operand instanceof Date : typeof value === typeof operand;
    if (operator === '$lte') return isComparable && amount(value) <= amount(operand);
    if (operator === '$gt') return isComparable && amount(value) > amount(operand);
    if (operator === '$gte') return isComparable && amount(value) >= amount(operand);
    throw unknown('operator', operator);
  });
}

function isEqual(value: unknown, other: unknown): boolean {
  return value instanceof Date && other instanceof Date ? value.getTime() === other.getTime() : value === other;
}

function isPlain(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value) || value instanceof Date;
}

function amount(value: unknown): number {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'number') return value;
  throw unknown('kind of value to compare', value);
}

function changed(row: Row, id: string, change: Change): Row {
  const set = change.kind === 'own' ? (change.sets[id] ?? {}) : { ...change.set, ...increased(row, change.inc) };
  return Object.fromEntries(Object.entries({ ...row, ...written(set) }).filter(([key]) => !change.unset.includes(key)));
}

function increased(row: Row, inc: Row): Row {
  return Object.fromEntries(Object.entries(inc).map(([key, by]) => [key, amount(row[key] ?? 0) + amount(by)]));
}

/** As the driver writes it, by the setting of ours: what is undefined is not there. */
function written(document: Row): Row {
  return Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined));
}

/** A condition that is undefined would match everything, as the driver leaves it out. */
function readable(filter: Row): Row {
  if (Object.values(filter).includes(undefined)) throw unknown('condition', filter);
  return filter;
}

function unknown(what: string, value: unknown): Error {
  return new Error(`the model of the database does not know the ${what} ${JSON.stringify(value)}`);
}
