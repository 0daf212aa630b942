import type { Db } from 'mongodb';
import * as z from 'zod';
import { type Personal, personalRows } from './personal.js';
import { inOneBatch, journaled } from './rows.js';

const AliasRow = z.object({
  /** The lead that became part of another. */
  _id: z.string(),
  lead: z.string(),
  emailKey: z.string(),
  at: z.date(),
  /** `watched`: all that it had has been given to the other, and what was on its way just then is gathered up at `lookAt`. */
  state: z.enum(['merging', 'watched', 'done']),
  lookAt: z.date(),
});
/** A lead that became part of another one, which is found by its id and its address from then on. */
export type Alias = Omit<z.output<typeof AliasRow>, '_id'> & { readonly id: string };

/** So long whoever begins a merge has it to itself, before it is taken for one that a dead process left. */
const ownMs = 60_000;

export type Aliases = Awaited<ReturnType<typeof openAliases>>;

/** Who a lead became part of: what still comes for its id or its address is the other's. */
export async function openAliases(db: Db) {
  const rows = db.collection<z.output<typeof AliasRow>>('leadAliases', journaled);
  await rows.createIndexes([
    // Whose an address is that no lead has. Not unique: a lead can get an address again that it had once.
    { key: { emailKey: 1 } },
    // What became part of a lead.
    { key: { lead: 1 } },
    // What is to be taken to its end.
    { key: { lookAt: 1 }, partialFilterExpression: { state: { $in: ['merging', 'watched'] } }, name: 'open' },
  ]);
  const own = personalRows(
    { db, name: rows.collectionName },
    'addresses under which we knew you before we knew that it is you',
  );
  const personal: Personal = {
    ...own,
    goes: 'lead',
    erase: async ({ leads }) =>
      (await rows.deleteMany({ $or: [{ lead: { $in: [...leads] } }, { _id: { $in: [...leads] } }] })).deletedCount,
  };

  return {
    personal,
    /** Notes that a lead becomes part of another; those that became part of it before are the other's too. */
    note: async ({ id, ...rest }: Pick<Alias, 'id' | 'lead' | 'emailKey' | 'at'>): Promise<void> => {
      const lookAt = new Date(rest.at.getTime() + ownMs);
      await rows.updateOne({ _id: id }, { $set: { ...rest, state: 'merging', lookAt } }, { upsert: true });
      await rows.updateMany({ lead: id }, { $set: { lead: rest.lead } });
    },
    watch: async (id: string, lookAt: Date): Promise<void> => {
      await rows.updateOne({ _id: id }, { $set: { state: 'watched', lookAt } });
    },
    close: async (id: string): Promise<void> => {
      await rows.updateOne({ _id: id }, { $set: { state: 'done' } });
    },
    /** The leads that some ids stand for now; an id that was never merged is left out. */
    ofIds: async (ids: readonly string[]): Promise<ReadonlyMap<string, string>> => {
      const found = ids.length > 0 ? await rows.find({ _id: { $in: [...ids] } }, inOneBatch).toArray() : [];
      return new Map(found.map((row) => [row._id, row.lead]));
    },
    /** The leads that some addresses stand for now. */
    ofAddresses: async (emailKeys: readonly string[]): Promise<ReadonlyMap<string, string>> => {
      const found =
        emailKeys.length > 0 ? await rows.find({ emailKey: { $in: [...emailKeys] } }, inOneBatch).toArray() : [];
      return new Map(found.map((row) => [row.emailKey, row.lead]));
    },
    ofLead: async (lead: string): Promise<readonly Alias[]> =>
      (await rows.find({ lead }).sort({ at: 1 }).toArray()).map(toAlias),
    /** Merges that are to be looked at by now. */
    due: async (now: Date): Promise<readonly Alias[]> => {
      const isOpen = { state: { $in: ['merging' as const, 'watched' as const] } };
      return (await rows.find({ ...isOpen, lookAt: { $lte: now } }).toArray()).map(toAlias);
    },
  };
}

function toAlias(document: unknown): Alias {
  const { _id: id, ...rest } = AliasRow.parse(document);
  return { id, ...rest };
}
