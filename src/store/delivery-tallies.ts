import type { Db } from 'mongodb';
import * as z from 'zod';
import {
  type ByName,
  type DeliveryCounts,
  type DeliveryFact,
  deliveryFacts,
  type DeliveryTally,
  sum,
  sumByName,
} from '../report/deliverability.js';
import type { Impersonal } from './personal.js';
import { inOneBatch, journaled, maybe } from './rows.js';

const Counts = z.partialRecord(z.enum(deliveryFacts), z.number());
const Named = z.array(z.object({ name: z.string(), counts: Counts }));
const TallyRow = z.object({
  /** An hour or a day, counted from 1 January 1970 in UTC, as warm-ups count them. */
  of: z.number(),
  transports: Named,
  domains: Named,
  others: Counts,
  senders: z.array(z.object({ name: z.string(), mails: z.number() })),
});
type TallyDocument = z.output<typeof TallyRow> & { readonly _id: string };
type Span = 'hour' | 'day';

/** What one group of an hour's mails came to. */
const MailGroup = z.object({
  _id: z.object({
    transport: z.string(),
    domain: maybe(z.string()),
    sender: maybe(z.string()),
    state: z.string(),
  }),
  mails: z.number(),
  deferred: z.number(),
});
const Returned = z.object({ type: z.string(), message: maybe(z.string()), hard: maybe(z.boolean()) });
const Whose = z.object({ _id: z.string(), transport: maybe(z.string()), domain: maybe(z.string()) });

const hourMs = 3_600_000;
/** The name of those whose domain nobody wrote down: mails of before it was. */
export const unknownDomain = '';
const returnedTypes = ['bounced', 'complained'];

/** How mails were taken, hour by hour and day by day: what pages read, as going through a million mails takes many seconds. */
export async function openDeliveryTallies(db: Db) {
  const rows = db.collection<TallyDocument>('deliveryTallies', journaled);
  const mails = db.collection<{ _id: string }>('messages');
  const events = db.collection('events');
  // Of an hour what came back. Only few events are in it.
  await events.createIndex(
    { receivedAt: 1 },
    { partialFilterExpression: { type: { $in: returnedTypes } }, name: 'returned' },
  );
  const personal: Impersonal = {
    collection: rows.collectionName,
    impersonal: 'how many mails were taken, refused and came back, by hour, transport and larger domains',
  };

  /** What became of the mails that came to their end within an hour: read by the index `settled`. */
  const countMails = async (within: object): Promise<DeliveryTally> => {
    const groups = await mails
      .aggregate(
        [
          { $match: { settledAt: within, transport: { $exists: true } } },
          {
            $group: {
              _id: { transport: '$transport', domain: '$domain', sender: '$sender', state: '$state' },
              mails: { $sum: 1 },
              deferred: { $sum: { $cond: [{ $gt: ['$deferrals', 0] }, 1, 0] } },
            },
          },
        ],
        { hint: 'settled' },
      )
      .toArray();
    return tallyOf(groups.map((group) => MailGroup.parse(group)));
  };
  const countReturned = async (within: object): Promise<DeliveryTally> => {
    const found = await events
      .find({ receivedAt: within, type: { $in: returnedTypes } }, { ...inOneBatch, hint: 'returned' })
      .project({ _id: 0, type: 1, message: 1, hard: 1 })
      .toArray();
    const told = found.map((row) => Returned.parse(row));
    const ids = [...new Set(told.flatMap(({ message }) => message ?? []))];
    const whose = await mails
      .find({ _id: { $in: ids } }, inOneBatch)
      .project({ transport: 1, domain: 1 })
      .toArray();
    const byId = new Map(whose.map((row) => Whose.parse(row)).map((one) => [one._id, one]));
    const all = told.flatMap(({ type, message, hard }) => {
      const { transport, domain } = byId.get(message ?? '') ?? {};
      return transport === undefined ? [] : [{ transport, domain, fact: factOf(type, hard === true) }];
    });
    return {
      transports: sumByName(all.map(({ transport, fact }) => new Map([[transport, { [fact]: 1 }]]))),
      domains: sumByName(all.map(({ domain, fact }) => new Map([[domain ?? unknownDomain, { [fact]: 1 }]]))),
      others: {},
      senders: new Map(),
    };
  };

  return {
    personal,
    /** Counts an hour from what is known of it now. */
    count: async (hour: number): Promise<readonly DeliveryTally[]> => {
      const within = { $gte: new Date(hour * hourMs), $lt: new Date((hour + 1) * hourMs) };
      return [await countMails(within), await countReturned(within)];
    },
    /** Writes down what was counted; again, it takes the place of what stood there. */
    keep: async (span: Span, of: number, tally: DeliveryTally): Promise<void> => {
      const { _id, ...row } = toRow(span, of, tally);
      await rows.replaceOne({ _id }, row, { upsert: true });
    },
    /** The tallies of hours or days, from the first to the last. */
    read: async (span: Span, from: number, to: number): Promise<ReadonlyMap<number, DeliveryTally>> => {
      const ids = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => idOf(span, from + i));
      const found = await rows.find({ _id: { $in: ids } }, inOneBatch).toArray();
      return new Map(found.map(toTally));
    },
    /** Hours whose days are closed are not asked for any more. */
    forgetHours: async (from: number, to: number): Promise<void> => {
      const ids = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => idOf('hour', from + i));
      await rows.deleteMany({ _id: { $in: ids } });
    },
    /** When the first mail came to its end that we know of. */
    firstAt: async (): Promise<Date | undefined> => {
      const row = await mails
        .find({ settledAt: { $exists: true } }, { hint: 'settled' })
        .sort({ settledAt: 1 })
        .limit(1)
        .project({ settledAt: 1 })
        .next();
      return row ? z.date().parse(row['settledAt']) : undefined;
    },
  };
}

function tallyOf(groups: readonly z.output<typeof MailGroup>[]): DeliveryTally {
  const transports = new Map<string, DeliveryCounts>();
  const domains = new Map<string, DeliveryCounts>();
  const senders = new Map<string, number>();
  for (const { _id, mails, deferred } of groups) {
    const state = deliveryFacts.find((fact) => fact === _id.state);
    if (!state) continue;
    const counts = { [state]: mails, ...(deferred > 0 ? { deferred } : {}) };
    const domain = _id.domain ?? unknownDomain;
    transports.set(_id.transport, sum(transports.get(_id.transport) ?? {}, counts));
    domains.set(domain, sum(domains.get(domain) ?? {}, counts));
    if (_id.sender !== undefined) senders.set(_id.sender, (senders.get(_id.sender) ?? 0) + mails);
  }
  return { transports, domains, others: {}, senders };
}

function factOf(type: string, isHard: boolean): DeliveryFact {
  if (type === 'complained') return 'complained';
  return isHard ? 'hardBounced' : 'softBounced';
}

function idOf(span: Span, of: number): string {
  return `${span} ${of}`;
}

function toRow(span: Span, of: number, { transports, domains, others, senders }: DeliveryTally): TallyDocument {
  return {
    _id: idOf(span, of),
    of,
    transports: listed(transports),
    domains: listed(domains),
    others,
    senders: [...senders].map(([name, mails]) => ({ name, mails })),
  };
}

function listed(all: ByName) {
  return [...all].map(([name, counts]) => ({ name, counts }));
}

function toTally(row: unknown): [number, DeliveryTally] {
  const { of, transports, domains, others, senders } = TallyRow.parse(row);
  const named = (all: z.output<typeof Named>): ByName => new Map(all.map(({ name, counts }) => [name, counts]));
  return [
    of,
    {
      transports: named(transports),
      domains: named(domains),
      others,
      senders: new Map(senders.map(({ name, mails }) => [name, mails])),
    },
  ];
}
