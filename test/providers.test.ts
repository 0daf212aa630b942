import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ProviderEvent } from '../src/event/canonical.js';
import type { ProviderAnswer } from '../src/event/provider.js';
import { providerNames } from '../src/event/provider-names.js';
import { providers } from '../src/event/providers.js';
import { runFixtures } from './conformance/webhooks.js';
import { answer, basic, type Call, callOf, elements, eventsIn, eventIn, now, settings } from './provider-calls.js';
import { answerTo, fixtureFolder, fixtureProviders, webhookFixtures } from './webhook-fixtures.js';

const refusedAs = (because: string) => ({ kind: 'refused', because, what: expect.any(String) });

describe('fixtures', () => {
  test('every one is read as it states', async () => {
    const { total, misses } = await runFixtures(fixtureFolder);
    expect(misses).toEqual([]);
    expect(total).toBeGreaterThanOrEqual(65);
  });

  test('every provider has some', () => {
    expect(fixtureProviders()).toEqual([...providerNames].toSorted());
  });

  test.each(providerNames)('%s gives only events that fit the schema', async (provider) => {
    const { keys, fixtures } = webhookFixtures(provider);
    const answers = await Promise.all(fixtures.map(async (fixture) => answerTo(provider, fixture, { keys })));
    expect(answers.some(({ kind }) => kind === 'events')).toBe(true);
    expect(answers.flatMap(misfits)).toEqual([]);
  });
});

describe.each(providerNames)('%s', (provider) => {
  const genuine = () => callOf(provider, elements[provider]({}));

  test('a genuine call is read', async () => {
    expect(await eventIn(provider, elements[provider]({}))).toMatchObject({
      type: 'delivered',
      recipient: 'alice@example.com',
    });
  });

  test.each([
    ['another key', undefined],
    ['no key', ''],
    ['nothing but commas', ' , ,'],
  ])('with %s configured a call is a bad signature', async (_, keys) => {
    const { request, auth } = genuine();
    const others = { ...auth, keys: keys ?? stranger[provider] };
    expect(await answer(provider, { request, auth: others })).toEqual(refusedAs('bad-signature'));
  });

  test('while keys are rotated the old one and the new one are taken', async () => {
    const { request, auth } = genuine();
    const rotated = { ...auth, keys: `${stranger[provider]}, ${auth.keys}` };
    expect((await answer(provider, { request, auth: rotated })).kind).toBe('events');
  });

  test('a call without headers and signature is refused', async () => {
    const { request, auth } = genuine();
    const bare: Call = { auth, request: { body: Buffer.from(JSON.stringify(elements[provider]({}))), headers: {} } };
    expect(await answer(provider, bare)).toEqual(refusedAs('bad-signature'));
    expect((await answer(provider, { auth, request: { ...request, body: Buffer.alloc(0) } })).kind).toBe('refused');
  });

  test('a refusal names no address and no secret', async () => {
    const { request, auth } = genuine();
    const refused = await answer(provider, { request, auth: { ...auth, keys: stranger[provider] } });
    expect(JSON.stringify(refused)).not.toMatch(/alice|secret-of|token-of|key-of|MFkw/);
  });

  test.each([
    ['cut JSON', '{"event":"open"'],
    ['text', '"open"'],
    ['null', 'null'],
    ['a number', '1'],
    ['binary', '\u0000\u00ff'],
  ])('%s in a genuine call is malformed or about nothing, and never thrown', async (_, content) => {
    const read = await answer(provider, callOf(provider, content));
    const types = read.kind === 'events' ? read.events.map(({ type }) => type) : [];
    expect(read.kind === 'refused' ? read.because : types).toEqual(
      // The message of an SNS notification may be any text, as its greeting is.
      provider === 'ses' ? ['ignored'] : 'malformed',
    );
  });

  test('deep and huge content is answered, never thrown', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const huge = JSON.stringify(elements[provider]({ reason: 'x'.repeat(2_000_000), comment: '"<@'.repeat(200_000) }));
    const escapes = JSON.stringify(elements[provider]({ reason: `${'\\"'.repeat(200_000)} : 12345678901234567` }));
    for (const content of [deep, huge, escapes]) {
      const { kind } = await answer(provider, callOf(provider, content));
      expect(['events', 'refused']).toContain(kind);
    }
  });

  test('a key named __proto__ changes nothing but itself', async () => {
    const hostile = JSON.stringify(elements[provider]({ 'x-y': 1 })).replaceAll('"x-y"', '"__proto__"');
    await answer(provider, callOf(provider, hostile));
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect((await eventsIn(provider, hostile)).length).toBe(1);
  });

  test('whatever is signed by the provider is answered, never thrown, in events of the schema', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), async (content) => {
        const read = await answer(provider, callOf(provider, content));
        expect(misfits(read)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test('a field of any value costs the others of its event nothing', async () => {
    const fields = [...fieldNames(elements[provider]({}))];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...fields), fc.jsonValue({ maxDepth: 2 }), async (field, value) => {
        const content = JSON.stringify(elements[provider]({}), (name, held) => (name === field ? value : held));
        const read = await answer(provider, callOf(provider, content));
        expect(misfits(read)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test('any bytes and any headers from a stranger are refused', async () => {
    const names = Object.keys(genuine().request.headers);
    const headers = fc.record(Object.fromEntries(names.map((name) => [name, fc.string()])), { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), headers, async (bytes, sent) => {
        const request = { body: Buffer.from(bytes), headers: sent };
        expect((await answer(provider, { ...genuine(), request })).kind).toBe('refused');
      }),
      { numRuns: 100 },
    );
  });

  test('the same call has the same dedupe keys whenever it comes', async () => {
    const [first, again] = await Promise.all([1, 2].map(async () => eventsIn(provider, elements[provider]({}))));
    expect(again?.map(({ dedupeKey }) => dedupeKey)).toEqual(first?.map(({ dedupeKey }) => dedupeKey));
  });

  test('a setting that cannot be one is told before the start, and a right one is taken', () => {
    const { flawOf } = providers.get(provider) ?? { flawOf: () => 'no adapter' };
    expect(flawOf(settings[provider])).toBeUndefined();
    expect(flawOf(`${settings[provider]}, ${stranger[provider]}`)).toBeUndefined();
    for (const flawed of ['', ',', 'x', `${settings[provider]},x`]) expect(flawOf(flawed)).toMatch(/^it is /);
  });
});

/** Settings of somebody else. */
const stranger: typeof settings = {
  sendgrid:
    'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==',
  mailgun: 'another-key-altogether',
  postmark: 'hook:other',
  ses: 'arn:aws:sns:eu-west-1:123456789012:others',
  sparkpost: 'X-MessageSystems-Webhook-Token: another',
  brevo: 'Bearer another',
  mailjet: 'hook:other',
  resend: 'whsec_ABCDEFGHIJKLMNOPQRSTUVWX',
  mailersend: 'another-secret-altogether',
};

/** Events that the schema would not take. */
function misfits(read: ProviderAnswer): readonly ProviderEvent[] {
  return read.kind === 'events' ? read.events.filter((event) => !ProviderEvent.safeParse(event).success) : [];
}

function* fieldNames(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, held] of Object.entries(value)) {
    if (!/^\d+$/.test(name)) yield name;
    yield* fieldNames(held);
  }
}

describe('batches', () => {
  const delivered = { event: 'delivered', email: 'a@example.com', time: 1725999900, ts_epoch: 1725999900 };
  const oddities = [null, 7, 'open', [], {}, { event: {} }, { msys: null }, { event: 'constructor' }];

  test.each([
    ['sendgrid', (element: unknown) => element, delivered],
    ['sparkpost', (element: unknown) => element, { msys: { x: { type: 'delivery', rcpt_to: 'a@example.com' } } }],
    ['brevo', (element: unknown) => element, delivered],
    ['mailjet', (element: unknown) => element, { ...delivered, event: 'sent' }],
  ] as const)('of %s: what cannot be read costs no other its place', async (provider, wrap, good) => {
    const events = await eventsIn(provider, [...oddities.map(wrap), good, ...oddities.map(wrap), good]);
    const places = events.flatMap(({ type }, index) => (type === 'delivered' ? [index] : []));
    expect(places).toEqual([oddities.length, oddities.length * 2 + 1]);
    expect(events.filter(({ type }) => type === 'ignored')).toHaveLength(oddities.length * 2);
  });

  test.each(['sendgrid', 'sparkpost', 'brevo', 'mailjet'] as const)(
    'of %s in any order hold the same events under the same dedupe keys',
    async (provider) => {
      const words = { sendgrid: 'event', sparkpost: 'type', brevo: 'event', mailjet: 'event' };
      const times = [1725999900, 1725999901, 1725999902];
      const several = times.flatMap((time) =>
        ['open', 'click', 'bounce', 'delivered', 'nothing-known'].flatMap((word) =>
          [
            elements[provider]({
              [words[provider]]: word,
              time,
              timestamp: time,
              ts_epoch: time,
              sg_event_id: `${word}${time}`,
              event_id: `${word}${time}`,
            }),
          ].flat(),
        ),
      );
      const keysIn = async (batch: unknown) =>
        (await eventsIn(provider, batch)).map(({ dedupeKey }) => dedupeKey).toSorted();
      const expected = await keysIn(several);
      await fc.assert(
        fc.asyncProperty(fc.shuffledSubarray(several, { minLength: several.length }), async (shuffled) => {
          expect(await keysIn(shuffled)).toEqual(expected);
        }),
        { numRuns: 50 },
      );
    },
  );
});

describe('credentials of providers that sign nothing', () => {
  const body = Buffer.from(JSON.stringify(elements.postmark({})));
  const kindFor = async (keys: string, headers: Record<string, string>) =>
    (await answer('postmark', { request: { body, headers }, auth: { ...callOf('postmark', {}).auth, keys } })).kind;

  test.each([
    ['name and password', 'hook:secret', { authorization: basic('hook:secret') }],
    ['a password with colons', 'hook:a:b:c', { authorization: basic('hook:a:b:c') }],
    ['a password with letters of any script', 'hook:größe', { authorization: basic('hook:größe') }],
    ['a scheme in other case', 'hook:secret', { authorization: basic('hook:secret').replace('Basic', 'bAsIc') }],
    ['a token', 'Bearer abc', { authorization: 'Bearer abc' }],
    ['a header of ours', 'X-Hook: abc', { 'x-hook': 'abc' }],
    ['a header with blanks in its value', 'X-Hook: a b', { 'x-hook': 'a b' }],
    ['the second of several', 'hook:a,Bearer b,X-Hook: c', { authorization: 'Bearer b' }],
  ])('%s is taken', async (_, keys, headers) => {
    expect(await kindFor(keys, headers)).toBe('events');
  });

  test.each([
    ['another password', 'hook:secret', { authorization: basic('hook:Secret') }],
    ['the start of the password', 'hook:secret', { authorization: basic('hook:secre') }],
    ['more than the password', 'hook:secret', { authorization: basic('hook:secrets') }],
    ['an empty password', 'hook:secret', { authorization: basic('hook:') }],
    ['the password alone', 'hook:secret', { authorization: basic('secret') }],
    ['a token for a password', 'hook:secret', { authorization: 'Bearer hook:secret' }],
    ['a password for a token', 'Bearer abc', { authorization: basic('Bearer abc') }],
    ['no scheme', 'Bearer abc', { authorization: 'abc' }],
    ['rubbish for base64', 'hook:secret', { authorization: 'Basic %%%' }],
    ['nothing', 'hook:secret', {}],
    ['an empty header of ours', 'X-Hook: abc', { 'x-hook': '' }],
    ['another header', 'X-Hook: abc', { 'x-hooks': 'abc' }],
  ])('%s is refused', async (_, keys, headers) => {
    expect(await kindFor(keys, headers)).toBe('refused');
  });
});

describe('what ties events to our mails', () => {
  const id = 'abcdefghijklmnopqrstuvwxyz234567';
  const headersOf = (provider: (typeof providerNames)[number]) =>
    providers.get(provider)?.tagHeaders(id, { sequence: 'onboarding-größe', step: 'day 1' }) ?? {};

  test.each(providerNames)('the headers for %s are one short line of ASCII each', (provider) => {
    const lines = Object.entries(headersOf(provider));
    expect(lines.length).toBeGreaterThan(0);
    for (const [name, value] of lines) expect(`${name}: ${value}`).toMatch(/^[!-9;-~]{1,40}: [ -~]{1,400}$/);
  });

  test.each([
    ['sendgrid', (sent) => JSON.parse(sent['X-SMTPAPI'] ?? '').unique_args],
    ['mailgun', (sent) => ({ 'user-variables': JSON.parse(sent['X-Mailgun-Variables'] ?? '') })],
    ['postmark', (sent) => ({ Metadata: { rivulet: sent['X-PM-Metadata-rivulet'] } })],
    [
      'ses',
      (sent) => ({
        mail: {
          messageId: 'ses-1',
          tags: Object.fromEntries(
            (sent['X-SES-MESSAGE-TAGS'] ?? '').split(', ').map((tag) => [tag.split('=')[0], [tag.split('=')[1]]]),
          ),
        },
      }),
    ],
    ['sparkpost', (sent) => ({ rcpt_meta: JSON.parse(sent['X-MSYS-API'] ?? '').metadata })],
    ['brevo', (sent) => ({ 'X-Mailin-custom': sent['X-Mailin-custom'] })],
    ['mailjet', (sent) => ({ CustomID: sent['X-MJ-CustomID'] })],
    [
      'resend',
      (sent) => ({ data: { to: 'a@example.com', headers: [{ name: 'X-Rivulet', value: sent['X-Rivulet'] }] } }),
    ],
    [
      'mailersend',
      (sent) => ({ email: { tags: sent['X-MailerSend-Tags']?.split(','), recipient: { email: 'a@example.com' } } }),
    ],
  ] satisfies [(typeof providerNames)[number], (sent: Readonly<Record<string, string>>) => object][])(
    'what %s gives back of them is the id of the mail',
    async (provider, giveBack) => {
      const event = await eventIn(provider, elements[provider](giveBack(headersOf(provider))));
      expect(event.metadata['rivulet']).toBe(id);
    },
  );

  test('SES names the tags in the headers where it leaves the tags out', async () => {
    const headers = [{ name: 'X-SES-MESSAGE-TAGS', value: `rivulet=${id}, step=day-1` }];
    const mail = { messageId: 'ses-1', destination: ['a@example.com'], headers };
    expect((await eventIn('ses', elements.ses({ mail }))).metadata['rivulet']).toBe(id);
  });

  test.each([
    ['mailgun', {}],
    ['brevo', {}],
    ['resend', {}],
    ['ses', { mail: { messageId: 'ses-1', commonHeaders: { messageId: '<m_1@example.net>' } } }],
    ['sendgrid', { 'smtp-id': '<m_1@example.net>' }],
  ] as const)('%s gives our Message-ID back', async (provider, more) => {
    expect((await eventIn(provider, elements[provider](more))).smtpId).toBe('m_1@example.net');
  });

  test('what SES made of our Message-ID is not ours', async () => {
    const mail = { messageId: 'ses-1', destination: ['a@example.com'], commonHeaders: { messageId: 'ses-1' } };
    expect(await eventIn('ses', elements.ses({ mail }))).not.toHaveProperty('smtpId');
  });
});

describe('age of a call', () => {
  const kindAt = async (provider: (typeof providerNames)[number], offset: number, toleranceSeconds?: number) => {
    const { request, auth } = callOf(provider, elements[provider]({}));
    const late = { ...auth, now: new Date(now.getTime() + offset * 1000), toleranceSeconds };
    return (await answer(provider, { request, auth: late })).kind;
  };

  test.each([
    [-301, 'refused'],
    [-300, 'events'],
    [300, 'events'],
    [301, 'refused'],
  ])('Resend signed %i s off is answered: %s', async (offset, kind) => {
    expect(await kindAt('resend', offset)).toBe(kind);
  });

  test.each(['sendgrid', 'mailgun', 'ses'] as const)(
    '%s repeats calls for hours, so without a tolerance no age is judged',
    async (provider) => {
      expect(await kindAt(provider, 86_400)).toBe('events');
      expect(await kindAt(provider, 86_400, 300)).toBe('refused');
      expect(await kindAt(provider, 299, 300)).toBe('events');
    },
  );
});
