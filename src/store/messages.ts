import type { Db } from 'mongodb';
import type { LeadEvent } from '../event/lead-event.js';
import type { MailFacts } from '../journey/facts.js';
import { openLedger } from './ledger.js';
import {
  factColumns,
  type Mailed,
  mailedColumns,
  mayHaveGone,
  type Message,
  type MessageDocument,
  readFacts,
  receivedIn,
  toFacts,
  toMailed,
  toMessage,
} from './message-row.js';
import { type Personal, personalRows } from './personal.js';
import { grouped } from '../grouping.js';
import { computeAll, type Computing, findByIds, inOneBatch, journaled, ownOf } from './rows.js';

export type StepCounts = {
  readonly sequence: string;
  readonly step: string;
  readonly sent: number;
  readonly opened: number;
  readonly clicked: number;
  readonly replied: number;
  readonly bounced: number;
  readonly unsubscribed: number;
  /** Mails that a machine opened, or in which one clicked, whatever a person did besides. */
  readonly machineOpens: number;
  readonly machineClicks: number;
};

export async function openMessages(db: Db) {
  const rows = db.collection<MessageDocument>('messages', journaled);
  await rows.createIndexes([
    // The outbox's question: what may be tried now? Only open messages are in it, so it stays small.
    { key: { nextAttemptAt: 1 }, partialFilterExpression: { state: { $in: ['queued', 'deferred'] } }, name: 'open' },
    // Reconciling: whose lease is over?
    { key: { leaseUntil: 1 }, partialFilterExpression: { state: { $in: ['claimed', 'sending'] } }, name: 'leased' },
    // What a pause holds.
    { key: { isParked: 1 }, sparse: true },
    // The mails of an enrollment, and of a lead for its timeline.
    { key: { enrollment: 1, step: 1 } },
    { key: { lead: 1, plannedAt: 1 } },
    // Which links of a mail people clicked: only clicked ones are in it, so that sending pays nothing for it.
    { key: { sequence: 1, step: 1 }, partialFilterExpression: { clickedAt: { $exists: true } }, name: 'clicked' },
  ]);

  const personal: Personal = {
    ...personalRows(
      { db, name: rows.collectionName },
      'mails to you and about you: when they went, and what became of them',
    ),
    goes: 'mails',
    halt: async (leads, now) => {
      const open = {
        lead: { $in: [...leads] },
        state: { $in: ['queued' as const, 'deferred' as const, 'claimed' as const] },
      };
      await rows.updateMany(open, {
        $set: { state: 'skipped', because: 'the lead is erased', settledAt: now },
        $unset: { claim: 1, leaseUntil: 1 },
      });
    },
    isBusy: async (leads) => (await rows.findOne({ lead: { $in: [...leads] }, state: 'sending' })) !== null,
  };

  return {
    ...openLedger(db, rows),
    personal,

    /** Notes what people did with mails; the first time counts. */
    note: async (notes: readonly Note[]): Promise<void> => {
      await computeAll(
        { db, name: rows.collectionName },
        [...grouped(notes, ({ happened }) => happened)].flatMap(([happened, own]) => noting(happened, own)),
      );
    },

    /** Notes which mails machines opened and clicked in: numbers beside those of people, and nothing that decisions see. */
    noteMachines: async (events: readonly Pick<LeadEvent, 'type' | 'message' | 'at'>[]): Promise<void> => {
      const writes = events.flatMap(({ type, message, at }) => {
        const field = { opened: 'machineOpenedAt', clicked: 'machineClickedAt' }[type];
        return field && message ? [{ updateOne: { filter: { _id: message }, update: { $min: { [field]: at } } } }] : [];
      });
      if (writes.length > 0) await rows.bulkWrite(writes, { ordered: false });
    },

    byId: async (id: string): Promise<Message | undefined> => {
      const row = await rows.findOne({ _id: id });
      return row ? toMessage(row) : undefined;
    },
    /** Every message of leads, by lead. */
    allOfLeads: async (leads: readonly string[]): Promise<ReadonlyMap<string, readonly Message[]>> => {
      if (leads.length === 0) return new Map();
      const found = await rows
        .find({ lead: { $in: [...leads] } }, inOneBatch)
        .sort({ plannedAt: 1 })
        .toArray();
      return grouped(found.map(toMessage), ({ lead }) => lead);
    },
    ofLead: async (lead: string): Promise<readonly Message[]> =>
      (await rows.find({ lead }).sort({ plannedAt: 1 }).toArray()).map(toMessage),
    /** Whose mails these are, by message. */
    mailedByIds: async (ids: readonly string[]): Promise<ReadonlyMap<string, Mailed>> => {
      const found = await findByIds({ db, name: rows.collectionName }, ids, mailedColumns);
      return new Map(found.map(toMailed).map((mailed) => [mailed.id, mailed]));
    },
    /** The mails that were handed over to leads by an instant, by lead; of each lead the latest come first. */
    handedOver: async (leads: readonly string[], by: Date): Promise<ReadonlyMap<string, readonly Mailed[]>> => {
      if (leads.length === 0) return new Map();
      const which = {
        lead: { $in: [...leads] },
        plannedAt: { $lte: by },
        to: { $exists: false },
        state: { $in: mayHaveGone },
      };
      const found = await rows.find(which, inOneBatch).project(mailedColumns).toArray();
      const mails = found.map(toMailed).toSorted((a, b) => b.handedOverAt.getTime() - a.handedOverAt.getTime());
      return grouped(mails, ({ lead }) => lead);
    },
    factsOf: async (enrollments: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, MailFacts>>> => {
      if (enrollments.length === 0) return new Map();
      const which = { enrollment: { $in: [...enrollments] } };
      const found = await rows.find(which, inOneBatch).project(factColumns).toArray();
      const own = grouped(found.map(readFacts), ({ enrollment }) => enrollment);
      return mapped(own, (mails) => new Map(mails.map(({ step, facts }) => [step, facts])));
    },

    /** What became of the mails of leads, by lead and then by message. */
    ofLeads: async (leads: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, MailFacts>>> => {
      const found = leads.length > 0 ? await rows.find({ lead: { $in: [...leads] } }).toArray() : [];
      const own = grouped(found.map(toMessage), ({ lead }) => lead);
      return mapped(own, (messages) => new Map(messages.map((message) => [message.id, toFacts(message)])));
    },
    /** Mails to leads planned or settled since an instant, by lead: what a frequency cap counts. */
    recent: async (leads: readonly string[], since: Date): Promise<ReadonlyMap<string, readonly Message[]>> => {
      const isOpen = {
        state: { $in: ['queued' as const, 'claimed' as const, 'sending' as const, 'deferred' as const] },
      };
      const when = [{ plannedAt: { $gte: since } }, { settledAt: { $gte: since } }, isOpen];
      const found = leads.length > 0 ? await rows.find({ lead: { $in: [...leads] }, $or: when }).toArray() : [];
      return grouped(found.map(toMessage), ({ lead }) => lead);
    },
    /** When leads were last sent each template, by lead; mails on their way count as sent. */
    received: async (leads: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, Date>>> => {
      const found =
        leads.length > 0
          ? await rows
              .find({ lead: { $in: [...leads] } })
              .sort({ plannedAt: 1 })
              .toArray()
          : [];
      const own = grouped(found.map(toMessage), ({ lead }) => lead);
      return mapped(own, receivedIn);
    },
    /** Enrollments of whose mails some happened as asked: what came of the ways of a split. */
    whose: async (
      enrollments: readonly string[],
      steps: readonly string[],
      happened: 'openedAt' | 'clickedAt' | 'repliedAt',
    ): Promise<ReadonlySet<string>> => {
      const found = await rows
        .find({ enrollment: { $in: [...enrollments] }, step: { $in: [...steps] }, [happened]: { $exists: true } })
        .project<{ enrollment: string }>({ _id: 0, enrollment: 1 })
        .toArray();
      return new Set(found.map(({ enrollment }) => enrollment));
    },

    /** Where people clicked in the mails of a step: each target, and how many leads followed it. */
    clicks: async function* (sequence: string, step: string): AsyncGenerator<{ link: string; people: number }> {
      const found = rows.aggregate<{ _id: string; people: number }>([
        { $match: { sequence, step, clickedAt: { $exists: true }, to: { $exists: false } } },
        { $unwind: '$clickedLinks' },
        // One lead may get a step in two runs.
        { $group: { _id: { link: '$clickedLinks', lead: '$lead' } } },
        { $group: { _id: '$_id.link', people: { $sum: 1 } } },
      ]);
      for await (const { _id: link, people } of found) yield { link, people };
    },

    nextAttemptAt: async (): Promise<Date | undefined> => {
      const row = await rows
        .find({ state: { $in: ['queued', 'deferred'] } })
        .sort({ nextAttemptAt: 1 })
        .limit(1)
        .next();
      return row?.nextAttemptAt;
    },
    countByState: async (): Promise<ReadonlyMap<string, number>> => {
      const counts = await rows
        .aggregate<{ _id: string; count: number }>([{ $group: { _id: '$state', count: { $sum: 1 } } }])
        .toArray();
      return new Map(counts.map(({ _id, count }) => [_id, count]));
    },
    /** What became of the mails of each step. People only: what machines opened is not in it. */
    countBySteps: async (): Promise<readonly StepCounts[]> => {
      const has = (field: string) => ({ $sum: { $cond: [{ $gt: [`$${field}`, null] }, 1, 0] } });
      const sent = { $sum: { $cond: [{ $in: ['$state', ['accepted', 'uncertain']] }, 1, 0] } };
      const counts = await rows
        .aggregate<Omit<StepCounts, 'sequence' | 'step'> & { _id: { sequence: string; step: string } }>([
          { $match: { to: { $exists: false } } },
          {
            $group: {
              _id: { sequence: '$sequence', step: '$step' },
              sent,
              // Whoever clicks or replies has read it, whatever became of the pixel.
              opened: {
                $sum: {
                  $cond: [
                    {
                      $or: [{ $gt: ['$openedAt', null] }, { $gt: ['$clickedAt', null] }, { $gt: ['$repliedAt', null] }],
                    },
                    1,
                    0,
                  ],
                },
              },
              clicked: has('clickedAt'),
              replied: has('repliedAt'),
              bounced: has('bouncedAt'),
              unsubscribed: has('unsubscribedAt'),
              machineOpens: has('machineOpenedAt'),
              machineClicks: has('machineClickedAt'),
            },
          },
          { $sort: { '_id.sequence': 1, '_id.step': 1 } },
        ])
        .toArray();
      return counts.map(({ _id, ...rest }) => ({ ..._id, ...rest }));
    },
  };
}

/** What a person did with a mail. */
type Note = { readonly message: string; readonly happened: string; readonly at: Date; readonly link?: string };

function noting(happened: string, notes: readonly Note[]): readonly Computing[] {
  const first = [...grouped(notes, ({ message }) => message)].map(([message, own]) => {
    return [message, new Date(Math.min(...own.map(({ at }) => at.getTime())))] as const;
  });
  const links = [
    ...grouped(
      notes.filter(({ link }) => link),
      ({ message }) => message,
    ),
  ].map(([message, own]) => {
    return [message, [...new Set(own.flatMap(({ link }) => link ?? []))]] as const;
  });
  const known = { $ifNull: ['$clickedLinks', []] };
  return [
    {
      ids: first.map(([message]) => message),
      set: { [happened]: { $min: [`$${happened}`, ownOf('ats')] } },
      constants: { ats: Object.fromEntries(first) },
    },
    ...(links.length === 0
      ? []
      : [
          {
            ids: links.map(([message]) => message),
            set: { clickedLinks: { $concatArrays: [known, { $setDifference: [ownOf('links'), known] }] } },
            constants: { links: Object.fromEntries(links) },
          },
        ]),
  ];
}

function mapped<T, U>(map: ReadonlyMap<string, T>, change: (value: T) => U): ReadonlyMap<string, U> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}
