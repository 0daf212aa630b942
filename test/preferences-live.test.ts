import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ReadMail } from '../src/demo/mail-reader.js';
import { runDueSteps } from '../src/engine.js';
import { captureLead } from '../src/lead/capture.js';
import { signToken } from '../src/message/token.js';
import { type HttpRivulet, startHttpRivulet } from './support.js';

let rivulet: HttpRivulet;
let number = 0;

beforeAll(async () => {
  rivulet = await startHttpRivulet();
});
afterAll(() => rivulet.close());

/** A lead of its own for each test, in the middle of the welcome series, which is about the topic "product". */
const aReader = () => rivulet.welcome(`chooser-${(number += 1)}@example.org`);
const pageOf = (message: string) => `${rivulet.url}/p/${signToken('preferences', { message, link: 0 }, rivulet.keys)}`;
const pageIn = (mail: ReadMail) => pageOf(mail.messageId.split('@')[0] ?? '');

type Fields = Readonly<Record<string, string | readonly string[]>>;
const formOf = (fields: Fields): URLSearchParams =>
  new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one])),
  );
/** Presses a button, as a browser without script does; answers the page to which that leads. */
const press = async (page: string, choice: string, fields: Fields = {}, init: RequestInit = {}) => {
  const answer = await fetch(`${page}?choice=${choice}`, { method: 'POST', body: formOf(fields), ...init });
  const text = (await answer.text()).replaceAll('&#39;', "'");
  const undo = /name="of" value="([a-z2-7]{32})"/.exec(text)?.[1];
  return { status: answer.status, type: answer.headers.get('content-type'), at: answer.url, text, undo };
};
const topics = ['product', 'guides', 'newsletter', 'events'];
const without = (...off: readonly string[]) => ({ shown: topics, topic: topics.filter((name) => !off.includes(name)) });

const leadOf = async (id: string) => rivulet.store.leads.byId(id);
const runsOf = async (id: string) =>
  (await rivulet.store.enrollments.ofLead(id)).map(({ sequence, status, endedBecause }) => [
    sequence,
    status,
    ...(status === 'ended' ? [endedBecause] : []),
  ]);
const changesOf = async (id: string) =>
  (await rivulet.store.events.ofLead(id)).filter(({ type }) => type === 'preferences.changed');
const timelineOf = async (id: string) => (await rivulet.api(`/api/leads/${id}/timeline`)).body;
const days = (count: number) => new Date(rivulet.clock.now.getTime() + count * 86_400_000);
const mailsOf = async (mail: ReadMail) =>
  (await rivulet.mailsTo(mail.to)).map(({ sequence, step }) => `${sequence}/${step}`).toReversed();

describe('the page', () => {
  test('shows what stands, in the words of the project', async () => {
    const { mail } = await aReader();
    const answer = await fetch(pageIn(mail));
    const page = await answer.text();
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    for (const text of ['<html lang="en">', 'Getting more out of Tallybay', 'Dock Notes', 'As they come', mail.to])
      expect(page).toContain(text);
    expect(page.match(/type="checkbox"[^>]* checked/g)).toHaveLength(topics.length);
    expect(page).not.toContain('<script');
  });
});

describe('a topic turned off', () => {
  test('ends its series at once, says so, and keeps the lead out of it', async () => {
    const { id, mail } = await aReader();
    const after = await press(pageIn(mail), 'save', { ...without('product'), frequency: 'as they come' });
    expect([after.status, after.at]).toEqual([200, expect.stringMatching(/\?done=[a-z2-7]{32}$/)]);
    expect(after.text).toContain('You get no more mails about “Getting more out of Tallybay”.');
    expect(await leadOf(id)).toMatchObject({ preferences: { topicsOff: ['product'] } });
    expect(await runsOf(id)).toEqual([['welcome', 'ended', 'topic product turned off by the lead']]);
    await rivulet.api('/api/sequences/welcome/enroll', { lead: id });
    expect(await runsOf(id)).toHaveLength(1);
    expect((await timelineOf(id)).past).toContainEqual(
      expect.objectContaining({ what: 'preferences.changed', because: 'topics turned off: product' }),
    );
  });

  test('leaves sequences of other topics, and those of none, as they are', async () => {
    const { id, mail } = await aReader();
    await rivulet.api('/api/events', { lead: id, type: 'form.submitted', about: 'white-paper' });
    await press(pageIn(mail), 'save', without('product', 'newsletter'));
    expect(await runsOf(id)).toEqual([
      ['welcome', 'ended', 'topic product turned off by the lead'],
      ['consideration-white-paper', 'active'],
    ]);
  });

  test('that was not on the page, as it is newer than it, stays on', async () => {
    const { id, mail } = await aReader();
    await press(pageIn(mail), 'save', { shown: ['product', 'guides'], topic: ['product'] });
    expect(await leadOf(id)).toMatchObject({ preferences: { topicsOff: ['guides'] } });
    await press(pageIn(mail), 'save', { shown: ['product'], topic: [] });
    expect(await leadOf(id)).toMatchObject({ preferences: { topicsOff: ['guides', 'product'] } });
  });
});

describe('Undo', () => {
  test('brings back what was before, also the series that ended; pressed again it is done already', async () => {
    const { id, mail } = await aReader();
    const off = await press(pageIn(mail), 'save', { ...without('product'), frequency: 'weekly' });
    for (const _ of [1, 2]) {
      const undone = await press(pageIn(mail), 'undo', { of: off.undo ?? '' });
      expect([undone.status, undone.undo]).toEqual([200, undefined]);
      expect(undone.text).toContain('You get mails about “Getting more out of Tallybay” again.');
    }
    expect(await leadOf(id)).toMatchObject({ preferences: { topicsOff: [], frequency: 'as they come' } });
    expect(await runsOf(id)).toEqual([['welcome', 'active']]);
    expect(await changesOf(id)).toHaveLength(2);
    await rivulet.playUntil(days(4));
    expect(await mailsOf(mail)).toEqual(['welcome/hello', 'welcome/first-steps']);
  });

  test('of a pause has the mails come that it held', async () => {
    const { mail } = await aReader();
    const paused = await press(pageIn(mail), 'pause', { length: 'one-year' });
    await rivulet.playUntil(days(5));
    expect(await mailsOf(mail)).toEqual(['welcome/hello']);
    await press(pageIn(mail), 'undo', { of: paused.undo ?? '' });
    await rivulet.playUntil(days(5));
    expect(await mailsOf(mail)).toContain('welcome/first-steps');
  });

  test('of leaving a series has it go on; left again, it ends again', async () => {
    const { id, mail } = await aReader();
    for (const _ of [1, 2]) {
      const left = await press(pageIn(mail), 'series');
      expect(left.text).toContain('You get no more mails of “Welcome to Tallybay”.');
      expect(await runsOf(id)).toEqual([['welcome', 'ended', 'left by the lead']]);
      const undone = await press(pageIn(mail), 'undo', { of: left.undo ?? '' });
      expect(undone.text).toContain('The series “Welcome to Tallybay” goes on.');
      expect(await runsOf(id)).toEqual([['welcome', 'active']]);
    }
  });

  test('of leaving altogether is offered on the page of one click itself', async () => {
    const { id, mail } = await aReader();
    const left = await (await fetch(mail.unsubscribe, { method: 'POST' })).text();
    const [, action = ''] = /action="(\/p\/[\w-]+)\?choice=undo"/.exec(left) ?? [];
    const [, of = ''] = /name="of" value="([a-z2-7]{32})"/.exec(left) ?? [];
    expect(await runsOf(id)).toEqual([['welcome', 'ended', 'unsubscribed']]);
    const undone = await press(rivulet.url + action, 'undo', { of });
    expect(undone.text).toContain('Welcome back');
    expect(await runsOf(id)).toEqual([['welcome', 'active']]);
    await press(rivulet.url + action, 'undo', { of });
    expect(await rivulet.store.events.count({ lead: id, type: 'resubscribed' })).toBe(1);
  });

  test('comes too late once something else was chosen, after a week, and for what somebody else did', async () => {
    const { id, mail } = await aReader();
    const other = await aReader();
    const first = await press(pageIn(mail), 'save', { frequency: 'weekly' });
    const second = await press(pageIn(mail), 'save', { frequency: 'monthly' });
    const refused = async (page: string, of: string) => (await press(page, 'undo', { of })).status;
    expect(await refused(pageIn(mail), first.undo ?? '')).toBe(409);
    expect(await refused(pageIn(other.mail), second.undo ?? '')).toBe(409);
    rivulet.clock.now = days(8);
    expect(await refused(pageIn(mail), second.undo ?? '')).toBe(409);
    expect(await leadOf(id)).toMatchObject({ preferences: { frequency: 'monthly' } });
  });
});

describe('a pause', () => {
  test('holds everything, tells when it ends, and ends by itself; the series goes on where it stood', async () => {
    const { id, mail } = await aReader();
    const paused = await press(pageIn(mail), 'pause', { length: 'two-weeks' });
    const { snoozedUntil } = (await leadOf(id))?.preferences ?? {};
    expect(snoozedUntil?.getTime()).toBe(Math.floor(days(14).getTime() / 60_000) * 60_000);
    const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(snoozedUntil);
    expect(paused.text).toContain(`No mails come to you until ${day}.`);

    // What comes next is foreseen by the same rule that holds it.
    const [next] = (await timelineOf(id)).next.filter(({ kind }: { kind: string }) => kind === 'mail');
    expect(new Date(next.at) >= (snoozedUntil ?? 0)).toBe(true);
    await rivulet.playUntil(days(13));
    expect(await mailsOf(mail)).toEqual(['welcome/hello']);
    await rivulet.playUntil(new Date(next.at));
    expect(await mailsOf(mail)).toEqual(['welcome/hello', 'welcome/first-steps']);
    expect(await (await fetch(pageIn(mail))).text()).toContain('Pause my mails');
    expect((await timelineOf(id)).past).toContainEqual(
      expect.objectContaining({
        what: 'held back',
        because: expect.stringMatching(/^the pause of the lead to end on/),
      }),
    );
  });

  test('ended early by its button has the mails come again', async () => {
    const { id, mail } = await aReader();
    await press(pageIn(mail), 'pause', { length: 'half-a-year' });
    await rivulet.playUntil(days(4));
    const awake = await press(pageIn(mail), 'wake');
    expect(awake.text).toContain('From now on you get our mails again.');
    await rivulet.playUntil(days(4));
    expect(await mailsOf(mail)).toContain('welcome/first-steps');
    expect((await press(pageIn(mail), 'wake')).text).toContain('nothing has changed');
    expect(await changesOf(id)).toHaveLength(2);
  });

  test('holds a mail that stands in the outbox already, and lets go of it when it is taken back', async () => {
    const { store, engine, newId } = rivulet;
    await rivulet.dispatcher.wake();
    const email = `outbox-${(number += 1)}@example.org`;
    const { mail } = await rivulet.welcome(email);
    // A mail that nobody waits for, which has been planned and not yet taken.
    const { lead } = await captureLead({ email, emailKey: email, tags: ['nurture'] }, 'test', store, engine, newId);
    rivulet.clock.now = days(7);
    while ((await store.messages.ofLead(lead.id)).length < 2) await runDueSteps(engine, { limit: 500 });
    const paused = await press(pageIn(mail), 'pause', { length: 'one-month' });
    await rivulet.dispatcher.wake();
    const held = (await store.messages.ofLead(lead.id)).at(-1);
    expect(held).toMatchObject({ state: 'queued', because: expect.stringContaining('the pause of the lead to end') });
    await press(pageIn(mail), 'undo', { of: paused.undo ?? '' });
    await rivulet.playUntil(days(4));
    expect(await store.messages.byId(held?.id ?? '')).toMatchObject({ state: 'accepted' });
  });

  test('lets a mail through that the lead waits for', async () => {
    const { id, mail } = await aReader();
    await press(pageIn(mail), 'pause', { length: 'one-year' });
    const at = new Date(rivulet.clock.now.getTime() + 3 * 86_400_000).toISOString();
    await rivulet.api('/api/leads', { email: mail.to, attributes: { appointmentAt: at } });
    await rivulet.api('/api/events', { lead: id, type: 'form.submitted', about: 'booking' });
    await rivulet.dispatcher.wake();
    expect(new Set(await mailsOf(mail))).toEqual(new Set(['welcome/hello', 'appointment-booking/confirmed']));
  });
});

test('one mail a week is what a lead gets who asks for it', async () => {
  const { id, mail } = await aReader();
  await rivulet.api('/api/events', { lead: id, type: 'form.submitted', about: 'white-paper' });
  const chosen = await press(pageIn(mail), 'save', { frequency: 'weekly' });
  expect(chosen.text).toContain('You get one mail a week at the most.');
  await rivulet.playUntil(days(40));
  const { items } = await rivulet.store.mailbox.page(50, undefined, mail.to);
  const times = items.map(({ at }) => at.getTime()).toSorted((a, b) => a - b);
  expect(times.length).toBeGreaterThan(4);
  const gaps = times.slice(1).map((time, i) => (time - (times[i] ?? 0)) / 86_400_000);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(7);
});

describe('pressed by two', () => {
  test('at the same instant it is one choice', async () => {
    const { id, mail } = await aReader();
    await Promise.all(Array.from({ length: 8 }, () => press(pageIn(mail), 'pause', { length: 'two-weeks' })));
    expect(await changesOf(id)).toHaveLength(1);
  });

  test('in two tabs, both choices count', async () => {
    const { id, mail } = await aReader();
    await Promise.all([
      press(pageIn(mail), 'pause', { length: 'one-month' }),
      press(pageIn(mail), 'save', { frequency: 'monthly' }),
    ]);
    expect(await leadOf(id)).toMatchObject({
      preferences: { frequency: 'monthly', snoozedUntil: expect.any(Date) },
    });
  });
});

describe('what cannot be meant is answered by a page that says so, and changes nothing', () => {
  const type = (value: string): RequestInit => ({ headers: { 'Content-Type': value } });

  test.each<[string, string, Fields, RequestInit, number, string]>([
    ['no length', 'pause', {}, {}, 400, 'Choose how long the pause is to last.'],
    ['an absurd length', 'pause', { length: '999-years' }, {}, 400, 'Choose how long the pause is to last.'],
    ['a length by its inner name', 'pause', { length: '__proto__' }, {}, 400, 'Choose how long the pause is to last.'],
    ['two lengths', 'pause', { length: ['one-month', 'one-year'] }, {}, 400, 'Choose how long the pause is to last.'],
    ['an unknown frequency', 'save', { frequency: 'hourly' }, {}, 400, 'Choose how often mails may come.'],
    ['two frequencies', 'save', { frequency: ['weekly', 'monthly'] }, {}, 400, 'Choose how often mails may come.'],
    ['a line break', 'save', { frequency: 'weekly\r\nSet-Cookie: a=b' }, {}, 400, 'Choose how often mails may come.'],
    ['an undo of nothing', 'undo', {}, {}, 409, 'This cannot be taken back any more'],
    ['an undo of something made up', 'undo', { of: 'a'.repeat(32) }, {}, 409, 'This cannot be taken back any more'],
    [
      'JSON',
      'pause',
      {},
      { body: '{"length":"one-year"}', ...type('application/json') },
      415,
      'This form cannot be read',
    ],
    ['plain text', 'pause', {}, { body: 'length=one-year', ...type('text/plain') }, 415, 'This form cannot be read'],
    [
      'a megabyte',
      'save',
      {},
      { body: `frequency=${'x'.repeat(1_000_000)}`, ...type('application/x-www-form-urlencoded') },
      413,
      'This form cannot be read',
    ],
    [
      '5,000 fields',
      'save',
      {},
      { body: 'a=1&'.repeat(4000), ...type('application/x-www-form-urlencoded') },
      413,
      'This form cannot be read',
    ],
    [
      'letters nobody knows',
      'save',
      { frequency: 'weekly' },
      type('application/x-www-form-urlencoded; charset=klingon'),
      415,
      'This form cannot be read',
    ],
    ['a button that is none', 'explode', {}, {}, 404, 'This link is not complete'],
  ])('%s', async (_, choice, fields, init, status, text) => {
    const { id, mail } = await aReader();
    const answer = await press(pageIn(mail), choice, fields, init);
    expect([answer.status, answer.type]).toEqual([status, 'text/html; charset=utf-8']);
    expect(answer.text).toContain(text);
    expect(await leadOf(id)).not.toHaveProperty('preferences');
    expect(await changesOf(id)).toEqual([]);
    expect(await runsOf(id)).toEqual([['welcome', 'active']]);
  });

  test('topics that are no more, or never were, are passed over; the rest of the form counts', async () => {
    const { id, mail } = await aReader();
    const fields = {
      shown: ['product', 'gone', '<b>', '$ne'],
      topic: ['product', 'never', '__proto__'],
      frequency: 'monthly',
    };
    expect((await press(pageIn(mail), 'save', fields)).status).toBe(200);
    expect((await leadOf(id))?.preferences).toMatchObject({ frequency: 'monthly' });
    expect((await leadOf(id))?.preferences?.topicsOff ?? []).toEqual([]);
  });

  test('what a page is asked to say in its address is not said', async () => {
    const { mail } = await aReader();
    for (const done of ['<b>x</b>', 'a'.repeat(32), 'nothing&done=x', '[$ne]']) {
      const page = await (await fetch(`${pageIn(mail)}?done=${done}`)).text();
      expect(page).not.toContain('class="said"');
    }
  });
});

describe('PUT /api/leads/:id/preferences', () => {
  const put = (id: string, body: unknown) => rivulet.api(`/api/leads/${id}/preferences`, body, 'PUT');

  test('chooses for the lead, and answers what stands', async () => {
    const { id } = await aReader();
    const until = days(30).toISOString();
    expect(
      await put(id, { topicsOff: ['product', 'product'], frequency: 'weekly', snoozedUntil: until }),
    ).toMatchObject({
      status: 200,
      body: { topicsOff: ['product'], frequency: 'weekly', snoozedUntil: until },
    });
    expect(await runsOf(id)).toEqual([['welcome', 'ended', 'topic product turned off by the lead']]);
    expect(await changesOf(id)).toMatchObject([{ source: 'api' }]);
    expect((await put(id, { snoozedUntil: null })).body).toMatchObject({ frequency: 'weekly', topicsOff: ['product'] });
    expect((await put(id, { topicsOff: [] })).body).toMatchObject({ topicsOff: [] });
    expect((await rivulet.api(`/api/leads/${id}`)).body.preferences).toMatchObject({ frequency: 'weekly' });
  });

  test('said again changes nothing', async () => {
    const { id } = await aReader();
    for (const _ of [1, 2]) expect((await put(id, { frequency: 'weekly' })).status).toBe(200);
    expect(await put(id, { snoozedUntil: null })).toMatchObject({ status: 200 });
    expect(await changesOf(id)).toHaveLength(1);
  });

  test.each([
    [{ topicsOff: ['prodct'] }, '/topicsOff', 'there is no topic "prodct". Did you mean "product"?'],
    [{ topicsOff: 'product' }, '/topicsOff', 'this must be a list'],
    [{ frequency: 'daily' }, '/frequency', 'as they come, weekly, monthly'],
    [{ snoozedUntil: '2019-01-01T00:00:00Z' }, '/snoozedUntil', 'a pause ends in the future, within a year'],
    [{ snoozedUntil: '2999-01-01T00:00:00Z' }, '/snoozedUntil', 'a pause ends in the future, within a year'],
    [{ snoozedUntil: 'tomorrow' }, '/snoozedUntil', 'an instant looks like'],
    [{ chosenAt: {} }, '/chosenAt', 'is not a field here'],
    [{}, '', 'say "topicsOff"'],
    [[], '', 'this must be an object'],
  ])('%j is refused with its place', async (body, pointer, detail) => {
    const { id } = await aReader();
    const answer = await put(id, body);
    expect(answer).toMatchObject({
      status: 422,
      body: { problems: [{ pointer, detail: expect.stringContaining(detail) }] },
    });
    expect(await changesOf(id)).toEqual([]);
  });

  test('wants the key, a lead, and JSON', async () => {
    const { id } = await aReader();
    const bare = await fetch(`${rivulet.url}/api/leads/${id}/preferences`, {
      method: 'PUT',
      body: '{"frequency":"weekly"}',
    });
    expect(bare.status).toBe(401);
    expect((await put('nobody', { frequency: 'weekly' })).status).toBe(404);
    expect((await put(id, '{')).status).toBe(400);
  });

  test('is the only way for programs: the event itself is refused', async () => {
    const { id } = await aReader();
    for (const type of ['preferences.changed', 'series.rejoined', 'series.left', 'resubscribed'])
      expect((await rivulet.api('/api/events', { lead: id, type })).status).toBe(422);
  });
});

test('nothing of all this was a fault', () => {
  expect(rivulet.faults).toEqual([]);
});
