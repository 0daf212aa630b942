import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ReadMail } from '../src/demo/mail-reader.js';
import { signToken } from '../src/message/token.js';
import { type HttpRivulet, startHttpRivulet } from './support.js';

let rivulet: HttpRivulet;
let number = 0;

beforeAll(async () => {
  rivulet = await startHttpRivulet();
});
afterAll(() => rivulet.close());

const next = (who: string) => `${who}-${(number += 1)}@example.org`;
const aReader = () => rivulet.welcome(next('reader'));
const pageIn = (mail: ReadMail) =>
  `${rivulet.url}/p/${signToken('preferences', { message: mail.messageId.split('@')[0] ?? '', link: 0 }, rivulet.keys)}`;
const post = async (address: string, fields: Readonly<Record<string, string>> = {}) => {
  const answer = await fetch(address, { method: 'POST', body: new URLSearchParams(fields) });
  return { status: answer.status, at: answer.url, text: (await answer.text()).replaceAll('&#39;', "'") };
};
/** Asks for another address; the mails that follow have gone when it resolves. */
const ask = async (mail: ReadMail, email: string) => {
  const answer = await post(`${pageIn(mail)}?choice=address`, { email });
  await rivulet.dispatcher.wake();
  return answer;
};
/** The page that the last mail to an address leads to. */
const linkTo = async (email: string): Promise<string> => {
  const { items } = await rivulet.store.mailbox.page(1, undefined, email);
  const { html = '' } = (await rivulet.api(`/api/mailbox/${items[0]?.id}`)).body;
  return /href="(http:\/\/localhost:\d+\/p\/[\w-]{54})"/.exec(html)?.[1] ?? 'nowhere';
};
const addressOf = async (id: string) => (await rivulet.store.leads.byId(id))?.email;
const mailsTo = async (email: string) => (await rivulet.store.mailbox.page(50, undefined, email)).items.length;
const pass = (days: number): void => {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + days * 86_400_000);
};
const asked = 'a mail goes to it now';

describe('another address', () => {
  test('gets the mails once its reader has pressed the button that a mail to it leads to, and not before', async () => {
    const { id, mail } = await aReader();
    const other = next('other');
    expect((await ask(mail, other)).text).toContain(asked);
    expect(await mailsTo(other)).toBe(1);
    const link = await linkTo(other);
    for (const method of ['GET', 'HEAD', 'OPTIONS']) await fetch(link, { method });
    expect(await (await fetch(link)).text()).toContain('Yes, send them here');
    expect(await addressOf(id)).toBe(mail.to);

    const done = await post(`${link}?choice=confirm`);
    expect([done.status, done.text]).toEqual([200, expect.stringContaining('It is done')]);
    expect(await addressOf(id)).toBe(other);
    await rivulet.playUntil(new Date(rivulet.clock.now.getTime() + 3 * 86_400_000));
    expect(await mailsTo(other)).toBe(2);
  });

  test('is told so where nobody else can read it: what its mail says names no lead', async () => {
    const { mail } = await rivulet.welcome(next('secret'), { firstName: 'Ada', attributes: { company: 'Pell' } });
    const other = next('stranger');
    await ask(mail, other);
    const page = await (await fetch(await linkTo(other))).text();
    const { items } = await rivulet.store.mailbox.page(1, undefined, other);
    const { html, text, headers } = (await rivulet.api(`/api/mailbox/${items[0]?.id}`)).body;
    for (const shown of [page, html, text, JSON.stringify(headers)])
      for (const secret of [mail.to, 'Ada', 'Pell']) expect(shown).not.toContain(secret);
  });

  test('opens nothing else by its link: no choices, no unsubscribe', async () => {
    const { id, mail } = await aReader();
    const other = next('stranger');
    await ask(mail, other);
    const link = await linkTo(other);
    for (const choice of ['all', 'series', 'save', 'pause', 'restore', 'undo', 'address'])
      expect([choice, (await post(`${link}?choice=${choice}`, { length: 'one-year' })).status]).toEqual([choice, 404]);
    expect((await post(link)).status).toBe(404);
    const [message = ''] = [link.split('/').at(-1)];
    expect((await post(`${rivulet.url}/u/${message}`)).status).toBe(404);
    expect(await rivulet.store.leads.byId(id)).not.toHaveProperty('preferences');
    expect((await rivulet.api(`/api/leads/${id}`)).body).not.toHaveProperty('suppressed');
  });

  test('pressed twice, or by two at once, is done once', async () => {
    const { id, mail } = await aReader();
    const other = next('other');
    await ask(mail, other);
    const link = `${await linkTo(other)}?choice=confirm`;
    const answers = await Promise.all([post(link), post(link), post(link)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await post(link)).status).toBe(200);
    expect(await rivulet.store.events.count({ lead: id, type: 'address.changed' })).toBe(1);
  });

  test('is the last one that was asked for, for three days', async () => {
    const { id, mail } = await aReader();
    const [first, second] = [next('first'), next('second')];
    await ask(mail, first);
    const old = await linkTo(first);
    await ask(mail, second);
    expect((await post(`${old}?choice=confirm`)).status).toBe(409);
    const link = await linkTo(second);
    pass(3.1);
    expect((await fetch(link)).status).toBe(409);
    expect((await post(`${link}?choice=confirm`)).status).toBe(409);
    expect(await addressOf(id)).toBe(mail.to);
  });

  test('is written in its A-label, whatever letters it has', async () => {
    const { id, mail } = await aReader();
    await ask(mail, 'ada@bücher.example.org');
    const link = await linkTo('ada@xn--bcher-kva.example.org');
    await post(`${link}?choice=confirm`);
    expect(await addressOf(id)).toBe('ada@xn--bcher-kva.example.org');
  });

  test('leaves the links of all earlier mails working', async () => {
    const { id, mail } = await aReader();
    const other = next('other');
    await ask(mail, other);
    await post(`${await linkTo(other)}?choice=confirm`);
    expect(await (await fetch(pageIn(mail))).text()).toContain(other);
    expect((await fetch(mail.unsubscribe, { method: 'POST' })).status).toBe(200);
    expect((await rivulet.api(`/api/leads/${id}`)).body).toMatchObject({ suppressed: 'unsubscribed' });
  });
});

describe('the former address', () => {
  const moved = async () => {
    const { id, mail } = await aReader();
    const other = next('taker');
    await ask(mail, other);
    const confirm = `${await linkTo(other)}?choice=confirm`;
    // The welcome was the last mail to the former address so far.
    pass(1 / 1440);
    await post(confirm);
    await rivulet.dispatcher.wake();
    return { id, mail, other, confirm, back: await linkTo(mail.to) };
  };

  test('is told, without being told where the mails go, and can have them back', async () => {
    const { id, mail, other, back } = await moved();
    const page = await (await fetch(back)).text();
    expect(page).toContain('That was not me');
    expect(page).not.toContain(other);
    expect(await addressOf(id)).toBe(other);
    expect((await post(`${back}?choice=restore`)).text).toContain('It is done');
    expect(await addressOf(id)).toBe(mail.to);
  });

  test('that took them back keeps them: neither the old link nor another request takes them away again', async () => {
    const { id, mail, other, confirm, back } = await moved();
    await post(`${back}?choice=restore`);
    await rivulet.dispatcher.wake();
    const before = await mailsTo(other);
    expect((await post(confirm)).status).toBe(409);
    pass(1);
    expect((await ask(mail, other)).text).toContain(asked);
    expect(await mailsTo(other)).toBe(before);
    expect(await addressOf(id)).toBe(mail.to);
  });

  test('cannot have them back after two weeks, or once somebody else has it', async () => {
    const late = await moved();
    const taken = await moved();
    await rivulet.api('/api/leads', { email: taken.mail.to });
    expect((await post(`${taken.back}?choice=restore`)).status).toBe(409);
    pass(15);
    expect((await post(`${late.back}?choice=restore`)).status).toBe(409);
    expect(await addressOf(late.id)).toBe(late.other);
  });
});

describe('what others may not learn', () => {
  test('an address that is free, taken, suppressed or asked for already is answered alike', async () => {
    const { mail } = await aReader();
    const taken = await aReader();
    const gone = await aReader();
    await fetch(gone.mail.unsubscribe, { method: 'POST' });
    const said = async (email: string) => {
      const { status, text } = await ask(mail, email);
      return [status, text.replaceAll(email, '')];
    };
    const free = next('free');
    const answer = await said(free);
    for (const email of [taken.mail.to, gone.mail.to, free]) expect(await said(email)).toEqual(answer);
    // Each of them has its own welcome, and nothing else.
    expect([await mailsTo(free), await mailsTo(taken.mail.to), await mailsTo(gone.mail.to)]).toEqual([1, 1, 1]);
  });

  test('an address that somebody else got before it was confirmed stays theirs', async () => {
    const { id, mail } = await aReader();
    const other = next('raced');
    await ask(mail, other);
    const link = await linkTo(other);
    const { body } = await rivulet.api('/api/leads', { email: other });
    expect((await post(`${link}?choice=confirm`)).status).toBe(409);
    expect([await addressOf(id), await addressOf(body.id)]).toEqual([mail.to, other]);
  });
});

describe('a suppression', () => {
  test('of the old address does not end by another one', async () => {
    const { id, mail } = await aReader();
    const other = next('clean');
    await ask(mail, other);
    const link = await linkTo(other);
    await fetch(mail.unsubscribe, { method: 'POST' });
    expect((await post(`${link}?choice=confirm`)).status).toBe(409);
    expect(await addressOf(id)).toBe(mail.to);
    expect((await fetch(pageIn(mail))).status).toBe(200);
    expect(await (await fetch(pageIn(mail))).text()).not.toContain('New e-mail address');
    await ask(mail, next('another'));
    expect(await rivulet.store.events.count({ lead: id, type: 'address.asked' })).toBe(1);
  });

  test('of the new address stays', async () => {
    const { id, mail } = await aReader();
    const gone = await aReader();
    const other = gone.mail.to;
    await fetch(gone.mail.unsubscribe, { method: 'POST' });
    await ask(mail, other);
    expect(await rivulet.store.events.count({ lead: id, type: 'address.asked' })).toBe(0);
  });
});

describe('nobody is mailed more than once a day', () => {
  test('whoever asks for one address, and however often', async () => {
    const victim = next('victim');
    const shouted = victim.toUpperCase();
    for (let i = 0; i < 5; i += 1) {
      const { mail } = await aReader();
      await Promise.all([ask(mail, victim), ask(mail, shouted)]);
    }
    expect((await mailsTo(victim)) + (await mailsTo(shouted.replace('EXAMPLE.ORG', 'example.org')))).toBe(1);
  });

  test('and one lead asks for three addresses a day at the most', async () => {
    const { id, mail } = await aReader();
    for (let i = 0; i < 6; i += 1) await ask(mail, next('many'));
    expect(await rivulet.store.events.count({ lead: id, type: 'address.asked' })).toBe(3);
  });
});

describe('what is no address is answered by the page, with what was typed and what is wrong with it', () => {
  test.each([
    ['', 'looks like name@example.com'],
    ['ada', 'looks like name@example.com'],
    ['ada@', 'looks like name@example.com'],
    ['ada@localhost', 'no ending'],
    ['ada@example.org, bob@example.org', 'characters that no mailbox has'],
    ['ada@example.org\r\nBcc: bob@example.org', 'line break'],
    ['ada@example.org%0d%0aBcc:x', 'not a domain'],
    ['"<script>"@example.org', 'characters that no mailbox has'],
    [`${'a'.repeat(300)}@example.org`, 'longer than 64'],
    [`ada@${'b.'.repeat(2000)}example.org`, 'This cannot be used'],
    ['адa@example.org', 'ASCII characters only'],
    ['=?utf-8?q?bob=40evil.example?=@example.org', 'encoded word'],
    ['ada@[127.0.0.1]', 'not a domain'],
  ])('%j', async (email, problem) => {
    const { id, mail } = await aReader();
    const answer = await ask(mail, email);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(problem);
    expect(answer.text).toContain('aria-invalid="true"');
    expect(answer.text).not.toContain('<script>');
    expect(await rivulet.store.events.count({ lead: id, type: 'address.asked' })).toBe(0);
  });

  test('two of them are none', async () => {
    const { mail } = await aReader();
    const body = 'email=a%40example.org&email=b%40example.org';
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect((await fetch(`${pageIn(mail)}?choice=address`, { method: 'POST', body, headers })).status).toBe(400);
  });

  test('the address that it is already changes nothing', async () => {
    const { mail } = await aReader();
    expect((await ask(mail, mail.to.toUpperCase())).text).toContain('nothing has changed');
  });
});

test('a project that does not say how a new address is asked offers none', async () => {
  const { canAskAddress } = await import('../src/lead/change-address.js');
  const { programs } = rivulet.project();
  expect(canAskAddress({ programs })).toBe(true);
  expect(canAskAddress({ programs: new Map([...programs].filter(([name]) => name !== 'new-address')) })).toBe(false);
});

test('nothing of all this was a fault', () => {
  expect(rivulet.faults).toEqual([]);
});
