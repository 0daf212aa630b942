import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { readConfig } from '../src/config.js';
import { readerPrograms } from '../src/demo/reader-programs.js';
import { openDatabaseProxy } from './database-proxy.js';
import {
  aProjectFolder,
  aSequenceFile,
  eventually,
  type HttpRivulet,
  jobsOf,
  startHttpRivulet,
  testDatabase,
} from './support.js';

const opened: HttpRivulet[] = [];
afterEach(async () => {
  const all = opened.splice(0);
  const faults = all.flatMap((rivulet) => rivulet.faults);
  for (const rivulet of all) await rivulet.close();
  if (faults.length > 0) throw new Error('Rivulet reported faults', { cause: faults });
});

async function aRivulet(settings: Readonly<Record<string, string>> = {}): Promise<HttpRivulet> {
  const rivulet = await startHttpRivulet(settings);
  opened.push(rivulet);
  return rivulet;
}

const { browser } = readerPrograms(0.9);
const ask = (address = '', headers: Readonly<Record<string, string>> = browser, method = 'GET') =>
  fetch(address, { method, headers, redirect: 'manual' }).then(async (response) => {
    await response.arrayBuffer();
    return response;
  });
const pass = (rivulet: HttpRivulet, seconds: number): void => {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + seconds * 1000);
};
const eventsOf = async (rivulet: HttpRivulet, lead: string, ...types: readonly string[]) =>
  (await rivulet.store.events.ofLead(lead)).filter(({ type }) => types.includes(type));

describe('a click', () => {
  test('is answered at once, judged when it has settled, and has its own time then', async () => {
    const rivulet = await aRivulet();
    const { id, mail } = await rivulet.welcome('ada@example.org');
    pass(rivulet, 20);
    const clickedAt = rivulet.clock.now;
    expect((await rivulet.click(mail.links[0])).status).toBe(302);
    pass(rivulet, 29);
    expect(await rivulet.judgeHits()).toBe(0);
    pass(rivulet, 1);
    expect(await rivulet.judgeHits()).toBe(1);
    expect(await rivulet.judgeHits()).toBe(0);
    expect(await eventsOf(rivulet, id, 'clicked')).toMatchObject([{ at: clickedAt, machine: false }]);
  });

  test('that a process left unjudged is judged by the next one that runs, as something that comes round', async () => {
    const settings = { MONGODB_URI: testDatabase(), SIGNING_SECRET: 'a secret of at least 32 characters' };
    const first = await aRivulet(settings);
    const { id, mail } = await first.welcome('ada@example.org');
    pass(first, 20);
    await first.click(mail.links[0]);
    await opened.pop()?.close();

    const next = await aRivulet(settings);
    pass(next, 600);
    await jobsOf(next)
      .find(({ name }) => name === 'judge hits')
      ?.run();
    expect(await eventsOf(next, id, 'clicked')).toMatchObject([{ machine: false }]);
  });

  test('leads on even while the database takes no hit', async () => {
    const proxy = await openDatabaseProxy(testDatabase(), join(await aProjectFolder(), 'proxy.sock'));
    const rivulet = await startHttpRivulet({ MONGODB_URI: proxy.uri });
    const { id, mail } = await rivulet.welcome('ada@example.org');
    pass(rivulet, 20);
    proxy.arm(1, { kind: 'refused', code: 13, codeName: 'Unauthorized' });
    expect((await rivulet.click(mail.links[0])).status).toBe(302);
    await eventually(() => rivulet.faults.length === 1);
    await rivulet.reader.clicks(mail.links[0]);
    expect(await eventsOf(rivulet, id, 'clicked')).toHaveLength(1);
    await rivulet.close();
    await proxy.stop();
  });

  test('of a mail that is gone, or was never ours, is forgotten without a word', async () => {
    const rivulet = await aRivulet();
    const { mail } = await rivulet.welcome('ada@example.org');
    await rivulet.store.db.collection('messages').deleteMany({});
    await rivulet.open(mail);
    await rivulet.judged();
    expect([await rivulet.store.events.count({ type: 'opened' }), await rivulet.store.hits.nextDueAt()]).toEqual([
      0,
      undefined,
    ]);
  });
});

describe('what a machine did', () => {
  test('is told in the timeline with what gives it away, and scores nothing', async () => {
    const rivulet = await aRivulet();
    const { id, mail } = await rivulet.welcome('ada@example.org');
    pass(rivulet, 90);
    await ask(mail.pixel, { 'User-Agent': 'Mozilla/5.0', Accept: '*/*' });
    await rivulet.judgeHits();
    const { past } = (await rivulet.api(`/api/leads/${id}/timeline`)).body;
    expect(past.find(({ what }: { what: string }) => what === 'opened')).toMatchObject({
      because: 'Apple Mail Privacy: it calls itself "Mozilla/5.0"',
      machine: true,
    });
    expect((await rivulet.api(`/api/leads/${id}`)).body.score).toBe(0);
  });

  test('and a person in the same minute are two events', async () => {
    const rivulet = await aRivulet();
    const { id, mail } = await rivulet.welcome('ada@example.org');
    pass(rivulet, 30);
    await ask(mail.links[0], { 'User-Agent': 'Slackbot-LinkExpanding 1.0' });
    await rivulet.click(mail.links[0]);
    await rivulet.judged();
    expect(new Set((await eventsOf(rivulet, id, 'clicked')).map(({ machine }) => machine))).toEqual(
      new Set([false, true]),
    );
  });

  test('keeps a run waiting that waits for a click, and the person’s click frees it', async () => {
    const steps = [
      { id: 'hello', send: 'hello', subject: 'Hello' },
      { waitFor: { clicked: 'hello' }, upTo: '9 days', then: [{ tag: 'clicked' }] },
    ];
    const sequence = aSequenceFile(steps, { enroll: { on: 'lead.created' } });
    const rivulet = await aRivulet({ PROJECT_DIR: await aProjectFolder({ 'sequences/hello.json': sequence }) });
    const { id, mail } = await rivulet.welcome('ada@example.org');
    const tags = async () => (await rivulet.api(`/api/leads/${id}`)).body.tags;
    pass(rivulet, 30);
    await ask(mail.trap);
    await rivulet.judged();
    expect(await tags()).toEqual([]);
    pass(rivulet, 300);
    await rivulet.reader.clicks(mail.links[0]);
    expect(await tags()).toEqual(['clicked']);
  });
});

describe('the hidden link', () => {
  test('leads to where all may go, and says that a machine followed it', async () => {
    const rivulet = await aRivulet();
    const { id, mail } = await rivulet.welcome('ada@example.org');
    pass(rivulet, 60);
    const { website } = rivulet.project().brand;
    expect((await ask(mail.trap)).headers.get('location')).toBe(website);
    await rivulet.judgeHits();
    expect(await eventsOf(rivulet, id, 'clicked')).toMatchObject([
      { machine: true, about: website, evidence: ['it followed the link that nobody sees'] },
    ]);
  });

  test('is in a mail without any other link too, and a mail about a lead has none', async () => {
    const text = (words: string) => `<mj-section><mj-column><mj-text>${words}</mj-text></mj-column></mj-section>`;
    const steps = [
      { id: 'hello', send: 'hello', subject: 'Hello' },
      { notify: { email: 'mara@example.com', template: 'inside', subject: 'A new one' } },
    ];
    const rivulet = await aRivulet({
      PROJECT_DIR: await aProjectFolder({
        'templates/hello.mjml': text('Hello, <a href="{{unsubscribeUrl}}">leave</a>'),
        'templates/inside.mjml': text('A new one: {{lead.email}}'),
        'sequences/hello.json': aSequenceFile(steps, { enroll: { on: 'lead.created' } }),
      }),
    });
    const { id, mail } = await rivulet.welcome('ada@example.org');
    expect(mail.links).toEqual([]);
    pass(rivulet, 60);
    expect((await ask(mail.trap)).status).toBe(302);
    await rivulet.judgeHits();
    expect(await eventsOf(rivulet, id, 'clicked')).toMatchObject([{ machine: true }]);
    expect((await rivulet.mailsTo('mara@example.com')).map(({ trap, pixel }) => [trap, pixel])).toEqual([['', '']]);
  });

  test('is not where the operator looks at the mail', async () => {
    const rivulet = await aRivulet();
    const { mail } = await rivulet.welcome('ada@example.org');
    const shown = await (await fetch(`${rivulet.url}/mailbox/${mail.id}/mail.html`)).text();
    expect(shown).not.toContain('mso-hide:all');
    expect(shown).not.toContain('/o/');
  });
});

describe('where a reader comes from', () => {
  const forwarded = { ...browser, 'X-Forwarded-For': '40.94.28.90' };

  test.each([
    ['without TRUST_PROXY it is who connects, whatever is written', {}, false, '127.0.0.0/24'],
    ['with TRUST_PROXY it is what the proxy before us says', { TRUST_PROXY: '1' }, true, '40.94.28.0/24'],
    ['with TRUST_PROXY of other proxies it is who connects', { TRUST_PROXY: '10.0.0.0/8' }, false, '127.0.0.0/24'],
    ['with TRUST_PROXY of this one it is what it says', { TRUST_PROXY: '10.0.0.0/8, loopback' }, true, '40.94.28.0/24'],
  ])('%s, and only its network is kept', async (_, settings, machine, network) => {
    const rivulet = await aRivulet(settings);
    const { id, mail } = await rivulet.welcome('ada@example.org');
    pass(rivulet, 60);
    await ask((mail.links[0] ?? '').replace('localhost', '127.0.0.1'), forwarded);
    await rivulet.judged();
    expect(await eventsOf(rivulet, id, 'clicked')).toMatchObject([{ machine }]);
    const rows = await rivulet.store.db.collection('hits').find().toArray();
    expect(rows).toMatchObject([{ network }]);
    expect(JSON.stringify(await rivulet.store.db.collection('events').find().toArray())).not.toContain('40.94.28.90');
    expect(JSON.stringify(rows)).not.toContain('40.94.28.90');
  });

  test.each(['true', '0', '10', 'proxy.example.com', '10.0.0.1/8', '10.0.0.0/8,,'])(
    'TRUST_PROXY=%s is refused',
    (text) => {
      expect(() => readConfig({ TRUST_PROXY: text })).toThrow(/TRUST_PROXY \(it is a number from 1 to 9/);
    },
  );
});

describe('sequences/machines.json', () => {
  test('is in force when it is saved', async () => {
    const folder = await aProjectFolder();
    const rivulet = await aRivulet({ PROJECT_DIR: folder });
    const watch = await rivulet.watch();
    const { id, mail } = await rivulet.welcome('ada@example.org');
    const guard = { name: 'Acme Guard', agents: ['Windows NT'], source: 'https://acme.example.com' };
    await mkdir(join(folder, 'sequences'), { recursive: true });
    await writeFile(join(folder, 'sequences/machines.json'), JSON.stringify({ machines: [guard] }));
    await eventually(() => rivulet.said.some((line) => line.includes('machines')));
    expect(rivulet.said).toContain('Reloaded: other rules are in force (machines).');
    await rivulet.reader.clicks(mail.links[0]);
    expect(await eventsOf(rivulet, id, 'clicked')).toMatchObject([
      { evidence: ['Acme Guard: it calls itself "Windows NT"'] },
    ]);
    await watch.stop();
  });
});

test('hits that were judged are forgotten after a day, and those that wait are not', async () => {
  const rivulet = await aRivulet();
  const { mail } = await rivulet.welcome('ada@example.org');
  await rivulet.reader.opens(mail);
  pass(rivulet, 86_400);
  await rivulet.click(mail.links[0]);
  await rivulet.store.hits.written();
  pass(rivulet, 60);
  const forget = jobsOf(rivulet).find(({ name }) => name === 'forget hits');
  await forget?.run();
  expect(await rivulet.store.hits.count()).toBe(1);
  pass(rivulet, 2 * 86_400);
  await forget?.run();
  expect(await rivulet.store.hits.count()).toBe(1);
  await rivulet.judged();
  await forget?.run();
  expect(await rivulet.store.hits.count()).toBe(0);
});
