import type { Collection, Db, Filter } from 'mongodb';
import type { MailState } from '../journey/facts.js';
import { type Message, type MessageDocument, type MessagePlan, readMessages, toMessage } from './message-row.js';
import { grouped } from '../grouping.js';
import { inOneBatch, insertNew, type Update, updateAll } from './rows.js';

/** What came of handing a mail over, as it is recorded. */
export type Settlement = {
  readonly id: string;
  readonly state: MailState;
  readonly because: string;
  readonly nextAttemptAt?: Date;
  readonly expiresAt?: Date;
  readonly slot?: Date;
  /** Why the server refused it, in a word. */
  readonly refusal?: string;
  /** Held by a pause, at whose end it is tried again. */
  readonly isParked?: true;
};
/** A write that only the holder of the claim may make. */
export type Fenced<T> = T & { readonly claim: string };
/** What became of a message that we hold. `attempts`: those before, which nobody else writes while it is held. */
export type Outcome = Fenced<Settlement> & Pick<Message, 'attempts'>;
/**
 * A mail that goes now: the point of no return. `links` is the set that its tracked links lead to; `isRepeatable`: its
 * transport takes the same mail once only, so that one whose fate nobody knows may be said to it again.
 */
export type Mark = Fenced<{
  readonly id: string;
  readonly links?: string | undefined;
  readonly transport: string;
  /** Domains that it goes to, and is from. */
  readonly domain?: string;
  readonly sender?: string | undefined;
  readonly isRepeatable: boolean;
}>;

/** How long a claimed message is left to the one who claimed it. */
export const messageLeaseMs = 2 * 60_000;
/** How long after its lease a message in `sending` is taken for lost: longer than any server may take to answer the dot (RFC 5321 §4.5.3.2.6). */
export const sendingGraceMs = 15 * 60_000;
/** Claims in a row of which nobody could tell what came: the message itself may be what ends the processes. */
const mostClaims = 5;
/** From so many on it is suspected. Of the suspected one is taken at a time, so that no other is blamed for what it does. */
const suspectClaims = 2;

const open: MailState[] = ['queued', 'deferred'];
const held: MailState[] = ['claimed', 'sending'];
const noClaim = { claim: 1, leaseUntil: 1 } as const;

/**
 * The writes of the ledger. Each changes single rows, each is guarded by the state and the claim that it expects, and
 * each may be made again or come too late without harm. A row that once was `sending` gets there again only after
 * `release` or a settlement by the one who knows that the mail server does not have it.
 */
export function openLedger(db: Db, rows: Collection<MessageDocument>) {
  const table = { db, name: rows.collectionName };
  return {
    /** Writes messages into the outbox, claimed at once if `claim` is given; those that are there already stay as they are. Answers the new ones. */
    plan: async (plans: readonly MessagePlan[], claim?: string): Promise<readonly Message[]> => {
      const messages = plans.map(
        (plan): Message => ({
          ...plan,
          nextAttemptAt: plan.plannedAt,
          attempts: [],
          ...(claim ? { state: 'claimed', claim, leaseUntil: leaseFrom(plan.plannedAt), claims: 1 } : unclaimed),
        }),
      );
      const inserted = await insertNew(
        table,
        messages.map(({ id, ...rest }) => ({ _id: id, ...rest })),
      );
      if (inserted === messages.length) return messages;
      // Some stood there before; only rows with this very claim are ours.
      const ids = messages.map(({ id }) => id);
      return claim ? (await rows.find({ _id: { $in: ids }, claim }).toArray()).map(toMessage) : [];
    },

    /** Takes up to `limit` messages that may be tried now. `claim` is the fence that later writes must show. */
    claim: async (now: Date, limit: number, claim: string): Promise<readonly Message[]> => {
      const due = { state: { $in: open }, nextAttemptAt: { $lte: now } };
      const found = await rows.find(due, inOneBatch).sort({ nextAttemptAt: 1 }).limit(limit).toArray();
      if (found.length === 0) return [];
      const { messages, unreadable } = readMessages(found);
      // A row that nobody can read must not keep all others from being sent.
      for (const { id, why } of unreadable)
        await rows.updateOne(
          { _id: id },
          { $set: { state: 'failed', because: `cannot be read (${why})`, settledAt: now } },
        );
      const taken = withOneSuspect(messages);
      const ids = taken.map(({ id }) => id);
      const leaseUntil = leaseFrom(now);
      const { modifiedCount } = await rows.updateMany(
        { _id: { $in: ids }, ...due },
        { $set: { state: 'claimed', claim, leaseUntil }, $inc: { claims: 1 } },
        // Off the index that this very update changes.
        { hint: { _id: 1 } },
      );
      if (modifiedCount === taken.length)
        return taken.map((message) => ({
          ...message,
          state: 'claimed',
          claim,
          leaseUntil,
          claims: message.claims + 1,
        }));
      const ours = await rows.find({ _id: { $in: ids }, claim, state: 'claimed', leaseUntil }).toArray();
      return ours.map(toMessage);
    },

    /**
     * In one write, and so in one wait for the journal: records what became of some messages, and then takes others over
     * the point of no return. Answers the marks that count: their mails were still held, and their lease not over. Not
     * ids: a process may hold a mail by a claim that it lost and by the one it has now, and only the latter may go.
     */
    exchange: async (
      settlements: readonly Outcome[],
      marks: readonly Mark[],
      now: Date,
    ): Promise<ReadonlySet<Mark>> => {
      const writes = [...settling(settlements, now), ...marking(marks, now)];
      if (writes.length === 0) return new Set();
      const found = await updateAll(table, writes);
      if (found === settlements.length + marks.length) return new Set(marks);
      const sending = await rows
        .find({ _id: { $in: marks.map(({ id }) => id) }, state: 'sending' })
        .project({ claim: 1 })
        .toArray();
      const claims = new Map(sending.map((row) => [String(row['_id']), String(row['claim'])]));
      return new Set(marks.filter(({ id, claim }) => claims.get(id) === claim));
    },

    /** Puts back into the outbox what is held and was certainly not handed over. */
    release: async (ids: readonly string[], claim: string): Promise<void> => {
      if (ids.length > 0)
        await rows.updateMany(
          { _id: { $in: [...ids] }, claim, state: { $in: held } },
          { $set: { state: 'queued', claims: 0 }, $unset: noClaim },
          { hint: { _id: 1 } },
        );
    },

    /** Stops every mail to a lead that is not yet beyond the point of no return. Mails about it go their way. */
    skipOpen: async (filter: { lead: string } | { enrollment: string }, because: string, now: Date): Promise<void> => {
      await rows.updateMany(
        { ...filter, to: { $exists: false }, state: { $in: [...open, 'claimed'] } },
        { $set: { state: 'skipped', because, settledAt: now }, $unset: noClaim },
      );
    },

    /** Takes up what dead processes left. `claimed` goes back into the outbox; `sending` becomes `uncertain` and is never sent again. */
    reconcile: async (now: Date): Promise<Reconciled> => {
      const over = { state: 'claimed' as const, leaseUntil: { $lte: now } };
      const setAside = await close(
        rows,
        { ...over, claims: { $gte: mostClaims } },
        {
          state: 'failed',
          because: `set aside: taken up ${mostClaims} times, and each time the process ended before it was sent`,
          settledAt: now,
        },
      );
      const freed = await rows.updateMany(over, { $set: { state: 'queued' }, $unset: noClaim });
      const lost = { state: 'sending' as const, leaseUntil: { $lte: new Date(now.getTime() - sendingGraceMs) } };
      // The same mail to the same transport is the same to it: no window is left open.
      await rows.updateMany(
        { ...lost, isRepeatable: true },
        {
          $set: { state: 'deferred', because: 'said again: the process ended before it heard the answer' },
          $unset: noClaim,
        },
      );
      const uncertain = await close(rows, lost, {
        state: 'uncertain',
        because: 'handed over, but the process ended before it heard the answer',
        settledAt: now,
      });
      return { freed: freed.modifiedCount, setAside, uncertain };
    },

    /** Has mails tried again that a pause held. */
    unpark: async (now: Date): Promise<void> => {
      await rows.updateMany(
        { state: 'queued', isParked: true },
        { $set: { nextAttemptAt: now }, $unset: { isParked: 1 } },
      );
    },

    /** Has mails of a lead looked at again that are put off: what held them back may be gone. */
    rouse: async (lead: string, now: Date): Promise<void> => {
      const isPutOff = { state: 'queued' as const, nextAttemptAt: { $gt: now } };
      await rows.updateMany({ lead, to: { $exists: false }, ...isPutOff }, { $set: { nextAttemptAt: now } });
    },

    /** Evidence that closes an uncertain mail: somebody saw it. */
    confirm: async (...ids: readonly string[]): Promise<void> => {
      if (ids.length === 0) return;
      await rows.updateMany(
        { _id: { $in: [...ids] }, state: 'uncertain' },
        { $set: { state: 'accepted', because: 'seen after all' } },
      );
    },
  };
}

/** What came of reconciling; the lists name the enrollments that may go on. */
export type Reconciled = {
  readonly freed: number;
  readonly setAside: readonly string[];
  readonly uncertain: readonly string[];
};

/** Those that nothing speaks against, and of the others the one that died with a process least often. */
function withOneSuspect(messages: readonly Message[]): readonly Message[] {
  const [suspect] = messages.filter(({ claims }) => claims >= suspectClaims).toSorted((a, b) => a.claims - b.claims);
  return suspect ? [...messages.filter(({ claims }) => claims < suspectClaims), suspect] : messages;
}

const unclaimed = { state: 'queued', claims: 0 } as const;

function leaseFrom(now: Date): Date {
  return new Date(now.getTime() + messageLeaseMs);
}

function settling(settlements: readonly Outcome[], now: Date): readonly Update<MessageDocument>[] {
  return [...grouped(settlements, ({ claim }) => claim)].map(([claim, own]) => ({
    q: { _id: { $in: own.map(({ id }) => id) }, claim, state: { $in: held } },
    sets: Object.fromEntries(own.map((one) => [one.id, settled(one, now)])),
    unset: ['claim', 'leaseUntil'],
  }));
}

function settled(outcome: Outcome, now: Date): Partial<MessageDocument> {
  const { id: _, claim: __, attempts, isParked, ...as } = outcome;
  const { state, because: reply, nextAttemptAt } = as;
  const deferrals = attempts.filter((attempt) => attempt.outcome === 'deferred').length;
  return {
    ...as,
    ...(nextAttemptAt ? { claims: 0 } : { settledAt: now }),
    ...(nextAttemptAt || deferrals === 0 ? {} : { deferrals }),
    ...(isParked ? { isParked } : {}),
    // Waiting for a window or a throttle is no attempt.
    ...(state === 'queued' ? {} : { attempts: [...attempts, { at: now, outcome: state, reply }] }),
  };
}

function marking(marks: readonly Mark[], now: Date): readonly Update<MessageDocument>[] {
  return [...grouped(marks, ({ claim }) => claim)].map(([claim, own]) => ({
    q: { _id: { $in: own.map(({ id }) => id) }, claim, state: 'claimed', leaseUntil: { $gt: now } },
    sets: Object.fromEntries(
      own.map(({ id, links, transport, isRepeatable, ...domains }) => [
        id,
        { state: 'sending', transport, isRepeatable, ...whoseDomains(domains), ...(links ? { links } : {}) },
      ]),
    ),
  }));
}

function whoseDomains({ domain, sender }: Pick<Mark, 'domain' | 'sender'>): Partial<MessageDocument> {
  return { ...(domain ? { domain } : {}), ...(sender ? { sender } : {}) };
}

/** Closes what matches, and answers the enrollments of what it closed. */
async function close(
  rows: Collection<MessageDocument>,
  which: Filter<MessageDocument>,
  as: { readonly state: MailState; readonly because: string; readonly settledAt: Date },
): Promise<readonly string[]> {
  const found = await rows.find(which).project<{ _id: string; enrollment: string }>({ enrollment: 1 }).toArray();
  if (found.length === 0) return [];
  await rows.updateMany({ ...which, _id: { $in: found.map(({ _id }) => _id) } }, { $set: as, $unset: noClaim });
  return found.map(({ enrollment }) => enrollment);
}
