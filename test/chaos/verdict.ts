import { readFileSync } from 'node:fs';
import type { Db } from 'mongodb';
import * as z from 'zod';
import { idFrom } from '../../src/event/id.js';
import { auditLedger } from '../../src/store/audit.js';
import { mails } from './people.js';

/** What the receiver's record and the ledger say of a run, one against the other. */
export type Verdict = Readonly<Record<(typeof counted)[number], number>> & {
  readonly audit: readonly string[];
  /** The first ids of each kind, to look them up. */
  readonly examples: Readonly<Record<string, readonly string[]>>;
};
const counted = [
  'taken',
  'accepted',
  'uncertain',
  'uncertainTaken',
  'rejected',
  'failed',
  'lost',
  'duplicates',
  'notTaken',
  'notRecorded',
  'unfinished',
] as const;

const Run = z.object({ _id: z.string(), status: z.string(), endedBecause: z.string().nullish() });
const Row = z.object({ _id: z.string(), state: z.string(), attempts: z.array(z.object({ outcome: z.string() })) });
/** Whoever's mailbox turned out not to exist gets no more mails, and that is right. */
const gone = 'hard-bounced';

/** Failed though no server ever said no: there is no mail in a run that could not be sent. */
const givenUp = 'given up';

export async function judge(db: Db, record: string, now: Date): Promise<Verdict> {
  const taken = readFileSync(record, 'utf8').split('\n').filter(Boolean);
  const times = new Map<string, number>();
  for (const [id = ''] of taken.map((line) => line.split(' '))) times.set(id, (times.get(id) ?? 0) + 1);
  const states = new Map<string, string>();
  for await (const row of db.collection('messages').find().project({ state: 1, 'attempts.outcome': 1 })) {
    const { _id, state, attempts } = Row.parse(row);
    states.set(_id, state === 'failed' && attempts.length === 0 ? givenUp : state);
  }
  const found = new Map<string, string[]>();
  const note = (what: string, id: string): void => void found.set(what, [...(found.get(what) ?? []), id]);

  for await (const row of db.collection('enrollments').find().project({ status: 1, endedBecause: 1 })) {
    const run = Run.parse(row);
    if (run.status === 'active') note('unfinished', run._id);
    else if (run.endedBecause !== gone) for (const id of lostOf(run._id, states)) note('lost', id);
  }
  for (const [id, state] of states) {
    note(['queued', 'claimed', 'sending', 'deferred'].includes(state) ? 'unfinished' : state, id);
    if (state === 'accepted' && !times.has(id)) note('notTaken', id);
    if (state === 'uncertain' && times.has(id)) note('uncertainTaken', id);
  }
  for (const [id, count] of times) {
    if (count > 1) note('duplicates', id);
    if (!['accepted', 'uncertain'].includes(states.get(id) ?? '')) note('notRecorded', id);
  }
  const { findings } = await auditLedger(db, { now, lateMs: 10 * 60_000 });
  const count = (what: (typeof counted)[number]): number => found.get(what)?.length ?? 0;
  return {
    taken: taken.length,
    accepted: count('accepted'),
    uncertain: count('uncertain'),
    uncertainTaken: count('uncertainTaken'),
    rejected: count('rejected'),
    failed: count('failed'),
    lost: count('lost'),
    duplicates: count('duplicates'),
    notTaken: count('notTaken'),
    notRecorded: count('notRecorded'),
    unfinished: count('unfinished'),
    audit: findings.map(({ rule, count: rows }) => `${rule} (${rows})`),
    examples: Object.fromEntries(
      ['lost', 'duplicates', 'notTaken', 'notRecorded', 'unfinished', 'failed'].flatMap((what) => {
        const ids = found.get(what)?.slice(0, 5);
        return ids ? [[what, ids] as const] : [];
      }),
    ),
  };
}

/** The mails of a finished enrollment that never were, or were not sent though nothing forbade it. */
function lostOf(enrollment: string, states: ReadonlyMap<string, string>): readonly string[] {
  const ids = mails.map((step) => idFrom('message', enrollment, step));
  return ids.filter((id) => [undefined, 'skipped', givenUp].includes(states.get(id)));
}

/** What a run must not have done, in words; empty when it kept its promise. */
export function broken(verdict: Verdict, mostUncertain: number): readonly string[] {
  const { lost, duplicates, notTaken, notRecorded, unfinished, uncertain, audit } = verdict;
  return [
    ...(lost > 0 ? [`${lost} mails lost`] : []),
    ...(duplicates > 0 ? [`${duplicates} mails taken twice`] : []),
    ...(notTaken > 0 ? [`${notTaken} mails accepted in the ledger, which the server never took`] : []),
    ...(notRecorded > 0 ? [`${notRecorded} mails taken, of which the ledger does not know`] : []),
    ...(unfinished > 0 ? [`${unfinished} mails or runs not brought to their end`] : []),
    ...(uncertain > mostUncertain ? [`${uncertain} mails uncertain, of at most ${mostUncertain}`] : []),
    ...audit.map((finding) => `audit: ${finding}`),
  ];
}
