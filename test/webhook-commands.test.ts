import { describe, expect, test } from '@jest/globals';
import { impostorOf, sampleCall, signerFor, typeOf } from '../src/cli/provider-calls.js';
import type { ProviderRequest } from '../src/event/provider.js';
import { type ProviderName, providerNames } from '../src/event/provider-names.js';
import { providers } from '../src/event/providers.js';
import { callOf, elements, settings } from './provider-calls.js';
import { formOf } from './webhook-fixtures.js';

const now = new Date('2026-03-02T09:00:00Z');
const ownOnes = providerNames.filter((name) => name !== 'sendgrid' && name !== 'ses');

async function read(provider: ProviderName, call: ProviderRequest, keys: string) {
  const adapter = providers.get(provider);
  if (!adapter) throw new Error(`no adapter for ${provider}`);
  return adapter.read(call, { keys, now, certificateOf: impostorOf('ses').auth.certificateOf });
}

describe.each(ownOnes)('a call of our own to the webhook of %s', (provider) => {
  const sample = () => ({ body: sampleCall(provider, now), headers: { 'content-type': 'application/json' } });

  test('is understood as the delivery of a mail that never was', async () => {
    const call = signerFor(provider, settings[provider])?.(sample(), now);
    const answer = await read(provider, call ?? sample(), settings[provider]);
    expect(answer).toMatchObject({ kind: 'events', events: [{ type: 'delivered' }] });
  });

  test('under another key is refused', async () => {
    const call = signerFor(provider, settings[provider])?.(sample(), now);
    expect(await read(provider, call ?? sample(), impostorOf(provider).auth.keys)).toMatchObject({
      because: 'bad-signature',
    });
  });
});

test.each(['sendgrid', 'ses'] as const)('nobody but %s can sign its calls', (provider) => {
  expect(signerFor(provider, settings[provider])).toBeUndefined();
});

describe.each(providerNames)('a stored body of %s', (provider) => {
  test('is read by the code that verifies, signed anew by a key that is thrown away', async () => {
    const { sign, auth } = impostorOf(provider);
    const { body } = callOf(provider, elements[provider]({})).request;
    const call = sign({ body, headers: { 'content-type': typeOf(body) } }, now);
    const answer = await providers.get(provider)?.read(call, { ...auth, now });
    expect(answer).toMatchObject({ kind: 'events', events: [{ type: 'delivered', recipient: 'alice@example.com' }] });
  });

  test('that is the event alone is read too', async () => {
    const { sign, auth } = impostorOf(provider);
    const body = Buffer.from(JSON.stringify(elements[provider]({})));
    const call = sign({ body, headers: { 'content-type': typeOf(body) } }, now);
    const answer = await providers.get(provider)?.read(call, { ...auth, now });
    expect(answer).toMatchObject({ kind: 'events', events: [{ type: 'delivered' }] });
  });
});

describe('what a body is', () => {
  test.each([
    ['  {"a":1}', 'application/json'],
    ['[]', 'application/json'],
    ['a=b&c=d', 'application/x-www-form-urlencoded'],
    ['--xyz\r\nContent-Disposition: form-data; name="a"\r\n', 'multipart/form-data; boundary="xyz"'],
    ['', 'application/x-www-form-urlencoded'],
  ])('%j is told by how it begins: %s', (text, type) => {
    expect(typeOf(Buffer.from(text))).toBe(type);
  });

  test('a reply that Mailgun forwarded as a form is signed anew in the form', async () => {
    const fields = {
      recipient: 'in@example.com',
      sender: 'ada@example.org',
      from: 'ada@example.org',
      'body-plain': 'Yes',
    };
    for (const kind of ['multipart/form-data', 'application/x-www-form-urlencoded']) {
      const { body } = await formOf(kind, { fields });
      const { sign, auth } = impostorOf('mailgun');
      const call = sign({ body, headers: { 'content-type': typeOf(body) } }, now);
      const answer = await providers.get('mailgun')?.read(call, { ...auth, now });
      expect(answer).toMatchObject({ kind: 'events', events: [{ type: 'replied', recipient: 'ada@example.org' }] });
    }
  });
});
