import { afterEach, expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { tellForecast } from '../src/cli/forecast.js';
import { recordEvent } from '../src/engine.js';
import { aProjectFolder, aSequenceFile, type HttpRivulet, startHttpRivulet } from './support.js';

const opened: { readonly rivulet: HttpRivulet; readonly folder: string }[] = [];

afterEach(async () => {
  for (const { rivulet, folder } of opened.splice(0)) {
    await rivulet.close();
    await rm(folder, { recursive: true });
  }
});

async function start(files: Readonly<Record<string, string>>): Promise<HttpRivulet> {
  const folder = await aProjectFolder(files);
  const rivulet = await startHttpRivulet({ PROJECT_DIR: folder });
  opened.push({ rivulet, folder });
  return rivulet;
}

const dayMs = 86_400_000;
const zones = ['Europe/Paris', 'America/New_York', 'Asia/Tokyo'];

/** Leads of several clocks, who come ten at a time, some hours apart. */
async function arrive({ clock, api, dispatcher }: HttpRivulet, count: number): Promise<void> {
  const leads = Array.from({ length: count }, (_, i) => ({ email: `lead${i}@example.org`, timezone: zones[i % 3] }));
  for (let i = 0; i < count; i += 10) {
    await Promise.all(leads.slice(i, i + 10).map((lead) => api('/api/leads', lead)));
    await dispatcher.wake();
    clock.now = new Date(clock.now.getTime() + 7 * 3_600_000);
  }
}

/** What went between two instants: "2026-04-08 hello/second" and how often. */
async function wentBetween({ store }: HttpRivulet, from: Date, until: Date): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for await (const lead of store.leads.all())
    for (const { sequence, step, settledAt, state } of await store.messages.ofLead(lead.id)) {
      if (state !== 'accepted' || !settledAt || settledAt < from || settledAt >= until) continue;
      const key = `${settledAt.toISOString().slice(0, 10)} ${sequence}/${step}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
  return counts;
}

type Foretold = { readonly day: string; readonly sequence: string; readonly step: string; readonly expected: number };
const byMail = (mails: readonly Foretold[]) =>
  Object.fromEntries(mails.map(({ day, sequence, step, expected }) => [`${day} ${sequence}/${step}`, expected]));

const fourMails = aSequenceFile(
  [
    { id: 'first', send: 'hello', subject: 'First' },
    { wait: '30 days' },
    { id: 'second', send: 'hello', subject: 'Second' },
    { wait: '2 days' },
    { id: 'third', send: 'hello', subject: 'Third' },
    { wait: '5 days' },
    { id: 'fourth', send: 'hello', subject: 'Fourth' },
  ],
  {
    enroll: { on: 'lead.created' },
    send: {
      from: 'Mara Quay <mara@mail.example.com>',
      window: { days: 'mon-fri', between: ['09:00', '17:00'], timezone: 'lead' },
    },
  },
);

test('a forecast without chance is what is then sent, mail by mail and day by day', async () => {
  const rivulet = await start({ 'sequences/hello.json': fourMails });
  const { clock, playUntil, api } = rivulet;
  await arrive(rivulet, 60);
  await playUntil(new Date('2026-04-01T00:00:00Z'));

  const { status, body } = await api('/api/forecast?days=7');
  expect(status).toBe(200);
  const from = clock.now;
  const until = new Date(from.getTime() + 7 * dayMs);
  await playUntil(until);

  const went = await wentBetween(rivulet, from, until);
  expect(Object.keys(went).length).toBeGreaterThan(4);
  expect(byMail(body.mails)).toEqual(went);
  const sum = Object.values(went).reduce((all, mails) => all + mails, 0);
  expect(body.total).toEqual({ expected: sum, low: sum, high: sum });
  expect(body.days.map(({ day }: { day: string }) => day)).toHaveLength(7);
  expect(body).toMatchObject({ played: 60, underWay: 60, from: '2026-04-01', to: '2026-04-07', held: 0 });
});

test('a forecast counts what a warm-up holds back, and what goes a day later for it', async () => {
  const delivery = JSON.stringify({ warmUp: { 'mail.example.com': { starts: '2026-04-01', days: [8, 15, 1000] } } });
  const rivulet = await start({
    'sequences/hello.json': aSequenceFile([{ wait: '30 days' }, { id: 'second', send: 'hello', subject: 'Second' }], {
      enroll: { on: 'lead.created' },
    }),
    'sequences/delivery.json': delivery,
  });
  const { clock, playUntil, api, dispatcher } = rivulet;
  const leads = Array.from({ length: 40 }, (_, i) => ({ email: `lead${i}@example.org` }));
  for (const lead of leads) await api('/api/leads', lead);
  await dispatcher.wake();
  await playUntil(new Date('2026-04-01T00:00:00Z'));

  const { body } = await api('/api/forecast?days=4');
  const from = clock.now;
  await playUntil(new Date('2026-04-05T00:00:00Z'));

  expect(byMail(body.mails)).toEqual(await wentBetween(rivulet, from, clock.now));
  expect(byMail(body.mails)).toEqual({
    '2026-04-01 hello/second': 8,
    '2026-04-02 hello/second': 15,
    '2026-04-03 hello/second': 17,
  });
});

test('a forecast with chance has bounds within which lies what is then sent', async () => {
  const rivulet = await start({
    'sequences/hello.json': aSequenceFile(
      [
        { id: 'first', send: 'hello', subject: 'First' },
        { wait: '30 days' },
        { id: 'second', send: 'hello', subject: 'Second' },
        { wait: '2 days' },
        { if: { clicked: 'second' }, then: [{ id: 'reward', send: 'hello', subject: 'Reward' }] },
      ],
      { enroll: { on: 'lead.created' } },
    ),
  });
  const { clock, playUntil, api } = rivulet;
  await arrive(rivulet, 60);
  await fourOfTenClick(rivulet, 'first');
  await playUntil(new Date('2026-04-01T00:00:00Z'));

  const { body } = await api('/api/forecast?days=7');
  // All have it by now, and whether it was clicked is not looked at for an hour (clocks were put forward meanwhile).
  await playUntil(new Date('2026-04-03T07:00:00Z'));
  await fourOfTenClick(rivulet, 'second');
  await playUntil(new Date('2026-04-08T00:00:00Z'));

  const went = await wentBetween(rivulet, new Date('2026-04-01T00:00:00Z'), clock.now);
  const rewards = Object.entries(went).flatMap(([key, mails]) => (key.endsWith('/reward') ? [mails] : []));
  const total = Object.values(went).reduce((all, mails) => all + mails, 0);
  expect(rewards.reduce((all, mails) => all + mails, 0)).toBe(24);
  const { expected, low, high } = body.total;
  expect([low < total, total < high, low < expected, expected < high]).toEqual([true, true, true, true]);
});

/** Exactly four in ten, others for each mail, click in it: the bounds are held against the rate, not against the luck of the day. */
async function fourOfTenClick({ store, engine, dispatcher }: HttpRivulet, step: string): Promise<void> {
  for await (const { id: lead, email } of store.leads.all()) {
    const mail = (await store.messages.ofLead(lead)).find((one) => one.step === step);
    const number = Number(/\d+/.exec(email)?.[0]);
    if (!mail || (step === 'first' ? number % 10 : Math.floor(number / 6)) >= 4) continue;
    const { id: message, enrollment, sequence } = mail;
    const event = { id: `clicked ${message}`, type: 'clicked', lead, at: engine.now(), source: 'test', machine: false };
    await recordEvent({ ...event, message, enrollment, sequence, step, about: 'https://example.com/more' }, engine);
  }
  await dispatcher.wake();
}

test.each([
  [{ days: '31' }, '--days is a number from 1 to 30, not "31"'],
  [{ days: 'soon' }, '--days is a number from 1 to 30, not "soon"'],
  [{ zone: 'Europe/Pari' }, 'there is no time zone "Europe/Pari"'],
])('the command refuses %j by name', async (options, what) => {
  await expect(tellForecast(options)).rejects.toMatchObject({
    code: 'bad-option',
    message: expect.stringContaining(what),
  });
});

test.each([
  ['days=0', '/days'],
  ['days=31', '/days'],
  ['zone=Mars', '/zone'],
])('a forecast asked for with %s is refused, and says what is wrong', async (query, pointer) => {
  const rivulet = await start({});
  const { status, body } = await rivulet.api(`/api/forecast?${query}`);
  expect([status, body.problems[0].pointer]).toEqual([422, pointer]);
});

test('a pause holds mails back, and the forecast says how many', async () => {
  const rivulet = await start({
    'sequences/hello.json': aSequenceFile([{ wait: '30 days' }, { id: 'late', send: 'hello', subject: 'Late' }], {
      enroll: { on: 'lead.created' },
    }),
  });
  const { store, engine, playUntil, api } = rivulet;
  await arrive(rivulet, 10);
  await playUntil(new Date('2026-03-31T00:00:00Z'));
  await store.pauses.pause('sequence:hello', { since: engine.now(), because: 'a look', by: 'person' });
  const { body } = await api('/api/forecast');
  expect(body).toMatchObject({ total: { expected: 0 }, held: 10 });
  expect(body.assumes).toContain('The pause of sequence hello goes on.');

  await store.pauses.resume('sequence:hello');
  await store.pauses.pause('transport:mailbox', { since: engine.now(), because: 'a look', by: 'person' });
  expect((await api('/api/forecast')).body).toMatchObject({ total: { expected: 0 }, held: 10 });
});

test('forecasts are worked out one after the other; more than anybody waits for are refused, and a stop ends them', async () => {
  const rivulet = await start({ 'sequences/hello.json': fourMails });
  const days = [2, 3, 4, 5, 6, 7];
  const asked = days.map((count) => rivulet.forecasts.forecast(count, 'UTC'));
  expect(await asked.at(-1)).toBeUndefined();
  expect((await rivulet.api('/api/forecast?days=8')).status).toBe(503);
  expect(await asked[0]).toMatchObject({ period: { zone: 'UTC' } });
  await rivulet.forecasts.stop();
  expect(await Promise.all(asked)).toContain(undefined);
  expect(await rivulet.forecasts.forecast(9, 'UTC')).toBeUndefined();
});
