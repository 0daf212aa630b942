import type { Db, Filter } from 'mongodb';
import * as z from 'zod';
import type { EventValue } from '../event/lead-event.js';
import type { LeadChange } from '../journey/change.js';
import { type Consent, type Lead, ownFields } from '../journey/facts.js';
import { FieldValue, inOneBatch, journaled, maybe, present } from './rows.js';

const Entry = z.object({ event: z.string(), rule: z.string(), points: z.number(), at: z.date(), why: z.string() });

const LeadRow = z.object({
  _id: z.string(),
  email: z.string(),
  /** What two spellings of an address share; unique. */
  emailKey: z.string(),
  firstName: maybe(z.string()),
  lastName: maybe(z.string()),
  timezone: maybe(z.string()),
  locale: maybe(z.string()),
  attributes: z.record(z.string(), FieldValue),
  tags: z.array(z.string()),
  stage: maybe(z.string()),
  segments: maybe(z.array(z.string())),
  consent: z.object({ status: z.enum(['granted', 'pending', 'denied']), source: z.string(), at: z.date() }),
  entries: z.array(Entry),
  createdAt: z.date(),
  updatedAt: z.date(),
});
type LeadDocument = Omit<Lead, 'id'> & { readonly _id: string; readonly emailKey: string; readonly updatedAt: Date };

/** What a form, a file or the API says of a lead. Keys left out stay as they are. */
export type LeadInput = {
  readonly email: string;
  readonly emailKey: string;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly timezone?: string | undefined;
  readonly locale?: string | undefined;
  readonly attributes?: Readonly<Record<string, EventValue>> | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly consent?: Consent | undefined;
};

export type LeadPage = { readonly items: readonly Lead[]; readonly next?: string };

export async function openLeads(db: Db) {
  const rows = db.collection<LeadDocument>('leads', journaled);
  await Promise.all([
    // One lead an address, also when two requests make it at the same instant.
    rows.createIndex({ emailKey: 1 }, { unique: true }),
    // The list of leads, newest first, and the funnel's counts.
    rows.createIndex({ createdAt: -1, _id: -1 }),
    rows.createIndex({ stage: 1 }),
  ]);

  const find = async (filter: Filter<LeadDocument>): Promise<Lead | undefined> => {
    const row = await rows.findOne(filter);
    return row ? toLead(row) : undefined;
  };

  return {
    byId: (id: string) => find({ _id: id }),
    byEmail: (emailKey: string) => find({ emailKey }),
    byIds: async (ids: readonly string[]): Promise<ReadonlyMap<string, Lead>> => {
      const found = await rows.find({ _id: { $in: [...ids] } }, inOneBatch).toArray();
      return new Map(found.map((row) => [row._id, toLead(row)]));
    },

    /**
     * Makes the lead, or changes what the input names. `id` is used only when the address is new; a new lead of whose
     * consent nothing is said has the consent that `source` vouches for.
     */
    upsert: async (
      input: LeadInput,
      id: string,
      source: string,
      now: Date,
    ): Promise<{ lead: Lead; isNew: boolean }> => {
      const { emailKey, email, attributes = {}, tags = [], consent, ...fields } = input;
      const set: Record<string, unknown> = { ...present(fields), updatedAt: now };
      for (const [name, value] of Object.entries(attributes)) set[`attributes.${name}`] = value;
      if (consent) set['consent'] = consent;
      const fresh = {
        _id: id,
        email,
        entries: [],
        createdAt: now,
        ...(consent ? {} : { consent: { status: 'granted' as const, source, at: now } }),
        ...(Object.keys(attributes).length > 0 ? {} : { attributes: {} }),
        ...(tags.length > 0 ? {} : { tags: [] }),
      };
      const result = await rows.findOneAndUpdate(
        { emailKey },
        { $set: set, $setOnInsert: fresh, ...(tags.length > 0 ? { $addToSet: { tags: { $each: [...tags] } } } : {}) },
        { upsert: true, returnDocument: 'after', includeResultMetadata: true },
      );
      if (!result.value) throw new Error('MongoDB gave no lead back after an upsert');
      return { lead: toLead(result.value), isNew: result.lastErrorObject?.['updatedExisting'] === false };
    },

    /** Makes one change to a lead. Made twice, it is made once. */
    change: async (id: string, change: LeadChange, now: Date): Promise<void> => {
      switch (change.kind) {
        case 'score':
          for (const entry of change.entries) {
            const notYet = { _id: id, entries: { $not: { $elemMatch: { event: entry.event, rule: entry.rule } } } };
            await rows.updateOne(notYet, { $push: { entries: { ...entry } }, $set: { updatedAt: now } });
          }
          return;
        case 'stage':
          await rows.updateOne({ _id: id }, { $set: { stage: change.stage, updatedAt: now } });
          return;
        case 'tag':
          await rows.updateOne({ _id: id }, { $addToSet: { tags: change.tag }, $set: { updatedAt: now } });
          return;
        case 'untag':
          await rows.updateOne({ _id: id }, { $pull: { tags: change.tag }, $set: { updatedAt: now } });
          return;
        case 'join':
          await rows.updateOne({ _id: id }, { $addToSet: { segments: change.segment } });
          return;
        case 'part':
          await rows.updateOne({ _id: id }, { $pull: { segments: change.segment } });
          return;
        case 'fields':
          await rows.updateOne({ _id: id }, { $set: { ...fieldPaths(change.fields), updatedAt: now } });
      }
    },

    /** Leads newest first, `limit` at a time; `before` is the `next` of the page before. */
    page: async (limit: number, before?: string, filter: { stage?: string } = {}): Promise<LeadPage> => {
      const [at, id] = before ? before.split('_') : [];
      const start = new Date(Number(at));
      const older: Filter<LeadDocument> = id
        ? { $or: [{ createdAt: { $lt: start } }, { createdAt: start, _id: { $lt: id } }] }
        : {};
      const found = await rows
        .find({ ...filter, ...older })
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit + 1)
        .toArray();
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(toLead),
        ...(found.length > limit && last ? { next: `${last.createdAt.getTime()}_${last._id}` } : {}),
      };
    },

    countByStage: async (): Promise<ReadonlyMap<string | null, number>> => {
      const counts = await rows
        .aggregate<{ _id: string | null; count: number }>([{ $group: { _id: '$stage', count: { $sum: 1 } } }])
        .toArray();
      return new Map(counts.map(({ _id, count }) => [_id, count]));
    },

    /** Leads whose text in one of their own fields matches, for dates that come round. */
    withField: async function* (field: string, pattern: RegExp): AsyncGenerator<Lead> {
      for await (const row of rows.find({ [`attributes.${field}`]: { $regex: pattern } })) yield toLead(row);
    },

    /** Every lead, one after the other, for what must look at all of them. */
    all: async function* (): AsyncGenerator<Lead> {
      for await (const row of rows.find()) yield toLead(row);
    },
  };
}

function fieldPaths(fields: Readonly<Record<string, EventValue>>): Record<string, EventValue> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => name !== 'email')
      .map(([name, value]) => [ownFields.includes(name) ? name : `attributes.${name}`, value]),
  );
}

function toLead(document: unknown): Lead {
  const { _id, emailKey: _, updatedAt: __, ...row } = LeadRow.parse(document);
  return { id: _id, ...present(row) };
}
