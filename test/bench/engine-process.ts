import * as z from 'zod';
import { openEmbeddedEngine } from '../../src/store/embedded-engine.js';
import { answerParent } from './answering.js';

/** The embedded MongoDB in a process of its own, which several workers share and whose memory is not theirs. */
answerParent({
  open: async (dataDir) => (await openEmbeddedEngine(z.string().parse(dataDir))).uri,
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
});
