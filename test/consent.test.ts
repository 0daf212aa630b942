import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type HttpRivulet, startHttpRivulet } from './support.js';

let rivulet: HttpRivulet;

beforeAll(async () => {
  rivulet = await startHttpRivulet();
});
afterAll(() => rivulet.close());

const say = async (email: string, status: 'granted' | 'pending' | 'denied') => {
  const { body } = await rivulet.api('/api/leads', {
    email,
    consent: { status, source: 'form', at: '2026-03-02T08:00:00Z' },
  });
  await rivulet.dispatcher.wake();
  return body;
};
const runsOf = async (id: string) =>
  (await rivulet.store.enrollments.ofLead(id)).map(({ sequence, status, endedBecause }) => [
    sequence,
    status,
    endedBecause,
  ]);
const mailsTo = async (to: string) =>
  (await rivulet.store.mailbox.page(10, undefined, to)).items.map(({ subject }) => subject);

test('a lead whose consent is pending gets nothing, and all of it once consent is given', async () => {
  const { id, stage } = await say('later@example.org', 'pending');
  expect(stage).toBe('welcome');
  expect(await runsOf(id)).toEqual([]);

  await say('later@example.org', 'granted');
  expect(await runsOf(id)).toEqual([['welcome', 'active', undefined]]);
  expect(await mailsTo('later@example.org')).toEqual(['Your dock board is ready']);
});

test('consent given again starts nothing anew', async () => {
  const { id } = await say('twice@example.org', 'granted');
  await say('twice@example.org', 'granted');
  expect(await runsOf(id)).toHaveLength(1);
  expect(await mailsTo('twice@example.org')).toHaveLength(1);
});

test('consent withdrawn ends every run at once', async () => {
  const { id } = await say('gone@example.org', 'granted');
  await say('gone@example.org', 'denied');
  expect(await runsOf(id)).toEqual([['welcome', 'ended', 'consent is denied']]);
});

test('a series that was ended by a withdrawal does not begin again when it never may', async () => {
  const { id } = await say('back@example.org', 'granted');
  await say('back@example.org', 'denied');
  await say('back@example.org', 'granted');
  expect(await runsOf(id)).toEqual([['welcome', 'ended', 'consent is denied']]);
});

test('nobody can tell through the events API that somebody came back', async () => {
  const { id } = await say('forged@example.org', 'granted');
  for (const type of ['consent.granted', 'resubscribed'])
    expect((await rivulet.api('/api/events', { type, lead: id })).status).toBe(422);
});
