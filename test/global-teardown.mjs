import { once } from 'node:events';
import { rm } from 'node:fs/promises';

export default async function tearDown() {
  const { engines, dataDir } = globalThis.rivuletTestEngines;
  for (const engine of engines) {
    engine.stdin.end();
    // One that has ended already says so no more.
    if (engine.exitCode === null && engine.signalCode === null) await once(engine, 'exit');
  }
  await rm(dataDir, { recursive: true, force: true });
}
