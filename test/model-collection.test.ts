import { describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { type Mark, openLedger, type Outcome } from '../src/store/ledger.js';
import type { Message, MessageDocument, MessagePlan } from '../src/store/message-row.js';
import { journaled } from '../src/store/rows.js';
import { openRandom, type Random } from './chaos/random.js';
import { modelDatabase, openTable, performAtOnce } from './model-collection.js';
import { testDatabase } from './support.js';

describe('the model of the database', () => {
  test('answers and leaves what the real one answers and leaves', async () => {
    const client = await new MongoClient(testDatabase(), { ignoreUndefined: true }).connect();
    const rows = client.db().collection<MessageDocument>('messages', journaled);
    const table = openTable();
    const model = modelDatabase((request) => Promise.resolve(performAtOnce(table, request)));
    const [real, own] = [openLedger(client.db(), rows), openLedger(model, model.collection('messages'))];
    const random = openRandom(4711);
    const seen = new Set<unknown>();
    for (let turn = 0; turn < 600; turn += 1) {
      // Of mails due at one instant either database may take any: a limit is tried while there are none.
      const step = anyStep(random, turn);
      expect(await step(own)).toEqual(await step(real));
      const left = await rows.find().sort({ _id: 1 }).toArray();
      expect(left).toEqual([...table.rows.keys()].toSorted().map((id) => table.rows.get(id)));
      for (const { state } of left) seen.add(state);
    }
    expect(seen).toEqual(new Set(states));
    await client.db().dropDatabase();
    await client.close();
  });

  test.each<[string, (rows: ReturnType<typeof aCollection>) => unknown]>([
    ['an operator', (rows) => rows.find({ attempts: { $size: 1 } }).toArray()],
    ['an option', (rows) => rows.updateMany({}, { $set: { state: 'queued' } }, { upsert: true })],
    ['a change', (rows) => rows.updateOne({}, { $min: { claims: 1 } })],
    ['a method', (rows) => rows.deleteMany({})],
    ['a condition that the driver would leave out', (rows) => rows.find(Object.fromEntries([['lead', undefined]]))],
  ])('refuses %s that it does not know', async (_, call) => {
    await expect(Promise.resolve(aCollection()).then(call)).rejects.toThrow(/model|nrecognized/);
  });
});

type Ledger = ReturnType<typeof openLedger>;
type Step = (ledger: Ledger) => Promise<unknown>;
const states = [
  'queued',
  'claimed',
  'sending',
  'accepted',
  'deferred',
  'rejected',
  'failed',
  'skipped',
  'uncertain',
] as const;

/** One call of the ledger with anything in it, of few mails, claims and minutes, so that they meet. `isCut`: it takes some of what is due. */
function anyStep(random: Random, turn: number): Step {
  const isCut = turn < 300;
  const first = Math.floor(turn / 50) * 6;
  const some = <T>(one: () => T): readonly T[] => Array.from({ length: random.between(1, 5) }, one);
  const id = (): string => `mail ${first + random.between(1, 6)}`;
  const fence = (): string => `claim ${random.between(1, 2)}`;
  const at = (): Date => new Date(Date.UTC(2026, 2, 2, 9) + random.between(0, 40 * 60_000));
  const [now, claim, lead] = [at(), fence(), `lead ${id()}`];
  const aPlan = (): MessagePlan => {
    const own = id();
    const errand = { enrollment: `run ${own}`, lead: `lead ${own}`, sequence: 's', revision: 'r', step: 'first' };
    return { ...errand, ...(random.next() < 0.2 ? { to: 'm@x.test' } : {}), id: own, plannedAt: at(), expiresAt: at() };
  };
  const anOutcome = (): Outcome => {
    const state = random.pick([
      'accepted',
      'deferred',
      'rejected',
      'failed',
      'skipped',
      'uncertain',
      'queued',
    ] as const);
    const again = state === 'deferred' || state === 'queued' ? { nextAttemptAt: at() } : {};
    const parked = state === 'queued' && random.next() < 0.5 ? { isParked: true as const } : {};
    return { id: id(), claim: fence(), attempts: [], state, because: 'so', ...again, ...parked };
  };
  const aMark = (): Mark => {
    const links = random.next() < 0.5 ? '$links' : undefined;
    return { id: id(), claim: fence(), links, transport: 'smtp', isRepeatable: random.next() < 0.3 };
  };
  const ids = some(id);
  switch (random.between(1, 11)) {
    case 1:
    case 2: {
      const plans = [...new Map(some(aPlan).map((plan) => [plan.id, plan])).values()];
      const held = random.next() < 0.5 ? claim : undefined;
      return async (ledger) => sorted(await ledger.plan(plans, held));
    }
    case 3:
    case 4: {
      const limit = isCut ? random.between(1, 5) : 100;
      return async (ledger) => sorted(await ledger.claim(now, limit, claim));
    }
    case 5:
    case 6: {
      const marked = [...new Map(some(aMark).map((one) => [one.id, one])).values()];
      return (ledger) => ledger.exchange([], marked, now);
    }
    case 7:
    case 11: {
      const settled = [...new Map(some(anOutcome).map((one) => [one.id, one])).values()];
      return (ledger) => ledger.exchange(settled, [], now);
    }
    case 8:
      return (ledger) => ledger.release(ids, claim);
    case 9:
      return isCut || random.next() < 0.5
        ? (ledger) => ledger.skipOpen({ lead }, 'unsubscribed', now)
        : (ledger) => ledger.unpark(now);
    default:
      return async (ledger) => {
        await ledger.confirm(ids[0] ?? '');
        const { freed, setAside, uncertain } = await ledger.reconcile(now);
        return { freed, setAside: setAside.toSorted(), uncertain: uncertain.toSorted() };
      };
  }
}

function sorted(messages: readonly Message[]): readonly Message[] {
  return messages.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function aCollection() {
  const table = openTable();
  return modelDatabase((request) => Promise.resolve(performAtOnce(table, request))).collection('messages');
}
