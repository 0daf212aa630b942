import type { Db } from 'mongodb';
import * as z from 'zod';
import type { MailFacts, MailState } from '../journey/facts.js';
import { mailStates } from '../journey/facts.js';
import { errand, insertNew, journaled, maybe, type Present, present } from './rows.js';

const Attempt = z.object({ at: z.date(), outcome: z.enum(mailStates), reply: z.string() });

const MessageRow = z.object({
  ...errand,
  template: maybe(z.string()),
  /** Whom a mail about the lead goes to; without it, it goes to the lead. */
  to: maybe(z.string()),
  state: z.enum(mailStates),
  because: maybe(z.string()),
  plannedAt: z.date(),
  nextAttemptAt: z.date(),
  expiresAt: z.date(),
  attempts: z.array(Attempt),
  claims: z.number(),
  claim: maybe(z.string()),
  leaseUntil: maybe(z.date()),
  settledAt: maybe(z.date()),
  links: maybe(z.string()),
  openedAt: maybe(z.date()),
  clickedAt: maybe(z.date()),
  clickedLinks: maybe(z.array(z.string())),
  repliedAt: maybe(z.date()),
  bouncedAt: maybe(z.date()),
  unsubscribedAt: maybe(z.date()),
});

/** One mail to one lead for one step: outbox, claim and ledger in one. Its id comes from enrollment and step, so it exists once. */
export type Message = Omit<MessageDocument, '_id'> & { readonly id: string };
type MessageDocument = Readonly<Present<z.output<typeof MessageRow>>>;

/** What a mail needs to be planned. */
export type MessagePlan = Pick<
  Message,
  'id' | 'enrollment' | 'lead' | 'sequence' | 'revision' | 'step' | 'template' | 'to' | 'plannedAt' | 'expiresAt'
>;

/** What came of handing a mail over, as it is recorded. */
export type Settlement = {
  readonly id: string;
  readonly state: MailState;
  readonly because: string;
  readonly nextAttemptAt?: Date;
  readonly expiresAt?: Date;
};

/** How long a claimed message is left to the one who claimed it. */
export const messageLeaseMs = 2 * 60_000;
/** How long after its lease a message in `sending` is taken for lost: longer than any server may take to answer the dot (RFC 5321 §4.5.3.2.6). */
const sendingGraceMs = 15 * 60_000;

export type StepCounts = {
  readonly sequence: string;
  readonly step: string;
  readonly sent: number;
  readonly opened: number;
  readonly clicked: number;
  readonly replied: number;
  readonly bounced: number;
  readonly unsubscribed: number;
};

export async function openMessages(db: Db) {
  const rows = db.collection<MessageDocument>('messages', journaled);
  await Promise.all([
    // The outbox's question: what may be tried now? Only open messages are in it, so it stays small.
    rows.createIndex(
      { nextAttemptAt: 1 },
      { partialFilterExpression: { state: { $in: ['queued', 'deferred'] } }, name: 'open' },
    ),
    // Reconciling: whose lease is over?
    rows.createIndex(
      { leaseUntil: 1 },
      { partialFilterExpression: { state: { $in: ['claimed', 'sending'] } }, name: 'leased' },
    ),
    // The mails of an enrollment, and of a lead for its timeline.
    rows.createIndex({ enrollment: 1, step: 1 }),
    rows.createIndex({ lead: 1, plannedAt: 1 }),
  ]);
  const open: MailState[] = ['queued', 'deferred'];

  return {
    /** Writes messages into the outbox; those that are there already stay as they are. */
    plan: (plans: readonly MessagePlan[]): Promise<number> =>
      insertNew(
        rows,
        plans.map(({ id, ...plan }) => ({
          _id: id,
          ...plan,
          state: 'queued' as const,
          nextAttemptAt: plan.plannedAt,
          attempts: [],
          claims: 0,
        })),
      ),

    /** Takes up to `limit` messages that may be tried now. `claim` is used once; it is the fence that later writes must show. */
    claim: async (now: Date, limit: number, claim: string): Promise<readonly Message[]> => {
      const found = await rows
        .find({ state: { $in: open }, nextAttemptAt: { $lte: now } })
        .project<{ _id: string }>({ _id: 1 })
        .sort({ nextAttemptAt: 1 })
        .limit(limit)
        .toArray();
      if (found.length === 0) return [];
      const ids = found.map(({ _id }) => _id);
      const leaseUntil = new Date(now.getTime() + messageLeaseMs);
      await rows.updateMany(
        { _id: { $in: ids }, state: { $in: open }, nextAttemptAt: { $lte: now } },
        { $set: { state: 'claimed', claim, leaseUntil }, $inc: { claims: 1 } },
        { hint: { _id: 1 } },
      );
      return (await rows.find({ _id: { $in: ids }, claim, state: 'claimed' }).toArray()).map(toMessage);
    },

    /** Gives back what was claimed and not tried. */
    giveBack: async (ids: readonly string[], claim: string): Promise<void> => {
      if (ids.length > 0)
        await rows.updateMany(
          { _id: { $in: [...ids] }, claim, state: 'claimed' },
          { $set: { state: 'queued' }, $unset: { claim: 1, leaseUntil: 1 } },
        );
    },

    /** The point of no return: true only if the message was still ours, and its lease not over, when this was written. */
    markSending: async (id: string, claim: string, now: Date, links: string | undefined): Promise<boolean> => {
      const ours = { _id: id, claim, state: 'claimed' as const, leaseUntil: { $gt: now } };
      const { modifiedCount } = await rows.updateOne(ours, { $set: { state: 'sending', ...(links ? { links } : {}) } });
      return modifiedCount === 1;
    },

    /** Undoes `markSending` for a mail that the transport never handed over. */
    takeBack: async (id: string, claim: string): Promise<void> => {
      await rows.updateOne({ _id: id, claim, state: 'sending' }, { $set: { state: 'claimed' } });
    },

    /** Records the end, or the next attempt, of messages that this claim holds. */
    settle: async (settlements: readonly Settlement[], claim: string, now: Date): Promise<void> => {
      if (settlements.length === 0) return;
      await rows.bulkWrite(
        settlements.map(({ id, state, because, nextAttemptAt, expiresAt }) => ({
          updateOne: {
            filter: { _id: id, claim, state: { $in: ['claimed', 'sending'] as MailState[] } },
            update: {
              $set: {
                state,
                because,
                ...(nextAttemptAt ? { nextAttemptAt } : { settledAt: now }),
                ...(expiresAt ? { expiresAt } : {}),
              },
              $push: { attempts: { at: now, outcome: state, reply: because } },
              $unset: { claim: 1 as const, leaseUntil: 1 as const },
            },
          },
        })),
        { ordered: false },
      );
    },

    /** Stops every mail to a lead that is not yet beyond the point of no return. Mails about it go their way. */
    skipOpen: async (filter: { lead: string } | { enrollment: string }, because: string, now: Date): Promise<void> => {
      await rows.updateMany(
        { ...filter, to: { $exists: false }, state: { $in: [...open, 'claimed'] as MailState[] } },
        { $set: { state: 'skipped', because, settledAt: now }, $unset: { claim: 1, leaseUntil: 1 } },
      );
    },

    /** Takes up what a dead process left: claimed goes back into the outbox, `sending` becomes `uncertain` and is never sent again. */
    reconcile: async (now: Date): Promise<{ freed: number; uncertain: readonly Message[] }> => {
      const freed = await rows.updateMany(
        { state: 'claimed', leaseUntil: { $lte: now } },
        { $set: { state: 'queued' }, $unset: { claim: 1, leaseUntil: 1 } },
      );
      const lost = { state: 'sending' as const, leaseUntil: { $lte: new Date(now.getTime() - sendingGraceMs) } };
      const found = await rows.find(lost).toArray();
      if (found.length > 0) {
        const because = 'handed over, but the process ended before it heard the answer';
        await rows.updateMany(
          { ...lost, _id: { $in: found.map(({ _id }) => _id) } },
          { $set: { state: 'uncertain', because, settledAt: now }, $unset: { claim: 1, leaseUntil: 1 } },
        );
      }
      return { freed: freed.modifiedCount, uncertain: found.map(toMessage) };
    },

    /** Notes what a person did with a mail; the first time counts. */
    note: async (
      id: string,
      happened: 'openedAt' | 'clickedAt' | 'repliedAt' | 'bouncedAt' | 'unsubscribedAt',
      at: Date,
      link?: string,
    ): Promise<void> => {
      await rows.updateOne(
        { _id: id },
        { $min: { [happened]: at }, ...(link ? { $addToSet: { clickedLinks: link } } : {}) },
      );
    },
    /** Evidence that closes an uncertain mail: somebody saw it. */
    confirm: async (id: string): Promise<void> => {
      await rows.updateOne({ _id: id, state: 'uncertain' }, { $set: { state: 'accepted', because: 'seen after all' } });
    },

    byId: async (id: string): Promise<Message | undefined> => {
      const row = await rows.findOne({ _id: id });
      return row ? toMessage(row) : undefined;
    },
    ofLead: async (lead: string): Promise<readonly Message[]> =>
      (await rows.find({ lead }).sort({ plannedAt: 1 }).toArray()).map(toMessage),
    /** The latest mail to a lead, for events that name nothing but the address. */
    latestOf: async (lead: string): Promise<Message | undefined> => {
      const row = await rows.find({ lead }).sort({ plannedAt: -1 }).limit(1).next();
      return row ? toMessage(row) : undefined;
    },
    factsOf: async (enrollments: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, MailFacts>>> => {
      const found = enrollments.length > 0 ? await rows.find({ enrollment: { $in: [...enrollments] } }).toArray() : [];
      const own = grouped(found.map(toMessage), ({ enrollment }) => enrollment);
      return mapped(own, (messages) => new Map(messages.map((message) => [message.step, toFacts(message)])));
    },

    /** What became of the mails of leads, by lead and then by message. */
    ofLeads: async (leads: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, MailFacts>>> => {
      const found = leads.length > 0 ? await rows.find({ lead: { $in: [...leads] } }).toArray() : [];
      const own = grouped(found.map(toMessage), ({ lead }) => lead);
      return mapped(own, (messages) => new Map(messages.map((message) => [message.id, toFacts(message)])));
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

    nextAttemptAt: async (): Promise<Date | undefined> => {
      const row = await rows
        .find({ state: { $in: open } })
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
            },
          },
          { $sort: { '_id.sequence': 1, '_id.step': 1 } },
        ])
        .toArray();
      return counts.map(({ _id, ...rest }) => ({ ..._id, ...rest }));
    },
  };
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

function mapped<T, U>(map: ReadonlyMap<string, T>, change: (value: T) => U): ReadonlyMap<string, U> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}

/** When a lead was last sent each template; mails on their way count as sent. */
export function receivedIn(messages: readonly Message[]): ReadonlyMap<string, Date> {
  return new Map(
    messages
      .filter(({ to, state }) => to === undefined && !['rejected', 'failed', 'skipped'].includes(state))
      .map(({ template, sequence, step, settledAt, plannedAt }) => [
        template ?? `${sequence}/${step}`,
        settledAt ?? plannedAt,
      ]),
  );
}

export function toFacts(message: Message): MailFacts {
  const { state, because, settledAt, openedAt, clickedAt, clickedLinks, repliedAt, bouncedAt } = message;
  return present({ state, because, settledAt, openedAt, clickedAt, clickedLinks, repliedAt, bouncedAt });
}

function toMessage(document: unknown): Message {
  const { _id, ...row } = present(MessageRow.parse(document));
  return { id: _id, ...row };
}
