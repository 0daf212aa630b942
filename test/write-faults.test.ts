import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { recordEvent } from '../src/engine.js';
import { idFrom } from '../src/event/id.js';
import type { Message } from '../src/store/message-row.js';
import { openDatabaseProxy, type WriteFault } from './database-proxy.js';
import { type MailServer, startMailServer } from './mail-server.js';
import {
  aProjectFolder,
  aSequenceFile,
  eventually,
  jobsOf,
  startTestRivulet,
  testDatabase,
  type TestRivulet,
} from './support.js';

jest.setTimeout(180_000);

/** Far more than a round ever writes: the round in which nothing happens counts them. */
const none = 1_000_000;
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const leads = ['ada', 'bea', 'cleo'];
/** Rivulets that take turns with the writes: what each waits for an outage to end, the others use. */
const atOnce = 6;

const faults: readonly [string, WriteFault][] = [
  ['whose answer never comes', { kind: 'unheard' }],
  ['that never reaches the database', { kind: 'unsent' }],
  ['refused by a server that is no primary', { kind: 'refused', code: 10_107, codeName: 'NotWritablePrimary' }],
  ['refused by a primary that has just stepped down', { kind: 'refused', code: 189, codeName: 'PrimarySteppedDown' }],
  ['broken off by an election', { kind: 'refused', code: 11_602, codeName: 'InterruptedDueToReplStateChange' }],
];

let project: string;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rvp-'));
  project = await aProjectFolder({
    'sequences/hello.json': aSequenceFile(
      [
        { id: 'first', send: 'hello', subject: 'First' },
        { wait: '1 day' },
        { id: 'second', send: 'hello', subject: 'Second' },
      ],
      { enroll: { on: 'lead.created' } },
    ),
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(faults)('with any one write %s, each lead gets each mail once, and each run ends', async (name, fault) => {
  const worlds = await Promise.all(Array.from({ length: atOnce }, (_, i) => openWorld(`${name} ${i}`)));
  const untroubled = await Promise.all(worlds.map(({ play }) => play(none, fault)));
  expect(untroubled.flatMap(({ problems }) => problems)).toEqual([]);
  // Two rounds may put the same mails into groups of other sizes.
  const most = Math.max(...untroubled.map(({ writes }) => writes.length)) + 3;
  let hits = 0;
  const found = await Promise.all(
    worlds.map(async ({ play }, i) => {
      const problems: string[] = [];
      for (let nth = 1 + i; nth <= most; nth += atOnce) {
        const round = await play(nth, fault);
        hits += round.writes.length >= nth ? 1 : 0;
        problems.push(...round.problems.map((one) => `write ${nth} (${String(round.writes[nth - 1])}): ${one}`));
      }
      return problems;
    }),
  );
  await Promise.all(worlds.map(({ close }) => close()));
  expect(found.flat()).toEqual([]);
  expect(hits).toBeGreaterThan(30);
});

type World = {
  readonly play: (
    nth: number,
    fault: WriteFault,
  ) => Promise<{ writes: readonly string[]; problems: readonly string[] }>;
  readonly close: () => Promise<void>;
};

/** A Rivulet behind a proxy, with a mail server that remembers. Each round has leads of its own. */
async function openWorld(name: string): Promise<World> {
  const proxy = await openDatabaseProxy(testDatabase(), join(folder, `${idFrom(name).slice(0, 8)}.sock`));
  const server = await startMailServer();
  const rivulet = await startTestRivulet({
    MONGODB_URI: proxy.uri,
    SMTP_URL: server.url,
    SMTP_CONNECTIONS: '2',
    PROJECT_DIR: project,
  });
  let round = 0;
  const play: World['play'] = async (nth, fault) => {
    round += 1;
    server.bodies.length = 0;
    rivulet.faults.length = 0;
    proxy.arm(nth, fault);
    const ids = await enrollAll(rivulet, `${round}`);
    await playToEnd(rivulet, ids);
    const writes = [...proxy.writes];
    return { writes, problems: await problemsIn(rivulet, server, ids) };
  };
  const close = async (): Promise<void> => {
    await rivulet.store.db.dropDatabase();
    await rivulet.close();
    await proxy.stop();
    await server.stop();
  };
  return { play, close };
}

/** As a form or the API would: who is told to come again comes again. */
async function enrollAll(rivulet: TestRivulet, round: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const name of leads) {
    const email = `${name}-${round}@example.org`;
    await insist(async () => {
      const at = rivulet.clock.now;
      const { lead } = await rivulet.store.leads.upsert(
        { email, emailKey: email },
        `lead-${name}-${round}`,
        'test',
        at,
      );
      const event = {
        id: idFrom('created', lead.id),
        type: 'lead.created',
        lead: lead.id,
        at,
        source: 'test',
        machine: false,
      };
      await recordEvent(event, rivulet.engine);
    });
    ids.push(`lead-${name}-${round}`);
  }
  return ids;
}

async function insist(ask: () => Promise<void>): Promise<void> {
  await ask().catch(ask);
}

/** Lets time go by, and what comes round come round, until all runs have ended; for a week at most. */
async function playToEnd(rivulet: TestRivulet, ids: readonly string[]): Promise<void> {
  const until = rivulet.clock.now.getTime() + 7 * dayMs;
  await calm(rivulet);
  while (rivulet.clock.now.getTime() < until && !(await hasEnded(rivulet, ids))) {
    rivulet.clock.now = await nextInstant(rivulet);
    for (const job of jobsOf(rivulet)) if (['reconcile', 'finish events'].includes(job.name)) await insist(job.run);
    await calm(rivulet);
  }
}

/** When something falls due; while a mail is in somebody's hands, as soon as it may be taken for left behind. */
async function nextInstant({ clock, store: { messages, enrollments } }: TestRivulet): Promise<Date> {
  const soon = clock.now.getTime() + 20 * minuteMs;
  const counts = await messages.countByState();
  if (counts.has('claimed') || counts.has('sending')) return new Date(soon);
  const due = [await messages.nextAttemptAt(), await enrollments.nextDueAt()].flatMap((at) => at?.getTime() ?? []);
  return new Date(Math.max(clock.now.getTime() + 1, Math.min(...due, soon + dayMs)));
}

/** Until the round has come to its end, and an outage of the database that it met is over. */
async function calm({ dispatcher, said }: TestRivulet): Promise<void> {
  const isOut = (): boolean => {
    const last = said.findLast((line) => line.startsWith('The database '));
    return last?.includes('does not answer') ?? false;
  };
  await dispatcher.wake();
  await eventually(async () => {
    await dispatcher.wake();
    return !isOut();
  });
}

async function hasEnded({ store }: TestRivulet, ids: readonly string[]): Promise<boolean> {
  const runs = await Promise.all(ids.map((id) => store.enrollments.ofLead(id)));
  return runs.every(([run]) => run?.status === 'ended');
}

async function problemsIn(
  { store, faults: told }: TestRivulet,
  server: MailServer,
  ids: readonly string[],
): Promise<readonly string[]> {
  const mails = (await Promise.all(ids.map((id) => store.messages.ofLead(id)))).flat();
  const runs = (await Promise.all(ids.map((id) => store.enrollments.ofLead(id)))).flat();
  const copies = server.bodies.map((body) => /^Message-ID: <([^@]+)@/im.exec(body)?.[1] ?? body);
  const expected = leads.length * 2;
  return [
    ...mails.flatMap((mail) => problemOf(mail, copies)),
    ...(mails.length === expected ? [] : [`${mails.length} mails were planned`]),
    ...(copies.length === new Set(copies).size
      ? []
      : [`${copies.length} copies came of ${new Set(copies).size} mails`]),
    ...runs
      .filter(({ endedBecause }) => endedBecause !== 'finished')
      .map((run) => `a run is ${run.status} at ${String(run.step)}`),
    ...told.map((error) => `told: ${error instanceof Error ? error.message : String(error)}`),
  ];
}

function problemOf({ id, state, because }: Message, copies: readonly string[]): readonly string[] {
  const came = copies.filter((copy) => copy === id).length;
  return state === 'accepted' && came === 1 ? [] : [`a mail is ${state} (${String(because)}) and came ${came} times`];
}
