import { afterEach, expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { openPlayer, type Player } from '../src/foresight/player.js';
import { playable } from '../src/foresight/simulator.js';
import { readProjectFolder } from '../src/project-folder.js';
import { readProject } from '../src/sequence/project.js';
import { aProjectFolder } from './support.js';

let player: Player | undefined;
let folder = '';

afterEach(async () => {
  await player?.stop();
  await rm(folder, { recursive: true });
});

async function aJob() {
  folder = await aProjectFolder();
  const { project } = await readProject(await readProjectFolder(folder));
  if (!project) throw new Error('the small project is not sound');
  const now = new Date('2026-03-02T09:00:00Z');
  return {
    kind: 'play' as const,
    written: { all: true, until: '3 days' },
    project: playable(project),
    now,
    defaultTimeZone: 'UTC',
    winners: new Map<string, string>(),
  };
}

test('a journey that takes too long is ended, and the next one is played', async () => {
  const job = await aJob();
  player = openPlayer({ withinMs: 1, memoryMb: 256, waiting: 5 });
  expect(await player.run(job)).toEqual({ kind: 'undone', because: 'time', afterMs: 1 });
  await player.stop();

  player = openPlayer({ withinMs: 60_000, memoryMb: 256, waiting: 5 });
  expect(await player.run(job)).toMatchObject({ kind: 'played' });
});

test('of journeys that come at once one is played after the other, and those beyond the queue are refused', async () => {
  const job = await aJob();
  player = openPlayer({ withinMs: 60_000, memoryMb: 256, waiting: 1 });
  const asked = [player.run(job), player.run(job), player.run(job)];
  expect((await Promise.all(asked)).map(({ kind }) => kind)).toEqual(['played', 'played', 'undone']);
});

test('a mistake of ours in a journey is told as one, and the thread goes on', async () => {
  const job = await aJob();
  player = openPlayer({ withinMs: 60_000, memoryMb: 256, waiting: 5 });
  expect(await player.run({ ...job, written: { all: 'yes' } })).toMatchObject({ kind: 'fault' });
  expect(await player.run(job)).toMatchObject({ kind: 'played' });
});

test('a thread that is stopped leaves nobody waiting', async () => {
  const job = await aJob();
  player = openPlayer({ withinMs: 60_000, memoryMb: 256, waiting: 5 });
  const asked = [player.run(job), player.run(job)];
  await player.stop();
  expect((await Promise.all(asked)).map(({ kind }) => kind)).toEqual(['undone', 'undone']);
});
