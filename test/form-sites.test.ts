import { Script } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readConfig } from '../src/config.js';
import { visitorOf } from './form-pages.js';
import { aFormProject } from './form-projects.js';
import { type HttpRivulet, readAnswer, startHttpRivulet } from './support.js';

let rivulet: HttpRivulet;
let choosy: HttpRivulet;
let number = 0;

beforeAll(async () => {
  const PROJECT_DIR = await aFormProject();
  rivulet = await startHttpRivulet({ PROJECT_DIR });
  choosy = await startHttpRivulet({ PROJECT_DIR, FORM_ORIGINS: 'https://example.com, https://shop.example.com:8443/' });
});
afterAll(async () => {
  await rivulet.close();
  await choosy.close();
});

const someone = (): string => `script-${(number += 1)}@acme.example`;
const site = { Origin: 'https://example.com' };

describe('a script', () => {
  test('is told what became of its form, and where to go next', async () => {
    const { sendJson } = visitorOf(rivulet);
    const taken = await sendJson('work', { email: someone() }, site);
    expect(taken).toMatchObject({
      status: 200,
      body: { kind: 'taken', title: 'Thank you', next: 'https://www.example.com/thanks?to=all', asset: null },
    });
    const asked = await sendJson('paper', { email: someone(), consent: ['news'] }, site);
    expect(asked.body).toMatchObject({ kind: 'confirm', title: 'Please look into your mailbox', next: null });
  });

  test('gets what it sends as numbers, yes, no and lists taken as that', async () => {
    const email = someone();
    const { sendJson } = visitorOf(rivulet);
    const body = {
      email,
      firstName: 'Ada',
      companySize: 250,
      newsletter: true,
      interests: ['phone'],
      consent: 'terms',
    };
    expect((await sendJson('every', body)).status).toBe(200);
    expect((await rivulet.store.leads.byEmail(email))?.attributes).toMatchObject({
      companySize: 250,
      newsletter: true,
      interests: ['phone'],
    });
  });

  test('is told every mistake by its place (RFC 9457)', async () => {
    const { status, headers, body } = await visitorOf(rivulet).sendJson('every', {
      email: 'ada@',
      companySize: 'lots',
    });
    expect([status, headers.get('content-type')]).toEqual([422, 'application/problem+json; charset=utf-8']);
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Unprocessable content',
      status: 422,
      detail: 'Some of what was sent is not as it must be.',
      problems: [
        { pointer: '/email', detail: 'This cannot be used: an e-mail address looks like name@example.com.' },
        { pointer: '/firstName', detail: 'Please fill this in.' },
        { pointer: '/companySize', detail: 'Write a number, such as 250.' },
        {
          pointer: '/consent',
          purpose: 'terms',
          detail: 'Without this the form cannot be sent. Please tick it if you agree.',
        },
      ],
    });
  });

  test('is not asked whether it misspelt a domain, unless it says that it can answer', async () => {
    const { sendJson } = visitorOf(rivulet);
    expect((await sendJson('short', { email: `a${(number += 1)}@gmial.com` })).status).toBe(200);
    const email = `a${(number += 1)}@gmial.com`;
    const asked = await sendJson('short', { email, _asked: '' });
    expect(asked.body.problems).toMatchObject([{ pointer: '/email', asks: email }]);
    expect((await sendJson('short', { email, _asked: asked.body.problems[0].asks })).status).toBe(200);
  });

  test.each([
    ['no JSON', '{"email":', 400],
    ['no object', '["a@b.example"]', 400],
    ['an operator of the database', '{"email":{"$gt":""}}', 400],
    ['no UTF-8', Buffer.from('{"email":"\xff"}', 'latin1'), 400],
    ['a megabyte', JSON.stringify({ email: 'a'.repeat(1_000_000) }), 413],
  ])('that sends %s is told so in JSON', async (_, body, expected) => {
    const json = { 'Content-Type': 'application/json', ...site };
    const { status, headers } = await visitorOf(rivulet).send('short', body, json);
    expect([status, headers.get('content-type')]).toEqual([expected, 'application/problem+json; charset=utf-8']);
    // Else a browser would not let it hear of it.
    expect(headers.get('access-control-allow-origin')).toBe('*');
  });

  test('is told of a form that there is not', async () => {
    expect((await visitorOf(rivulet).sendJson('shrt', {})).body).toMatchObject({ status: 404 });
  });
});

describe('the script for other sites', () => {
  test('may be kept for an hour, be loaded from anywhere, and shows the form of its address', async () => {
    const answer = await fetch(`${rivulet.url}/f/every/embed.js`);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=3600',
      'cross-origin-resource-policy': 'cross-origin',
    });
    const text = await answer.text();
    expect(text).toContain(`"base":"${rivulet.url}"`);
    expect(Buffer.byteLength(text)).toBeLessThan(5000);
    // It is a program that can be read.
    expect(() => new Script(text)).not.toThrow();
  });

  test('gets the form with a token of its own each time', async () => {
    const get = async () => (await readAnswer(await fetch(`${rivulet.url}/f/every/form.json`, { headers: site }))).body;
    const [one, two] = [await get(), await get()];
    expect(one.html).toContain(`action="${rivulet.url}/forms/every"`);
    expect(one.html).not.toBe(two.html);
    expect(one.html.replaceAll(/[\w-]{58}/g, '')).toBe(two.html.replaceAll(/[\w-]{58}/g, ''));
  });
});

describe('other sites', () => {
  const preflight = { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type' };
  const asks = (of: HttpRivulet, origin: string) =>
    fetch(`${of.url}/forms/short`, { method: 'OPTIONS', headers: { ...preflight, Origin: origin } });

  test('may all send forms unless some are named, and never with cookies', async () => {
    const answer = await asks(rivulet, 'https://anywhere.example');
    expect(answer.status).toBe(204);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type',
    });
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });

  test.each(['https://example.com', 'https://shop.example.com:8443'])('that are named may: %s', async (Origin) => {
    const before = await asks(choosy, Origin);
    expect([before.status, before.headers.get('access-control-allow-origin')]).toEqual([204, Origin]);
    expect(before.headers.get('vary')).toContain('Origin');
    const answer = await visitorOf(choosy).sendJson('short', { email: someone() }, { Origin });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, Origin]);
  });

  test.each(['https://evil.example', 'http://example.com', 'https://example.com.evil.example', 'null', 'nonsense'])(
    'that are not named may not: %s',
    async (Origin) => {
      const email = someone();
      const { send, sendJson } = visitorOf(choosy);
      const before = await asks(choosy, Origin);
      expect([before.status, before.headers.get('access-control-allow-origin')]).toEqual([403, null]);
      expect((await sendJson('short', { email }, { Origin })).status).toBe(403);
      expect((await send('short', `email=${email}`, { Origin })).status).toBe(403);
      expect((await fetch(`${choosy.url}/f/short/form.json`, { headers: { Origin } })).status).toBe(403);
      expect(await choosy.store.leads.byEmail(email)).toBeUndefined();
    },
  );

  test('that are named may frame the form’s page; its own page may always send it', async () => {
    const { open, fillIn } = visitorOf(choosy);
    const { headers } = await open('short');
    expect(headers.get('content-security-policy')).toContain(
      "frame-ancestors 'self' https://example.com https://shop.example.com:8443;",
    );
    expect(headers.get('x-frame-options')).toBeNull();
    expect((await fillIn('short', { email: someone() }, { Origin: choosy.url })).status).toBe(303);
    expect((await open('short', '', {})).status).toBe(200);
  });

  test.each(['example.com', 'https://example.com/path', 'https://*.example.com', '*', 'javascript:alert(1)'])(
    'cannot be named by what is no origin: %s',
    (FORM_ORIGINS) => {
      expect(() => readConfig({ FORM_ORIGINS })).toThrow('FORM_ORIGINS (it is origins such as https://example.com');
    },
  );
});

test('nothing of all this was a fault', () => {
  expect([...rivulet.faults, ...choosy.faults]).toEqual([]);
});
