import { describe, expect, test } from '@jest/globals';
import { providerAt, tagHeadersFor } from '../src/delivery/provider-of.js';
import { readTransportUrl } from '../src/delivery/transport-url.js';
import { idFrom } from '../src/event/id.js';
import { type ProviderName, providerNames } from '../src/event/provider-names.js';
import { captureLead } from '../src/lead/capture.js';
import { aProjectFolder, startTestRivulet } from './support.js';

describe('a mail server', () => {
  test.each<[string, ProviderName]>([
    ['smtp.sendgrid.net', 'sendgrid'],
    ['smtp.mailgun.org', 'mailgun'],
    ['smtp.eu.mailgun.org', 'mailgun'],
    ['smtp.postmarkapp.com', 'postmark'],
    ['smtp-broadcasts.postmarkapp.com', 'postmark'],
    ['email-smtp.eu-west-1.amazonaws.com', 'ses'],
    ['email-smtp-fips.us-gov-west-1.amazonaws.com', 'ses'],
    ['smtp.sparkpostmail.com', 'sparkpost'],
    ['smtp.eu.sparkpostmail.com', 'sparkpost'],
    ['smtp-relay.brevo.com', 'brevo'],
    ['smtp-relay.sendinblue.com', 'brevo'],
    ['in-v3.mailjet.com', 'mailjet'],
    ['SMTP.Resend.com', 'resend'],
    ['smtp.mailersend.net.', 'mailersend'],
  ])('%s is that of %s', (host, provider) => {
    expect(providerAt(host)).toBe(provider);
  });

  test.each([
    'localhost',
    'smtp.example.com',
    'sendgrid.net',
    'smtp.sendgrid.net.example.com',
    'smtpxsendgrid.net',
    'evil-smtp.resend.com',
    'email-smtp.amazonaws.com.example.org',
    's3.eu-west-1.amazonaws.com',
    '',
  ])('%j is nobody’s that we know', (host) => {
    expect(providerAt(host)).toBeUndefined();
    expect(
      tagHeadersFor({ kind: 'smtp', url: `smtp://${host || 'x'}`, headers: {} }, undefined)('id', context),
    ).toEqual({});
  });
});

const context = { sequence: 'welcome', step: 'hello' };

test('the address of a transport tells its provider, and a rule tells it better', () => {
  const message = idFrom('a', 'message');
  const ses = readTransportUrl('SMTP_URL_SES', 'ses://AKIAIOSFODNN7EXAMPLE:secret@eu-west-1');
  expect(Object.keys(tagHeadersFor(ses, undefined)(message, context))).toEqual(['X-SES-MESSAGE-TAGS']);
  expect(Object.keys(tagHeadersFor(ses, 'sendgrid')(message, context))).toEqual(['X-SMTPAPI']);
  expect(tagHeadersFor({ kind: 'mailbox' }, undefined)(message, context)).toEqual({});
});

/** A mail as it leaves by a transport of this provider. */
async function sentBy(provider: ProviderName | undefined) {
  const rules = provider ? { transports: { mailbox: { provider } } } : {};
  const rivulet = await startTestRivulet({
    PROJECT_DIR: await aProjectFolder({ 'sequences/delivery.json': JSON.stringify(rules) }),
  });
  try {
    const lead = { email: 'ada.lovelace@example.org', emailKey: 'ada.lovelace@example.org', firstName: 'Ada' };
    await captureLead(lead, 'api', rivulet.store, rivulet.engine, rivulet.newId);
    await rivulet.dispatcher.wake();
    const [row] = await rivulet.store.db.collection('messages').find().toArray();
    const { items } = await rivulet.store.mailbox.page(1);
    const mail = await rivulet.store.mailbox.byId(items[0]?.id ?? '');
    expect(rivulet.faults).toEqual([]);
    return { id: String(row?.['_id']), mime: mail?.raw.toString('latin1') ?? '' };
  } finally {
    await rivulet.close();
  }
}

describe('a mail that leaves', () => {
  test.each(providerNames)(
    'by %s carries its id where the provider looks for it, and nothing of the lead',
    async (provider) => {
      const { id, mime } = await sentBy(provider);
      const names = Object.keys(tagHeadersFor({ kind: 'mailbox' }, provider)(id, context));
      const head = mime.slice(0, mime.indexOf('\r\n\r\n'));
      const lines = head.split('\r\n').filter((line) => names.some((name) => line.startsWith(`${name}: `)));
      expect(lines).toHaveLength(names.length);
      expect(lines.join(' ')).toContain(id);
      expect(lines.join(' ')).not.toMatch(/lovelace|example\.org/i);
      for (const line of lines) expect(line).toMatch(/^[ -~]{1,998}$/);
    },
  );

  test('by any other way carries no such header', async () => {
    const { mime } = await sentBy(undefined);
    expect(mime).not.toMatch(/^X-(?!Rivulet)/im);
  });
});
