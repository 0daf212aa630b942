import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mayGo } from '../src/delivery/job.js';
import { gatherJobs } from '../src/delivery/job.js';
import { ofPurpose, withConsent } from '../src/journey/consent.js';
import type { Consent, ConsentStatus } from '../src/journey/facts.js';
import { addressKey } from '../src/message/address.js';
import { signToken } from '../src/message/token.js';
import { aConsentFolder } from './consent-project.js';
import { aSequenceFile, type HttpRivulet, readAnswer, startHttpRivulet } from './support.js';

const day = 86_400_000;

let folder: string;
let rivulet: HttpRivulet;
let count = 0;
let address: string;

beforeAll(async () => {
  const steps = [
    { send: 'mail', subject: 'The first' },
    { wait: '2 days' },
    { id: 'second', send: 'hello', subject: 'The second' },
  ];
  folder = await aConsentFolder({
    'sequences/news.json': aSequenceFile(steps, { purpose: 'news', enroll: { on: 'lead.created' } }),
    'sequences/hello.json': aSequenceFile([{ tag: 'seen' }, { wait: '1 day' }, { send: 'hello', subject: 'To all' }], {
      enroll: { on: 'lead.created', if: { consent: { paper: 'granted' } } },
    }),
  });
  rivulet = await startHttpRivulet({ PROJECT_DIR: folder });
});
afterAll(async () => {
  await rivulet.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  count += 1;
  address = `lin${count}@example.org`;
});

function pass(ms: number): Promise<void> {
  return rivulet.playUntil(new Date(rivulet.clock.now.getTime() + ms));
}

/** Tells of the lead's consent by the API; answers its id. */
async function tell(
  purposes: Readonly<Record<string, ConsentStatus>>,
  status: ConsentStatus = 'granted',
): Promise<string> {
  const consent = { status, source: 'telephone', at: rivulet.clock.now.toISOString(), purposes };
  const { body } = await rivulet.api('/api/leads', { email: address, consent });
  await rivulet.dispatcher.wake();
  return body.id;
}

async function lead() {
  const found = await rivulet.store.leads.byEmail(addressKey(address));
  if (!found) throw new Error(`there is no lead ${address}`);
  return found;
}

async function mails(): Promise<readonly string[]> {
  const { items } = await rivulet.store.mailbox.page(50, undefined, address);
  return items.map(({ subject }) => subject).toReversed();
}

async function run(sequence: string) {
  const runs = await rivulet.store.enrollments.ofLead((await lead()).id);
  return runs.find((one) => one.sequence === sequence);
}

describe('a sequence for a purpose', () => {
  test('takes in who granted it, and nobody else', async () => {
    await tell({ news: 'granted' });
    expect(await mails()).toEqual(['The first']);
    address = `other-${address}`;
    await tell({ paper: 'granted' });
    expect(await run('news')).toBeUndefined();
    expect((await lead()).tags).toEqual(['seen']);
  });

  test('takes in who grants it later, where it would have on their coming', async () => {
    await tell({});
    expect(await mails()).toEqual([]);
    await tell({ news: 'granted' });
    expect(await mails()).toEqual(['The first']);
  });

  test('is left by whoever withdraws it, and by nobody else', async () => {
    await tell({ news: 'granted', paper: 'granted' });
    await pass(day / 2);
    await tell({ paper: 'denied' });
    expect((await run('news'))?.status).toBe('active');
    await tell({ news: 'denied' });
    expect(await run('news')).toMatchObject({ status: 'ended', endedBecause: 'consent to news is denied' });
    await pass(3 * day);
    expect(await mails()).not.toContain('The second');
  });

  test('sends no mail that was planned before it was withdrawn', async () => {
    await tell({ news: 'granted' });
    const found = await lead();
    const [message] = await rivulet.store.messages.ofLead(found.id);
    const jobs = await gatherJobs(message ? [message] : [], 'claim', rivulet.store);
    const held = jobs.map((job) => ({
      ...job,
      enrollment: job.enrollment && { ...job.enrollment, step: job.message.step },
    }));
    const now = rivulet.clock.now;
    const setting = { defaultTimeZone: 'UTC', project: rivulet.project };
    expect(held.map((job) => mayGo(job, now, setting).kind)).toEqual(['go']);
    const consent = withConsent(found.consent, { purposes: { news: { status: 'denied', at: now } } });
    const withdrawn = held.map((job) => mayGo({ ...job, lead: { ...found, consent } }, now, setting));
    expect(withdrawn).toEqual([{ kind: 'stop', as: { state: 'skipped', because: 'consent to news is denied' } }]);
  });

  test('tells why it does not mail a lead', async () => {
    const id = await tell({});
    const { body } = await rivulet.api(`/api/leads/${id}/why?sequence=news`);
    expect(body.reasons).toContainEqual(
      expect.objectContaining({ rule: 'consent', why: 'consent to news is not given' }),
    );
  });
});

describe('the API', () => {
  test('leaves purposes that are not named as they are, and tells those that changed', async () => {
    const id = await tell({ news: 'granted', paper: 'granted' });
    await pass(1000);
    await tell({ paper: 'denied' });
    const { consent } = await lead();
    expect([ofPurpose(consent, 'news')?.status, ofPurpose(consent, 'paper')?.status]).toEqual(['granted', 'denied']);
    const events = await rivulet.store.events.ofLead(id);
    expect(events.filter(({ type }) => type.startsWith('consent.')).map(({ type, about }) => [type, about])).toEqual([
      ['consent.withdrawn', 'paper'],
    ]);
  });

  test.each([
    [{ 'a.b': 'granted' }, '/consent/purposes/a.b'],
    [{ $set: 'granted' }, '/consent/purposes/$set'],
    [{ news: 'yes' }, '/consent/purposes/news'],
    ['granted', '/consent/purposes'],
  ])('refuses the purposes %j, and says where', async (purposes, pointer) => {
    const consent = { status: 'granted', source: 'api', at: rivulet.clock.now.toISOString(), purposes };
    const { status, body } = await rivulet.api('/api/leads', { email: address, consent });
    expect(status).toBe(422);
    expect(JSON.stringify(body)).toContain(pointer);
  });
});

describe('the lead’s own page', () => {
  async function page(query = '', body?: string) {
    const [message] = await rivulet.store.messages.ofLead((await lead()).id);
    const token = signToken('preferences', { message: message?.id ?? '', link: 0 }, rivulet.keys);
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const init = body === undefined ? {} : { method: 'POST', body, headers };
    return readAnswer(await fetch(`${rivulet.url}/p/${token}${query}`, init));
  }

  test('shows what was agreed to, and takes one of it back at once', async () => {
    await tell({ news: 'granted', paper: 'granted' });
    expect((await page()).text).toContain('What you agreed to');
    await pass(1000);
    const { status, text } = await page('?choice=withdraw', 'purpose=news');
    expect(status).toBe(200);
    expect(text).toContain('You have taken that back');
    expect(text).not.toContain('id="agreed-news"');
    expect(text).toContain('id="agreed-paper"');
    expect(await run('news')).toMatchObject({ status: 'ended' });
  });

  test('gives it back as it was, and what had ended by it goes on', async () => {
    await tell({ news: 'granted' });
    await pass(1000);
    const { text } = await page('?choice=withdraw', 'purpose=news');
    const [, of] = /name="of" value="([^"]+)"/.exec(text) ?? [];
    await pass(1000);
    expect((await page('?choice=undo', `of=${of}`)).text).toContain('It stands again');
    expect(ofPurpose((await lead()).consent, 'news')?.status).toBe('granted');
    expect(await run('news')).toMatchObject({ status: 'active' });
    await pass(3 * day);
    expect(await mails()).toContain('The second');
  });

  test('changes nothing for a purpose that was not granted, or is none', async () => {
    await tell({ news: 'granted' });
    for (const body of ['purpose=paper', 'purpose=nothing', 'purpose=__proto__', '', 'purpose=a&purpose=b'])
      expect((await page('?choice=withdraw', body)).text).toContain('nothing has changed');
    expect((await run('news'))?.status).toBe('active');
  });
});

describe('a consent after a change', () => {
  const at = (text: string): Date => new Date(`2026-03-${text}T09:00:00Z`);
  const before: Consent = {
    status: 'granted',
    source: 'api',
    at: at('02'),
    purposes: { news: { status: 'granted', at: at('03'), form: 'paper', version: 'v1' } },
  };

  test('keeps since when what stands so already does', () => {
    const again = { overall: { status: 'granted', source: 'form x', at: at('05') } as const, purposes: {} };
    expect(withConsent(before, again)).toEqual(before);
    expect(withConsent(before, { purposes: { news: { status: 'granted', at: at('05'), form: 'x' } } })).toEqual(before);
  });
  test('is not undone by what was said before and is looked at late', () => {
    expect(withConsent(before, { purposes: { news: { status: 'denied', at: at('02') } } })).toEqual(before);
  });
  test('says of a purpose what was said last, and nothing of before', () => {
    const { purposes } = withConsent(before, { purposes: { news: { status: 'denied', at: at('05') } } });
    expect(purposes).toEqual({ news: { status: 'denied', at: at('05') } });
  });
});

test('nothing of ours went wrong on the way', () => {
  expect(rivulet.faults).toEqual([]);
});
