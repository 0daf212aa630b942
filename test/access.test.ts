import { createHmac, randomBytes, scryptSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { absoluteMs, idleMs, linkMs } from '../src/access/session.js';
import { firstLink, linkFor } from '../src/account/links.js';
import { invite } from '../src/account/people.js';
import { whoIsIn } from '../src/account/who.js';
import { deriveSecrets, keptSecret } from '../src/store/secrets.js';
import { firstAdmin, goodPassword, openBrowser, somebody, welcomedAgain } from './signed-in.js';
import { type HttpRivulet, startHttpRivulet } from './support.js';

const mara = 'mara@tallybay.example.com';

describe('the first start', () => {
  let rivulet: HttpRivulet;
  beforeAll(async () => {
    rivulet = await startHttpRivulet();
  });
  afterAll(() => rivulet.close());
  const tokenOf = (link: string | undefined): string => link?.split('#')[1] ?? '';
  const open = (body: object) => openBrowser(rivulet).page('POST', '/api/session/link', body);
  const body = (more: object) => ({ name: 'Mara Quay', email: mara, password: goodPassword, ...more });

  test('makes a link whose token no server is sent', async () => {
    const link = await rivulet.firstLink();
    expect(link).toMatch(/\/welcome#[\w-]{43}$/);
    expect(link).toContain(rivulet.url);
  });

  test('is told to whoever comes to sign in', async () => {
    const { body: told } = await openBrowser(rivulet).page('GET', '/api/session/setup');
    expect(told).toEqual({ hasAccounts: false });
  });

  test('is over a day later', async () => {
    const token = tokenOf(await rivulet.firstLink());
    const before = rivulet.clock.now;
    rivulet.clock.now = new Date(before.getTime() + linkMs);
    expect(await open(body({ token }))).toMatchObject({ status: 410 });
    rivulet.clock.now = before;
  });

  test('asks for an address, a name and a good password, and says what is wrong with each', async () => {
    const token = tokenOf(await rivulet.firstLink());
    const looked = await openBrowser(rivulet).page('POST', '/api/session/link/look', { token });
    expect(looked.body).toMatchObject({ kind: 'first-admin', email: null, name: null });
    expect(await open({ ...body({ token }), email: undefined })).toMatchObject({
      status: 422,
      body: { problems: [{ pointer: '/email' }] },
    });
    expect(await open(body({ token, name: '  ' }))).toMatchObject({
      status: 422,
      body: { problems: [{ pointer: '/name' }] },
    });
    expect(await open(body({ token, password: 'Password2026!' }))).toMatchObject({
      status: 422,
      body: { problems: [{ pointer: '/password', detail: expect.stringContaining('tried first') }] },
    });
    expect(await open(body({ token, email: 'mara@' }))).toMatchObject({
      status: 422,
      body: { problems: [{ pointer: '/email' }] },
    });
  });

  test('makes one admin of all who open its links at once', async () => {
    const links = await Promise.all([1, 2, 3].map(() => firstLink(rivulet.accounts)));
    const opened = await Promise.all(
      links.map((link, i) => open(body({ token: link?.token, email: `mara${i}@tallybay.example.com` }))),
    );
    expect(opened.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 410, 410]);
    expect(await rivulet.store.users.all()).toHaveLength(1);
    expect(await rivulet.firstLink()).toBeUndefined();
    expect((await openBrowser(rivulet).page('GET', '/api/session/setup')).body).toEqual({ hasAccounts: true });
  });

  test('opens nothing any more for whoever kept a link of it', async () => {
    expect(await open(body({ token: 'A'.repeat(43) }))).toMatchObject({ status: 410 });
    expect(rivulet.faults).toEqual([]);
  });
});

describe('somebody', () => {
  let rivulet: HttpRivulet;
  let admin: Awaited<ReturnType<typeof firstAdmin>>;
  let count = 0;
  const fresh = (): string => `person${(count += 1)}@tallybay.example.com`;
  beforeAll(async () => {
    rivulet = await startHttpRivulet();
    admin = await firstAdmin(rivulet);
  });
  afterAll(() => rivulet.close());
  const later = (ms: number): void => {
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + ms);
  };

  test('signs in, is told who it is and what it may do, and signs out', async () => {
    const browser = openBrowser(rivulet);
    expect(await browser.page('GET', '/api/session')).toMatchObject({ status: 401 });
    const answer = await browser.signIn(mara.toUpperCase());
    expect(answer).toMatchObject({
      status: 200,
      body: {
        who: { kind: 'user', name: 'Mara Quay', rights: expect.arrayContaining(['access:write']) },
        email: mara,
        role: 'admin',
        csrf: expect.stringMatching(/^[\w-]{43}$/),
        now: rivulet.clock.now.toISOString(),
      },
    });
    expect((await browser.page('GET', '/api/session')).body.who).toEqual(answer.body.who);
    const left = await browser.page('DELETE', '/api/session');
    expect(left.status).toBe(204);
    expect([...browser.cookies]).toEqual([]);
    expect(await browser.page('GET', '/api/session')).toMatchObject({ status: 401 });
  });

  test('who signs in once more in the same browser leaves no session behind', async () => {
    const browser = openBrowser(rivulet);
    await browser.signIn(mara);
    const [before = ''] = browser.cookies.values();
    await browser.signIn(mara);
    const left = { headers: { Cookie: `rivulet=${before}` } };
    expect(await openBrowser(rivulet).send('GET', '/api/session', left)).toMatchObject({ status: 401 });
    const { status, headers } = await browser.page('GET', '/api/session');
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
  });

  test('gets a cookie that no script reads and no other site sends', async () => {
    const { headers } = await openBrowser(rivulet).signIn(mara);
    const [cookie = ''] = headers.getSetCookie();
    expect(cookie).toMatch(/^rivulet=[\w-]{43}; /);
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Lax');
    expect(cookie).toContain('Path=/');
    expect(cookie).not.toMatch(/Secure|Domain/);
  });

  test('gets over TLS one that is for this host alone, and is known by no other', async () => {
    const secure = await startHttpRivulet({ TRUST_PROXY: 'loopback' });
    try {
      const browser = await firstAdmin(secure);
      const overTls = { 'X-Forwarded-Proto': 'https', 'Content-Type': 'application/json' };
      const body = { email: mara, password: goodPassword };
      const { headers } = await openBrowser(secure).send('POST', '/api/session', { body, headers: overTls });
      const [cookie = ''] = headers.getSetCookie();
      expect(cookie).toMatch(/^__Host-rivulet=[\w-]{43}; .*Path=\/;.*HttpOnly; Secure; SameSite=Lax$/);
      const plain = [...browser.cookies].map(([, value]) => `rivulet=${value}`).join('');
      const asked = { ...overTls, Cookie: plain };
      expect(await openBrowser(secure).send('GET', '/api/session', { headers: asked })).toMatchObject({ status: 401 });
      const given = /^[^;]+/.exec(cookie)?.[0] ?? '';
      const known = { headers: { ...overTls, Cookie: `other=1; ${given}` } };
      expect(await openBrowser(secure).send('GET', '/api/session', known)).toMatchObject({ status: 200 });
    } finally {
      await secure.close();
    }
  });

  test('is signed out after twelve idle hours, and after a week in any case', async () => {
    const { browser } = await somebody(rivulet, fresh(), 'viewer');
    later(idleMs - 1);
    expect((await browser.page('GET', '/api/session')).status).toBe(200);
    later(idleMs);
    expect((await browser.page('GET', '/api/session')).status).toBe(401);
    const again = await welcomedAgain(rivulet, (await somebody(rivulet, fresh(), 'viewer')).user);
    const start = rivulet.clock.now.getTime();
    while (rivulet.clock.now.getTime() + idleMs / 2 < start + absoluteMs) {
      later(idleMs / 2);
      expect((await again.page('GET', '/api/session')).status).toBe(200);
    }
    later(idleMs / 2);
    expect((await again.page('GET', '/api/session')).status).toBe(401);
    await admin.signIn(mara);
  });

  test('is idle while a page only looks on', async () => {
    const { browser } = await somebody(rivulet, fresh(), 'viewer');
    const token = browser.cookies.get('rivulet') ?? '';
    later(idleMs - 1);
    expect(await whoIsIn(token, rivulet.accounts, 'look')).toBeDefined();
    later(1);
    expect(await whoIsIn(token, rivulet.accounts, 'look')).toBeUndefined();
    await admin.signIn(mara);
  });

  test('is invited by a link that opens once, and that a new one replaces', async () => {
    const email = fresh();
    const invited = await admin.page('POST', '/api/users', { email, name: 'Jon Tarn', role: 'editor' });
    expect(invited).toMatchObject({
      status: 201,
      body: { user: { email, role: 'editor', state: 'invited', isYou: false } },
    });
    const lost = invited.body.link.url.split('#')[1];
    const again = await admin.page('POST', `/api/users/${invited.body.user.id}/link`);
    expect(again.status).toBe(201);
    const token = again.body.url.split('#')[1];
    const browser = openBrowser(rivulet);
    const choose = (with_: string) =>
      browser.page('POST', '/api/session/link', { token: with_, name: 'Jon', password: goodPassword });
    expect((await choose(lost)).status).toBe(410);
    expect((await browser.page('POST', '/api/session/link/look', { token })).body).toMatchObject({
      kind: 'invitation',
      email,
      name: 'Jon Tarn',
    });
    expect(await choose(token)).toMatchObject({ status: 200, body: { role: 'editor', who: { name: 'Jon' } } });
    expect((await choose(token)).status).toBe(410);
    expect((await openBrowser(rivulet).signIn(email)).status).toBe(200);
  });

  test('is invited once', async () => {
    const email = fresh();
    const body = { email, name: 'Jon Tarn', role: 'viewer' };
    const answers = await Promise.all([1, 2, 3].map(() => admin.page('POST', '/api/users', body)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
    expect(await admin.page('POST', '/api/users', { ...body, email: email.toUpperCase() })).toMatchObject({
      status: 409,
    });
  });

  test('who is disabled is out with the next request, with every browser and link', async () => {
    const email = fresh();
    const { user, browser } = await somebody(rivulet, email, 'editor');
    const link = (await admin.page('POST', `/api/users/${user.id}/link`)).body.url.split('#')[1];
    expect((await browser.page('GET', '/api/roles')).status).toBe(200);
    const changed = await admin.page('PATCH', `/api/users/${user.id}`, { isDisabled: true });
    expect(changed).toMatchObject({ status: 200, body: { state: 'disabled' } });
    expect((await browser.page('GET', '/api/roles')).status).toBe(401);
    expect((await openBrowser(rivulet).signIn(email)).status).toBe(401);
    const opened = { token: link, name: 'x', password: goodPassword };
    expect((await openBrowser(rivulet).page('POST', '/api/session/link', opened)).status).toBe(410);
    expect((await admin.page('POST', `/api/users/${user.id}/link`)).status).toBe(409);
    await admin.page('PATCH', `/api/users/${user.id}`, { isDisabled: false });
    expect((await browser.page('GET', '/api/roles')).status).toBe(401);
    expect((await openBrowser(rivulet).signIn(email)).status).toBe(200);
  });

  test('whose role changes may do what the new one says with the next request', async () => {
    const { user, browser } = await somebody(rivulet, fresh(), 'viewer');
    expect((await browser.page('GET', '/api/users')).status).toBe(403);
    await admin.page('PATCH', `/api/users/${user.id}`, { role: 'admin' });
    expect((await browser.page('GET', '/api/users')).status).toBe(200);
    await admin.page('PATCH', `/api/users/${user.id}`, { role: 'sales' });
    expect((await browser.page('GET', '/api/users')).status).toBe(403);
    expect((await browser.page('GET', '/api/session')).body.role).toBe('sales');
  });

  test('changes its password by saying the one of before, and is signed out everywhere else', async () => {
    const email = fresh();
    const { browser } = await somebody(rivulet, email, 'viewer');
    const elsewhere = openBrowser(rivulet);
    await elsewhere.signIn(email);
    const next = 'twelve copper lanterns aboard';
    const change = (current: string, password: string) =>
      browser.page('POST', '/api/session/password', { current, password });
    expect(await change('not this one at all', next)).toMatchObject({
      status: 422,
      body: { problems: [{ pointer: '/current' }] },
    });
    expect(await change(goodPassword, 'short')).toMatchObject({
      status: 422,
      body: { problems: [{ pointer: '/password' }] },
    });
    expect((await change(goodPassword, next)).status).toBe(204);
    expect((await browser.page('GET', '/api/session')).status).toBe(200);
    expect((await elsewhere.page('GET', '/api/session')).status).toBe(401);
    expect((await openBrowser(rivulet).signIn(email)).status).toBe(401);
    expect((await openBrowser(rivulet).signIn(email, next)).status).toBe(200);
  });

  test('who left a browser open gives nobody a way to guess the password', async () => {
    const { browser } = await somebody(rivulet, fresh(), 'viewer');
    const guess = (i: number) =>
      browser.page('POST', '/api/session/password', { current: `guess number ${i}`, password: goodPassword });
    const statuses: number[] = [];
    for (let i = 0; i < 7; i += 1) statuses.push((await guess(i)).status);
    expect(statuses).toEqual([422, 422, 422, 422, 422, 429, 429]);
  });

  test('types a password composed in another way', async () => {
    const email = fresh();
    const { user } = await somebody(rivulet, email, 'viewer');
    const { token } = await linkFor(user, 'a test', rivulet.accounts);
    const password = 'Größte Möwe über der Bucht';
    await openBrowser(rivulet).page('POST', '/api/session/link', {
      token,
      name: 'x',
      password: password.normalize('NFC'),
    });
    expect((await openBrowser(rivulet).signIn(email, password.normalize('NFD'))).status).toBe(200);
  });

  test('gets a dearer hash with the next sign-in where the kept one was made cheaply', async () => {
    const email = fresh();
    const { user } = await somebody(rivulet, email, 'viewer');
    const kept = await rivulet.store.users.passwordOf(user.id);
    const { secret } = await keptSecret(rivulet.dataDir, 'signing-secret', undefined);
    const peppered = createHmac('sha256', deriveSecrets(secret).pepper).update(`password ${goodPassword}`).digest();
    const salt = randomBytes(16);
    const hash = scryptSync(peppered, salt, 32, { N: 512, r: 8, p: 1 }).toString('base64url');
    const cheap = {
      kind: 'scrypt',
      cost: 512,
      blockSize: 8,
      parallel: 1,
      salt: salt.toString('base64url'),
      hash,
    } as const;
    await rivulet.store.users.setPassword(user.id, cheap, kept);
    expect((await openBrowser(rivulet).signIn(email)).status).toBe(200);
    const dearer = await rivulet.store.users.passwordOf(user.id);
    expect(dearer?.cost).toBe(kept?.cost);
    expect((await openBrowser(rivulet).signIn(email)).status).toBe(200);
  });

  test('is listed without anything of the password', async () => {
    const { text, body } = await admin.page('GET', '/api/users');
    expect(body.items[0]).toEqual({
      id: expect.any(String),
      email: expect.any(String),
      name: expect.any(String),
      role: expect.any(String),
      state: expect.any(String),
      isYou: expect.any(Boolean),
      createdAt: expect.any(String),
      createdBy: expect.any(String),
      signedInAt: expect.any(String),
    });
    for (const user of await rivulet.store.users.all()) {
      const kept = await rivulet.store.users.passwordOf(user.id);
      const leaked = [kept?.hash, kept?.salt].filter((secret) => secret !== undefined && text.includes(secret));
      expect(leaked).toEqual([]);
    }
    expect(body.items.filter(({ isYou }: { isYou: boolean }) => isYou)).toMatchObject([{ email: mara }]);
  });

  test.each([
    ['an address that is none', { email: 'jon@', name: 'Jon', role: 'viewer' }, '/email'],
    ['two addresses', { email: 'jon@example.org,eve@example.org', name: 'Jon', role: 'viewer' }, '/email'],
    ['no name', { email: 'jon@example.org', name: '', role: 'viewer' }, '/name'],
    ['a line break in a name', { email: 'jon@example.org', name: 'Jon\nTarn', role: 'viewer' }, '/name'],
    ['a role that there is not', { email: 'jon@example.org', name: 'Jon', role: 'root' }, '/role'],
    ['more than is asked', { email: 'jon@example.org', name: 'Jon', role: 'viewer', password: 'x' }, '/password'],
    ['an operator of MongoDB', { email: { $gt: '' }, name: 'Jon', role: 'viewer' }, '/email'],
  ])('is not invited with %s', async (_, body, pointer) => {
    const answer = await admin.page('POST', '/api/users', body);
    expect(answer).toMatchObject({ status: 422, body: { problems: [{ pointer }] } });
  });

  test.each([{}, { role: 'admin', isDisabled: true }, { name: 'Eve' }, { role: null }])(
    'is not changed by %j',
    async (body) => {
      const { user } = await somebody(rivulet, fresh(), 'viewer');
      expect((await admin.page('PATCH', `/api/users/${user.id}`, body)).status).toBe(422);
      expect((await admin.page('PATCH', '/api/users/nobody', { role: 'viewer' })).status).toBe(404);
    },
  );
});

describe('the last admin', () => {
  let rivulet: HttpRivulet;
  beforeAll(async () => {
    rivulet = await startHttpRivulet();
  });
  afterAll(() => rivulet.close());

  test('is neither demoted nor disabled, by itself or the operator, until there is another', async () => {
    const admin = await firstAdmin(rivulet);
    const [first] = await rivulet.store.users.all();
    const path = `/api/users/${first?.id}`;
    // One who was invited and never came cannot say who may do what.
    await admin.page('POST', '/api/users', { email: 'never@example.org', name: 'Never', role: 'admin' });
    for (const body of [{ role: 'viewer' }, { isDisabled: true }]) {
      expect(await admin.page('PATCH', path, body)).toMatchObject({ status: 409 });
      expect(await rivulet.api(path, body, 'PATCH')).toMatchObject({ status: 409 });
    }
    expect((await admin.page('PATCH', path, { role: 'admin' })).status).toBe(200);
    const { browser } = await somebody(rivulet, 'second@example.org', 'admin');
    expect((await browser.page('PATCH', path, { role: 'viewer' })).status).toBe(200);
    expect((await admin.page('GET', '/api/users')).status).toBe(403);
  });

  test('is left over by two who demote each other at one instant', async () => {
    const a = await somebody(rivulet, 'third@example.org', 'admin');
    const b = await somebody(rivulet, 'fourth@example.org', 'admin');
    const second = (await rivulet.store.users.byAddress('second@example.org'))?.id;
    await rivulet.api(`/api/users/${second}`, { role: 'viewer' }, 'PATCH');
    const demote = (who: typeof a, whom: typeof a) =>
      who.browser.page('PATCH', `/api/users/${whom.user.id}`, { role: 'viewer' });
    for (let round = 0; round < 10; round += 1) {
      await Promise.all([demote(a, b), demote(b, a)]);
      expect(await rivulet.store.users.countAdmins()).toBeGreaterThan(0);
      for (const { user } of [a, b]) await rivulet.api(`/api/users/${user.id}`, { role: 'admin' }, 'PATCH');
    }
  });
});

describe('an API key', () => {
  let rivulet: HttpRivulet;
  let admin: Awaited<ReturnType<typeof firstAdmin>>;
  beforeAll(async () => {
    rivulet = await startHttpRivulet();
    admin = await firstAdmin(rivulet);
  });
  afterAll(() => rivulet.close());
  const make = async (body: object) => (await admin.page('POST', '/api/keys', { name: 'CRM', ...body })).body;
  const ask = (key: string, path = '/api/session', method = 'GET', body?: object) =>
    openBrowser(rivulet).send(method, path, {
      body,
      headers: { Authorization: `Bearer ${key}`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
    });
  const listed = async (id: string) =>
    (await admin.page('GET', '/api/keys')).body.items.find((key: { id: string }) => key.id === id);

  test('is shown once, and known again by its first characters', async () => {
    const { key, secret } = await make({ rights: ['leads:read'] });
    expect(secret).toMatch(/^rvk_[\w-]{43}$/);
    expect(key).toMatchObject({ name: 'CRM', shown: secret.slice(0, 10), state: 'active', createdBy: 'Mara Quay' });
    expect((await admin.page('GET', '/api/keys')).text).not.toContain(secret.slice(0, 11));
    expect((await ask(secret)).body).toMatchObject({
      who: { kind: 'key', name: 'CRM', rights: ['leads:read'] },
      email: null,
      csrf: '',
    });
  });

  test('may do what its rights say and nothing else', async () => {
    const { secret } = await make({ rights: ['leads:write'] });
    expect((await ask(secret, '/api/leads')).status).toBe(200);
    expect((await ask(secret, '/api/leads', 'POST', { email: 'ada@example.org' })).status).toBe(201);
    expect((await ask(secret, '/api/users')).status).toBe(403);
  });

  test('does to many leads what it may do to one', async () => {
    const { secret } = await make({ rights: ['leads:write'] });
    const bulk = async (deed: object) => (await ask(secret, '/api/leads/bulk', 'POST', { deed, leads: ['x'] })).text;
    expect(await bulk({ kind: 'suppress', because: 'asked' })).toContain('\\"sending:write\\"');
    expect(await bulk({ kind: 'enroll', sequence: 'onboarding' })).toContain('\\"sequences:write\\"');
    expect(JSON.parse(await bulk({ kind: 'tag', tag: 'x' }))).toMatchObject({ state: 'running' });
  });

  test('that may not see leads has them told nowhere', async () => {
    const { secret } = await make({ rights: ['settings:write'] });
    const endpoint = { name: 'CRM', url: 'https://crm.example.com/hook' };
    expect((await ask(secret, '/api/endpoints', 'POST', endpoint)).status).toBe(403);
    const { body: made } = await admin.page('POST', '/api/endpoints', endpoint);
    const change = (body: object) => ask(secret, `/api/endpoints/${made.id}`, 'PATCH', body);
    expect((await change({ url: 'https://elsewhere.example.com/' })).status).toBe(403);
    expect((await change({ name: 'The CRM', url: endpoint.url })).body).toMatchObject({ name: 'The CRM' });
  });

  test('that is revoked, over or unknown is answered alike', async () => {
    const revoked = await make({ rights: ['leads:read'] });
    const until = new Date(rivulet.clock.now.getTime() + 3_600_000);
    const over = await make({ rights: ['leads:read'], expiresAt: until.toISOString() });
    expect((await ask(over.secret, '/api/leads')).status).toBe(200);
    expect((await admin.page('DELETE', `/api/keys/${revoked.key.id}`)).status).toBe(204);
    rivulet.clock.now = until;
    const answers = await Promise.all(
      [revoked.secret, over.secret, `rvk_${'A'.repeat(43)}`, 'nonsense', ''].map((key) => ask(key, '/api/leads')),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(401);
    expect(await listed(over.key.id)).toMatchObject({ state: 'expired' });
    expect(await listed(revoked.key.id)).toMatchObject({ state: 'revoked' });
  });

  test('is noted as used at most once a minute', async () => {
    const { key, secret } = await make({ rights: ['leads:read'] });
    expect((await listed(key.id)).usedAt).toBeNull();
    const first = rivulet.clock.now;
    await ask(secret);
    rivulet.clock.now = new Date(first.getTime() + 59_999);
    await ask(secret);
    expect((await listed(key.id)).usedAt).toBe(first.toISOString());
    rivulet.clock.now = new Date(first.getTime() + 60_000);
    await ask(secret);
    expect((await listed(key.id)).usedAt).toBe(rivulet.clock.now.toISOString());
  });

  test('makes nobody who may do more than itself', async () => {
    const { secret } = await make({ rights: ['access:write', 'leads:read'] });
    const [first] = await rivulet.store.users.all();
    const more = { name: 'more', rights: ['leads:write'] };
    expect((await ask(secret, '/api/keys', 'POST', more)).status).toBe(403);
    expect((await ask(secret, '/api/keys', 'POST', { ...more, rights: ['leads:read'] })).status).toBe(201);
    expect(
      (await ask(secret, '/api/users', 'POST', { email: 'eve@example.org', name: 'Eve', role: 'admin' })).status,
    ).toBe(403);
    expect((await ask(secret, `/api/users/${first?.id}/link`, 'POST')).status).toBe(403);
    expect((await ask(secret, `/api/users/${first?.id}`, 'PATCH', { isDisabled: true })).status).toBe(403);
  });

  test('has no password and no session', async () => {
    const { secret } = await make({ rights: ['leads:read'] });
    expect((await ask(secret, '/api/session', 'DELETE')).status).toBe(409);
    const body = { current: goodPassword, password: goodPassword };
    expect((await ask(secret, '/api/session/password', 'POST', body)).status).toBe(409);
  });

  test.each([
    ['no rights', { rights: [] }, '/rights'],
    ['a right that there is not', { rights: ['leads:own'] }, '/rights/0'],
    ['an end in the past', { rights: ['leads:read'], expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
    ['an end that is no instant', { rights: ['leads:read'], expiresAt: 'tomorrow' }, '/expiresAt'],
    ['no name', { rights: ['leads:read'], name: ' ' }, '/name'],
  ])('is not made with %s', async (_, body, pointer) => {
    const answer = await admin.page('POST', '/api/keys', { name: 'CRM', ...body });
    expect(answer).toMatchObject({ status: 422, body: { problems: [{ pointer }] } });
  });
});

describe('the audit log', () => {
  let rivulet: HttpRivulet;
  let admin: Awaited<ReturnType<typeof firstAdmin>>;
  beforeAll(async () => {
    rivulet = await startHttpRivulet();
    admin = await firstAdmin(rivulet);
  });
  afterAll(() => rivulet.close());
  const log = async (query = '') => (await admin.page('GET', `/api/audit-log${query}`)).body;

  test('says who did what to what, by the names of what was sent and never what it was', async () => {
    const { body: invited } = await admin.page('POST', '/api/users', {
      email: 'jon@example.org',
      name: 'Jon Tarn',
      role: 'viewer',
    });
    await admin.page('PATCH', `/api/users/${invited.user.id}`, { role: 'editor' });
    const { items } = await log('?limit=2');
    expect(items).toEqual([
      {
        id: expect.any(String),
        at: rivulet.clock.now.toISOString(),
        who: { kind: 'user', id: expect.any(String), name: 'Mara Quay' },
        route: 'PATCH /api/users/:id',
        does: expect.stringContaining('role'),
        things: [{ name: 'id', value: invited.user.id }],
        fields: ['role'],
        status: 200,
      },
      expect.objectContaining({ route: 'POST /api/users', fields: ['email', 'name', 'role'] }),
    ]);
    expect(JSON.stringify(await rivulet.store.db.collection('auditLog').find().toArray())).not.toContain(
      'jon@example.org',
    );
  });

  test('says what was made, and of an address no more than its domain', async () => {
    const { body: made } = await admin.page('POST', '/api/keys', { name: 'CRM', rights: ['leads:read'] });
    await admin.page('POST', '/api/suppressions', { address: 'kit@example.org' });
    const { items } = await log('?limit=2');
    expect(items.map(({ things }: { things: unknown }) => things)).toEqual([
      [{ name: 'id', value: '…@example.org' }],
      [{ name: 'id', value: made.key.id }],
    ]);
  });

  test('notes sign-ins and sign-outs with the person, and no question', async () => {
    const browser = openBrowser(rivulet);
    await browser.signIn(mara);
    await browser.page('GET', '/api/users');
    await browser.page('DELETE', '/api/session');
    const { items } = await log('?limit=2');
    expect(items.map(({ route, who }: { route: string; who: { name: string } }) => [who.name, route])).toEqual([
      ['Mara Quay', 'DELETE /api/session'],
      ['Mara Quay', 'POST /api/session'],
    ]);
  });

  test('notes nothing of what was refused', async () => {
    const before = (await log('?limit=200')).items.length;
    await admin.page('POST', '/api/users', { email: 'jon@', name: '', role: '' });
    await openBrowser(rivulet).signIn(mara, 'not the password');
    expect((await log('?limit=200')).items).toHaveLength(before);
  });

  test('is read page by page, newest first, each entry once', async () => {
    const { user } = await somebody(rivulet, 'paged@example.org', 'viewer');
    for (let i = 0; i < 7; i += 1)
      await admin.page('PATCH', `/api/users/${user.id}`, { role: i % 2 === 0 ? 'editor' : 'viewer' });
    const all = (await log(`?thing=${user.id}&limit=200`)).items;
    expect(all).toHaveLength(7);
    const paged: unknown[] = [];
    let next: string | null = '';
    while (next !== null) {
      const page = await log(`?thing=${user.id}&limit=3${next ? `&after=${next}` : ''}`);
      paged.push(...page.items);
      next = page.next;
    }
    expect(paged).toEqual(all);
  });

  test('is filtered by who did it', async () => {
    const { body } = await admin.page('POST', '/api/keys', { name: 'CRM', rights: ['leads:write'] });
    const headers = { Authorization: `Bearer ${body.secret}`, 'Content-Type': 'application/json' };
    await openBrowser(rivulet).send('POST', '/api/leads', { headers, body: { email: 'ada@example.org' } });
    const { items } = await log(`?who=${body.key.id}`);
    expect(items).toMatchObject([{ who: { kind: 'key', name: 'CRM' }, route: 'POST /api/leads', fields: ['email'] }]);
  });

  test('forgets whom a lead was that is erased, and keeps that something was done', async () => {
    const { body: lead } = await rivulet.api('/api/leads', { email: 'gone@example.org' });
    await rivulet.api(`/api/leads/${lead.id}/preferences`, { topics: {} }, 'PUT');
    await rivulet.api('/api/suppressions', { address: 'gone@example.org' });
    await rivulet.api('/api/suppressions/gone@example.org?because=a+mistake', undefined, 'DELETE');
    const before = await rivulet.store.db.collection('auditLog').countDocuments();
    await rivulet.api(`/api/leads/${lead.id}`, undefined, 'DELETE');
    const text = JSON.stringify(await rivulet.store.db.collection('auditLog').find().toArray());
    expect(text).not.toContain(lead.id);
    expect(text).not.toContain('gone@example.org');
    expect(await rivulet.store.db.collection('auditLog').countDocuments()).toBeGreaterThanOrEqual(before);
  });

  test.each(['?limit=0', '?limit=201', '?after=%24gt', '?who=', '?thing=', '?what=1'])(
    'is not asked for by %s',
    async (query) => {
      expect((await admin.page('GET', `/api/audit-log${query}`)).status).toBe(422);
    },
  );
});

test('an invitation that a process died over is made again by a link', async () => {
  const rivulet = await startHttpRivulet();
  try {
    await firstAdmin(rivulet);
    const address = { address: 'jon@example.org', key: 'jon@example.org' };
    const { store } = rivulet;
    const dying = { ...store, signInLinks: { ...store.signInLinks, add: () => Promise.reject(new Error('killed')) } };
    const invitation = { ...address, name: 'Jon', role: 'viewer' } as const;
    await expect(invite(invitation, 'a test', { store: dying, now: rivulet.accounts.now })).rejects.toThrow('killed');
    const user = await store.users.byAddress('jon@example.org');
    if (!user) throw new Error('the account is gone');
    expect((await (await welcomedAgain(rivulet, user)).page('GET', '/api/session')).status).toBe(200);
  } finally {
    await rivulet.close();
  }
});
