import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { journaled } from '../../src/store/rows.js';
import { type ChaosEngine, startEngine } from './children.js';

// What all else rests on: a write that the embedded engine has acknowledged is still there when it was killed.

type Row = { readonly _id: number; readonly round: number };
const writers = 16;
const rowsEach = 2000;

let dir: string;
let engine: ChaosEngine;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rvd-'));
  engine = await startEngine(dir);
  const client = new MongoClient(engine.uri);
  const rows = Array.from({ length: writers * rowsEach }, (_, _id): Row => ({ _id, round: -1 }));
  await client.db().collection<Row>('rows', journaled).insertMany(rows);
  await client.close();
}, 60_000);
afterAll(async () => {
  await engine.kill();
  await rm(dir, { recursive: true, force: true });
});

test('a journaled write that was acknowledged survives the death of the database', async () => {
  let acknowledged = 0;
  const lost: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    const written = await writeUntilKilled(round);
    acknowledged += written.length;
    await engine.comeBack();
    const kept = await keptIn(round);
    lost.push(...written.filter((id) => !kept.has(id)));
  }
  expect(acknowledged).toBeGreaterThan(1000);
  expect(lost).toEqual([]);
}, 180_000);

/** Writes over many connections until the database is killed; answers the rows whose write was acknowledged. */
async function writeUntilKilled(round: number): Promise<readonly number[]> {
  const client = new MongoClient(engine.uri, { serverSelectionTimeoutMS: 1000 });
  const rows = client.db().collection<Row>('rows', journaled);
  const written: number[] = [];
  let isDead = false;
  let heardEnough = (): void => {};
  const enough = new Promise<void>((resolve) => (heardEnough = resolve));
  const write = async (writer: number): Promise<void> => {
    for (let i = 0; i < rowsEach && !isDead; i += 1) {
      const _id = writer * rowsEach + i;
      const result = await rows.updateOne({ _id }, { $set: { round } }).catch(() => undefined);
      if (!result) return;
      written.push(_id);
      if (written.length === 200 + round * 50) heardEnough();
    }
  };
  const lines = Array.from({ length: writers }, (_, writer) => write(writer));
  await enough;
  await engine.kill();
  isDead = true;
  await Promise.all(lines);
  await client.close();
  return written;
}

async function keptIn(round: number): Promise<ReadonlySet<number>> {
  const client = new MongoClient(engine.uri);
  const found = await client
    .db()
    .collection<Row>('rows')
    .find({ round })
    .project<{ _id: number }>({ _id: 1 })
    .toArray();
  await client.close();
  return new Set(found.map(({ _id }) => _id));
}
