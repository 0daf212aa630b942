import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { idFrom } from '../src/event/id.js';
import { captureLead } from '../src/lead/capture.js';
import { captureMany } from '../src/lead/capture-many.js';
import { LeadBody } from '../src/api/lead-body.js';
import { tellStory } from '../src/lead/story.js';
import { isNews } from '../src/lead/told.js';
import { type Project, readProject } from '../src/sequence/project.js';
import { type Database, openDatabase } from '../src/store/database.js';
import { engineOn } from '../src/store/engine-store.js';
import type { LeadInput } from '../src/journey/lead-input.js';
import { openStore, type Store } from '../src/store/open-store.js';
import { deriveSecrets } from '../src/store/secrets.js';
import { aLeadOfAnyKind, aProjectWithDelivery } from './arbitraries.js';
import { isLong, tries } from './proof/length.js';
import { filesOf } from './proof/project-of-files.js';
import { testDatabase } from './support.js';

const now = new Date('2026-03-02T09:00:00Z');
const defaultTimeZone = 'Europe/Paris';

let database: Database;
let store: Store;
beforeAll(async () => {
  database = await openDatabase({ dataDir: '', uri: testDatabase(), mayShare: false, say: () => {} });
  store = await openStore(database.db, deriveSecrets('a secret that only tests know of'));
});
afterAll(() => database.stop());

/** Empties the database, and gives what captures leads in it by the project. */
async function fresh(project: Project) {
  const all = (await database.db.collections()).filter(({ collectionName }) => collectionName !== 'settings');
  await Promise.all(all.map((rows) => rows.deleteMany({})));
  await store.winners.refresh();
  await store.revisions.deploy(project, now);
  let ids = 0;
  // Which way of a split a lead takes comes from its id: it has the same one each time.
  let next: readonly string[] = [];
  const newId = (): string => {
    const [id = `id-${(ids += 1)}`, ...rest] = next;
    next = rest;
    return id;
  };
  const expectNew = (inputs: readonly LeadInput[]): void =>
    void (next = inputs.map(({ emailKey }) => idFrom('lead', emailKey)));
  const faults: unknown[] = [];
  const onFault = (error: unknown): void => void faults.push(error);
  const engine = engineOn(store, { now: () => now, newId, project: () => project, defaultTimeZone, onFault });
  return { store, engine, newId, expectNew, defaultTimeZone, faults };
}

/** All that stands in the database of leads, by their addresses; ids, which are other ones each time, are left out. */
async function pictureOf({ engine }: Awaited<ReturnType<typeof fresh>>, project: Project) {
  const picture = new Map<string, unknown>();
  for await (const { id, ...lead } of store.leads.all()) {
    const events = await store.events.ofLead(id);
    const nameOf = new Map(events.map((event) => [event.id, `${event.type} ${event.about ?? ''}`]));
    const open = await database.db.collection('events').countDocuments({ lead: id, applied: { $ne: true } });
    picture.set(lead.email, {
      lead: { ...lead, entries: lead.entries.map((entry) => ({ ...entry, event: nameOf.get(entry.event) })) },
      events: events.map((event) => JSON.stringify({ ...event, id: 0, lead: 0 })).toSorted(),
      open,
      runs: (await store.enrollments.ofLead(id))
        .map((run) => ({ ...run, id: '', key: run.key === undefined ? undefined : 'a key' }))
        .toSorted((a, b) => a.sequence.localeCompare(b.sequence)),
      next: (await tellStory(id, store, engine, project))?.next.map((line) => ({ ...line, enrollment: undefined })),
    });
  }
  return picture;
}

/** What time zones and languages are guessed from. */
const aHome = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  { country: 'FR' },
  { country: 'US', city: 'Chicago' },
);
const someInputs: fc.Arbitrary<readonly (readonly LeadInput[])[]> = fc
  .array(fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), aLeadOfAnyKind, aHome), { minLength: 1, maxLength: 6 }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((batches) =>
    batches.map((batch) => {
      const inputs = batch.map(([number, { consent, attributes, firstName, timezone, tags: own }, home]) =>
        LeadBody.parse({
          firstName,
          timezone,
          tags: own,
          attributes: { ...attributes, ...home },
          email: `lead-${number}@example.com`,
          consent: { status: consent, source: 'a list', at: now },
        }),
      );
      // Of each address the first: a batch has no address twice.
      return inputs.filter(({ emailKey }, i) => inputs.findIndex((one) => one.emailKey === emailKey) === i);
    }),
  );

test(
  'leads captured together end as leads captured one after the other',
  async () => {
    await fc.assert(
      fc.asyncProperty(aProjectWithDelivery, someInputs, fc.boolean(), async (files, batches, isSuppressed) => {
        const { project } = await readProject(filesOf(files));
        fc.pre(project !== undefined);
        const suppressed = { of: 'lead-1@example.com', reason: 'unsubscribed', at: now, by: 'a test' } as const;

        const slow = await fresh(project);
        if (isSuppressed) await store.suppressions.add(suppressed);
        for (const input of batches.flat()) {
          const before = await store.leads.byEmail(input.emailKey);
          slow.expectNew(before ? [] : [input]);
          // What says nothing new is left out in bulk; one by one it is another look at the lead.
          if (!before || isNews(before, input)) await captureLead(input, 'a list', store, slow.engine, slow.newId);
        }
        const one = await pictureOf(slow, project);

        const bulk = await fresh(project);
        if (isSuppressed) await store.suppressions.add(suppressed);
        const seen = new Set<string>();
        for (const batch of batches) {
          bulk.expectNew(batch.filter(({ emailKey }) => !seen.has(emailKey)));
          await captureMany(batch, 'a list', bulk);
          for (const { emailKey } of batch) seen.add(emailKey);
        }
        expect(await pictureOf(bulk, project)).toEqual(one);
        expect([...slow.faults, ...bulk.faults]).toEqual([]);
      }),
      tries(10, 300),
    );
  },
  isLong ? 3_600_000 : 120_000,
);
