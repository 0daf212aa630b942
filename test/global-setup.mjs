import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Opens one MongoDB engine for the run; every test file has a database of its own on it. */
export default async function setUp() {
  const dataDir = await mkdtemp(join(await roomyFolder(), 'rivulet-tests-'));
  const program = [resolve('test/engine-process.ts'), dataDir, resolve('node_modules/.cache/rivulet-native')];
  const engine = spawn(process.execPath, ['--import', 'tsx', ...program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(engine, 'exit').then(([code]) => {
    throw new Error(`the MongoDB engine for the tests ended at once (exit code ${code}); its reason stands above`);
  });
  const [uri] = await Promise.race([once(engine.stdout, 'data'), ended]);
  process.env.RIVULET_TEST_MONGODB = String(uri).trim();
  globalThis.rivuletTestEngine = { engine, dataDir };
  ended.catch(() => {});
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
