import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { deriveSecrets } from '../src/store/secrets.js';
import { answering, type ReceivedCall, type Receiver, startReceiver } from './receiver.js';
import { type HttpRivulet, startHttpRivulet } from './support.js';

// The whole loop on the shipped files: what a lead does makes its score, the score gives it to sales, sales answers with a
// click in its mail, and a CRM hears of all that and calls back.

const day = 86_400_000;
const secret = 'a secret that is long enough to sign with';
let folder: string;
let crm: Receiver;
let rivulet: HttpRivulet;

beforeAll(async () => {
  crm = await startReceiver();
  folder = await mkdtemp(join(tmpdir(), 'rivulet-loop-'));
  for (const part of ['sequences', 'templates']) await cp(part, join(folder, part), { recursive: true });
  await writeFile(join(folder, 'sequences/crm-sync.json'), crmSync(`${crm.url}/rivulet`));
  const settings = { PROJECT_DIR: folder, WEBHOOK_ALLOW_PRIVATE: 'true', SIGNING_SECRET: secret };
  rivulet = await startHttpRivulet(settings, '2026-03-02T14:00:00Z');
});
afterAll(async () => {
  await rivulet.close();
  await crm.stop();
  await rm(folder, { recursive: true });
});

/** The sequence that the guide shows for a CRM, with its address. */
function crmSync(url: string): string {
  const [, text = ''] = /^```json sequence\n([\s\S]*?)^```$/m.exec(readFileSync('docs/sales.md', 'utf8')) ?? [];
  expect(text).toContain('https://crm.example.com/rivulet');
  return text.replace('https://crm.example.com/rivulet', url);
}

const Call = z.object({
  sequence: z.string(),
  lead: z.object({ id: z.string(), email: z.string(), stage: z.string().optional(), score: z.number() }),
  data: z.record(z.string(), z.string()),
});
function toldTo({ received }: Receiver): readonly z.output<typeof Call>[] {
  return received.map(({ body }) => Call.parse(JSON.parse(body)));
}

test('a lead becomes a customer by what it does, what sales says and what the CRM knows', async () => {
  const { api, clock, dispatcher } = rivulet;
  const told: ReceivedCall[] = [];
  let hasCalledBack = false;
  // The CRM notes the lead that it is told of, and tells what its people have done with it already, twice to be sure.
  crm.answer = async (request, response) => {
    const call = crm.received.at(-1);
    if (call) told.push(call);
    if (call && !hasCalledBack) {
      hasCalledBack = true;
      const { lead } = Call.parse(JSON.parse(call.body));
      await api('/api/leads', { email: lead.email, attributes: { phone: '+1 419 555 0100' } });
      const answer = { answer: 'contacted', by: 'crm', note: 'Rang on Monday.', id: 'activity-77' };
      for (let i = 0; i < 2; i += 1) await api(`/api/leads/${lead.id}/sales-answers`, answer);
    }
    await answering(200)(request, response);
  };

  const attributes = { jobTitle: 'Head of Logistics', company: 'Quay 9', companySize: 400, country: 'US' };
  const { body: lead } = await api('/api/leads', {
    email: 'ada@quay9.example.com',
    firstName: 'Ada',
    lastName: 'Quill',
    timezone: 'America/New_York',
    attributes,
  });
  const deeds = [
    { type: 'form.submitted', about: 'white-paper' },
    { type: 'page.viewed', about: '/pricing' },
    { type: 'page.viewed', about: '/pricing' },
    { type: 'form.submitted', about: 'comparison' },
    { type: 'replied' },
  ];
  for (const deed of deeds) {
    clock.now = new Date(clock.now.getTime() + 60_000);
    await api('/api/events', { ...deed, lead: lead.id });
  }
  for (let i = 0; i < 4; i += 1) await dispatcher.wake();

  // The score came over the threshold: one colleague has the lead, and a mail about it.
  const types = async (type: string) =>
    (await rivulet.store.events.ofLead(lead.id)).filter((event) => event.type === type);
  expect(await types('threshold.reached')).toEqual(
    expect.arrayContaining([expect.objectContaining({ about: 'sql', type: 'threshold.reached' })]),
  );
  expect(await types('handed-over')).toMatchObject([{ about: 'dana@tallybay.example.com' }]);
  const { items } = await rivulet.store.mailbox.page(20, undefined, 'dana@tallybay.example.com');
  const notices = items.filter(({ subject }) => subject.startsWith('For you: '));
  expect(notices.map(({ subject }) => subject)).toEqual([
    expect.stringMatching(/^For you: Ada Quill of Quay 9, \d+ points$/),
  ]);
  const { text, html } = (await api(`/api/mailbox/${notices[0]?.id}`)).body;
  expect(text).toContain('Head of Logistics, Quay 9 (400 people)');
  expect(text).toContain('looked at /pricing (2 times)');
  expect(text).toContain('filled in “Where the Dock Hours Go”');

  // The CRM heard of it, and what it told back is known: once, and the reminders have ended.
  const outward = toldTo(crm);
  expect(outward.map(({ sequence }) => sequence)).toContain('crm-sync');
  expect(outward[0]?.data).toMatchObject({
    owner: 'dana@tallybay.example.com',
    grid: expect.stringMatching(/^[A-D][1-4]$/),
  });
  expect(told.every(isSigned)).toBe(true);
  expect(await types('sales.answered')).toMatchObject([{ about: 'contacted', data: { by: 'crm' } }]);
  expect((await rivulet.store.leads.byId(lead.id))?.attributes['phone']).toBe('+1 419 555 0100');

  // Two days later the deal is won, by one click in the mail and one press on its page.
  clock.now = new Date(clock.now.getTime() + 2 * day);
  const [, won = ''] = /href="([^"]+answer(?:=|&#x3D;)won)"/.exec(html) ?? [];
  const page = won.replaceAll('&#x3D;', '=').replaceAll('&amp;', '&');
  expect((await fetch(page)).status).toBe(200);
  expect((await types('sales.answered')).length).toBe(1);
  const body = new URLSearchParams({ answer: 'won', value: '4800', note: 'Starts in May.' });
  const pressed = await fetch(page.replace(/\?.*/, '?choice=answer'), { method: 'POST', body });
  expect(await pressed.text()).toContain('Won, US$4,800, by dana@tallybay.example.com');
  for (let i = 0; i < 4; i += 1) await dispatcher.wake();

  expect((await rivulet.store.leads.byId(lead.id))?.stage).toBe('customer');
  const last = toldTo(crm).at(-1);
  expect(last).toMatchObject({ lead: { email: 'ada@quay9.example.com', stage: 'customer' } });
  expect(last?.data['answers']).toContain('Won, US$4,800, by dana@tallybay.example.com: “Starts in May.”');

  // A month later nobody has been asked or reminded any more, and the selling has stopped.
  await rivulet.playUntil(new Date(clock.now.getTime() + 30 * day));
  const after = await rivulet.store.mailbox.page(50, undefined, 'dana@tallybay.example.com');
  expect(after.items.filter(({ subject }) => /^(For you|What did you hear|How did it go)/.test(subject))).toHaveLength(
    1,
  );
  const running = (await rivulet.store.enrollments.ofLead(lead.id)).filter(({ status }) => status === 'active');
  expect(
    running.map(({ sequence }) => sequence).filter((name) => /^(welcome|consideration|decision)/.test(name)),
  ).toEqual([]);
  expect(rivulet.faults).toEqual([]);
});

/** What a receiver checks with the library of Standard Webhooks. */
function isSigned({ headers, body }: ReceivedCall): boolean {
  const [id, time, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    String(headers[name]),
  );
  const key = deriveSecrets(secret).webhookKey;
  return signature === `v1,${createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64')}`;
}
