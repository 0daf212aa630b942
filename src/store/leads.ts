import type { Collection, Db, Filter, UpdateFilter } from 'mongodb';
import * as z from 'zod';
import type { EventValue } from '../event/lead-event.js';
import type { LeadChange } from '../journey/change.js';
import type { ConsentChange } from '../journey/consent.js';
import type { GuessChange } from '../journey/guess-changes.js';
import { type Consent, type ConsentStatus, consentStatuses, type Lead, ownFields } from '../journey/facts.js';
import type { LeadInput } from '../journey/lead-input.js';
import { type Choice, choiceKeys, frequencies } from '../journey/preferences.js';
import { addressKey } from '../message/address.js';
import { entryKey, type ScoreEntry } from '../scoring/score.js';
import type { Aliases } from './aliases.js';
import type { Personal } from './personal.js';
import type { Sameness } from './sameness.js';
import {
  behind,
  computeAll,
  FieldValue,
  inOneBatch,
  insertMissing,
  isDuplicate,
  journaled,
  maybe,
  ownOf,
  present,
} from './rows.js';

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
  timezoneGuess: maybe(z.object({ zone: z.string(), by: z.string() })),
  localeGuess: maybe(z.object({ locale: z.string(), by: z.string() })),
  attributes: z.record(z.string(), FieldValue),
  tags: z.array(z.string()),
  stage: maybe(z.string()),
  segments: maybe(z.array(z.string())),
  preferences: maybe(PreferencesRow),
  consent: ConsentRow,
  thresholds: maybe(z.array(z.string())),
  thresholdTurns: maybe(z.record(z.string(), z.number())),
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
  /** Since when it is being erased. */
  readonly erasing?: Date;
  /** What the addresses of one person share, by rules of the project that look through more than case; unique. */
  readonly personKey?: string;
  readonly updatedAt: Date;
};

/** What is added to a score, and what is taken off it. */
export type EntryChange = { readonly entries: readonly ScoreEntry[]; readonly surplus?: readonly ScoreEntry[] };

/** The entries without those that are taken off; these are named as `entryKey` does. */
const entriesLeft = {
  $filter: {
    input: '$entries',
    as: 'one',
    cond: { $not: [{ $in: [{ $concat: ['$$one.event', '\n', '$$one.rule'] }, ownOf('gone')] }] },
  },
};

export type LeadPage = { readonly items: readonly Lead[]; readonly next?: string };

/** What tells that another lead is meant than the one of that id or address: it became part of it, or is the same person by the rules. */
type Others = {
  readonly aliases: Pick<Aliases, 'ofIds' | 'ofAddresses'>;
  readonly sameness: Pick<Sameness, 'ofAddresses' | 'keyOf' | 'rekey'>;
};
const noOthers: Others = {
  aliases: { ofIds: async () => new Map(), ofAddresses: async () => new Map() },
  sameness: { ofAddresses: async () => new Map(), keyOf: () => undefined, rekey: async () => {} },
};

const newestFirst = { createdAt: -1, _id: -1 } as const;

export async function openLeads(db: Db, { aliases, sameness }: Others = noOthers) {
  const rows = db.collection<LeadDocument>('leads', journaled);
  await rows.createIndexes([
    // One lead an address, also when two requests make it at the same instant.
    { key: { emailKey: 1 }, unique: true },
    // The list of leads, newest first.
    { key: newestFirst },
  ]);

  const find = async (filter: Filter<LeadDocument>): Promise<Lead | undefined> => {
    const row = await rows.findOne(filter);
    return row ? toLead(row) : undefined;
  };

  const findOther = async (id: string | undefined): Promise<Lead | undefined> =>
    id === undefined ? undefined : find({ _id: id });
  /** Adds the leads that what was not found became part of, each under what was asked for. */
  const withOthers = async (
    found: ReadonlyMap<string, Lead>,
    asked: readonly string[],
    intoOf: (keys: readonly string[]) => Promise<ReadonlyMap<string, string>>,
  ): Promise<ReadonlyMap<string, Lead>> => {
    const into =
      found.size < asked.length ? await intoOf(asked.filter((key) => !found.has(key))) : new Map<string, string>();
    if (into.size === 0) return found;
    const others = await rows.find({ _id: { $in: [...into.values()] } }, inOneBatch).toArray();
    const byId = new Map(others.map((row) => [row._id, toLead(row)]));
    const merged = [...into].flatMap(([key, id]) => {
      const lead = byId.get(id);
      return lead ? [[key, lead] as const] : [];
    });
    return new Map([...found, ...merged]);
  };
  /** Ids of leads by addresses that are theirs, but not as they are written: of a merged lead, or by the rules. */
  const othersOf = async (emailKeys: readonly string[]): Promise<ReadonlyMap<string, string>> =>
    new Map([...(await sameness.ofAddresses(emailKeys)), ...(await aliases.ofAddresses(emailKeys))]);
  /** The key under which the lead of an address stands, if there is one. */
  const homeOf = async (emailKey: string): Promise<string> => {
    if (await rows.findOne({ emailKey }, { projection: { _id: 1 } })) return emailKey;
    const other = (await othersOf([emailKey])).get(emailKey);
    const row = other === undefined ? null : await rows.findOne({ _id: other }, { projection: { emailKey: 1 } });
    return row?.emailKey ?? emailKey;
  };

  /** Takes entries off the score and adds others, by lead; of one event and rule there is one. */
  const changeEntries = async (changes: ReadonlyMap<string, EntryChange>, now: Date): Promise<void> => {
    if (changes.size === 0) return;
    const hasSurplus = [...changes.values()].some(({ surplus = [] }) => surplus.length > 0);
    const left = hasSurplus ? entriesLeft : '$entries';
    const isThere = {
      $anyElementTrue: {
        $map: {
          input: left,
          as: 'had',
          in: { $and: [{ $eq: ['$$had.event', '$$one.event'] }, { $eq: ['$$had.rule', '$$one.rule'] }] },
        },
      },
    };
    const missing = { $filter: { input: ownOf('given'), as: 'one', cond: { $not: [isThere] } } };
    const set = { entries: { $concatArrays: [left, missing] }, updatedAt: now };
    const given = [...changes].map(([lead, { entries }]) => [lead, entries] as const);
    const gone = [...changes].map(([lead, { surplus = [] }]) => [lead, surplus.map(entryKey)] as const);
    const constants = { given: Object.fromEntries(given), ...(hasSurplus ? { gone: Object.fromEntries(gone) } : {}) };
    await computeAll({ db, name: rows.collectionName }, [{ ids: [...changes.keys()], set, constants }]);
  };

  const personal: Personal = {
    collection: rows.collectionName,
    holds: 'who you are, as far as we know it, what you agreed to, and what your score is made of',
    goes: 'lead',
    erase: async ({ leads }) => (await rows.deleteMany({ _id: { $in: [...leads] } })).deletedCount,
    show: ({ leads }) => rows.find({ _id: { $in: [...leads] } }).toArray(),
    // From here on nothing is sent to it, whatever else still happens.
    halt: async (leads, erasing) => {
      await rows.updateMany({ _id: { $in: [...leads] } }, { $set: { erasing, 'consent.status': 'denied' } });
    },
  };

  return {
    personal,
    byId: async (id: string): Promise<Lead | undefined> =>
      (await find({ _id: id })) ?? findOther((await aliases.ofIds([id])).get(id)),
    /** The very lead of this id, and no other that it became part of. */
    own: (id: string) => find({ _id: id }),
    byEmail: async (emailKey: string): Promise<Lead | undefined> =>
      (await find({ emailKey })) ?? findOther((await othersOf([emailKey])).get(emailKey)),
    /** Ids of leads by what two spellings of their address share, and by nothing looser. */
    idsByEmails: async (emailKeys: readonly string[]): Promise<ReadonlyMap<string, string>> => {
      if (emailKeys.length === 0) return new Map();
      const found = await rows
        .find({ emailKey: { $in: [...emailKeys] } }, inOneBatch)
        .project<{ _id: string; emailKey: string }>({ emailKey: 1 })
        .toArray();
      const own = new Map(found.map(({ _id, emailKey }) => [emailKey, _id]));
      return new Map([...(await aliases.ofAddresses(emailKeys.filter((key) => !own.has(key)))), ...own]);
    },
    /** Leads by their addresses, or by those of the same person; those that there are not are left out. */
    byEmails: async (emailKeys: readonly string[]): Promise<ReadonlyMap<string, Lead>> => {
      if (emailKeys.length === 0) return new Map();
      const found = await rows.find({ emailKey: { $in: [...emailKeys] } }, inOneBatch).toArray();
      const own = new Map(found.map((row) => [row.emailKey, toLead(row)]));
      return withOthers(own, emailKeys, othersOf);
    },
    /** Writes new leads as they are. Answers the places in the list of those whose address, or id, was there already. */
    insert: (
      leads: readonly { readonly lead: Lead; readonly emailKey: string }[],
      now: Date,
    ): Promise<ReadonlySet<number>> =>
      insertMissing(
        { db, name: rows.collectionName },
        leads.map(({ lead: { id, ...rest }, emailKey }) => {
          const keys = present({ emailKey, personKey: sameness.keyOf(emailKey) });
          return { _id: id, ...keys, ...rest, updatedAt: now };
        }),
      ),
    byIds: async (ids: readonly string[]): Promise<ReadonlyMap<string, Lead>> => {
      const found = await rows.find({ _id: { $in: [...ids] } }, inOneBatch).toArray();
      return withOthers(new Map(found.map((row) => [row._id, toLead(row)])), ids, aliases.ofIds);
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
      const { emailKey: told, email, attributes = {}, tags = [], consent, removed: _, ...fields } = input;
      const set: Record<string, unknown> = { ...present(fields), updatedAt: now };
      for (const [name, value] of Object.entries(attributes)) set[`attributes.${name}`] = value;
      // What was agreed to for single purposes stays where nothing is said of it.
      for (const [path, value] of Object.entries(consent ? consentPaths(consent) : {})) set[path] = value;
      const fresh = {
        _id: id,
        email,
        ...present({ personKey: sameness.keyOf(told) }),
        entries: [],
        createdAt: now,
        ...(consent ? {} : { consent: { status: 'granted' as const, source, at: now } }),
        ...(Object.keys(attributes).length > 0 ? {} : { attributes: {} }),
        ...(tags.length > 0 ? {} : { tags: [] }),
      };
      const write = (emailKey: string) =>
        rows.findOneAndUpdate(
          { emailKey },
          { $set: set, $setOnInsert: fresh, ...(tags.length > 0 ? { $addToSet: { tags: { $each: [...tags] } } } : {}) },
          { upsert: true, returnDocument: 'after', includeResultMetadata: true },
        );
      const result = await write(await homeOf(told)).catch(async (error: unknown) => {
        // Somebody made a lead of the same person this instant.
        if (!isDuplicate(error)) throw error;
        return write(await homeOf(told));
      });
      if (!result.value) throw new Error('MongoDB gave no lead back after an upsert');
      const isNew = result.lastErrorObject?.['updatedExisting'] === false;
      return { lead: toLead(result.value), isNew };
    },

    /** Takes fields away from a lead. */
    removeFields: async (id: string, fields: readonly string[]): Promise<void> => {
      const unset = Object.fromEntries(fields.map((name) => [pathOf(name), 1 as const]));
      if (fields.length > 0) await rows.updateOne({ _id: id }, { $unset: unset });
    },

    changeEntries,
    /** Makes one change to a lead. Made twice, it is made once. */
    change: async (id: string, change: LeadChange, now: Date): Promise<void> => {
      switch (change.kind) {
        case 'score':
          return changeEntries(new Map([[id, change]]), now);
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
        case 'reach':
        case 'fall': {
          const { kind, threshold, turn } = change;
          const turns = `thresholdTurns.${threshold}`;
          const mark =
            kind === 'reach' ? { $addToSet: { thresholds: threshold } } : { $pull: { thresholds: threshold } };
          // A turn that is told late must not undo the one after it.
          await rows.updateOne({ _id: id, [turns]: { $not: { $gte: turn } } }, { $set: { [turns]: turn }, ...mark });
          return;
        }
        case 'address':
          await takeAddress(rows, id, change, now);
          return sameness.rekey(id);
        case 'consent':
          for (const one of consentWrites(change)) await rows.updateOne(...consenting(id, one, now));
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
        case 'guess':
          await rows.updateOne({ _id: id }, guessing(change, now));
          return;
        case 'fields':
          await rows.updateOne({ _id: id }, { $set: { ...fieldPaths(change.fields), updatedAt: now } });
      }
    },

    /** Leads newest first, `limit` at a time; `before` is the `next` of the page before. */
    page: async (limit: number, before?: string): Promise<LeadPage> => {
      const [at, id] = before ? before.split('_') : [];
      const older: Filter<LeadDocument> = id ? behind('createdAt', new Date(Number(at)), id) : {};
      const found = await rows
        .find(older, { sort: newestFirst, hint: newestFirst })
        .limit(limit + 1)
        .toArray();
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(toLead),
        ...(found.length > limit && last ? { next: `${last.createdAt.getTime()}_${last._id}` } : {}),
      };
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

    /** Gives a lead what another one has, by `unite`; whoever changes it meanwhile is not overwritten. */
    absorb: async (into: string, from: string, unite: (lead: Lead, other: Lead) => Lead, now: Date): Promise<void> => {
      for (;;) {
        const [row, other] = [await rows.findOne({ _id: into }), await rows.findOne({ _id: from })];
        if (!row || !other) return;
        const {
          id: _,
          email: __,
          entries,
          segments = [],
          thresholds = [],
          ...rest
        } = unite(toLead(row), toLead(other));
        const { matchedCount } = await rows.updateOne(
          { _id: into, updatedAt: row.updatedAt },
          {
            $set: { ...rest, updatedAt: now },
            $addToSet: { segments: { $each: [...segments] }, thresholds: { $each: [...thresholds] } },
            ...(other.awayTold ? { $max: { awayTold: other.awayTold } } : {}),
          },
        );
        if (matchedCount === 1) return changeEntries(new Map([[into, { entries }]]), now);
      }
    },
    /** Takes out a lead that became part of another. */
    drop: async (id: string): Promise<void> => {
      await rows.deleteOne({ _id: id });
    },
    /** Leads that a query finds, by their ids, from behind `after` on. */
    matching: async function* (query: Readonly<Record<string, unknown>>, after?: string): AsyncGenerator<Lead> {
      const beyond = after === undefined ? {} : { _id: { $gt: after } };
      const found = rows.find({ $and: [query, beyond] }, { ...inOneBatch, hint: { _id: 1 } }).sort({ _id: 1 });
      for await (const row of found) yield toLead(row);
    },
    /** Names of attributes that some lead has. */
    attributeNames: async (): Promise<readonly string[]> => {
      const names = { $map: { input: { $objectToArray: '$attributes' }, in: '$$this.k' } };
      const found = await rows
        .aggregate<{ _id: string }>([{ $project: { names } }, { $unwind: '$names' }, { $group: { _id: '$names' } }])
        .toArray();
      return found.map(({ _id }) => _id);
    },
    countMatching: (query: Readonly<Record<string, unknown>>): Promise<number> => rows.countDocuments(query),
    /** Ids and keys of all leads, in no order. */
    keys: async function* (): AsyncGenerator<{ readonly id: string; readonly key: string }> {
      const all = rows.find({}, inOneBatch).project<{ _id: string; emailKey: string }>({ emailKey: 1 });
      for await (const { _id: id, emailKey: key } of all) yield { id, key };
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

/** What is guessed stands beside what the lead told, and never in its place. */
function guessing({ zone, locale }: GuessChange, updatedAt: Date): UpdateFilter<LeadDocument> {
  const guesses = Object.entries({ timezoneGuess: zone, localeGuess: locale });
  const gone = guesses.flatMap(([key, guess]) => (guess === null ? [[key, 1] as const] : []));
  return {
    $set: { ...Object.fromEntries(guesses.filter(([, guess]) => guess)), updatedAt },
    ...(gone.length > 0 ? { $unset: Object.fromEntries(gone) } : {}),
  };
}

/** Each purpose has a path of its own, so that what is said of some leaves the others as they are. */
function consentPaths({ purposes = {}, ...overall }: Consent): Record<string, unknown> {
  const whole = Object.entries(overall).map(([key, value]) => [`consent.${key}`, value]);
  const each = Object.entries(purposes).map(([purpose, said]) => [`consent.purposes.${purpose}`, said]);
  return Object.fromEntries([...whole, ...each]);
}

type ConsentWrite = { readonly path: string; readonly said: { readonly status: ConsentStatus; readonly at: Date } };

function consentWrites({ overall, purposes }: ConsentChange): readonly ConsentWrite[] {
  const each = Object.entries(purposes).map(([purpose, said]) => ({ path: `consent.purposes.${purpose}`, said }));
  return [...(overall ? [{ path: 'consent', said: overall }] : []), ...each];
}

/** What is said of a consent, unless it stands so already or was said otherwise since: as `withConsent` says. */
function consenting(
  id: string,
  { path, said }: ConsentWrite,
  updatedAt: Date,
): [Filter<LeadDocument>, UpdateFilter<LeadDocument>] {
  const isNews = { [`${path}.status`]: { $ne: said.status }, [`${path}.at`]: { $not: { $gt: said.at } } };
  // Of the whole consent the purposes stay; of a purpose nothing of before does.
  const set =
    path === 'consent' ? Object.entries(said).map(([key, value]) => [`${path}.${key}`, value]) : [[path, said]];
  return [{ _id: id, ...isNews }, { $set: { ...Object.fromEntries(set), updatedAt } }];
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
      .map(([name, value]) => [pathOf(name), value]),
  );
}

/** Where a field stands in its row. */
function pathOf(field: string): string {
  return ownFields.includes(field) ? field : `attributes.${field}`;
}

function toLead(document: unknown): Lead {
  const { _id, emailKey: _, updatedAt: __, awayTold: ___, ...row } = LeadRow.parse(document);
  return { id: _id, ...present(row) };
}
