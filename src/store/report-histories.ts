import type { Collection, Db, Document } from 'mongodb';
import * as z from 'zod';
import { consentStatuses, mailStates } from '../journey/facts.js';
import {
  countedTypes,
  type Happening,
  type History,
  type Run,
  type SentMail,
  type TakenWay,
} from '../report/history.js';
import type { Program, StepOfKind } from '../sequence/program.js';
import { grouped } from '../grouping.js';
import { FieldValue, inOneBatch, maybe, present } from './rows.js';

/** The columns that reports need, of each kind of row. */
const HappeningRow = z.object({
  _id: z.string(),
  lead: z.string(),
  type: z.string(),
  at: z.date(),
  machine: z.boolean(),
  source: z.string(),
  about: maybe(z.string()),
  message: maybe(z.string()),
  sequence: maybe(z.string()),
  hard: maybe(z.boolean()),
  data: maybe(z.object({ value: FieldValue.optional(), currency: FieldValue.optional() })),
});
const MailRow = z.object({
  _id: z.string(),
  lead: z.string(),
  sequence: z.string(),
  step: z.string(),
  enrollment: z.string(),
  state: z.enum(mailStates),
  plannedAt: z.date(),
  settledAt: maybe(z.date()),
});
const RunRow = z.object({
  _id: z.string(),
  lead: z.string(),
  sequence: z.string(),
  revision: z.string(),
  endedAt: maybe(z.date()),
  endedBecause: maybe(z.string()),
  splits: maybe(z.array(z.object({ key: z.string(), way: z.string(), at: z.date() }))),
  goals: maybe(z.array(z.object({ at: z.date() }))),
});
const LeadRow = z.object({
  _id: z.string(),
  createdAt: z.date(),
  consent: z.object({ status: z.enum(consentStatuses) }),
  attributes: z.object({ source: FieldValue.optional() }),
});

const happeningColumns = { type: 1, at: 1, machine: 1, source: 1, about: 1, message: 1, sequence: 1, hard: 1, lead: 1 };
/** States of mails that a server may have; a failed one may have come back. */
const gone = ['accepted', 'uncertain', 'rejected', 'failed'];

/** Times of what became known: after the first, until the second. */
export type Window = { readonly after: Date; readonly upTo: Date };

/** Leads of whom something became known. `byEvents` alone tells by their number whether it is counted already. */
export type Touched = { readonly byEvents: ReadonlySet<string>; readonly otherwise: ReadonlySet<string> };

/** Rows by the column that says when they became known. */
type Known = { readonly rows: Collection; readonly column: string };

/** The first instant by which `most` of one kind have become known, the end of the window at the latest. */
export async function reachOf(kinds: readonly Known[], { after, upTo }: Window, most: number): Promise<Date> {
  const ends = await Promise.all(
    kinds.map(async ({ rows, column }) => {
      const found = await rows
        .find({ [column]: { $gt: after, $lte: upTo } })
        .sort({ [column]: 1 })
        .skip(most)
        .limit(1)
        .project({ _id: 0, [column]: 1 })
        .next();
      return found ? z.date().parse(found[column]) : upTo;
    }),
  );
  return ends.reduce((a, b) => (a < b ? a : b));
}

/** What reports ask of events, mails and runs: of whom something became known, and what is known of them. */
export async function openReportHistories(db: Db) {
  const [events, mails, runs, leads] = ['events', 'messages', 'enrollments', 'leads'].map((name) =>
    db.collection(name),
  );
  if (!events || !mails || !runs || !leads) throw new Error('a collection has no name');
  // Of whom something became known since an instant. It costs 7 µs an event, about a tenth of what taking one in costs; a
  // note of each lead beside its events would cost more, and one in memory would not outlive its process.
  await events.createIndex({ receivedAt: 1 }, { name: 'received' });
  // Beside what sending writes anyway this one cannot be measured.
  await mails.createIndex({ settledAt: 1 }, { name: 'settled', sparse: true });
  // A run tells of two things that no event does: the way that it took at a split, and that it reached its goal.
  await runs.createIndexes([
    { key: { 'splits.at': 1 }, name: 'split', sparse: true },
    { key: { endedAt: 1 }, name: 'ended', sparse: true },
  ]);

  return {
    /** Until when one may look so that no more than some events and mails have come in. */
    reachOf: (window: Window, most: number): Promise<Date> =>
      reachOf(
        [
          { rows: events, column: 'receivedAt' },
          { rows: mails, column: 'settledAt' },
        ],
        window,
        most,
      ),
    touched: async ({ after, upTo }: Window): Promise<Touched> => {
      const within = { $gt: after, $lte: upTo };
      const ids = async (rows: typeof events, which: Document): Promise<readonly string[]> => {
        const found = rows.aggregate([{ $match: which }, { $group: { _id: '$lead' } }], inOneBatch);
        return (await found.toArray()).map(({ _id }) => String(_id));
      };
      const told = await ids(events, { receivedAt: within });
      const others = [
        await ids(mails, { settledAt: within }),
        await ids(runs, { 'splits.at': within }),
        await ids(runs, { endedAt: within }),
      ];
      return { byEvents: new Set(told), otherwise: new Set(others.flat()) };
    },
    /** How many events there are of leads, read from the index alone. */
    eventCounts: async (ids: readonly string[]): Promise<ReadonlyMap<string, number>> => {
      const counts = await events
        .aggregate([{ $match: { lead: { $in: [...ids] } } }, { $group: { _id: '$lead', n: { $sum: 1 } } }], inOneBatch)
        .toArray();
      return new Map(counts.map(({ _id, n }) => [String(_id), Number(n)]));
    },
    /** Leads after one, in the order of their ids. */
    after: async (id: string, limit: number): Promise<readonly string[]> => {
      const found = await leads
        .find({ _id: { $gt: id } } as Document)
        .sort({ _id: 1 })
        .limit(limit)
        .project({ _id: 1 })
        .toArray();
      return found.map(({ _id }) => String(_id));
    },
    count: () => leads.estimatedDocumentCount(),
    /** All that is known of some leads. One that there is not is left out: nothing of it counts. */
    of: async (ids: readonly string[], programOf: ProgramOf): Promise<ReadonlyMap<string, History>> => {
      const which = { lead: { $in: [...ids] } };
      const [who, sent, went] = await Promise.all([
        leads
          .find({ _id: { $in: [...ids] } } as Document, inOneBatch)
          .project({ createdAt: 1, 'consent.status': 1, 'attributes.source': 1 })
          .toArray(),
        mails
          .find({ ...which, to: { $exists: false }, state: { $in: gone } }, inOneBatch)
          .project(Object.fromEntries(Object.keys(MailRow.shape).map((column) => [column, 1])))
          .toArray(),
        runs.find(which, inOneBatch).project(runColumns).toArray(),
      ]);
      const ran = await Promise.all(went.map((row) => toRun(RunRow.parse(row), programOf)));
      const asked = ran.flatMap(({ run }) => run.ways.flatMap(({ by }) => by ?? []));
      const types = [...new Set([...countedTypes, ...asked])];
      const told = await events
        .find({ ...which, type: { $in: types } }, inOneBatch)
        .project({ ...happeningColumns, 'data.value': 1, 'data.currency': 1 })
        .toArray();
      const happenings = grouped(told.map(toHappening), ({ lead }) => lead);
      const mailsOf = grouped(sent.map(toMail), ({ lead }) => lead);
      const runsOf = grouped(ran, ({ lead }) => lead);
      return new Map(
        who.map((row) => {
          const { _id, createdAt, consent, attributes } = LeadRow.parse(row);
          const source = typeof attributes.source === 'string' ? { source: attributes.source } : {};
          const history: History = {
            lead: { createdAt, consent: consent.status, ...source },
            happenings: (happenings.get(_id) ?? []).map(({ happening }) => happening),
            mails: (mailsOf.get(_id) ?? []).map(({ mail }) => mail),
            runs: (runsOf.get(_id) ?? []).map(({ run }) => run),
          };
          return [_id, history];
        }),
      );
    },
  };
}

/** The program of a revision, undefined when it cannot be read any more. */
export type ProgramOf = (revision: string) => Promise<Program | undefined>;

/** Of a run's diary only what tells of goals. */
const runColumns = {
  lead: 1,
  sequence: 1,
  revision: 1,
  endedAt: 1,
  endedBecause: 1,
  splits: 1,
  goals: { $filter: { input: '$history', as: 'entry', cond: { $eq: ['$$entry.did', 'reached the goal'] } } },
};

function toHappening(row: unknown): { readonly lead: string; readonly happening: Happening } {
  const { _id: id, lead, data, ...rest } = HappeningRow.parse(row);
  return { lead, happening: { id, ...present(rest), ...(data ? { data: present(data) } : {}) } };
}

function toMail(row: unknown): { readonly lead: string; readonly mail: SentMail } {
  const { _id: id, lead, plannedAt, settledAt, ...rest } = MailRow.parse(row);
  return { lead, mail: { id, at: settledAt ?? plannedAt, ...rest } };
}

async function toRun(
  { _id: id, lead, sequence, revision, splits = [], ...end }: z.output<typeof RunRow>,
  programOf: ProgramOf,
): Promise<{ readonly lead: string; readonly run: Run }> {
  const program = splits.length > 0 ? await programOf(revision) : undefined;
  const known = [...(program?.steps.values() ?? [])].filter(
    (step): step is StepOfKind<'split'> => step.kind === 'split',
  );
  const ways = splits.map(({ key, way, at }): TakenWay => {
    const step = known.find((one) => one.key === key);
    const by = step?.winner?.by;
    const isOwn = by !== undefined && !['opened', 'clicked', 'replied', 'converted'].includes(by);
    const own = step?.ways.find(({ name }) => name === way)?.mails ?? [];
    return { split: key, way, at, mails: own, ...(isOwn ? { by } : {}) };
  });
  const goalAt = goalOf(end);
  return { lead, run: { id, sequence, ways, ...(goalAt ? { goalAt } : {}) } };
}

/**
 * When a run came to its goal. A run that ended because its lead converted has reached what there is to reach, whether its
 * file calls that a goal or not. Told once it has ended: only then is there a time by which it is found.
 */
function goalOf({ goals = [], endedAt, endedBecause = '' }: Partial<z.output<typeof RunRow>>): Date | undefined {
  if (!endedAt) return undefined;
  const [step] = goals;
  return step?.at ?? (/^goal reached: |^converted$/.test(endedBecause) ? endedAt : undefined);
}
