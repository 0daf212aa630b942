import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rights } from '../src/access/rights.js';
import { makeKey } from '../src/account/keys.js';
import { contract } from '../src/api/contract.js';
import type { Route } from '../src/api/route.js';
import { firstAdmin, goodPassword } from './signed-in.js';
import { aProjectFolder, aSequenceFile, type HttpRivulet, startHttpRivulet } from './support.js';

/** A secret that stands nowhere else: found in an answer, it can have come from its setting alone. */
const canary = (name: string): string => `${name}${randomBytes(18).toString('hex')}`;

const dkim = String(
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
);
/** What the settings hold; what is made while Rivulet runs is added to it. */
const secrets = new Map([
  ['the password of an SMTP server', canary('smtp')],
  ['the key of Amazon SES', `AKIA${randomBytes(8).toString('hex').toUpperCase()}`],
  ['the secret of Amazon SES', canary('sesSecret')],
  ['the password of a mailbox', canary('imap')],
  ['API_KEY', canary('api')],
  ['SIGNING_SECRET', canary('sign')],
  ['the key of Mailgun’s webhook', canary('mailgun')],
  ['the password of Postmark’s webhook', canary('postmark')],
  ['the secret of Resend’s webhook', randomBytes(24).toString('base64')],
  ['a DKIM key', dkim.split('\n')[2] ?? ''],
]);
const of = (name: string): string => secrets.get(name) ?? '';

/** Every way in which the bytes of a secret may stand in a text. */
function spellings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const [base64, url] = (['base64', 'base64url'] as const).map((way) => bytes.toString(way).replace(/=+$/, ''));
  return [secret, encodeURIComponent(secret), base64 ?? '', url ?? '', bytes.toString('hex')];
}

/** The secrets that stand in a text. */
function foundIn(text: string): readonly string[] {
  return [...secrets].flatMap(([name, secret]) => (spellings(secret).some((one) => text.includes(one)) ? [name] : []));
}

const gets = Object.entries<Route>(contract).flatMap(([name, route]) => {
  const [method, path = ''] = name.split(' ');
  return method === 'GET' ? [{ name, path, route }] : [];
});

/** What a route needs to be asked of something that is there, where no list above it tells. */
const parts = new Map([
  [':step', 'hello'],
  [':kind', 'sequence'],
]);
const queries = new Map([
  ['/api/leads/:id/why', '?sequence=hello'],
  ['/api/sequences/:name/mails/:step', '?lead=ada@example.com'],
  ['/api/sequences/:name/mails/:step/mail.html', '?lead=ada@example.com'],
  ['/api/segments/:segment/audience', '?for=meta'],
]);

let rivulet: HttpRivulet;
let dataDir: string;
let adminKey: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'rivulet-secrets-'));
  await mkdir(join(dataDir, 'dkim'));
  await writeFile(join(dataDir, 'dkim', 'mail.example.com.rivulet.pem'), dkim, { mode: 0o600 });
  rivulet = await startHttpRivulet({
    DATA_DIR: dataDir,
    EDIT: '1',
    PROJECT_DIR: await aProjectFolder({
      'sequences/segments.json': '{ "segments": { "all": { "if": { "consent": "granted" } } } }',
      'sequences/forms/ask.json':
        '{ "title": "Ask", "fields": [{ "name": "email", "label": "Address", "type": "email", "required": true }] }',
      'sequences/other.json': aSequenceFile([{ wait: '1 day' }], { name: 'Another' }),
    }),
    SMTP_URL: 'mailbox://',
    SMTP_URL_RELAY: `smtp://rivulet:${of('the password of an SMTP server')}@127.0.0.1:1`,
    SMTP_URL_SES: `ses://${of('the key of Amazon SES')}:${of('the secret of Amazon SES')}@eu-west-1`,
    IMAP_URL: `imap://rivulet:${of('the password of a mailbox')}@127.0.0.1:1/INBOX`,
    API_KEY: of('API_KEY'),
    SIGNING_SECRET: of('SIGNING_SECRET'),
    MAILGUN_WEBHOOK_KEY: of('the key of Mailgun’s webhook'),
    POSTMARK_WEBHOOK_AUTH: `rivulet:${of('the password of Postmark’s webhook')}`,
    RESEND_WEBHOOK_SECRET: `whsec_${of('the secret of Resend’s webhook')}`,
  });
  await aLifeOf(rivulet);
});
afterAll(async () => {
  await rivulet.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** Lets everything exist that a list may show. */
async function aLifeOf({ api, welcome, reader, store, engine, clock }: HttpRivulet): Promise<void> {
  await firstAdmin(rivulet, 'mara@tallybay.example.com');
  secrets.set('the password of a user', goodPassword);
  const key = await makeKey({ name: 'everything', rights: [...rights], createdBy: 'mara' }, { store, now: engine.now });
  secrets.set('the key of a program', key.secret);
  adminKey = key.secret;
  const { id, mail } = await welcome('ada@example.com', { firstName: 'Ada' });
  await reader.clicks(mail.links[0]);
  const endpoint = (await api('/api/endpoints', { name: 'CRM', url: 'https://crm.invalid/hook' })).body;
  secrets.set('the secret of an endpoint', endpoint.secret);
  await api('/api/events', { type: 'plan.chosen', email: 'ada@example.com' });
  await rivulet.teller.look();
  await api('/api/leads/bulk', { deed: { kind: 'tag', tag: 'fair' }, leads: [id] });
  await api('/api/suppressions', { address: 'gone@example.com', reason: 'unsubscribed' });
  const csv = 'email;firstName\nbert@example.com;Bert\nbroken;Cleo\n';
  await fetch(`${rivulet.url}/api/imports`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${of('API_KEY')}`, 'Content-Type': 'text/csv' },
    body: csv,
  });
  queries.set('/api/sequences/:name/diff', `?from=${rivulet.project().programs.get('hello')?.revision}`);
  clock.now = new Date(clock.now.getTime() + 60_000);
}

/** Asks with a key that may do everything; of a stream that never ends its beginning. */
async function ask(path: string): Promise<{ status: number; text: string }> {
  const enough = new AbortController();
  const headers = { Authorization: `Bearer ${adminKey}` };
  const response = await fetch(rivulet.url + path, { headers, signal: enough.signal });
  const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
  const isEndless = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  if (!isEndless) return { status: response.status, text: `${head}\n${await response.text()}` };
  enough.abort();
  return { status: response.status, text: head };
}

/** A path with something that is there in place of what varies: the first of the list above it. */
async function filled(path: string): Promise<string> {
  let whole = '';
  for (const part of path.slice(1).split('/')) {
    const [, sign = '', rest = ''] = /^(:\w+)(.*)$/.exec(part) ?? [];
    const value = sign === '' ? part : (parts.get(sign) ?? (await firstUnder(whole, sign.slice(1))));
    whole += `/${sign === '' ? value : encodeURIComponent(value) + rest}`;
  }
  return whole;
}

async function firstUnder(list: string, name: string): Promise<string> {
  const { status, text } = await ask(list);
  if (status !== 200) return 'nothing-there';
  const [item = {}] = JSON.parse(text.slice(text.indexOf('\n{'))).items ?? [];
  return String([name, 'id', 'name', 'path', 'address', 'of'].map((key) => item[key]).find((one) => one !== undefined));
}

describe('threat 24, secrets that are read back', () => {
  test.each(gets)('$name holds none of them', async ({ path }) => {
    const { status, text } = await ask((await filled(path)) + (queries.get(path) ?? ''));
    expect(foundIn(text)).toEqual([]);
    // Of what is not there nothing is told, which proves nothing: a new route may need something in `aLifeOf`, or a query.
    expect({ status }).toEqual({ status: 200 });
  });

  test('a secret that did stand in an answer would be found, however it is written', () => {
    for (const [name, secret] of secrets)
      for (const written of spellings(secret)) expect(foundIn(`{"a":"${written}"}`)).toEqual([name]);
  });

  test('the pages that need no key hold none of them', async () => {
    for (const path of ['/healthz', '/openapi.json', '/docs', '/', '/f/ask', '/nothing-there'])
      expect(foundIn((await ask(path)).text)).toEqual([]);
  });

  test('a mistake in a request is answered without them', async () => {
    const { text, status } = await rivulet.api('/api/leads', '{ broken');
    expect({ status, found: foundIn(text) }).toEqual({ status: 400, found: [] });
    const response = await fetch(`${rivulet.url}/api/leads`, {
      headers: { Authorization: `Bearer ${of('API_KEY')}x` },
    });
    expect({ status: response.status, found: foundIn(await response.text()) }).toEqual({ status: 401, found: [] });
  });
});
