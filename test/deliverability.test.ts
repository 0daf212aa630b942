import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openCheckup } from '../src/delivery/checkup.js';
import { recordEvent } from '../src/engine.js';
import { countDeliveries } from '../src/lead/count-deliveries.js';
import { type DeliveryTally, noTally, together, withFewNamed } from '../src/report/deliverability.js';
import { anEvent, at } from './builders.js';
import { aProjectFolder, aSequenceFile, type HttpRivulet, startHttpRivulet } from './support.js';

const [hour, dayMs] = [3_600_000, 86_400_000];
const delivery = {
  transports: { mailbox: { atMost: ['100 per second', '1000 per day'] } },
  domains: { 'gmail.com': '60 per minute', '*': '600 per minute' },
  warmUp: { 'mail.example.com': { starts: '2026-03-01', days: [5, 10, 20] } },
};
let folder: string;
let rivulet: HttpRivulet;

beforeAll(async () => {
  folder = await aProjectFolder({
    'sequences/delivery.json': JSON.stringify(delivery),
    'sequences/hello.json': aSequenceFile([{ id: 'hi', send: 'hello', subject: 'Hi' }], {
      enroll: { on: 'lead.created' },
    }),
  });
});
beforeEach(async () => {
  rivulet = await startHttpRivulet({ PROJECT_DIR: folder });
});
afterEach(async () => {
  await rivulet.close();
  for (const fault of rivulet.faults) throw fault;
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('how mails are taken', () => {
  test('is told by day, transport and receiving domain, with rates', async () => {
    await mailTo(['a@gmail.com', 'b@gmail.com', 'c@gmail.com', 'd@gmail.com', 'e@one.example']);
    const [bounced, complained] = await messagesTo('a@gmail.com', 'b@gmail.com');
    pass(dayMs);
    await cameBack('bounced', bounced, { hard: true });
    await cameBack('complained', complained);
    await counted();
    const told = (await rivulet.api('/api/deliverability?days=3')).body;
    expect(told).toMatchObject({ from: '2026-03-01', to: '2026-03-03' });
    expect(told.totals).toMatchObject({ accepted: 5, handedOver: 5, hardBounced: 1, complained: 1 });
    expect(told.totals.rates).toMatchObject({ hardBounced: 0.2, complained: 0.2, rejected: 0 });
    expect(
      told.days.map((one: { day: string; counts: { accepted: number; hardBounced: number } }) => [
        one.day,
        one.counts.accepted,
        one.counts.hardBounced,
      ]),
    ).toEqual([
      ['2026-03-01', 0, 0],
      ['2026-03-02', 5, 0],
      ['2026-03-03', 0, 1],
    ]);
    expect(told.transports).toMatchObject([{ name: 'mailbox', counts: { accepted: 5 } }]);
    expect(told.domains).toMatchObject([{ name: 'gmail.com', counts: { accepted: 4, hardBounced: 1 } }]);
    expect(told.others).toMatchObject({ accepted: 1 });
  });

  test('comes to the same however often it is counted, and by whomever', async () => {
    await mailTo(['a@gmail.com', 'b@gmail.com', 'c@gmail.com']);
    await counted();
    const first = (await rivulet.api('/api/deliverability')).body;
    await Promise.all([counted(), counted()]);
    pass(5 * hour);
    await counted();
    expect((await rivulet.api('/api/deliverability')).body.totals).toEqual(first.totals);
    expect(first.totals).toMatchObject({ accepted: 3 });
  });

  test('is counted from the beginning where nothing was yet, in steps', async () => {
    await mailTo(['a@gmail.com', 'b@gmail.com', 'c@gmail.com']);
    pass(20 * dayMs);
    for (let i = 0; i < 6; i += 1) await counted();
    const { totals, days } = (await rivulet.api('/api/deliverability?days=30')).body;
    expect(totals).toMatchObject({ accepted: 3 });
    expect(days.find((one: { day: string }) => one.day === '2026-03-02').counts.accepted).toBe(3);
  });

  test('that is written an hour late is counted all the same', async () => {
    await mailTo(['a@gmail.com', 'b@gmail.com', 'c@gmail.com']);
    await counted();
    const [message] = await messagesTo('a@gmail.com');
    pass(2 * hour);
    await counted();
    const late = { ...anEvent('bounced', { lead: 'x', message: message ?? '', hard: false, at: rivulet.clock.now }) };
    await rivulet.store.events.keep([{ event: late, isSettled: true }], new Date(rivulet.clock.now.getTime() - hour));
    pass(hour);
    await counted();
    expect((await rivulet.api('/api/deliverability')).body.totals).toMatchObject({ softBounced: 1 });
  });

  test.each(['days=0', 'days=1000', 'days=many', 'days[$gt]=', 'zone=UTC'])('refuses %s', async (query) => {
    expect((await rivulet.api(`/api/deliverability?${query}`)).status).toBe(422);
  });
});

describe('of many domains', () => {
  const tally = (domains: Readonly<Record<string, number>>): DeliveryTally => ({
    ...noTally,
    domains: new Map(Object.entries(domains).map(([name, accepted]) => [name, { accepted }])),
  });

  test('the largest are named, and the rest are told together', () => {
    const { domains, others } = withFewNamed(tally({ 'a.example': 5, 'b.example': 9, 'c.example': 4 }), { most: 2 });
    expect([...domains.keys()]).toEqual(['b.example', 'a.example']);
    expect(others).toEqual({ accepted: 4 });
  });

  test('one with few mails is not named, as it may be one person’s', () => {
    const { domains, others } = withFewNamed(tally({ 'quay-family.example': 2, 'gmail.com': 3 }));
    expect([...domains.keys()]).toEqual(['gmail.com']);
    expect(others).toEqual({ accepted: 2 });
  });

  test('nothing is lost or counted twice when hours become a day', () => {
    const one = { most: 1, fewest: 1 };
    const day = withFewNamed(together([tally({ a: 2, b: 1 }), withFewNamed(tally({ a: 5, c: 1 }), one)]), one);
    expect(day.domains).toEqual(new Map([['a', { accepted: 7 }]]));
    expect(day.others).toEqual({ accepted: 2 });
  });
});

describe('the limits', () => {
  test('are told with what is used of them, and the warm-up beside its plan', async () => {
    await mailTo(['a@gmail.com', 'b@gmail.com', 'c@gmail.com']);
    await counted();
    const { throttles, warmUps } = (await rivulet.api('/api/deliverability')).body;
    expect(throttles).toEqual([
      expect.objectContaining({ kind: 'transport', name: 'mailbox', limit: '100 per second', share: 1 }),
      expect.objectContaining({ kind: 'quota', name: 'mailbox', limit: '1000 per day', used: 3 }),
      expect.objectContaining({ kind: 'domain', name: 'gmail.com', limit: '60 per minute' }),
      expect.objectContaining({ kind: 'domain', name: '*' }),
    ]);
    expect(warmUps).toEqual([
      {
        domain: 'mail.example.com',
        starts: '2026-03-01',
        ends: '2026-03-03',
        today: 10,
        days: [
          { day: '2026-03-01', plan: 5, done: 0 },
          { day: '2026-03-02', plan: 10, done: 3 },
          { day: '2026-03-03', plan: 20, done: 0 },
        ],
      },
    ]);
  });

  test('that a receiver slowed down are told with the part that is left, also of a domain that no file names', async () => {
    await rivulet.store.throttles.slowDown('domain:one.example', rivulet.clock.now);
    const { throttles } = (await rivulet.api('/api/deliverability')).body;
    expect(throttles).toContainEqual(
      expect.objectContaining({ name: 'one.example', share: 0.5, slowedAt: rivulet.clock.now.toISOString() }),
    );
  });
});

describe('what the doctor finds', () => {
  test('is kept for a while, looked for once by many, and anew when asked', async () => {
    const clock = { now: at('2026-03-02T09:00Z') };
    let looks = 0;
    const examine = async () => {
      looks += 1;
      return [{ check: 'mail', about: 'hello', level: 'good', what: `look ${looks}` } as const];
    };
    const checkup = openCheckup(examine, () => clock.now);
    await Promise.all([checkup(), checkup(), checkup()]);
    expect(looks).toBe(1);
    clock.now = new Date(clock.now.getTime() + 4 * 60_000);
    expect((await checkup()).findings[0]?.what).toBe('look 1');
    expect((await checkup(true)).findings[0]?.what).toBe('look 2');
    clock.now = new Date(clock.now.getTime() + hour);
    expect((await checkup()).findings[0]?.what).toBe('look 3');
  });

  test('is told over the API, with the mails of this project looked through', async () => {
    const { body } = await rivulet.api('/api/deliverability/doctor');
    expect(body.findings).toContainEqual(expect.objectContaining({ check: 'mail', about: 'hello:hi' }));
  }, 60_000);
});

async function mailTo(addresses: readonly string[]): Promise<void> {
  for (const email of addresses) await rivulet.api('/api/leads', { email });
  await rivulet.playUntil(new Date(rivulet.clock.now.getTime() + 10_000));
}
async function messagesTo(...addresses: readonly string[]): Promise<readonly (string | undefined)[]> {
  return Promise.all(
    addresses.map(async (email) => {
      const lead = await rivulet.store.leads.byEmail(email);
      return (await rivulet.store.messages.ofLead(lead?.id ?? ''))[0]?.id;
    }),
  );
}
async function cameBack(type: string, message: string | undefined, more: object = {}): Promise<void> {
  const mail = await rivulet.store.messages.byId(message ?? '');
  const event = { id: `${type} ${message}`, lead: mail?.lead ?? '', message: message ?? '', at: rivulet.clock.now };
  await recordEvent(anEvent(type, { ...event, ...more }), rivulet.engine);
}
async function counted(): Promise<void> {
  await countDeliveries({ store: rivulet.store, now: rivulet.engine.now });
}
function pass(ms: number): void {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + ms);
}
