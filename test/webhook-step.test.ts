import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { recordEvent } from '../src/engine.js';
import { anEvent } from './builders.js';
import { answering, type Receiver, startReceiver } from './receiver.js';
import { aProjectFolder, aSequenceFile, eventually, type HttpRivulet, startHttpRivulet } from './support.js';

// A webhook step from the file to the mail that its answer decides, on the whole of Rivulet.

const minute = 60_000;
let folder: string;
let receiver: Receiver;
let rivulet: HttpRivulet;

beforeAll(async () => {
  receiver = await startReceiver();
  const url = `${receiver.url}/hook`;
  const mail = (name: string) => ({ id: name, send: 'hello', subject: name });
  folder = await aProjectFolder({
    'sequences/hello.json': aSequenceFile(
      [
        { id: 'crm', webhook: { url, body: { who: '{{lead.firstName "nobody"}}' }, upTo: '30 minutes' } },
        {
          choose: [
            { if: { 'response.crm.plan': 'gold' }, then: [mail('gold')] },
            { if: { 'response.crm.status': 200 }, then: [mail('known')] },
            { if: { 'response.crm.status': 404 }, then: [mail('unknown')] },
          ],
          otherwise: [mail('nobody-answered')],
        },
      ],
      { enroll: { on: 'lead.created' } },
    ),
    'sequences/other.json': aSequenceFile([mail('other')], { enroll: { on: 'form.submitted' } }),
  });
});
beforeEach(async () => {
  rivulet = await startHttpRivulet({ PROJECT_DIR: folder, WEBHOOK_ALLOW_PRIVATE: 'true' });
  receiver.answer = answering(200);
  receiver.received.length = 0;
});
afterEach(async () => {
  await rivulet.close();
  for (const fault of rivulet.faults) throw fault;
});
afterAll(async () => {
  await receiver.stop();
  await rm(folder, { recursive: true });
});

describe('a run that comes to a webhook', () => {
  test.each<[string, Receiver['answer'], string]>([
    ['a value of its JSON', answering(200, { plan: 'gold' }), 'gold'],
    ['its status', answering(200), 'known'],
    ['a status that is a no', answering(404), 'unknown'],
  ])('goes on at once by %s', async (_what, answer, subject) => {
    receiver.answer = answer;
    await capture('ada@example.org', { firstName: 'Ada' });
    await rivulet.dispatcher.wake();
    expect(receiver.received.map(({ body }) => JSON.parse(body).data)).toEqual([{ who: 'Ada' }]);
    expect(await subjectsTo('ada@example.org')).toEqual([subject]);
  });

  test('waits while nobody answers, and goes on without an answer when its time is over', async () => {
    receiver.answer = answering(503);
    const lead = await capture('bea@example.org');
    const start = rivulet.clock.now.getTime();
    await rivulet.playUntil(new Date(start + 20 * minute));
    expect(await subjectsTo('bea@example.org')).toEqual([]);
    await rivulet.playUntil(new Date(start + 30 * minute));
    expect(await subjectsTo('bea@example.org')).toEqual(['nobody-answered']);
    const [run] = await rivulet.store.enrollments.ofLead(lead);
    expect(run?.history[0]).toMatchObject({
      step: 'crm',
      did: `could not call 127.0.0.1:${receiver.port}`,
      because: 'no answer until it was too late: answered 503',
    });
  });

  test('and gets its answer at the second try goes on then', async () => {
    receiver.answer = answering(500);
    await capture('cleo@example.org');
    await rivulet.dispatcher.wake();
    receiver.answer = answering(200, { plan: 'gold' });
    await rivulet.playUntil(new Date(rivulet.clock.now.getTime() + minute));
    expect(receiver.received).toHaveLength(2);
    expect(await subjectsTo('cleo@example.org')).toEqual(['gold']);
  });

  test('of a receiver that takes its time holds up nobody else', async () => {
    const answers: (() => void)[] = [];
    receiver.answer = (request, response) => void answers.push(() => void answering(200)(request, response));
    await capture('dora@example.org');
    const waking = rivulet.dispatcher.wake();
    await eventually(() => answers.length === 1);

    const lead = await rivulet.store.leads.byEmail('dora@example.org');
    await recordEvent(anEvent('form.submitted', { lead: lead?.id ?? '' }), rivulet.engine);
    void rivulet.dispatcher.wake();
    await eventually(async () => (await subjectsTo('dora@example.org')).length === 1);
    expect(await subjectsTo('dora@example.org')).toEqual(['other']);
    for (const answer of answers) answer();
    await waking;
    expect((await subjectsTo('dora@example.org')).toSorted()).toEqual(['known', 'other']);
  });

  test('and takes its time holds up neither the clock that strikes every few seconds, nor a run that was answered', async () => {
    const answers: (() => void)[] = [];
    receiver.answer = (request, response) => {
      if (receiver.received.length > 1) return answering(200, { plan: 'gold' })(request, response);
      answers.push(() => void answering(200)(request, response));
    };
    await capture('eve@example.org');
    await rivulet.dispatcher.dispatch();
    await eventually(() => answers.length === 1);
    await capture('fay@example.org');
    await rivulet.dispatcher.dispatch();
    expect(await subjectsTo('eve@example.org')).toEqual([]);
    for (const answer of answers) answer();
    await rivulet.dispatcher.wake();
    expect(await subjectsTo('eve@example.org')).toEqual(['known']);
    expect(await subjectsTo('fay@example.org')).toEqual(['gold']);
  });

  test('and ends meanwhile waits for no answer', async () => {
    const answers: (() => void)[] = [];
    receiver.answer = (request, response) => void answers.push(() => void answering(200)(request, response));
    const lead = await capture('gil@example.org');
    await eventually(() => answers.length === 1);
    await recordEvent(anEvent('unsubscribed', { lead }), rivulet.engine);
    const stopped = [{ state: 'failed', because: 'unsubscribed', attempts: [] }];
    expect(await rivulet.store.calls.ofLead(lead)).toMatchObject(stopped);
    for (const answer of answers) answer();
    await rivulet.dispatcher.wake();
    expect(await rivulet.store.calls.ofLead(lead)).toMatchObject(stopped);
    expect(await subjectsTo('gil@example.org')).toEqual([]);
  });
});

async function capture(email: string, more: object = {}): Promise<string> {
  const { body } = await rivulet.api('/api/leads', { email, ...more });
  return body.id;
}

async function subjectsTo(address: string): Promise<readonly string[]> {
  const { items } = await rivulet.store.mailbox.page(200, undefined, address);
  return items.map(({ subject }) => subject).toReversed();
}
