import { createHmac } from 'node:crypto';
import type { AnyBulkWriteOperation, Db, Document } from 'mongodb';
import * as z from 'zod';
import { type Suppression, suppressions, weightiest } from '../journey/facts.js';
import type { Personal } from './personal.js';
import { inOneBatch, journaled, maybe, present } from './rows.js';

const Reason = z.object({ reason: z.enum(suppressions), at: z.date(), by: z.string(), because: maybe(z.string()) });
const Turn = z.object({
  what: z.enum(['added', 'lifted']),
  reasons: z.array(z.enum(suppressions)),
  at: z.date(),
  by: z.string(),
  because: maybe(z.string()),
});

const SuppressionRow = z.object({
  /** A keyed hash of the address or of "@domain". */
  _id: z.string(),
  /** The address or "@domain" itself, until its lead is erased. */
  address: maybe(z.string()),
  /** The weightiest reason; missing once all are lifted. */
  reason: maybe(z.enum(suppressions)),
  /** Since when. */
  at: z.date(),
  /** All that speak against it: one that is lifted must not take another along. */
  reasons: maybe(z.array(Reason)),
  history: maybe(z.array(Turn)),
});
type SuppressionDocument = Readonly<z.output<typeof SuppressionRow>>;

/** Why an address is suppressed, since when, who says so, and in what words. */
export type SuppressionReason = {
  readonly reason: Suppression;
  readonly at: Date;
  /** A person, a file, or the source of an event. */
  readonly by: string;
  readonly because?: string;
};
/** Something done about an address: by whom, when and why. */
export type Turn = Omit<SuppressionReason, 'reason'> & {
  readonly what: 'added' | 'lifted';
  readonly reasons: readonly Suppression[];
};
/** A suppressed address or domain. */
export type Suppressed = {
  readonly hash: string;
  readonly address?: string;
  readonly reason: Suppression;
  readonly at: Date;
  readonly reasons: readonly SuppressionReason[];
  readonly history: readonly Turn[];
};
/** The same, or one that was and is no more. */
export type Looked = Omit<Suppressed, 'reason'> & { readonly reason?: Suppression };
/** What is to be suppressed: the key of an address, or "@domain". */
export type ToSuppress = SuppressionReason & { readonly of: string };
export type SuppressionPage = { readonly items: readonly Suppressed[]; readonly next?: string };

/**
 * Addresses and domains that are never mailed again, found by a keyed hash. The address stands beside it for the operator to
 * read, until its lead is erased; the hash outlives both, and tells nobody the address.
 */
export async function openSuppressions(db: Db, pepper: Buffer) {
  const rows = db.collection<SuppressionDocument>('suppressions', journaled);
  // The list of those in force, newest first.
  await rows.createIndex(
    { at: -1, _id: -1 },
    { partialFilterExpression: { reason: { $exists: true } }, name: 'listed' },
  );
  const hash = (of: string): string => createHmac('sha256', pepper).update(of).digest('base64url');
  const inForce = { reason: { $exists: true } };

  const reasonsOf = async (hashes: readonly string[]): Promise<ReadonlyMap<string, Suppression>> => {
    const found = await rows
      .find({ _id: { $in: [...hashes] }, ...inForce }, inOneBatch)
      .project({ reason: 1 })
      .toArray();
    return new Map(found.map((row) => [String(row['_id']), z.enum(suppressions).parse(row['reason'])]));
  };

  const forget = async (of: string): Promise<number> => {
    const named = { _id: hash(of), address: { $exists: true } };
    const { modifiedCount } = await rows.updateOne(named, [
      normal,
      { $set: { reasons: wordless('$reasons'), history: wordless('$history') } },
      { $unset: 'address' },
    ]);
    return modifiedCount;
  };
  const personal: Personal = {
    collection: rows.collectionName,
    holds: 'that your address gets no mail, since when and why; of this a keyed hash stays, which names nobody',
    erase: async ({ addresses }) => {
      let count = 0;
      for (const address of addresses) count += await forget(address);
      return count;
    },
    show: ({ addresses }) => rows.find({ _id: { $in: addresses.map(hash) } }).toArray(),
  };

  return {
    personal,
    /** Adds reasons; one that stands there already stays as it is. */
    add: async (...all: readonly ToSuppress[]): Promise<void> => {
      const writes = all.map((one): AnyBulkWriteOperation<SuppressionDocument> => {
        return { updateOne: { filter: { _id: hash(one.of) }, update: adding(one), upsert: true } };
      });
      // Ordered, as one list may name an address twice.
      if (writes.length > 0) await rows.bulkWrite(writes, { ordered: true });
    },
    /** Lifts all reasons of an address or domain, or some. Answers those lifted, undefined where there were none. */
    lift: async (
      of: string,
      turn: Omit<Turn, 'what' | 'reasons'>,
      which: readonly Suppression[] = suppressions,
    ): Promise<readonly Suppression[] | undefined> => {
      const before = await rows.findOneAndUpdate(
        { _id: hash(of), $or: [{ reason: { $in: [...which] } }, { 'reasons.reason': { $in: [...which] } }] },
        lifting(turn, which),
        { returnDocument: 'before' },
      );
      return before ? reasonsIn(before).filter((reason) => which.includes(reason)) : undefined;
    },
    /** Lets an unsubscribe go that the person takes back; nothing that the person says lifts a complaint or a dead mailbox. */
    liftUnsubscribe: async (emailKey: string, at: Date): Promise<boolean> => {
      const before = await rows.findOneAndUpdate(
        { _id: hash(emailKey), $or: [{ reason: 'unsubscribed' }, { 'reasons.reason': 'unsubscribed' }] },
        lifting({ at, by: 'the lead' }, ['unsubscribed', 'soft-bounced']),
        { returnDocument: 'before' },
      );
      return before?.reason === 'unsubscribed';
    },

    /** The weightiest reason against an address: its own, or that of its domain. */
    of: async (emailKey: string): Promise<Suppression | undefined> =>
      [...(await reasonsOf([emailKey, domainIn(emailKey)].map(hash))).values()].reduce<Suppression | undefined>(
        weightiest,
        undefined,
      ),
    ofMany: async (emailKeys: readonly string[]): Promise<ReadonlyMap<string, Suppression>> => {
      const domains = new Map([...new Set(emailKeys.map(domainIn))].map((domain) => [domain, hash(domain)]));
      const keyed = emailKeys.map((key) => ({ key, hashes: [hash(key), domains.get(domainIn(key)) ?? ''] }));
      const found = await reasonsOf([...new Set(keyed.flatMap(({ hashes }) => hashes))]);
      return new Map(
        keyed.flatMap(({ key, hashes }): readonly (readonly [string, Suppression])[] => {
          const reason = hashes
            .flatMap((one) => found.get(one) ?? [])
            .reduce<Suppression | undefined>(weightiest, undefined);
          return reason ? [[key, reason]] : [];
        }),
      );
    },

    /** One address or domain with its history; without a reason once all are lifted. */
    look: async (of: string): Promise<Looked | undefined> => {
      const row = await rows.findOne({ _id: hash(of) });
      return row ? toSuppressed(row) : undefined;
    },
    lookMany: async (all: readonly string[]): Promise<ReadonlyMap<string, Looked>> => {
      const byHash = new Map(all.map((of) => [hash(of), of]));
      const found = await rows.find({ _id: { $in: [...byHash.keys()] } }, inOneBatch).toArray();
      return new Map(found.map((row) => [byHash.get(row._id) ?? '', toSuppressed(row)]));
    },
    /** Those in force, newest first, `limit` at a time; `after` is the `next` of the page before. */
    page: async (limit: number, after?: string, reason?: Suppression): Promise<SuppressionPage> => {
      const { at, id } = cursorIn(after) ?? {};
      const start = new Date(at ?? 0);
      const older = id ? { $or: [{ at: { $lt: start } }, { at: start, _id: { $lt: id } }] } : {};
      const found = await rows
        .find({ ...(reason ? { reason } : inForce), ...older })
        .sort({ at: -1, _id: -1 })
        .limit(limit + 1)
        .toArray();
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.flatMap(toListed),
        ...(found.length > limit && last ? { next: `${last.at.getTime()}_${last._id}` } : {}),
      };
    },
    /** All of them, one after the other, newest first. */
    all: async function* (): AsyncGenerator<Suppressed> {
      for await (const row of rows.find(inForce).sort({ at: -1, _id: -1 })) yield* toListed(row);
    },
    count: (): Promise<number> => rows.countDocuments(inForce),
    /** Forgets an address for good, and all words about it: it stays suppressed by its hash alone. For erasing a lead. */
    forget: async (emailKey: string): Promise<void> => void (await forget(emailKey)),
  };
}

function wordless(list: string): Document {
  return { $map: { input: list, in: { $unsetField: { field: 'because', input: '$$this' } } } };
}

/** What a cursor of a page says; undefined for a text that is none. */
export function cursorIn(written: string | undefined): { readonly at: number; readonly id: string } | undefined {
  const [, at, id] = /^(\d{1,15})_([\w-]{43})$/.exec(written ?? '') ?? [];
  return id === undefined ? undefined : { at: Number(at), id };
}

function domainIn(emailKey: string): string {
  return emailKey.slice(Math.max(0, emailKey.lastIndexOf('@')));
}

/** Rows of before reasons were told apart have one. */
const reasonsSoFar = {
  $ifNull: ['$reasons', { $cond: [{ $ifNull: ['$reason', false] }, [{ reason: '$reason', at: '$at', by: '' }], []] }],
};
/** The weightiest of the reasons that stand there; no field where there is none. */
const weightiestLeft = {
  $ifNull: [
    { $first: { $filter: { input: suppressions.toReversed(), cond: { $in: ['$$this', '$reasons.reason'] } } } },
    '$$REMOVE',
  ],
};
const normal = { $set: { reasons: reasonsSoFar, history: { $ifNull: ['$history', []] } } };

/** A reason more, if it is not there yet: in one write, so that two at the same time both stay. */
function adding({ of, ...entry }: ToSuppress): Document[] {
  const { reason, ...turn } = present(entry);
  const isKnown = { $in: [reason, '$reasons.reason'] };
  const unlessKnown = (item: object) => ({ $cond: [isKnown, [], [{ $literal: item }]] });
  return [
    normal,
    {
      $set: {
        address: { $literal: of },
        at: { $cond: [{ $ifNull: ['$reason', false] }, '$at', { $literal: entry.at }] },
        history: { $concatArrays: ['$history', unlessKnown({ what: 'added', reasons: [reason], ...turn })] },
        reasons: { $concatArrays: ['$reasons', unlessKnown({ reason, ...turn })] },
      },
    },
    { $set: { reason: weightiestLeft } },
  ];
}

function lifting(turn: Omit<Turn, 'what' | 'reasons'>, which: readonly Suppression[]): Document[] {
  const isMeant = { $in: ['$$this.reason', [...which]] };
  const lifted = { $filter: { input: '$reasons', cond: isMeant } };
  const reasons = { $map: { input: lifted, in: '$$this.reason' } };
  const entry = { $mergeObjects: [{ $literal: { what: 'lifted', ...turn } }, { reasons }] };
  return [
    normal,
    { $set: { history: { $concatArrays: ['$history', [entry]] } } },
    { $set: { reasons: { $filter: { input: '$reasons', cond: { $not: [isMeant] } } } } },
    { $set: { reason: weightiestLeft } },
  ];
}

function reasonsIn({ reason, reasons }: SuppressionDocument): readonly Suppression[] {
  return reasons ? reasons.map((one) => one.reason) : reason ? [reason] : [];
}

function toSuppressed(document: unknown): Looked {
  const { _id: id, address, reason, at, reasons, history = [] } = SuppressionRow.parse(document);
  const known = reasons ?? (reason ? [{ reason, at, by: '', because: undefined }] : []);
  return present({
    hash: id,
    address,
    reason,
    at,
    reasons: known.map((one) => present(one)),
    history: history.map((one) => present(one)),
  });
}

/** One whose reasons were lifted while the list was read is in it no more. */
function toListed(document: unknown): readonly Suppressed[] {
  const { reason, ...rest } = toSuppressed(document);
  return reason ? [{ ...rest, reason }] : [];
}
