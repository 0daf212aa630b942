import { once } from 'node:events';
import { rm } from 'node:fs/promises';

export default async function tearDown() {
  const { engine, dataDir } = globalThis.rivuletTestEngine;
  engine.stdin.end();
  await once(engine, 'exit');
  await rm(dataDir, { recursive: true, force: true });
}
