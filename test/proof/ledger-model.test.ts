import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Request, Row, Statement } from '../model-collection.js';
import { type History, type Pauses, playHistory, type Sabotage } from './ledger-world.js';
import { isLong } from './length.js';

const pauses: Pauses = { wait: () => Promise.resolve() };
const { setTimeout: pauseForReal } = timers;
// The writer waits half a second before it tries again; here that is one more event, and takes no time.
beforeAll(() => pauseBy(() => pauses.wait()));
afterAll(() => pauseBy(pauseForReal));

jest.setTimeout(3_600_000);

/** SEED=4711 plays that history alone. A long proof tries others each time. */
const asked = process.env['SEED'];
const firstSeed = Number(asked ?? (isLong ? Date.now() % 1e9 : 1));
const count = asked ? 1 : isLong ? 100_000 : 1000;

function pauseBy(pause: typeof timers.setTimeout | (() => Promise<void>)): void {
  Object.assign(timers, { setTimeout: pause });
  syncBuiltinESMExports();
}

describe('whatever crashes, is lost, comes late or comes twice', () => {
  test(`in ${count} histories from seed ${firstSeed} no mail is sent twice, none is forgotten, and what has ended stays so`, async () => {
    const totals = await playAll(firstSeed, count);
    process.stdout.write(`ledger: ${count} histories from seed ${firstSeed}: ${JSON.stringify(totals)}\n`);
    if (asked) return;
    // Histories in which nothing went wrong would prove nothing.
    const { accepted, crashes, freezes, lost, retries, uncertain } = totals;
    expect(Math.min(accepted, lost)).toBeGreaterThan(count);
    expect(Math.min(crashes, freezes)).toBeGreaterThan(count / 5);
    expect(Math.min(uncertain, retries)).toBeGreaterThan(count / 20);
  });

  test.each<[string, Sabotage, RegExp]>([
    [
      'a mark that anybody may make',
      { request: marks(({ _id }) => ({ _id })) },
      /went over without a claim|was \w+ and became sending/,
    ],
    ['a mark that does not ask for the claim', { request: marks(without('claim')) }, /handed over|sending|sent/],
    ['a settlement by whoever comes', { request: settlements(without('claim')) }, /sent again|server has it/],
    ['a settlement of what has ended', { request: settlements(without('claim', 'state')) }, /was \w+ and became/],
    ['a release by whoever comes', { request: releases(without('claim')) }, /sent again|never stopped/],
    [
      'a claim of what somebody has',
      { request: claims(without('state')) },
      /was \w+ and became|sent again|handed over/,
    ],
    [
      'an unsubscribe that stops what is being sent',
      { request: setting('skipped', { filter: without('state') }) },
      /was \w+ and became|server has it/,
    ],
    [
      'reconciling that sends again what was being sent',
      { request: setting('uncertain', { set: { state: 'queued' } }) },
      /sent again/,
    ],
    [
      'a retry after every network error',
      { handover: (one) => (one.kind === 'uncertain' ? { kind: 'deferred', because: 'later', reply: 'lost' } : one) },
      /is to be sent again, and the server has it/,
    ],
  ])('%s is found out', async (_, sabotage, how) => {
    await expect(playAll(1, 1500, sabotage)).rejects.toMatchObject({ cause: { message: expect.stringMatching(how) } });
  });
});

async function playAll(from: number, many: number, sabotage?: Sabotage): Promise<History> {
  const totals = { steps: 0, accepted: 0, uncertain: 0, crashes: 0, freezes: 0, lost: 0, retries: 0 };
  for (let seed = from; seed < from + many; seed += 1) {
    const history = await playHistory(seed, pauses, sabotage).catch((cause: unknown) => {
      throw new Error(`the history of SEED=${seed} broke a promise`, { cause });
    });
    totals.steps += history.steps;
    totals.accepted += history.accepted;
    totals.uncertain += history.uncertain;
    totals.crashes += history.crashes;
    totals.freezes += history.freezes;
    totals.lost += history.lost;
    totals.retries += history.retries;
  }
  return totals;
}

type Edit = (filter: Row) => Row;
type Change = NonNullable<Sabotage['request']>;

function without(...guards: readonly string[]): Edit {
  return (filter) => Object.fromEntries(Object.entries(filter).filter(([key]) => !guards.includes(key)));
}

function editing(isMeant: (statement: Statement) => boolean, edit: (statement: Statement) => Statement): Change {
  const edited = (one: Statement): Statement => (isMeant(one) ? edit(one) : one);
  return (request: Request): Request =>
    request.kind === 'update' ? { ...request, statements: request.statements.map(edited) } : request;
}

function marks(edit: Edit): Change {
  return editing(isMark, (one) => ({ ...one, filter: edit(one.filter) }));
}

function settlements(edit: Edit): Change {
  return editing(
    (one) => 'claim' in one.filter && setsOf(one).some((set) => 'because' in set),
    (one) => ({ ...one, filter: edit(one.filter) }),
  );
}

function isMark(one: Statement): boolean {
  return setsOf(one).some(({ state }) => state === 'sending');
}

function setsOf({ change }: Statement): readonly Row[] {
  return change.kind === 'own' ? Object.values(change.sets) : [change.set];
}

function releases(edit: Edit): Change {
  return editing(
    ({ change }) => change.kind === 'fields' && change.set['state'] === 'queued' && 'claims' in change.set,
    (one) => ({ ...one, filter: edit(one.filter) }),
  );
}

function claims(edit: Edit): Change {
  return setting('claimed', { filter: edit });
}

/** Changes what sets rows to a state. */
function setting(
  state: string,
  { filter = (same) => same, set }: { readonly filter?: Edit; readonly set?: Row },
): Change {
  return editing(
    ({ change }) => change.kind === 'fields' && change.set['state'] === state,
    ({ change, ...one }) => ({
      ...one,
      filter: filter(one.filter),
      change: change.kind === 'fields' && set ? { ...change, set } : change,
    }),
  );
}
