import { renameSync, symlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { openEmbeddedEngine } from '../../src/store/embedded-engine.js';
import { serveUnjournaled } from './unjournaled.js';

// The embedded MongoDB as a server of its own, to be killed: engine.ts <data directory> <socket> [no-journal]. It is always
// reached at the same socket, whatever its own is called this time.
const [dataDir = '', socket = '', mode] = process.argv.slice(2);
const engine = await openEmbeddedEngine(dataDir, { cacheDir: resolve('node_modules/.cache/rivulet-native') });
const own = decodeURIComponent(new URL(engine.uri).host);
if (mode === 'no-journal') await serveUnjournaled(own, `${socket}.${process.pid}`);
else symlinkSync(own, `${socket}.${process.pid}`);
// At once, so that there is no instant at which a dead one's is gone and nothing is there.
renameSync(`${socket}.${process.pid}`, socket);
process.send?.({ uri: `mongodb://${encodeURIComponent(socket)}/chaos?directConnection=true` });
process.on('disconnect', () => void engine.stop().then(() => process.exit(0)));
