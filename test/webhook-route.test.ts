import { mkdtemp } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { openSns } from '../src/delivery/sns-certificates.js';
import { openSendgridAccount } from '../src/demo/sendgrid-account.js';
import { type ProviderName, providerNames } from '../src/event/provider-names.js';
import { providers } from '../src/event/providers.js';
import { createApp } from '../src/http/app.js';
import { openDatabaseProxy, type WriteFault } from './database-proxy.js';
import {
  callOf,
  certificateOf,
  certificateUrl,
  elements,
  now,
  settings,
  snsEnvelope,
  topic,
} from './provider-calls.js';
import { readAnswer, startTestRivulet, testDatabase, type TestRivulet } from './support.js';
import { certificatesOf, clockOf, requestOf, settingOf, webhookFixtures } from './webhook-fixtures.js';

let rivulet: TestRivulet;
const servers: Server[] = [];

beforeAll(async () => {
  rivulet = await startTestRivulet({}, now.toISOString());
});
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});
afterAll(() => rivulet.close());

type Setting = {
  readonly keys?: ReadonlyMap<ProviderName, string>;
  /** What Amazon answers. */
  readonly get?: Parameters<typeof openSns>[0];
  readonly of?: TestRivulet;
};

const allKeys = new Map(providerNames.map((name) => [name, settings[name]]));
const amazon = async () => ({ status: 200, text: await certificateOf() });

/** The webhooks of a Rivulet with these keys; answers their address. */
async function serve({ keys = allKeys, get = amazon, of = rivulet }: Setting = {}): Promise<string> {
  const server = createServer(createApp({ ...of, webhookKeys: keys, sns: openSns(get) }));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}/webhooks`;
}

type Sent = { readonly body: Buffer; readonly headers: Readonly<Record<string, string | undefined>> };

async function post(url: string, { body, headers }: Sent) {
  const known = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const sent = { 'content-type': 'application/json', ...Object.fromEntries(known) };
  return readAnswer(await fetch(url, { method: 'POST', body: new Uint8Array(body), headers: sent }));
}

const genuine = (provider: ProviderName, more: object = {}) => callOf(provider, elements[provider](more)).request;

const statuses = new Map([
  ['processed', 200],
  ['rejected-auth', 401],
  ['malformed', 400],
]);

describe.each(providerNames)('%s', (provider) => {
  const { keys, fixtures } = webhookFixtures(provider);
  const inbound = fixtures.filter(({ request }) => request.body === 'form-fields' && provider === 'sendgrid');

  test.each(fixtures.filter((fixture) => !inbound.includes(fixture)))(
    'answers $file by its outcome, and counts every event: $title',
    async (fixture) => {
      rivulet.clock.now = clockOf(fixture);
      const fetched: string[] = [];
      const get = async (url: URL) => {
        fetched.push(url.href);
        return url.href === fixture.action_url
          ? { status: 200, text: '<ConfirmSubscriptionResponse/>' }
          : { status: 200, text: await certificatesOf(keys)(url.href) };
      };
      const url = await serve({ keys: new Map([[provider, settingOf(fixture, keys)]]), get });
      const path = fixture.request.body === 'form-fields' ? `${url}/${provider}/inbound` : `${url}/${provider}`;
      const { status, body } = await post(path, await requestOf(provider, fixture));

      const outcomes = [fixture.outcome, fixture.also_acceptable ?? []].flat();
      expect(outcomes.map((outcome) => statuses.get(outcome))).toContain(status);
      const isConfirmed = fixture.action === 'confirm-subscription';
      expect(fetched.includes(fixture.action_url ?? '')).toBe(isConfirmed);
      const counted = status === 200 && !isConfirmed ? sumOf(body) : fixture.expect.length;
      expect(counted).toBe(fixture.expect.length);
      expect(rivulet.faults).toEqual([]);
    },
  );

  test('a genuine call about nobody here is counted as that, and as often as it comes', async () => {
    rivulet.clock.now = now;
    const url = await serve();
    for (let times = 0; times < 2; times += 1)
      expect(await post(`${url}/${provider}`, genuine(provider))).toMatchObject({
        status: 200,
        body: { recorded: 0, known: 0, stray: 1, ignored: 0 },
      });
  });

  test('under another key it is refused, and asked who it is', async () => {
    const url = await serve({ keys: new Map([[provider, otherKey(provider)]]) });
    const { status, headers, body } = await post(`${url}/${provider}`, genuine(provider));
    // Postmark takes a 403 for the end of it, and never tries again.
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    expect(body).toMatchObject({ status: 401, title: 'Not signed in' });
  });

  test('without its setting there is nothing, and the setting is named', async () => {
    const url = await serve({ keys: new Map() });
    for (const path of [`${url}/${provider}`, `${url}/${provider}/inbound`])
      expect(await post(path, genuine(provider))).toMatchObject({
        status: 404,
        body: { detail: expect.stringContaining(providers.get(provider)?.setting ?? '?') },
      });
  });

  test.each([
    ['cut JSON', '{"event"'],
    ['nothing', ''],
    ['lists in lists', '['.repeat(200_000)],
    ['binary', '\u0000\u0001'],
    ['keys of prototypes', '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'],
    ['operators', '[{"event":{"$gt":""},"email":{"$ne":null}}]'],
  ])('%s in a genuine call is no fault of ours', async (_, content) => {
    const url = await serve();
    const { status } = await post(`${url}/${provider}`, callOf(provider, content).request);
    expect([200, 400, 401]).toContain(status);
    expect({}).not.toHaveProperty('polluted');
    expect(rivulet.faults).toEqual([]);
  });
});

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, one) => sum + one, 0);
}

/** The key of somebody else at the same provider. */
function otherKey(provider: ProviderName): string {
  if (provider === 'sendgrid') return openSendgridAccount().publicKey;
  if (provider === 'ses') return `${topic}-other`;
  return provider === 'resend' ? `whsec_${Buffer.from('somebody else entirely').toString('base64')}` : 'other:secret';
}

describe('a call', () => {
  test('for a provider that nobody knows finds nothing, and hears which there are', async () => {
    const url = await serve();
    for (const name of ['gmail', '__proto__', 'constructor', 'SendGrid', '%2e%2e'])
      expect(await post(`${url}/${name}`, genuine('brevo'))).toMatchObject({ status: 404 });
    const { body } = await post(`${url}/gmail`, genuine('brevo'));
    expect(body.detail).toContain('sendgrid, mailgun, postmark');
  });

  test('of more than 10 MB is too large, and so is one that unpacks to it', async () => {
    const url = await serve();
    const large = Buffer.alloc(10.5 * 1024 * 1024, ' ');
    expect((await post(`${url}/brevo`, { body: large, headers: {} })).status).toBe(413);
    const packed = { body: gzipSync(large), headers: { 'content-encoding': 'gzip' } };
    expect((await post(`${url}/brevo`, packed)).status).toBe(413);
    expect((await post(`${url}/brevo/inbound`, { body: large, headers: {} })).status).toBe(401);
  });

  test('in an encoding that nobody knows, or that is not what it says, is unreadable', async () => {
    const url = await serve();
    const { body } = genuine('brevo');
    expect((await post(`${url}/brevo`, { body, headers: { 'content-encoding': 'zip' } })).status).toBe(400);
    expect((await post(`${url}/brevo`, { body, headers: { 'content-encoding': 'gzip' } })).status).toBe(400);
  });

  test('is noted for whoever sets the webhook up', async () => {
    const url = await serve();
    await post(`${url}/mailjet`, { body: Buffer.from('[]'), headers: {} });
    await post(`${url}/mailjet`, callOf('mailjet', [{ event: 'parked', email: 'x@example.com' }]).request);
    const { body } = await readAnswer(
      await fetch(url.replace('/webhooks', '/api/webhooks'), {
        headers: { authorization: `Bearer ${rivulet.apiKey}` },
      }),
    );
    const report = body.items.find(({ provider }: { provider: string }) => provider === 'mailjet');
    expect(report).toMatchObject({
      setting: 'MAILJET_WEBHOOK_AUTH',
      isSetUp: true,
      url: expect.stringMatching(/\/webhooks\/mailjet$/),
      calls: { refused: expect.any(Number), lastRefusal: expect.any(String), lastAt: expect.any(String) },
    });
    expect(report.calls.refused).toBeGreaterThan(0);
    expect(report.strays).toContainEqual(expect.objectContaining({ type: 'ignored', word: 'parked', count: 1 }));
    expect(JSON.stringify(report)).not.toContain('x@example.com');
  });
});

describe('Amazon SNS', () => {
  const hostile = [
    'http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-00aa.pem',
    'https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-00aa.pem',
    'https://evil.example/SimpleNotificationService-00aa.pem',
    'https://evil.example/sns.eu-west-1.amazonaws.com/SimpleNotificationService-00aa.pem',
    'https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-00aa.pem',
    'https://user:password@sns.eu-west-1.amazonaws.com/SimpleNotificationService-00aa.pem',
    'https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-00aa.pem',
    'https://sns.eu-west-1.amazonaws.com/../evil.pem',
    'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-00aa.pem?x=1',
    'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-00aa.pem#x',
    'https://sns.eu-west-1.amazonaws.com/evil/SimpleNotificationService-00aa.pem',
    'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-zz.pem',
    'https://sns.s3.amazonaws.com/SimpleNotificationService-00aa.pem',
    'https://sns.amazonaws.com/SimpleNotificationService-00aa.pem',
    'https://sns.foo.amazonaws.com/SimpleNotificationService-00aa.pem',
    'https://snsx.eu-west-1.amazonaws.com/SimpleNotificationService-00aa.pem',
    'https://sns.eu-west-1.amazonaws.org/SimpleNotificationService-00aa.pem',
    'https://sns.eu-west-1.amazonaws.com\\@evil.example/SimpleNotificationService-00aa.pem',
    'https://sns.eu-west-1.amazonaws.com\t.evil.example/SimpleNotificationService-00aa.pem',
    'https:\\\\sns.eu-west-1.amazonaws.com/SimpleNotificationService-00aa.pem',
    'https://SNS.eu-west-1.amazonaws.com/SimpleNotificationService-00aa.pem',
    'https://sns.eu-west-1.amazonaws.com%2eevil.example/SimpleNotificationService-00aa.pem',
    'https://sns.eu-west-1.amazonaws。com/SimpleNotificationService-00aa.pem',
    'https://sns.eu-west-1.amazonaws.com./SimpleNotificationService-00aa.pem',
    'https://127.0.0.1/SimpleNotificationService-00aa.pem',
    'https://0x7f.1/SimpleNotificationService-00aa.pem',
    'https://2130706433/SimpleNotificationService-00aa.pem',
    'https://[::1]/SimpleNotificationService-00aa.pem',
    'https://[::ffff:127.0.0.1]/SimpleNotificationService-00aa.pem',
    'https://169.254.169.254/latest/meta-data/',
    'https://localhost/SimpleNotificationService-00aa.pem',
    'https://metadata.google.internal/SimpleNotificationService-00aa.pem',
    'file:///etc/passwd',
    'data:text/plain,-----BEGIN%20CERTIFICATE-----',
    'ftp://sns.eu-west-1.amazonaws.com/SimpleNotificationService-00aa.pem',
    'gopher://127.0.0.1:6379/_FLUSHALL',
    'javascript:alert(1)',
    '//sns.eu-west-1.amazonaws.com/SimpleNotificationService-00aa.pem',
    'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-00aa.pem\n',
    ' https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-00aa.pem',
    '',
  ];

  test('has no certificate fetched from anywhere but its own: of 41 hostile addresses none is called', async () => {
    const asked: string[] = [];
    const url = await serve({
      get: async ({ href }) => {
        asked.push(href);
        return { status: 200, text: await certificateOf() };
      },
    });
    for (const SigningCertURL of hostile) {
      const body = Buffer.from(JSON.stringify(snsEnvelope({ Message: '{}', SigningCertURL })));
      expect((await post(`${url}/ses`, { body, headers: {} })).status).toBe(401);
    }
    expect(hostile.length).toBeGreaterThanOrEqual(40);
    expect(asked).toEqual([]);
  });

  test.each([
    'http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription',
    'https://user:password@sns.eu-west-1.amazonaws.com/',
    'https://sns.eu-west-1.amazonaws.com:8443/',
    'https://127.0.0.1/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://[::ffff:169.254.169.254]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://localhost/',
    'https://printer.localhost/',
    'file:///etc/passwd',
    'data:text/plain,x',
    'no address',
    '',
  ])('is not called at %j by what fetches, whoever else let it pass', async (address) => {
    let asked = 0;
    const sns = openSns(async () => {
      asked += 1;
      return { status: 200, text: '' };
    });
    await expect(sns.confirm(address)).rejects.toMatchObject({ isFinal: true });
    await expect(sns.certificateOf(address)).rejects.toMatchObject({ isFinal: true });
    expect(asked).toBe(0);
  });

  test.each(hostile)('has no subscription confirmed at %j', async (SubscribeURL) => {
    const asked: string[] = [];
    const url = await serve({
      get: async ({ href }) => {
        asked.push(href);
        return { status: 200, text: await certificateOf() };
      },
    });
    const message = { Type: 'SubscriptionConfirmation', Message: 'You have chosen', Token: 't', SubscribeURL };
    const body = Buffer.from(JSON.stringify(snsEnvelope(message)));
    expect((await post(`${url}/ses`, { body, headers: {} })).status).toBe(401);
    expect(asked.filter((address) => address !== certificateUrl)).toEqual([]);
  });

  const subscribeUrl = `https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topic}&Token=t`;
  const confirmation = () => ({
    body: Buffer.from(
      JSON.stringify(
        snsEnvelope({
          Type: 'SubscriptionConfirmation',
          Message: 'You have chosen',
          Token: 't',
          SubscribeURL: subscribeUrl,
        }),
      ),
    ),
    headers: {},
  });

  test('is told yes to a subscription of a topic of ours, once a call', async () => {
    const asked: string[] = [];
    const get = async ({ href }: URL) => {
      asked.push(href);
      return { status: 200, text: await certificateOf() };
    };
    const url = await serve({ get });
    expect(await post(`${url}/ses`, confirmation())).toMatchObject({ status: 200, body: { confirmed: true } });
    expect(asked).toEqual([certificateUrl, subscribeUrl]);
  });

  test.each([
    ['a redirect', 302, 400],
    ['a no', 403, 400],
    ['trouble', 500, 503],
  ])('that answers our yes with %s is told so', async (_, status, told) => {
    const url = await serve({
      get: async ({ href }) => ({ status: href === certificateUrl ? 200 : status, text: await certificateOf() }),
    });
    expect((await post(`${url}/ses`, confirmation())).status).toBe(told);
  });

  test('is asked once for a certificate, however many calls need it at the same time', async () => {
    let asked = 0;
    const url = await serve({
      get: async () => {
        asked += 1;
        await new Promise((resolve) => setImmediate(resolve));
        return { status: 200, text: await certificateOf() };
      },
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(`${url}/ses`, genuine('ses'))));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(asked).toBe(1);
  });

  test.each([
    ['cannot be reached', () => Promise.reject(new Error('ENETUNREACH')), 503],
    ['is in trouble', async () => ({ status: 503, text: '' }), 503],
    ['wants us elsewhere', async () => ({ status: 301, text: '' }), 401],
    ['knows no such certificate', async () => ({ status: 404, text: '' }), 401],
    ['gives something else', async () => ({ status: 200, text: 'not a certificate' }), 401],
  ])('that %s for its certificate has its call answered, and repeated if that may help', async (_, get, status) => {
    const url = await serve({ get });
    const answer = await post(`${url}/ses`, genuine('ses'));
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe(status === 503 ? '30' : null);
    expect(rivulet.faults).toEqual([]);
  });

  test('is not asked for thousands of certificates at a time', async () => {
    const waiting: (() => void)[] = [];
    const sns = openSns(
      () => new Promise((resolve) => waiting.push(() => resolve({ status: 200, text: 'a certificate' }))),
    );
    const of = (i: number) => `https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-${i}.pem`;
    const first = Array.from({ length: 4 }, (_, i) => sns.certificateOf(of(i)));
    await expect(sns.certificateOf(of(5))).rejects.toMatchObject({ isFinal: false });
    for (const answer of waiting) answer();
    expect(await Promise.all(first)).toEqual(Array.from({ length: 4 }, () => 'a certificate'));
  });
});

describe('while the database is away', () => {
  const openAway = async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'rvp-')), 'p.sock');
    const proxy = await openDatabaseProxy(testDatabase(), path);
    const of = await startTestRivulet({ MONGODB_URI: proxy.uri }, now.toISOString());
    return { proxy, of };
  };
  const faults: readonly WriteFault[] = [
    { kind: 'unsent' },
    { kind: 'unheard' },
    { kind: 'refused', code: 10_107, codeName: 'NotWritablePrimary' },
  ];

  test.each(faults)(
    '($kind) a call is answered so that the provider repeats it, and nothing is lost',
    async (fault) => {
      const { proxy, of } = await openAway();
      try {
        const url = await serve({ of });
        const told: readonly (readonly [ProviderName, number])[] = [
          ['brevo', 429],
          ['sparkpost', 503],
          ['ses', 503],
        ];
        for (const [provider, status] of told) {
          const call = genuine(provider);
          proxy.arm(1, fault);
          const first = await post(`${url}/${provider}`, call);
          expect(first).toMatchObject({ status, body: { detail: expect.stringContaining('Nothing was lost') } });
          expect(first.headers.get('retry-after')).toBe('30');
          expect(proxy.writes).toContain('insert strayEvents');
          expect(await post(`${url}/${provider}`, call)).toMatchObject({ status: 200, body: { stray: 1 } });
        }
        expect(await of.store.db.collection('strayEvents').countDocuments()).toBe(3);
        expect(of.faults).toEqual([]);
      } finally {
        await of.close();
        await proxy.stop();
      }
    },
  );
});
