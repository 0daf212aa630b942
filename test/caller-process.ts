import { openCaller } from '../src/delivery/caller.js';
import { openCalls } from '../src/store/calls.js';
import { openDatabase } from '../src/store/database.js';
import { openEnrollments } from '../src/store/enrollments.js';
import { openLeads } from '../src/store/leads.js';
import { openRevisions } from '../src/store/revisions.js';
import { aProject } from './builders.js';

/** A process that makes the calls that are due at an instant: caller-process.ts <connection string> <instant>. A test kills it. */
const [uri, instant = ''] = process.argv.slice(2);
const { db } = await openDatabase({ uri, dataDir: '', mayShare: false, say: () => {} });
const store = {
  leads: await openLeads(db),
  enrollments: await openEnrollments(db),
  revisions: await openRevisions(db),
  calls: await openCalls(db),
};
const caller = openCaller(store, {
  now: () => new Date(instant),
  newId: () => `claim of ${process.pid}`,
  project: () => aProject(),
  scoreOf: () => 7,
  key: Buffer.alloc(32, 'k'),
  allowPrivate: true,
});
await caller.callBatch();
// Whoever killed it too late finds it gone by itself.
process.exit(0);
