import type { Collection, Db, Filter, UpdateFilter } from 'mongodb';
import * as z from 'zod';
import type { EventValue } from '../event/lead-event.js';
import type { LeadChange } from '../journey/change.js';
import { type Consent, consentStatuses, type Lead, ownFields } from '../journey/facts.js';
import { type Choice, choiceKeys, frequencies } from '../journey/preferences.js';
import { addressKey } from '../message/address.js';
import type { ScoreEntry } from '../scoring/score.js';
import { computeAll, FieldValue, inOneBatch, isDuplicate, journaled, maybe, ownOf, present } from './rows.js';

const Entry = z.object({ event: z.string(), rule: z.string(), points: z.number(), at: z.date(), why: z.string() });

const instant = maybe(z.date());
const PreferencesRow = z
  .object({
    topicsOff: maybe(z.array(z.string())),
    frequency: maybe(z.enum(frequencies)),
    snoozedUntil: instant,
    chosenAt: maybe(z.object({ topicsOff: instant, frequency: instant, snoozedUntil: instant }).transform(present)),
  })
  .transform(present);

const consentStatus = z.enum(consentStatuses);
const PurposeRow = z
  .object({ status: consentStatus, at: z.date(), form: maybe(z.string()), version: maybe(z.string()) })
  .transform(present);
const ConsentRow = z
  .object({
    status: consentStatus,
    source: z.string(),
    at: z.date(),
    purposes: maybe(z.record(z.string(), PurposeRow)),
  })
  .transform(present);

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
  preferences: maybe(PreferencesRow),
  consent: ConsentRow,
  thresholds: maybe(z.array(z.string())),
  awayUntil: instant,
  /** When the lead last said that it is away. */
  awayTold: instant,
  entries: z.array(Entry),
  createdAt: z.date(),
  updatedAt: z.date(),
});
type LeadDocument = Omit<Lead, 'id'> & {
  readonly _id: string;
  readonly emailKey: string;
  readonly awayTold?: Date;
  readonly updatedAt: Date;
};

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
  await rows.createIndexes([
    // One lead an address, also when two requests make it at the same instant.
    { key: { emailKey: 1 }, unique: true },
    // The list of leads, newest first, and the funnel's counts.
    { key: { createdAt: -1, _id: -1 } },
    { key: { stage: 1 } },
  ]);

  const find = async (filter: Filter<LeadDocument>): Promise<Lead | undefined> => {
    const row = await rows.findOne(filter);
    return row ? toLead(row) : undefined;
  };

  /** Adds entries of the score, by lead; of one event and rule there is one. */
  const addEntries = async (entries: ReadonlyMap<string, readonly ScoreEntry[]>, now: Date): Promise<void> => {
    if (entries.size === 0) return;
    const isThere = {
      $anyElementTrue: {
        $map: {
          input: '$entries',
          as: 'had',
          in: { $and: [{ $eq: ['$$had.event', '$$one.event'] }, { $eq: ['$$had.rule', '$$one.rule'] }] },
        },
      },
    };
    const missing = { $filter: { input: ownOf('given'), as: 'one', cond: { $not: [isThere] } } };
    const set = { entries: { $concatArrays: ['$entries', missing] }, updatedAt: now };
    const constants = { given: Object.fromEntries(entries) };
    await computeAll({ db, name: rows.collectionName }, [{ ids: [...entries.keys()], set, constants }]);
  };

  return {
    byId: (id: string) => find({ _id: id }),
    byEmail: (emailKey: string) => find({ emailKey }),
    /** Ids of leads by what two spellings of their address share. */
    idsByEmails: async (emailKeys: readonly string[]): Promise<ReadonlyMap<string, string>> => {
      if (emailKeys.length === 0) return new Map();
      const found = await rows
        .find({ emailKey: { $in: [...emailKeys] } }, inOneBatch)
        .project<{ _id: string; emailKey: string }>({ emailKey: 1 })
        .toArray();
      return new Map(found.map(({ _id, emailKey }) => [emailKey, _id]));
    },
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

    addEntries,
    /** Makes one change to a lead. Made twice, it is made once. */
    change: async (id: string, change: LeadChange, now: Date): Promise<void> => {
      switch (change.kind) {
        case 'score':
          return addEntries(new Map([[id, change.entries]]), now);
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
        case 'address':
          await takeAddress(rows, id, change, now);
          return;
        case 'prefer':
          for (const one of choicesIn(change.choice)) await rows.updateOne(...preferring(id, one, change.at, now));
          return;
        case 'away': {
          // What was read before a later auto-reply came must not undo what that one says.
          const notYet = { _id: id, awayTold: { $not: { $gt: change.told } } };
          await rows.updateOne(notYet, { $set: { awayUntil: change.until, awayTold: change.told, updatedAt: now } });
          return;
        }
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

    /** Ids of the leads with an address at a domain ("@example.com"), and at none below it. */
    atDomain: async function* (domain: string): AsyncGenerator<string> {
      const atEnd = new RegExp(`${domain.replaceAll('.', '\\.')}$`);
      const found = rows.find({ emailKey: { $regex: atEnd } }).project<{ _id: string }>({ _id: 1 });
      for await (const { _id } of found) yield _id;
    },

    /** Every lead, one after the other, for what must look at all of them. */
    all: async function* (): AsyncGenerator<Lead> {
      for await (const row of rows.find()) yield toLead(row);
    },
  };
}

/** The other address in place of the one that it was asked for from. One that somebody else got meanwhile stays theirs. */
async function takeAddress(
  rows: Collection<LeadDocument>,
  id: string,
  { from, to }: { readonly from: string; readonly to: string },
  updatedAt: Date,
): Promise<void> {
  const isStill = { _id: id, emailKey: addressKey(from) };
  try {
    await rows.updateOne(isStill, { $set: { email: to, emailKey: addressKey(to), updatedAt } });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
}

type OneChoice = { readonly key: keyof Choice; readonly value: Choice[keyof Choice] };

function choicesIn(choice: Choice): readonly OneChoice[] {
  return choiceKeys.flatMap((key) => (choice[key] === undefined ? [] : [{ key, value: choice[key] }]));
}

/** What is chosen, unless it was chosen otherwise since. */
function preferring(
  id: string,
  { key, value }: OneChoice,
  at: Date,
  updatedAt: Date,
): [Filter<LeadDocument>, UpdateFilter<LeadDocument>] {
  const field = `preferences.${key}`;
  const chosenAt = `preferences.chosenAt.${key}`;
  const set = { [chosenAt]: at, updatedAt };
  return [
    { _id: id, [chosenAt]: { $not: { $gt: at } } },
    value === null ? { $set: set, $unset: { [field]: 1 } } : { $set: { ...set, [field]: value } },
  ];
}

function fieldPaths(fields: Readonly<Record<string, EventValue>>): Record<string, EventValue> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => name !== 'email')
      .map(([name, value]) => [ownFields.includes(name) ? name : `attributes.${name}`, value]),
  );
}

function toLead(document: unknown): Lead {
  const { _id, emailKey: _, updatedAt: __, awayTold: ___, ...row } = LeadRow.parse(document);
  return { id: _id, ...present(row) };
}
