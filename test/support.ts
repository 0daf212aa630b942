import { randomUUID } from 'node:crypto';
import { readdirSync, unlinkSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isNativeError } from 'node:util/types';
import { MongoClient } from 'mongodb';
import { readConfig } from '../src/config.js';
import { assertAsPromised } from './as-promised.js';
import { type ReadMail, readMail } from '../src/demo/mail-reader.js';
import { readerPrograms } from '../src/demo/reader-programs.js';
import { settleMs } from '../src/event/machine.js';
import type { Recurring } from '../src/jobs/recurring.js';
import { schedule } from '../src/jobs/schedule.js';
import { openRivulet, type Rivulet } from '../src/main.js';

/** A connection string to an empty database, of one of the test run's engines. */
export function testDatabase(): string {
  const { RIVULET_TEST_MONGODB: engines = '', RIVULET_TEST_EMPTIED: emptied = '' } = process.env;
  if (!engines) throw new Error('run the tests with "npm test", which opens MongoDB engines for them');
  const used = readdirSync(emptied).find((name) => takes(join(emptied, name)));
  if (used) return decodeURIComponent(used);
  const uris = engines.split(' ');
  return `${uris[Number(process.env['JEST_WORKER_ID'] ?? 0) % uris.length]}`.replace('/?', `/test-${randomUUID()}?`);
}

/** Whether it was there and is ours now: several processes look at once. */
function takes(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (isNativeError(error) && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Empties a database that is not needed any more, for another test: laying out a hundred indexes takes longer than most tests. */
export async function giveBack(uri: string): Promise<void> {
  const client = await new MongoClient(uri).connect();
  const names = await client.db().listCollections({}, { nameOnly: true }).toArray();
  await Promise.all(names.map(({ name }) => client.db().collection(name).deleteMany({})));
  await client.close();
  await writeFile(join(process.env['RIVULET_TEST_EMPTIED'] ?? '', encodeURIComponent(uri)), '');
}

export type TestRivulet = Rivulet & {
  /** The clock, to be moved. */
  readonly clock: { now: Date };
  readonly said: string[];
  /** Faults that Rivulet reported; a test that expects none finds none. */
  readonly faults: unknown[];
  readonly dataDir: string;
  /** Moves the clock from one due instant to the next, doing at each what is due, until `until`. */
  readonly playUntil: (until: Date) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** A real Rivulet on a real MongoDB engine, with a clock that the test moves. Settings are environment variables. */
export async function startTestRivulet(
  settings: Readonly<Record<string, string>> = {},
  from = '2026-03-02T09:00:00Z',
): Promise<TestRivulet> {
  const dataDir = await mkdtemp(join(tmpdir(), 'rivulet-test-'));
  const { MONGODB_URI: given, ...others } = settings;
  const uri = given ?? testDatabase();
  const clock = { now: new Date(from) };
  const said: string[] = [];
  const faults: unknown[] = [];
  const config = readConfig({ MONGODB_URI: uri, DATA_DIR: dataDir, PORT: '0', ...others });
  const rivulet = await openRivulet(
    config,
    {
      say: (line) => void said.push(line),
      onFault: (error) => void faults.push(error),
      now: () => clock.now,
      passwordCost: { cost: 1024, blockSize: 8, parallel: 1 },
    },
    false,
  );

  const playUntil = async (until: Date): Promise<void> => {
    await rivulet.dispatcher.wake();
    for (;;) {
      const { enrollments, messages, calls, hits } = rivulet.store;
      const asked = [enrollments.nextDueAt(), messages.nextAttemptAt(), calls.nextAttemptAt(), hits.nextDueAt()];
      const due = await Promise.all(asked);
      const next = due.flatMap((at) => at ?? []).toSorted((a, b) => a.getTime() - b.getTime())[0];
      if (!next || next > until) break;
      if (next > clock.now) clock.now = next;
      await rivulet.judgeHits();
      await rivulet.dispatcher.wake();
    }
    clock.now = until;
  };
  const close = async (): Promise<void> => {
    await rivulet.stop();
    // One that was given may be in use by another.
    if (!given) await giveBack(uri);
    await rm(dataDir, { recursive: true, force: true });
  };
  return { ...rivulet, clock, said, faults, dataDir, playUntil, close };
}

/** What comes round for a test's Rivulet, as Agenda would run it. */
export function jobsOf({
  store,
  engine,
  project,
  dispatcher,
  importer,
  said,
}: Pick<TestRivulet, 'store' | 'engine' | 'project' | 'dispatcher' | 'importer' | 'said'>): readonly Recurring[] {
  const say = (line: string): void => void said.push(line);
  return schedule({
    store,
    engine,
    project,
    inUse: () => [],
    defaultTimeZone: 'UTC',
    wake: dispatcher.wake,
    say,
    importer,
  });
}

/** A project of one mail in one sequence, which every new lead enters; `files` stand beside these or in their place. */
export async function aProjectFolder(files: Readonly<Record<string, string | undefined>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rivulet-project-'));
  const texts = { ...smallProject, ...files };
  for (const [path, text] of Object.entries(texts)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    if (text !== undefined) await writeFile(join(folder, path), text);
  }
  return folder;
}

const smallProject = {
  'sequences/funnel.json': '{ "stages": [{ "name": "lead", "enter": { "on": "lead.created" } }] }',
  'sequences/scoring.json': '{ "engagement": { "rules": [{ "on": "clicked", "points": 10 }] } }',
  'sequences/hello.json': aSequenceFile([{ send: 'hello', subject: 'Hello {{lead.firstName "you"}}' }], {
    enroll: { on: 'lead.created' },
  }),
  'templates/layout.mjml': '<mjml><mj-body><mj-include path="content" /></mj-body></mjml>',
  'templates/hello.mjml':
    '<mj-section><mj-column><mj-text>Hello {{lead.firstName "you"}}, <a href="https://example.com/more?for={{lead.email}}">read on</a> or <a href="{{unsubscribeUrl}}">unsubscribe</a>.</mj-text></mj-column></mj-section>',
  'templates/brand.json':
    '{ "name": "Tallybay", "website": "https://example.com", "postalAddress": "2100 Harbor Row, Toledo", "logo": "logo.png", "logoAlt": "Tallybay" }',
};

/** The text of a sequence file with these steps. */
export function aSequenceFile(steps: readonly object[], rest: object = {}): string {
  return JSON.stringify({ name: 'Hello', send: { from: 'Mara Quay <mara@mail.example.com>' }, ...rest, steps });
}

/** Resolves once the condition holds; asks again and again, and gives up after half a minute: machines are busy. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`waited in vain for ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export type HttpRivulet = Awaited<ReturnType<typeof startHttpRivulet>>;

/** A test Rivulet that answers HTTP, with the calls that a script makes and the mails that a reader opens. */
export async function startHttpRivulet(settings: Readonly<Record<string, string>> = {}, from?: string) {
  const rivulet = await startTestRivulet(settings, from);
  const { url, stop } = await rivulet.listen();

  /** One request with the API key; a body is sent as JSON, text as it is. */
  const api = async (path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST') => {
    const response = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${rivulet.apiKey}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const answer = await readAnswer(response);
    assertAsPromised(method, path, answer);
    return answer;
  };
  /** The mails that came to an address, newest first, as its mail program reads them. */
  const mailsTo = async (address: string): Promise<readonly ReadMail[]> => {
    const { items } = await rivulet.store.mailbox.page(200, undefined, address);
    return Promise.all(items.map(async ({ id }) => readMail((await api(`/api/mailbox/${id}`)).body)));
  };
  /** Makes a lead and sends what it is due. Answers its id and the mail it got first. */
  const welcome = async (email: string, more: object = {}): Promise<{ id: string; mail: ReadMail }> => {
    const { body } = await api('/api/leads', { email, ...more });
    await rivulet.dispatcher.wake();
    const mail = (await mailsTo(email)).at(-1);
    if (!mail) throw new Error(`${email} got no mail: ${JSON.stringify(body)}`);
    return { id: body.id, mail };
  };
  /** What a person's programs ask; a mail program that finds a redirect shows where it leads, and a test goes no further. */
  const { mail: mailProgram, browser } = readerPrograms(0);
  const open = ({ pixel }: Pick<ReadMail, 'pixel'>) => fetch(pixel, { headers: mailProgram });
  const click = (address = '') => fetch(address, { headers: browser, redirect: 'manual' });
  const pass = (ms: number): void => {
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + ms);
  };
  /** A person does something with a mail: not at the instant it arrives, and known only when nothing else comes with it. */
  const asPerson = async (deed: () => Promise<Response>): Promise<Response> => {
    pass(20_000);
    const response = await deed();
    await response.arrayBuffer();
    await judged();
    return response;
  };
  /** Lets what was opened and clicked so far be judged, and what it brings about be done. */
  const judged = async (): Promise<void> => {
    pass(settleMs);
    await rivulet.judgeHits();
    await rivulet.dispatcher.wake();
  };
  const close = async (): Promise<void> => {
    await stop();
    await rivulet.close();
  };
  const reader = {
    opens: (mail: Pick<ReadMail, 'pixel'>) => asPerson(() => open(mail)),
    clicks: (address: string | undefined) => asPerson(() => click(address)),
  };
  return { ...rivulet, url, api, mailsTo, welcome, reader, open, click, judged, close };
}

/** An answer read whole: its text, and what that is as JSON, if it is JSON. */
export async function readAnswer(response: Response) {
  const { status, headers } = response;
  const text = await response.text();
  return { status, headers, text, body: /\bjson\b/.test(headers.get('content-type') ?? '') ? JSON.parse(text) : text };
}
