import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, statfs } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Processes of tests share them: an engine takes 2 % of a core also when nothing is asked of it. */
const engines = Math.min(2, availableParallelism());

/** Opens the MongoDB engines of the run; every test file has databases of its own on them. */
export default async function setUp() {
  const dataDir = await mkdtemp(join(await roomyFolder(), 'rivulet-tests-'));
  const opened = [];
  // One after another: the first lays out what all of them start from.
  for (let i = 0; i < engines; i += 1) opened.push(await openEngine(join(dataDir, String(i))));
  const emptied = join(dataDir, 'emptied');
  await mkdir(emptied);
  process.env.RIVULET_TEST_EMPTIED = emptied;
  process.env.RIVULET_TEST_MONGODB = opened.map(({ uri }) => uri).join(' ');
  globalThis.rivuletTestEngines = { engines: opened.map(({ engine }) => engine), dataDir };
}

async function openEngine(folder) {
  await mkdir(folder);
  const program = [resolve('test/engine-process.ts'), folder, resolve('node_modules/.cache/rivulet-native')];
  const engine = spawn(process.execPath, ['--import', 'tsx', ...program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(engine, 'exit').then(([code]) => {
    throw new Error(`a MongoDB engine for the tests ended at once (exit code ${code}); its reason stands above`);
  });
  const [uri] = await Promise.race([once(engine.stdout, 'data'), ended]);
  ended.catch(() => {});
  return { engine, uri: String(uri).trim() };
}

/**
 * Hundreds of databases are made and dropped in a run, which takes half the time where memory can be written to like a disk.
 * What a disk keeps when the power goes is for the chaos run to find out.
 */
async function roomyFolder() {
  const { bavail, bsize } = await statfs(inMemory).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize > enough ? inMemory : tmpdir();
}

const inMemory = '/dev/shm';
/** Containers often have 64 MB there. */
const enough = 4e9;
