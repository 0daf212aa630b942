import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readerPrograms } from '../src/demo/reader-programs.js';
import { tellStory } from '../src/lead/story.js';
import { startTestRivulet, type TestRivulet } from './support.js';

// One lead's way from the form to the decision stage, over HTTP, on a clock moved by hand. Each test goes on where the
// one before it ended.

let rivulet: TestRivulet;
let url: string;
let stop: () => Promise<void>;
let leadId: string;

beforeAll(async () => {
  // Monday, 2 March 2026, 22:30 in Paris: outside every send window.
  rivulet = await startTestRivulet({}, '2026-03-02T21:30:00Z');
  ({ url, stop } = await rivulet.listen());
});
const { browser } = readerPrograms(0);

/** The links that a person sees. */
const linksIn = (html: string): readonly string[] =>
  [...html.matchAll(/href="([^"]+\/c\/[^"]+)"(?! style="display:none)/g)].map(([, link = '']) =>
    link.replaceAll('&#x3D;', '='),
  );

/** Lets seconds pass, and what comes round do its work. */
const pass = async (seconds: number): Promise<void> => {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + seconds * 1000);
  await rivulet.judgeHits();
  await rivulet.dispatcher.wake();
};

afterAll(async () => {
  await stop();
  await rivulet.close();
});

test('a new lead gets the first welcome mail at once, whatever the hour', async () => {
  const answer = await api('/api/leads', {
    email: 'ada@example.org',
    firstName: 'Ada',
    timezone: 'Europe/Paris',
    attributes: { jobTitle: 'Head of Logistics', company: 'Byron & Co', companySize: 40 },
  });
  await rivulet.dispatcher.wake();
  leadId = answer.id;
  expect(answer).toMatchObject({ stage: 'welcome', score: 18 });
  expect(await subjects()).toEqual(['Your dock board is ready']);
});

test('the second mail waits two days and then for the send window of the lead', async () => {
  await rivulet.playUntil(new Date('2026-03-05T07:59:59Z'));
  expect(await subjects()).toHaveLength(1);
  await rivulet.playUntil(new Date('2026-03-05T08:00:00Z'));
  expect(await subjects()).toEqual(['Your dock board is ready', 'Your first truck, booked in 20 minutes']);
});

test('a click scores, moves the lead to the next stage, and that stage’s series begins', async () => {
  const [mail] = await mails();
  rivulet.clock.now = new Date('2026-03-05T08:20:00Z');
  const [link = ''] = linksIn(mail?.html ?? '');
  const answer = await fetch(link, { redirect: 'manual', headers: browser });
  expect(answer.status).toBe(302);
  expect(answer.headers.get('location')).toMatch(/^https:\/\/(\w+\.)?tallybay\.example\.com/);
  expect(await lead()).toMatchObject({ stage: 'welcome', score: 18 });
  await pass(30);

  expect(await lead()).toMatchObject({ stage: 'consideration', score: 28 });
  expect(await runs()).toEqual([
    ['welcome', 'ended', 'stage changed to consideration'],
    ['consideration-white-paper', 'active', undefined],
  ]);
  expect((await subjects()).at(-1)).toBe('Your white paper: where the dock hours go');
});

test('reading on leads to the decision stage and its case study', async () => {
  await rivulet.playUntil(new Date('2026-03-09T12:00:00Z'));
  for (const mail of (await mails()).slice(0, 2)) {
    for (const link of linksIn(mail.html)) {
      await pass(20);
      await fetch(link, { redirect: 'manual', headers: browser });
    }
  }
  await pass(30);
  expect(await lead()).toMatchObject({ stage: 'decision' });
  expect((await subjects()).at(-1)).toBe('From 140 to 82 minutes: one dock, four months');
});

test('the score is the sum of the lines that explain it', async () => {
  const { scoreExplained } = await lead();
  const sum = scoreExplained.lines.reduce((total: number, line: { points: number }) => total + line.points, 0);
  expect(sum).toBeCloseTo(scoreExplained.total, 1);
  expect(scoreExplained.lines.map((line: { why: string }) => line.why)).toContain('clicked a link');
});

test('the timeline foretells what then happens', async () => {
  const foretold = (await api(`/api/leads/${leadId}/timeline`)).next.filter(
    (moment: { kind: string }) => moment.kind === 'mail',
  );
  await rivulet.playUntil(new Date('2026-04-15T00:00:00Z'));
  const messages = await rivulet.store.messages.ofLead(leadId);
  const came = messages.filter(({ sequence }) => sequence === 'decision-case-study').slice(1);
  expect(came.map(({ step, plannedAt }) => [step, plannedAt.toISOString()])).toEqual(
    foretold.map((moment: { step: string; at: string }) => [moment.step, moment.at]),
  );
  expect(came).toHaveLength(2);
  const { past } = await api(`/api/leads/${leadId}/timeline`);
  // Subjects stand there as the lead reads them.
  expect(past.filter(({ what }: { what: string }) => what.includes('{{'))).toEqual([]);
  expect(past.filter(({ kind }: { kind: string }) => kind === 'mail').length).toBeGreaterThan(3);
});

test('every mail went once, inside the window of the lead, and nothing went wrong', async () => {
  const messages = await rivulet.store.messages.ofLead(leadId);
  expect(new Set(messages.map(({ enrollment, step }) => `${enrollment}/${step}`)).size).toBe(messages.length);
  expect(messages.every(({ state }) => state === 'accepted')).toBe(true);
  const local = messages.slice(1).map(({ plannedAt }) =>
    new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Europe/Paris',
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
    }).format(plannedAt),
  );
  for (const when of local) expect(when).toMatch(/^(Mon|Tue|Wed|Thu|Fri),? (09|1[0-6]):/);
  expect(rivulet.faults).toEqual([]);
});

test('one click on unsubscribe ends everything', async () => {
  const [mail] = await mails();
  const answer = await fetch((mail?.headers['List-Unsubscribe'] ?? '').replace(/[<>]/g, ''), {
    method: 'POST',
    body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }),
  });
  expect(answer.status).toBe(200);
  const story = await tellStory(leadId, rivulet.store, rivulet.engine, rivulet.project());
  expect(story?.facts.suppression).toBe('unsubscribed');
  expect(story?.enrollments.filter(({ status }) => status === 'active')).toEqual([]);
  expect(story?.next).toEqual([]);
});

// oxlint-disable-next-line typescript/no-explicit-any -- answers are looked at field by field
async function api(path: string, body?: object): Promise<any> {
  const response = await fetch(url + path, {
    headers: { Authorization: `Bearer ${rivulet.apiKey}`, 'Content-Type': 'application/json' },
    ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
  });
  expect(response.status).toBeLessThan(300);
  return response.json();
}

const lead = () => api(`/api/leads/${leadId}`);

async function runs(): Promise<unknown[]> {
  const { enrollments } = await lead();
  return enrollments.map(({ sequence, status, endedBecause }: Record<string, string>) => [
    sequence,
    status,
    endedBecause,
  ]);
}

/** Newest first. */
async function mails(): Promise<{ html: string; headers: Record<string, string> }[]> {
  const { items } = await api('/api/mailbox');
  return Promise.all(items.map(({ id }: { id: string }) => api(`/api/mailbox/${id}`)));
}

/** Oldest first. */
async function subjects(): Promise<string[]> {
  const { items } = await api('/api/mailbox');
  return items.map(({ subject }: { subject: string }) => subject).toReversed();
}
