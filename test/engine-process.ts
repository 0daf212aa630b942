import { openEmbeddedEngine } from '../src/store/embedded-engine.js';

// One MongoDB engine for a whole test run, in a process of its own. Prints where it listens; ends with its parent.
const [dataDir = '', cacheDir = ''] = process.argv.slice(2);
const engine = await openEmbeddedEngine(dataDir, { cacheDir });
process.stdout.write(`${engine.uri}\n`);
process.stdin.resume();
process.stdin.once('end', () => void engine.stop().then(() => process.exit(0)));
