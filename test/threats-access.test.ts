import { createHook } from 'node:async_hooks';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { csrfOf } from '../src/access/csrf.js';
import { mayDo, type Right, rights, rightsOf, type Role, roles } from '../src/access/rights.js';
import { startSession } from '../src/account/account.js';
import { makeKey } from '../src/account/keys.js';
import { firstLink } from '../src/account/links.js';
import { openPasswords } from '../src/account/passwords.js';
import { invite } from '../src/account/people.js';
import { signIn } from '../src/account/sign-in.js';
import { contract } from '../src/api/contract.js';
import type { Routes } from '../src/api/route.js';
import type { User } from '../src/store/users.js';
import { deriveSecrets, keptSecret } from '../src/store/secrets.js';
import { openSignInAttempts } from '../src/store/sign-in-attempts.js';
import { type Browser, firstAdmin, goodPassword, openBrowser, somebody } from './signed-in.js';
import { type HttpRivulet, startHttpRivulet } from './support.js';

const mara = 'mara@tallybay.example.com';
const routes: Routes = contract;
const evil = 'https://evil.example.net';

/** Every route, with something in its path where something varies. */
const everyRoute = Object.entries(routes).map(([name, { right }]) => {
  const [method = '', path = ''] = name.split(' ');
  return { name, method, path: path.replace(/:\w+/g, 'nothing-there'), right };
});
const json = { 'Content-Type': 'application/json' };

/** The status and the text of an answer; one that never ends is let go. */
async function ask(url: string, init: RequestInit): Promise<{ status: number; detail: string }> {
  const enough = new AbortController();
  const response = await fetch(url, { ...init, signal: enough.signal });
  const isProblem = response.headers.get('content-type')?.includes('problem') ?? false;
  const detail = isProblem ? await response.text() : '';
  enough.abort();
  return { status: response.status, detail };
}

describe('threat 19, a page of somebody else’s that has the browser write', () => {
  let rivulet: HttpRivulet;
  let admin: Browser;
  let other: Browser;
  beforeAll(async () => {
    rivulet = await startHttpRivulet();
    admin = await firstAdmin(rivulet, mara);
    other = (await somebody(rivulet, 'jon@tallybay.example.com', 'admin')).browser;
  });
  afterAll(() => rivulet.close());

  const body = { email: 'made-by-evil@example.org' };
  const own = () => ({ Origin: rivulet.url, 'Sec-Fetch-Site': 'same-origin', 'X-CSRF-Token': admin.csrf() });
  const attacks: readonly [string, () => { body?: unknown; headers: Record<string, string> }][] = [
    [
      'a form of another site',
      () => ({
        body: 'email=made-by-evil%40example.org',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: evil, 'Sec-Fetch-Site': 'cross-site' },
      }),
    ],
    [
      'a form that writes JSON as text',
      () => ({ body, headers: { 'Content-Type': 'text/plain', Origin: evil, 'Sec-Fetch-Site': 'cross-site' } }),
    ],
    ['a script without the token', () => ({ body, headers: { ...json, ...own(), 'X-CSRF-Token': '' } })],
    [
      'a script with a token of its own',
      () => ({ body, headers: { ...json, ...own(), 'X-CSRF-Token': other.csrf() } }),
    ],
    ['a script of another site that knows the token', () => ({ body, headers: { ...json, ...own(), Origin: evil } })],
    ['a frame without an origin', () => ({ body, headers: { ...json, ...own(), Origin: 'null' } })],
    [
      'another scheme',
      () => ({ body, headers: { ...json, ...own(), Origin: rivulet.url.replace('http:', 'https:') } }),
    ],
    ['another port of this machine', () => ({ body, headers: { ...json, ...own(), Origin: 'http://localhost:1' } })],
    [
      'a name that begins like ours',
      () => ({ body, headers: { ...json, ...own(), Origin: `${rivulet.url}.evil.example.net` } }),
    ],
    ['a site beside ours', () => ({ body, headers: { ...json, ...own(), 'Sec-Fetch-Site': 'same-site' } })],
    [
      'a browser that says another site',
      () => ({ body, headers: { ...json, ...own(), 'Sec-Fetch-Site': 'cross-site' } }),
    ],
    ['nobody knows whence', () => ({ body, headers: { ...json, 'X-CSRF-Token': admin.csrf() } })],
  ];
  test.each(attacks)('by %s writes nothing', async (_, attack) => {
    expect(await admin.send('POST', '/api/leads', attack())).toMatchObject({ status: 403 });
    expect(await rivulet.store.leads.byEmail(body.email)).toBeUndefined();
  });

  test('a page of ours writes, by either sign of whence it is', async () => {
    const { Origin, 'Sec-Fetch-Site': site, ...token } = own();
    for (const [i, whence] of [{ Origin }, { 'Sec-Fetch-Site': site }].entries()) {
      const sent = { body: { email: `ours${i}@example.org` }, headers: { ...json, ...token, ...whence } };
      expect(await admin.send('POST', '/api/leads', sent)).toMatchObject({ status: 201 });
    }
  });

  test('a page at PUBLIC_URL is ours too, though its proxy tells us nothing', async () => {
    const published = await startHttpRivulet({ PUBLIC_URL: 'https://rivulet.example.com' });
    try {
      const browser = await firstAdmin(published, mara);
      const write = (origin: string) =>
        browser.send('POST', '/api/leads', {
          body: { email: 'ada@example.org' },
          headers: { ...json, Origin: origin, 'X-CSRF-Token': browser.csrf() },
        });
      expect((await write('https://rivulet.example.com')).status).toBe(201);
      const refused = await write('https://rivulet.example.com.evil.example.net');
      expect(refused).toMatchObject({ status: 403, body: { detail: expect.stringContaining('PUBLIC_URL') } });
    } finally {
      await published.close();
    }
  });

  test('goes nowhere on any route that writes', async () => {
    const writes = everyRoute.filter(({ method, right }) => method !== 'GET' && right !== 'anyone');
    expect(writes.length).toBeGreaterThan(10);
    const cookie = [...admin.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    for (const { name, method, path } of writes)
      for (const headers of [{ Cookie: cookie }, { ...own(), Cookie: cookie, Origin: evil }]) {
        const { status } = await ask(rivulet.url + path, { method, headers: { ...json, ...headers }, body: '{}' });
        expect([name, status]).toEqual([name, 403]);
      }
  });

  test('signs nobody in as somebody else', async () => {
    const sent = { body: { email: mara, password: goodPassword }, headers: { ...json, Origin: evil } };
    const answer = await openBrowser(rivulet).send('POST', '/api/session', sent);
    expect(answer).toMatchObject({ status: 403 });
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test('finds no key in a cookie', async () => {
    for (const name of ['rivulet', '__Host-rivulet', 'Authorization', 'api-key']) {
      const headers = { Cookie: `${name}=${rivulet.apiKey}` };
      expect(await openBrowser(rivulet).send('GET', '/api/leads', { headers })).toMatchObject({ status: 401 });
    }
  });

  test('changes nothing about unsubscribing by one click, whatever cookies come along', async () => {
    const { mail, id } = await rivulet.welcome('leaving@example.org');
    const cookie = [...admin.cookies].map(([name, value]) => `${name}=${value}; alien=1`).join('; ');
    const response = await fetch(mail.unsubscribe, {
      method: 'POST',
      headers: { Cookie: cookie, Origin: evil, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'List-Unsubscribe=One-Click',
    });
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect((await rivulet.api(`/api/leads/${id}`)).body.suppressed).toBe('unsubscribed');
    expect((await admin.page('GET', '/api/session')).status).toBe(200);
  });
});

describe('threat 20, guessing and stolen rows', () => {
  let rivulet: HttpRivulet;
  let admin: Browser;
  beforeAll(async () => {
    // The limit of the API itself is out of the way, so that what stops the guesses is the throttle.
    rivulet = await startHttpRivulet({ API_RATE: '1000000' });
    admin = await firstAdmin(rivulet, mara);
  });
  afterAll(() => rivulet.close());

  /** How many passwords are hashed meanwhile. */
  const hashesDuring = async (work: () => Promise<unknown>): Promise<number> => {
    let count = 0;
    const hook = createHook({ init: (_id, type) => void (count += type === 'SCRYPTREQUEST' ? 1 : 0) }).enable();
    await work();
    hook.disable();
    return count;
  };
  const pass = (ms: number): void => {
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + ms);
  };

  test('a dump of the database lets nobody in', async () => {
    await makeKey({ name: 'CRM', rights, createdBy: 'a test' }, rivulet.accounts);
    const user = await rivulet.store.users.byAddress(mara);
    if (!user) throw new Error('no admin');
    const jon = { address: 'jon@example.org', key: 'jon@example.org', name: 'Jon', role: 'admin' } as const;
    await invite(jon, 'a test', rivulet.accounts);
    await openBrowser(rivulet).signIn(mara, 'a wrong one');
    const stored = await everyString(rivulet);
    const [token = ''] = admin.cookies.values();
    expect(stored.all).not.toContain(token);
    expect(stored.all).not.toContain(goodPassword);
    expect(stored.all.length).toBeGreaterThan(100);

    for (const text of stored.all.filter((one) => /^[\x21-\x7e]{1,2000}$/.test(one))) {
      const bearer = await ask(`${rivulet.url}/api/session`, { headers: { Authorization: `Bearer ${text}` } });
      const cookie = await ask(`${rivulet.url}/api/session`, { headers: { Cookie: `rivulet=${text}` } });
      expect([text, bearer.status, cookie.status]).toEqual([text, 401, 401]);
    }
    for (const text of stored.all.filter(({ length }) => length <= 200)) {
      const init = { method: 'POST', headers: json, body: JSON.stringify({ token: text }) };
      expect([text, (await ask(`${rivulet.url}/api/session/link/look`, init)).status]).toEqual([text, 410]);
    }
    const kept = await rivulet.store.users.passwordOf(user.id);
    for (const text of stored.ofAccounts)
      expect([text, await rivulet.accounts.passwords.isRight(text, kept)]).toEqual([text, false]);
    expect(await rivulet.accounts.passwords.isRight(goodPassword, kept)).toBe(true);
  }, 120_000);

  test('a thousand tries at one account come to five looks and 429, all at once or not', async () => {
    pass(24 * 3_600_000);
    const tries = Array.from({ length: 1000 }, (_, i) => i);
    const statuses: number[] = [];
    const retries: (string | null)[] = [];
    const guess = async (i: number): Promise<void> => {
      const { status, headers } = await openBrowser(rivulet).signIn('thousand@example.org', `guess number ${i}`);
      statuses.push(status);
      if (status === 429) retries.push(headers.get('retry-after'));
    };
    const looked = await hashesDuring(async () => {
      for (let at = 0; at < tries.length; at += 50) await Promise.all(tries.slice(at, at + 50).map(guess));
    });
    expect(statuses.filter((status) => status === 429).length).toBe(1000 - looked);
    expect(looked).toBe(5);
    expect(retries).toContain('30');
  }, 60_000);

  test('hundreds of accounts tried from one network come to twenty looks', async () => {
    pass(24 * 3_600_000);
    const statuses: number[] = [];
    const looked = await hashesDuring(async () => {
      for (let i = 0; i < 300; i += 1)
        statuses.push((await openBrowser(rivulet).signIn(`spray${i}@example.org`, 'Summer in the harbour')).status);
    });
    expect(looked).toBe(20);
    expect(statuses.filter((status) => status === 401)).toHaveLength(20);
    expect(statuses.filter((status) => status === 429)).toHaveLength(280);
  }, 60_000);

  test('tries count in all processes together', async () => {
    const { secret } = await keptSecret(rivulet.dataDir, 'signing-secret', undefined);
    const open = () => openSignInAttempts(rivulet.store.db, deriveSecrets(secret).pepper);
    const [one, other] = [await open(), await open()];
    const now = rivulet.clock.now;
    const waits = await Promise.all(
      Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? one : other).ask('account', 'shared-account', now)),
    );
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
  });

  test('the right password after a pause ends it, and what a stranger tried is forgotten', async () => {
    pass(24 * 3_600_000);
    const { user } = await somebody(rivulet, 'patient@example.org', 'viewer');
    for (let i = 0; i < 6; i += 1) await openBrowser(rivulet).signIn(user.email, `guess number ${i}`);
    const held = await openBrowser(rivulet).signIn(user.email);
    expect(held).toMatchObject({ status: 429, body: { detail: expect.stringContaining('new link') } });
    pass(30_000);
    expect((await openBrowser(rivulet).signIn(user.email)).status).toBe(200);
    expect((await openBrowser(rivulet).signIn(user.email, 'mistyped once')).status).toBe(401);
    expect((await openBrowser(rivulet).signIn(user.email)).status).toBe(200);
  });

  test('known, unknown, disabled and never opened accounts are answered alike, after the same work', async () => {
    pass(24 * 3_600_000);
    const { user } = await somebody(rivulet, 'disabled@example.org', 'viewer');
    await admin.signIn(mara);
    await admin.page('PATCH', `/api/users/${user.id}`, { isDisabled: true });
    await invite(
      { address: 'never@example.org', key: 'never@example.org', name: 'N', role: 'viewer' },
      'a test',
      rivulet.accounts,
    );
    const answers: string[] = [];
    const tries = [
      [mara, 'not the password'],
      ['nobody@example.org', 'not the password'],
      ['no address at all', 'not the password'],
      [user.email, goodPassword],
      ['never@example.org', ''],
      ['', ''],
    ] as const;
    for (const [email, password] of tries) {
      const hashed = await hashesDuring(async () => {
        const { status, text } = await openBrowser(rivulet).signIn(email, password);
        answers.push(`${status} ${text}`);
      });
      expect([email, hashed]).toEqual([email, 1]);
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^401 /);
  });

  test('more hashes than the machine can make at once are refused, and none is lost', async () => {
    const hashing = Array.from({ length: 30 }, () => rivulet.accounts.passwords.hash('x'));
    const one = { email: mara, password: goodPassword, network: '203.0.113.9' };
    expect(await signIn(one, rivulet.accounts)).toEqual({ kind: 'flooded' });
    expect(new Set((await Promise.all(hashing)).map(({ hash }) => hash)).size).toBe(30);
    expect(await signIn(one, rivulet.accounts)).toMatchObject({ kind: 'signed-in' });
  });

  test('a password costs what OWASP asks, and is nothing without the signing secret', async () => {
    const [ours, others] = ['ours', 'others'].map((pepper) => openPasswords(Buffer.from(pepper)));
    const kept = await ours?.hash(goodPassword);
    expect(kept).toMatchObject({ kind: 'scrypt', cost: 32_768, blockSize: 8, parallel: 3 });
    expect(await ours?.isRight(goodPassword, kept)).toBe(true);
    expect(await others?.isRight(goodPassword, kept)).toBe(false);
  });
});

describe('threat 20, guessing keys', () => {
  test('a thousand wrong keys come to 429, and a right one still opens', async () => {
    const rivulet = await startHttpRivulet();
    try {
      const { secret } = await makeKey({ name: 'CRM', rights: ['leads:read'], createdBy: 'a test' }, rivulet.accounts);
      const guess = (i: number) =>
        fetch(`${rivulet.url}/api/leads`, { headers: { Authorization: `Bearer rvk_${String(i).padStart(43, '0')}` } });
      const answers: Response[] = [];
      for (let at = 0; at < 1000; at += 50)
        answers.push(...(await Promise.all(Array.from({ length: 50 }, (_, i) => guess(at + i)))));
      const counts = [401, 429].map((status) => answers.filter((answer) => answer.status === status).length);
      expect(counts).toEqual([600, 400]);
      const last = answers.at(-1);
      expect(last?.headers.get('content-type')).toContain('application/problem+json');
      expect(last?.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(last?.headers.get('ratelimit')).toContain('r=0');
      expect(await last?.json()).toMatchObject({ status: 429, detail: expect.stringContaining('API_RATE') });
      const right = { headers: { Authorization: `Bearer ${secret}` } };
      expect((await ask(`${rivulet.url}/api/leads`, right)).status).toBe(200);
      expect((await rivulet.api('/api/leads')).status).toBe(200);
    } finally {
      await rivulet.close();
    }
  }, 60_000);
});

describe('threat 25, crossing the line of a role', () => {
  let rivulet: HttpRivulet;
  const users = new Map<Role, User>();
  beforeAll(async () => {
    rivulet = await startHttpRivulet({ API_RATE: '1000000' });
    await firstAdmin(rivulet, mara);
    for (const role of roles) users.set(role, (await somebody(rivulet, `${role}@example.org`, role)).user);
  });
  afterAll(() => rivulet.close());
  const refused = (right: string): string => JSON.stringify(`takes the right "${right}"`).slice(1, -1);

  /** What a route says to somebody who is signed in anew for it, by nothing that it could do something with. */
  const asRole = async ({ method, path }: (typeof everyRoute)[number], role: Role) => {
    const user = users.get(role);
    if (!user) throw new Error(role);
    const { token } = await startSession(user, rivulet.accounts);
    const headers = { Cookie: `rivulet=${token}`, 'X-CSRF-Token': csrfOf(token), Origin: rivulet.url };
    return ask(rivulet.url + path, { method, headers });
  };

  test.each(roles)('%s gets what its rights say of every route, and 403 of all others', async (role) => {
    for (const route of everyRoute) {
      const { status, detail } = await asRole(route, role);
      const mayAsk = route.right === 'anyone' || route.right === 'signed-in' || mayDo(rightsOf[role], route.right);
      const said = {
        route: route.name,
        isRefused: status === 403 && detail.includes(refused(route.right)),
        isKnown: status !== 401,
      };
      expect(said).toEqual({ route: route.name, isRefused: !mayAsk, isKnown: true });
    }
  });

  test.each(rights)('a key for %s gets no more', async (right: Right) => {
    const { secret } = await makeKey({ name: right, rights: [right], createdBy: 'a test' }, rivulet.accounts);
    for (const route of everyRoute) {
      const { method, path } = route;
      const { status, detail } = await ask(rivulet.url + path, {
        method,
        headers: { Authorization: `Bearer ${secret}` },
      });
      const mayAsk = route.right === 'anyone' || route.right === 'signed-in' || mayDo([right], route.right);
      const said = {
        route: route.name,
        isRefused: status === 403 && detail.includes(refused(route.right)),
        isKnown: status !== 401,
      };
      expect(said).toEqual({ route: route.name, isRefused: !mayAsk, isKnown: true });
    }
  });

  test('nobody gets anything that is not for everybody', async () => {
    for (const { name, method, path } of everyRoute.filter(({ right }) => right !== 'anyone')) {
      const { status } = await ask(rivulet.url + path, { method });
      expect([name, status]).toEqual([name, 401]);
    }
  });

  test('whoever only looks on has no route that writes', () => {
    const writes = Object.entries(routes).filter(([name, { asks }]) => !name.startsWith('GET ') && !asks);
    const own = ['POST /api/session/password'];
    for (const [name, { right }] of writes.filter(([written]) => !own.includes(written))) {
      const isFree = right === 'anyone' || right === 'signed-in';
      expect([name, isFree || mayDo(rightsOf.viewer, right)]).toEqual([name, false]);
    }
  });
});

describe('threat 28, addresses that a client makes up', () => {
  const limit = 5;
  const call = async ({ url }: HttpRivulet, forwarded: string): Promise<number> =>
    (await ask(`${url}/api/session/setup`, { headers: { 'X-Forwarded-For': forwarded } })).status;
  const many = async (rivulet: HttpRivulet, forwardeds: readonly string[]): Promise<readonly number[]> => {
    const statuses: number[] = [];
    for (const forwarded of forwardeds) statuses.push(await call(rivulet, forwarded));
    return statuses;
  };
  const all = (count: number, status: number): readonly number[] => Array.from({ length: count }, () => status);

  test('change no bucket where no proxy is trusted', async () => {
    const rivulet = await startHttpRivulet({ API_RATE: String(limit) });
    try {
      const made = Array.from({ length: limit + 3 }, (_, i) => `198.51.100.${i}`);
      expect(await many(rivulet, made)).toEqual([...all(limit, 200), ...all(3, 429)]);
    } finally {
      await rivulet.close();
    }
  });

  test('change no bucket behind a proxy either, which tells where each call came from', async () => {
    const rivulet = await startHttpRivulet({ API_RATE: String(limit), TRUST_PROXY: '1' });
    try {
      const made = Array.from({ length: limit + 2 }, (_, i) => `198.51.100.${i}, 203.0.113.9`);
      expect(await many(rivulet, made)).toEqual([...all(limit, 200), ...all(2, 429)]);
      expect(await call(rivulet, '203.0.113.9, 203.0.113.10')).toBe(200);
    } finally {
      await rivulet.close();
    }
  });

  test('of one IPv6 network are one', async () => {
    const rivulet = await startHttpRivulet({ API_RATE: String(limit), TRUST_PROXY: '1' });
    try {
      const made = Array.from({ length: limit + 2 }, (_, i) => `2001:db8:0:1::${i + 1}`);
      expect(await many(rivulet, made)).toEqual([...all(limit, 200), ...all(2, 429)]);
    } finally {
      await rivulet.close();
    }
  });

  test('give no further tries to sign in', async () => {
    const rivulet = await startHttpRivulet();
    try {
      const statuses: number[] = [];
      for (let i = 0; i < 23; i += 1) {
        const headers = { ...json, 'X-Forwarded-For': `198.51.100.${i}` };
        const body = { email: `spray${i}@example.org`, password: 'Summer in the harbour' };
        statuses.push((await openBrowser(rivulet).send('POST', '/api/session', { headers, body })).status);
      }
      expect(statuses).toEqual([...all(20, 401), ...all(3, 429)]);
    } finally {
      await rivulet.close();
    }
  });

  test('a key counts as itself, wherever it is used', async () => {
    const rivulet = await startHttpRivulet({ API_RATE: String(limit), TRUST_PROXY: '1' });
    try {
      const { secret } = await makeKey({ name: 'CRM', rights: ['leads:read'], createdBy: 'a test' }, rivulet.accounts);
      const statuses: number[] = [];
      for (let i = 0; i < limit + 2; i += 1) {
        const headers = { Authorization: `Bearer ${secret}`, 'X-Forwarded-For': `198.51.100.${i}` };
        statuses.push((await ask(`${rivulet.url}/api/leads`, { headers })).status);
      }
      expect(statuses).toEqual([...all(limit, 200), ...all(2, 429)]);
      expect(await firstLink(rivulet.accounts)).toBeDefined();
      expect(await call(rivulet, '198.51.100.1')).toBe(200);
    } finally {
      await rivulet.close();
    }
  });
});

/** Every text in every row, and those of the rows about accounts. */
async function everyString({ store: { db } }: HttpRivulet) {
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  const texts = new Map<string, Set<string>>();
  for (const name of names) texts.set(name, new Set(textsIn(await db.collection(name).find().limit(500).toArray())));
  const of = (some: readonly string[]): readonly string[] => [
    ...new Set(some.flatMap((name) => [...(texts.get(name) ?? [])])),
  ];
  return { all: of(names), ofAccounts: of(['users', 'sessions', 'signInLinks', 'apiKeys', 'settings']) };
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Date || typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
