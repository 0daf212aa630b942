import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runCommands, type Told } from './cli-in-process.js';
import { goodPassword, openBrowser } from './signed-in.js';
import { type HttpRivulet, startHttpRivulet, testDatabase } from './support.js';

const uri = testDatabase();
const SIGNING_SECRET = 'a secret that is long enough to sign with';
let rivulet: HttpRivulet;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  // On the clock of the commands, beside which it runs.
  rivulet = await startHttpRivulet({ MONGODB_URI: uri, SIGNING_SECRET }, new Date().toISOString());
  const { SMTP_URL: _, ...own } = process.env;
  environment = {
    ...own,
    MONGODB_URI: uri,
    SIGNING_SECRET,
    DATA_DIR: rivulet.dataDir,
    NO_COLOR: '1',
    PUBLIC_URL: rivulet.url,
  };
});
afterAll(async () => {
  await rivulet.store.db.dropDatabase();
  await rivulet.close();
});

const run = (...commands: Parameters<typeof runCommands>[2]) =>
  runCommands(['user', 'key', 'audit-log'], environment, commands);

/** Opens the link that a command printed, in a browser. */
async function open({ output }: Told) {
  const [, token = ''] = /\/welcome#([\w-]{43})$/m.exec(output) ?? [];
  const browser = openBrowser(rivulet);
  const { status } = await browser.page('POST', '/api/session/link', {
    token,
    name: 'Mara Quay',
    password: goodPassword,
  });
  return { status, browser };
}

test('somebody is invited, told from others, kept out and let in again, and the log says so', async () => {
  const mara = 'mara@example.org';
  const [empty, invited, twice, wrong, noRole] = await run(
    ['listUsers', {}],
    ['inviteUser', mara, { name: 'Mara Quay', role: 'admin' }],
    ['inviteUser', mara.toUpperCase(), { role: 'viewer' }],
    ['inviteUser', 'mara@', { role: 'viewer' }],
    ['inviteUser', 'jon@example.org', { role: 'root' }],
  );
  expect(empty?.output).toContain('Nobody has an account yet');
  expect(invited?.output).toContain(`${rivulet.url}/welcome#`);
  expect(twice).toMatchObject({ code: 1, errors: expect.stringContaining('this address has an account') });
  expect(wrong).toMatchObject({ code: 1, errors: expect.stringContaining('looks like name@example.com') });
  expect(noRole).toMatchObject({ code: 1, errors: expect.stringContaining('there is no such role') });
  if (!invited) throw new Error('nothing was said');
  const { status, browser } = await open(invited);
  expect(status).toBe(200);

  const [last, unknown, , out, listed, back, link, demoted] = await run(
    ['disableUser', mara],
    ['linkUser', 'mara@example.or'],
    ['inviteUser', 'jon@example.org', { role: 'viewer' }],
    ['disableUser', 'jon@example.org'],
    ['listUsers', { json: true }],
    ['enableUser', 'jon@example.org'],
    ['linkUser', 'jon@example.org'],
    ['changeUserRole', mara, 'viewer'],
  );
  expect(last).toMatchObject({ code: 1, errors: expect.stringContaining('the last admin') });
  expect(unknown).toMatchObject({ code: 1, errors: expect.stringContaining(`Did you mean "${mara}"`) });
  expect(out?.output).toContain('is signed in nowhere any more');
  const users: readonly object[] = JSON.parse(listed?.output ?? '[]');
  expect(users).toMatchObject([
    { email: 'jon@example.org', disabledAt: expect.any(String) },
    { email: mara, role: 'admin' },
  ]);
  expect(listed?.output).not.toMatch(/salt|scrypt|address"/);
  expect(back?.code).toBe(0);
  expect(demoted).toMatchObject({ code: 1, errors: expect.stringContaining('the last admin') });
  if (!link) throw new Error('nothing was said');
  expect((await open(link)).status).toBe(200);

  const { items } = (await browser.page('GET', '/api/audit-log?who=operator')).body;
  expect(items.map(({ route }: { route: string }) => route)).toEqual([
    'rivulet user link',
    'rivulet user enable',
    'rivulet user disable',
    'rivulet user invite',
    'rivulet user invite',
  ]);
});

test('a key is made, used, listed without itself, and revoked by its first characters', async () => {
  const [made, forever, noRight, noTime] = await run(
    ['createKey', 'CRM', { right: ['leads:read'], expires: '90 days' }],
    ['createKey', 'forever', { right: ['leads:read'] }],
    ['createKey', 'CRM', { right: ['leads:raed'] }],
    ['createKey', 'CRM', { right: ['leads:read'], expires: 'soon' }],
  );
  const key = made?.output.trim() ?? '';
  expect(key).toMatch(/^rvk_[\w-]{43}$/);
  expect(noRight).toMatchObject({ code: 1, errors: expect.stringContaining('Did you mean "leads:read"') });
  expect(noTime).toMatchObject({ code: 1, errors: expect.stringContaining('90 days') });
  const ask = (text: string) => fetch(`${rivulet.url}/api/leads`, { headers: { Authorization: `Bearer ${text}` } });
  expect((await ask(key)).status).toBe(200);

  const [listed, revoked, missing, log] = await run(
    ['listKeys', {}],
    ['revokeKey', key.slice(0, 10)],
    ['revokeKey', 'rvk_nobody'],
    ['showAuditLog', { limit: '3' }],
  );
  expect(listed?.output).toContain('CRM');
  expect(listed?.output).toContain(key.slice(0, 10));
  expect(listed?.output).not.toContain(key.slice(0, 11));
  expect(revoked?.output).toContain('opens nothing any more');
  expect(missing).toMatchObject({ code: 1, errors: expect.stringContaining('there is no such key') });
  expect(log?.output).toContain('rivulet key revoke');
  expect((await ask(key)).status).toBe(401);
  expect((await ask(forever?.output.trim() ?? '')).status).toBe(200);
});

test('the log is not asked for by what is no number', async () => {
  const [log] = await run(['showAuditLog', { limit: 'all' }]);
  expect(log).toMatchObject({ code: 1, errors: expect.stringContaining('--limit') });
});
