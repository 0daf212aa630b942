import { type Db, type Filter, ObjectId } from 'mongodb';
import * as z from 'zod';
import { forgetting } from './forgetting.js';
import type { Person, Personal } from './personal.js';
import { behind, journaled } from './rows.js';

const WhoRow = z.object({ kind: z.enum(['user', 'key', 'operator']), id: z.string(), name: z.string() });
const EntryRow = z.object({
  _id: z.string(),
  at: z.date(),
  who: WhoRow,
  /** The route, or the command: what was done. */
  route: z.string(),
  /** What it was done to. */
  things: z.array(z.object({ name: z.string(), value: z.string() })).readonly(),
  /** Names of what was sent; never what it was. */
  fields: z.array(z.string()).readonly(),
  status: z.number(),
  forgetAt: z.date(),
});
type EntryDocument = Readonly<z.output<typeof EntryRow>>;

/** A change that somebody made. */
export type AuditEntry = Omit<EntryDocument, '_id' | 'forgetAt'> & { readonly id: string };
export type NewEntry = Omit<AuditEntry, 'id'>;
export type AuditPage = { readonly items: readonly AuditEntry[]; readonly next?: string };
/** Entries of one who did it, or about one thing. */
export type AuditWanted = { readonly who?: string | undefined; readonly thing?: string | undefined };

const keptMs = 2 * 365 * 24 * 3_600_000;
/** What stands for somebody who was erased. */
const erased = 'erased';
const mostFields = 100;

const newestFirst = { at: -1, _id: -1 } as const;
const indexes = {
  all: newestFirst,
  who: { 'who.id': 1, ...newestFirst },
  thing: { 'things.value': 1, ...newestFirst },
} as const;

/** Who changed what and when, for two years. It says which fields were sent and never what was in them. */
export async function openAuditLog(db: Db) {
  const rows = db.collection<EntryDocument>('auditLog', journaled);
  // The log, newest first: whole, and of one who did it.
  await rows.createIndex(indexes.all);
  await rows.createIndex(indexes.who);
  // What was done to one thing; and the rows that name a lead who is to be erased.
  await rows.createIndex(indexes.thing);
  const clear = await forgetting(db, rows.collectionName);

  const naming = ({ leads, messages, enrollments }: Person): string[] => [...leads, ...messages, ...enrollments];
  const rename = async (from: readonly string[], to: string): Promise<number> => {
    const about = { 'things.value': { $in: [...from] } };
    const options = { arrayFilters: [{ 'one.value': { $in: [...from] } }] };
    return (await rows.updateMany(about, { $set: { 'things.$[one].value': to } }, options)).modifiedCount;
  };
  const personal: Personal = {
    collection: rows.collectionName,
    holds: 'who of us changed something about you, and when',
    // That something was done stays, and by whom; to whom goes.
    erase: (who) => rename(naming(who), erased),
    show: (who) => rows.find({ 'things.value': { $in: naming(who) } }).toArray(),
    move: async (from, to) => void (await rename([from], to)),
  };

  return {
    personal,
    note: async ({ things, fields, ...rest }: NewEntry): Promise<void> => {
      await clear(rest.at);
      await rows.insertOne({
        // Made one after the other, so that of what comes within one millisecond the order is known too.
        _id: new ObjectId().toHexString(),
        ...rest,
        things: things.map(({ name, value }) => ({ name, value: withoutName(value) })),
        fields: fields.slice(0, mostFields).map((field) => field.slice(0, mostFields)),
        forgetAt: new Date(rest.at.getTime() + keptMs),
      });
    },
    /** Newest first, `limit` at a time; `after` is the `next` of the page before. */
    page: async (limit: number, after?: string, { who, thing }: AuditWanted = {}): Promise<AuditPage> => {
      const wanted = {
        ...(who === undefined ? {} : { 'who.id': who }),
        ...(thing === undefined ? {} : { 'things.value': withoutName(thing) }),
      };
      // What was done to one thing is less than what one has done.
      const by = thing !== undefined ? 'thing' : who !== undefined ? 'who' : 'all';
      const found = await rows
        .find({ ...wanted, ...olderThan(after) }, { sort: newestFirst, hint: indexes[by] })
        .limit(limit + 1)
        .toArray();
      const items = found.slice(0, limit).map(toEntry);
      const last = items.at(-1);
      return { items, ...(found.length > limit && last ? { next: `${last.at.getTime()}_${last.id}` } : {}) };
    },
  };
}
export type AuditLog = Awaited<ReturnType<typeof openAuditLog>>;

/** Of an address its domain: the log outlives the people whom it would name. */
function withoutName(value: string): string {
  const at = value.lastIndexOf('@');
  return at > 0 ? `…${value.slice(at).toLowerCase()}` : value;
}

function olderThan(after: string | undefined): Filter<EntryDocument> {
  const [, at, id] = /^(\d{1,15})_([\w-]{1,64})$/.exec(after ?? '') ?? [];
  if (id === undefined) return {};
  return behind('at', new Date(Number(at)), id);
}

function toEntry(document: unknown): AuditEntry {
  const { _id: id, forgetAt: _, ...rest } = EntryRow.parse(document);
  return { id, ...rest };
}
