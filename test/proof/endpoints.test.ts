import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openEndpointTeller } from '../../src/delivery/tell-endpoints.js';
import { captureLead } from '../../src/lead/capture.js';
import { deliveryId } from '../../src/store/endpoint-deliveries.js';
import { answering, type Receiver, startReceiver } from '../receiver.js';
import { openRandom, type Random } from '../chaos/random.js';
import { startTestRivulet, type TestRivulet } from '../support.js';
import { isLong } from './length.js';

// Processes that die at any write, before or after it is done, beside a receiver that fails as often as not.

const [second, minute] = [1000, 60_000];
/** What the writer of an event may take between taking its time and writing it. */
const longestWriteMs = 100 * second;

let receiver: Receiver;
let rivulet: TestRivulet;
beforeAll(async () => {
  receiver = await startReceiver();
  rivulet = await startTestRivulet();
});
afterAll(async () => {
  await rivulet.close();
  await receiver.stop();
});

test.each(Array.from({ length: isLong ? 60 : 4 }, (_, seed) => seed + 1))(
  'every event is told at least once and under one id, whoever dies and when (seed %i)',
  async (seed) => {
    const random = openRandom(isLong ? seed * 7919 + process.pid : seed);
    const { store, clock } = rivulet;
    receiver.received.length = 0;
    receiver.answer = (request, response) => {
      const fate = random.next();
      if (fate < 0.2) request.socket.destroy();
      else void answering(fate < 0.4 ? 500 : 200)(request, response);
    };
    const { id: lead } = await aLead(`ada-${seed}@example.org`);
    const endpoint = { id: `endpoint-${seed}`, name: 'x', url: receiver.url, types: [`t${seed}`], salt: 's' };
    await store.endpoints.add({ ...endpoint, since: clock.now, createdAt: clock.now });

    const events: string[] = [];
    let late: { readonly at: Date; readonly id: string }[] = [];
    const write = async (id: string, at: Date): Promise<void> => {
      const event = { id, type: `t${seed}`, lead, at, source: 'test', machine: false };
      await store.events.keep([{ event, isSettled: true }], at);
    };
    let crashes = 0;
    let process_ = aProcess(random);
    for (let round = 0; round < 60; round += 1) {
      clock.now = new Date(clock.now.getTime() + random.between(1, 40) * second);
      for (let i = random.between(0, 4); i > 0; i -= 1) {
        const one = { id: randomUUID(), at: clock.now };
        events.push(one.id);
        if (random.next() < 0.3) late.push(one);
        else await write(one.id, one.at);
      }
      // Those that took their time must be written now.
      const due = late.filter(({ at }) => clock.now.getTime() - at.getTime() > longestWriteMs - 40 * second);
      for (const { id, at } of due) await write(id, at);
      late = late.filter((one) => !due.includes(one));
      try {
        await process_.look();
        await process_.quiet();
        if (process_.isDead()) throw new Death();
      } catch (error) {
        if (!(error instanceof Death)) throw error;
        crashes += 1;
        await process_.quiet();
        process_ = aProcess(random);
      }
    }
    for (const { id, at } of late) await write(id, at);

    receiver.answer = answering(200);
    const healthy = aProcess(undefined);
    for (let round = 0; round < 12; round += 1) {
      await healthy.look();
      await healthy.quiet();
      clock.now = new Date(clock.now.getTime() + 20 * minute);
    }
    const heard = new Map<string, string>();
    for (const { headers, body } of receiver.received) {
      const id = JSON.parse(body).data.event.id;
      expect(headers['webhook-id']).toBe(deliveryId(endpoint.id, id));
      heard.set(id, String(headers['webhook-id']));
    }
    expect([...heard.keys()].toSorted()).toEqual(events.toSorted());
    expect(new Set(heard.values()).size).toBe(events.length);
    expect(await store.endpointDeliveries.countOf(endpoint.id, 'delivered')).toBe(events.length);
    expect(crashes).toBeGreaterThan(3);
    expect(rivulet.faults).toEqual([]);
    await store.endpoints.remove(endpoint.id);
  },
  isLong ? 120_000 : 60_000,
);

class Death extends Error {}

/** A process that tells endpoints; with chance it dies at some write, and then nothing of it is written any more. */
function aProcess(random: Random | undefined) {
  const { store, clock } = rivulet;
  let isDead = false;
  const mortal = <T extends object>(part: T): T =>
    new Proxy(part, {
      get: (target, key, self) => {
        const value: unknown = Reflect.get(target, key, self);
        if (typeof value !== 'function' || String(key) === 'within') return value;
        return async (...given: unknown[]): Promise<unknown> => {
          const fate = random?.next() ?? 1;
          if (isDead || fate < 0.02) throw die();
          const answer: unknown = await Reflect.apply(value, target, given);
          if (isDead || fate < 0.04) throw die();
          return answer;
        };
      },
    });
  const die = (): Death => {
    isDead = true;
    return new Death('the process died');
  };
  const teller = openEndpointTeller(
    {
      ...store,
      endpoints: mortal(store.endpoints),
      endpointDeliveries: mortal(store.endpointDeliveries),
      cursors: mortal(store.cursors),
    },
    {
      now: () => clock.now,
      newId: randomUUID,
      scoreOf: () => 0,
      key: Buffer.alloc(32, 'k'),
      allowPrivate: true,
      say: () => {},
      onFault: (error) => void (error instanceof Death || rivulet.faults.push(error)),
    },
  );
  return { ...teller, isDead: () => isDead };
}

async function aLead(email: string) {
  const { lead } = await captureLead({ email, emailKey: email }, 'api', rivulet.store, rivulet.engine, randomUUID);
  return lead;
}
