import type { Db } from 'mongodb';
import * as z from 'zod';
import type { CallFacts } from '../journey/facts.js';
import { type Personal, personalRows } from './personal.js';
import { openQueue } from './queue.js';
import { errand, insertNew, journaled, maybe, type Present, present } from './rows.js';

/** One time that it was tried: the status of the answer, or why there was none. What was sent and answered is not in it. */
const Attempt = z
  .object({ at: z.date(), status: maybe(z.number()), error: maybe(z.string()) })
  .transform((attempt) => present(attempt));

const Answer = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const CallRow = z.object({
  ...errand,
  state: z.enum(['waiting', 'answered', 'failed']),
  because: maybe(z.string()),
  plannedAt: z.date(),
  /** While somebody makes the call, the end of the lease: a process that dies leaves it due again. */
  nextAttemptAt: z.date(),
  expiresAt: z.date(),
  attempts: z.array(Attempt),
  claims: z.number(),
  claim: maybe(z.string()),
  settledAt: maybe(z.date()),
  answer: Answer,
});
type CallDocument = Readonly<Present<z.output<typeof CallRow>>>;

/**
 * One call of a webhook step: queue, claim and ledger in one. Its id comes from enrollment and step, so it exists once;
 * it is made at least once, and its receiver knows a second time by the id.
 */
export type WebhookCall = Omit<CallDocument, '_id'> & { readonly id: string };

/** What a call needs to be planned. */
export type CallPlan = Pick<
  WebhookCall,
  'id' | 'enrollment' | 'lead' | 'sequence' | 'revision' | 'step' | 'plannedAt' | 'expiresAt'
>;

/** What came of a call, as it is recorded. `attempt` is missing when nobody was called. */
export type CallOutcome = {
  readonly because: string;
  readonly attempt?: { readonly status?: number; readonly error?: string };
} & (
  | { readonly state: 'waiting'; readonly nextAttemptAt: Date }
  | { readonly state: 'answered' | 'failed'; readonly answer: z.output<typeof Answer> }
);

/** How long a claimed call is left to the one who claimed it: longer than a batch of calls that all run into their time limit. */
export const callLeaseMs = 2 * 60_000;
/** A call may be tried for weeks; its last attempts tell enough. */
const attemptsKept = 50;

export async function openCalls(db: Db) {
  const rows = db.collection<CallDocument>('calls', journaled);
  await rows.createIndexes([
    // The caller's question: what may be tried now? Only calls that wait are in it, so it stays small.
    { key: { nextAttemptAt: 1 }, partialFilterExpression: { state: 'waiting' }, name: 'waiting' },
    // The calls of an enrollment, for its decisions, and of a lead for its timeline.
    { key: { enrollment: 1, step: 1 } },
    { key: { lead: 1, plannedAt: 1 } },
  ]);

  const queue = openQueue(db, rows.collectionName, { leaseMs: callLeaseMs, counts: true });

  const personal: Personal = {
    ...personalRows({ db, name: rows.collectionName }, 'calls of other systems about you, and what they answered'),
    goes: 'mails',
    halt: async (leads, now) => {
      const open = { lead: { $in: [...leads] }, state: 'waiting' as const };
      await rows.updateMany(open, {
        $set: { state: 'failed', because: 'the lead is erased', settledAt: now },
        $unset: { claim: 1 },
      });
    },
  };

  return {
    personal,
    /** Notes calls to be made; those that are there already stay as they are. */
    plan: (plans: readonly CallPlan[]): Promise<number> =>
      insertNew(
        { db, name: rows.collectionName },
        plans.map(({ id, ...plan }) => ({
          _id: id,
          ...plan,
          state: 'waiting' as const,
          nextAttemptAt: plan.plannedAt,
          attempts: [],
          claims: 0,
          answer: {},
        })),
      ),

    /** Takes up to `limit` calls that may be tried now. `claim` is used once; it is the fence that later writes must show. */
    claim: async (now: Date, limit: number, claim: string): Promise<readonly WebhookCall[]> =>
      (await queue.claim({}, { limit, claim, now })).map(toCall),
    /** Gives back what was claimed and not tried, to be tried at `nextAttemptAt`. */
    giveBack: queue.giveBack,

    /** Records what came of a call; false when somebody else holds it by now, or it was stopped. */
    settle: async (id: string, outcome: CallOutcome, claim: string, now: Date): Promise<boolean> => {
      const { attempt, ...became } = outcome;
      const { modifiedCount } = await rows.updateOne(
        { _id: id, claim, state: 'waiting' },
        {
          $set: { ...became, ...(became.state === 'waiting' ? {} : { settledAt: now }) },
          ...(attempt ? { $push: { attempts: { $each: [{ at: now, ...attempt }], $slice: -attemptsKept } } } : {}),
          $unset: { claim: 1 },
        },
      );
      return modifiedCount === 1;
    },

    /** Stops every call that still waits. One that is on its way may arrive; its answer counts no more. */
    skipOpen: async (filter: { lead: string } | { enrollment: string }, because: string, now: Date): Promise<void> => {
      await rows.updateMany(
        { ...filter, state: 'waiting' },
        { $set: { state: 'failed', because, settledAt: now }, $unset: { claim: 1 } },
      );
    },

    byId: async (id: string): Promise<WebhookCall | undefined> => {
      const row = await rows.findOne({ _id: id });
      return row ? toCall(row) : undefined;
    },
    ofLead: async (lead: string): Promise<readonly WebhookCall[]> =>
      (await rows.find({ lead }).sort({ plannedAt: 1 }).toArray()).map(toCall),
    factsOf: async (enrollments: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, CallFacts>>> => {
      const found = enrollments.length > 0 ? await rows.find({ enrollment: { $in: [...enrollments] } }).toArray() : [];
      const facts = new Map<string, Map<string, CallFacts>>();
      for (const call of found.map(toCall)) {
        const own = facts.get(call.enrollment) ?? new Map<string, CallFacts>();
        const { state, because, settledAt, answer } = call;
        facts.set(call.enrollment, own.set(call.step, present({ state, because, settledAt, answer })));
      }
      return facts;
    },

    nextAttemptAt: async (): Promise<Date | undefined> => {
      const row = await rows.find({ state: 'waiting' }).sort({ nextAttemptAt: 1 }).limit(1).next();
      return row?.nextAttemptAt;
    },
  };
}

function toCall(document: unknown): WebhookCall {
  const { _id, ...row } = present(CallRow.parse(document));
  return { id: _id, ...row };
}
