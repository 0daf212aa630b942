import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { MongoClient } from 'mongodb';
import { readConfig } from '../src/config.js';
import { readTarget, usualPatience } from '../src/delivery/smtp-target.js';
import { assertTransportsExist, openTransports } from '../src/delivery/transports.js';
import { readTransportUrl, sesPassword } from '../src/delivery/transport-url.js';
import { openMailbox } from '../src/store/mailbox.js';
import { at } from './builders.js';
import { testDatabase } from './support.js';

const key = 'AKIAIOSFODNN7EXAMPLE';
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const ses = (rest = '') => `ses://${key}:${encodeURIComponent(secret)}@eu-west-1${rest}`;

function refusalOf(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('this was not refused');
}

/** What is said of an address: nothing, where it is taken. */
function saidOf(url: string): string {
  try {
    readTransportUrl('SMTP_URL', url);
    return '';
  } catch (error) {
    return String(error);
  }
}

describe('the SMTP password of SES', () => {
  // From the tests of the Terraform provider for AWS, whose passwords are in use.
  test.each([
    ['some+secret+key', 'eu-central-1', 'BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2'],
    ['another+secret+key', 'eu-central-1', 'BBbphbrQmrKMx42d1N6+C7VINYEBGI5v9VsZeTxwskfh'],
    ['some+secret+key', 'us-west-1', 'BH+jbMzper5WwlwUar9E1ySBqHa9whi0GPo+sJ0mVYJj'],
    ['another+secret+key', 'us-west-1', 'BKVmjjMDFk/qqw8EROW99bjCS65PF8WKvK5bSr4Y6EqF'],
  ])('follows from the secret %s in %s', (from, region, expected) => {
    expect(sesPassword(from, region)).toBe(expected);
  });
});

describe('an address of SES', () => {
  test('is that of its SMTP interface in the region, encrypted from the first byte, with the derived password', () => {
    const read = readTransportUrl('SMTP_URL_SES', ses());
    expect(read).toMatchObject({ kind: 'smtp', headers: {} });
    const { name, options, login } = readTarget(read.kind === 'smtp' ? read.url : '', usualPatience);
    expect(name).toBe('email-smtp.eu-west-1.amazonaws.com:465');
    expect(options).toMatchObject({ secure: true, port: 465 });
    expect(login).toEqual({ user: key, pass: sesPassword(secret, 'eu-west-1') });
  });

  test('keeps the whole password, whatever characters it has', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme-ascii' }), (any) => {
        const read = readTransportUrl('SMTP_URL', `ses://${key}:${encodeURIComponent(any)}@us-east-1`);
        const { login } = readTarget(read.kind === 'smtp' ? read.url : '', usualPatience);
        expect(login).toEqual({ user: key, pass: sesPassword(any, 'us-east-1') });
      }),
    );
  });

  test('may name a configuration set, which its mails carry', () => {
    expect(readTransportUrl('SMTP_URL', ses('?configurationSet=News_1'))).toMatchObject({
      headers: { 'X-SES-CONFIGURATION-SET': 'News_1' },
    });
  });

  test.each([
    ['a secret whose / is not escaped', `ses://${key}:${secret}@eu-west-1`, /write @ as %40, \/ as %2F/],
    ['a secret that begins with digits before its /', `ses://${key}:12/ab@eu-west-1`, /\/ as %2F/],
    ['no region', `ses://${key}:abc@`, /form scheme|region/],
    ['a host in place of the region', `ses://${key}:abc@email-smtp.eu-west-1.amazonaws.com`, /region of AWS/],
    ['a port', `ses://${key}:abc@eu-west-1:465`, /region of AWS/],
    ['no secret', `ses://${key}@eu-west-1`, /missing/],
    ['no key', 'ses://eu-west-1', /missing/],
    ['a key that is none', 'ses://somebody:abc@eu-west-1', /access key is none of AWS/],
    ['a temporary key', 'ses://ASIAIOSFODNN7EXAMPLE:abc@eu-west-1', /temporary access key/],
    [
      'an SMTP password',
      `ses://${key}:${encodeURIComponent(sesPassword(secret, 'eu-west-1'))}@eu-west-1`,
      /smtps:\/\/USER:PASSWORD@email-smtp\.eu-west-1\.amazonaws\.com:465/,
    ],
    ['an unknown option', ses('?configurationset=x'), /Only \?configurationSet=name/],
    ['a configuration set that would be a header', ses('?configurationSet=a%0D%0ABcc:x'), /configuration set is none/],
    ['an empty configuration set', ses('?configurationSet='), /configuration set is none/],
    ['a stray %', `ses://${key}:50%zz@eu-west-1`, /% that begins no escape/],
  ])('with %s is refused with its mend', (_, url, expected) => {
    const { message } = refusalOf(() => readTransportUrl('SMTP_URL_SES', url));
    expect(message).toMatch(expected);
    expect(message).toMatch(/^SMTP_URL_SES: /);
  });
});

describe('an address of an SMTP server', () => {
  test.each([
    'smtp://localhost',
    'smtp://127.0.0.1:2525',
    'smtp://user:p%40ss@mail.example.com:587',
    'smtps://user:pass@mail.example.com/',
    'smtps://[::1]:465',
    'smtp://user@mail.example.com',
    'smtp://mail.example.com?tls.servername=mx.example.com',
  ])('such as %s is taken as it is', (url) => {
    expect(readTransportUrl('SMTP_URL', url)).toEqual({ kind: 'smtp', url, headers: {} });
  });

  test.each([
    ['no host', 'smtp://', /form scheme|names no host/],
    ['port 0', 'smtp://mail.example.com:0', /no port 0/],
    ['a port that is none', 'smtp://mail.example.com:smtp', /form scheme/],
    ['a password without user', 'smtp://:hunter2@mail.example.com', /no user/],
    ['a # in the password', 'smtp://user:1#hunter2@mail.example.com', /# as %23/],
    ['a / in the password', 'smtp://user:1/hunter2@mail.example.com', /\/ as %2F/],
    ['a ? in the password', 'smtp://user:1?hunter2@mail.example.com', /\? as %3F/],
    ['a % in the password', 'smtp://user:100%hunter2@mail.example.com', /% as %25/],
    ['an option that nobody reads', 'smtp://mail.example.com?pool=true', /Only those of TLS/],
    ['another scheme', 'https://mail.example.com', /begins with smtp:\/\//],
    ['no scheme', 'mail.example.com', /begins with smtp:\/\//],
    ['nothing in it', '', /not an address/],
  ])('with %s is refused with its mend', (_, url, expected) => {
    expect(refusalOf(() => readTransportUrl('SMTP_URL', url)).message).toMatch(expected);
  });

  test('is never told in an error, for it holds a password', () => {
    const addresses = fc.tuple(
      fc.constantFrom('smtp', 'smtps', 'ses', 'mailbox', 'http'),
      fc.string(),
      fc.constantFrom('', '#', '/', '?', '%', ':', '@'),
      fc.constantFrom('@mail.example.com', '@eu-west-1', '', '/'),
    );
    fc.assert(
      fc.property(addresses, ([scheme, user, odd, host]) => {
        expect(saidOf(`${scheme}://${user}:${odd}hunter2${host}`)).not.toContain('hunter2');
      }),
    );
  });
});

describe('the local mailbox', () => {
  test.each(['mailbox://', 'mailbox:'])('is %s', (url) => {
    expect(readTransportUrl('SMTP_URL', url)).toEqual({ kind: 'mailbox' });
  });
  test.each(['mailbox://host', 'mailbox://?a=b', 'mailbox://a:b@host'])('is not %s', (url) => {
    expect(refusalOf(() => readTransportUrl('SMTP_URL', url)).message).toMatch(/mailbox:\/\/ alone/);
  });
});

describe('the settings', () => {
  test('name further transports', () => {
    const { SMTP_URL, SMTP_URLS } = readConfig({
      SMTP_URL: 'smtp://one.example',
      SMTP_URL_SES: ses(),
      SMTP_URL_MAIL_2: 'mailbox://',
      SMTP_URL_NONE: '',
    });
    expect(SMTP_URL).toBe('smtp://one.example');
    expect(SMTP_URLS).toEqual({ SMTP_URL_SES: ses(), SMTP_URL_MAIL_2: 'mailbox://' });
  });

  test.each([
    ['SMTP_URL_SMTP', 'smtp://one.example', /"smtp" is the transport of SMTP_URL/],
    ['SMTP_URL_', 'smtp://one.example', /name of a transport/],
    ['SMTP_URL__A', 'smtp://one.example', /name of a transport/],
    ['SMTP_URL_A.B', 'smtp://one.example', /name of a transport/],
    ['SMTP_URL_SES', 'http://one.example', /SMTP_URL_SES \(it is an address that begins with smtp:\/\//],
    ['SMTP_URL_SES', 'user:hunter2', /SMTP_URL_SES \(/],
  ])('%s=%s is refused by name', (name, value, expected) => {
    const { message } = refusalOf(() => readConfig({ [name]: value, PORT: '-1' }));
    expect(message).toMatch(expected);
    expect(message).toContain('PORT (');
    expect(message).not.toContain('hunter2');
  });

  test('cannot name one transport twice', () => {
    const twice = { SMTP_URL_Ses: 'smtp://one.example', SMTP_URL_SES: 'smtp://two.example' };
    expect(refusalOf(() => readConfig(twice)).message).toMatch(/capital letters only/);
  });
});

describe('the transports', () => {
  const client = new MongoClient(testDatabase());
  let mailbox: Awaited<ReturnType<typeof openMailbox>>;
  beforeAll(async () => {
    await client.connect();
    mailbox = await openMailbox(client.db());
  });
  afterAll(async () => {
    await client.db().dropDatabase();
    await client.close();
  });

  const open = (environment: Record<string, string>, transports = new Map()) =>
    openTransports(readConfig(environment), mailbox, { routes: [], transports });

  test('are the local mailbox alone where none is named', () => {
    expect(open({})).toMatchObject({ names: ['mailbox'], reachesPeople: false });
  });

  test('are tried in their order: that of SMTP_URL, then by name', async () => {
    const all = open({ SMTP_URL_SES: ses(), SMTP_URL: 'smtp://127.0.0.1:2525', SMTP_URL_MAIL_2: 'mailbox://' });
    expect(all).toMatchObject({ names: ['smtp', 'mail-2', 'ses'], reachesPeople: true });
    expect(all.byName('ses')?.transport.name).toContain('email-smtp.eu-west-1.amazonaws.com:465');
    expect(all.byName('gone')).toBeUndefined();
    await all.stop();
  });

  test('know the headers that their mails need', () => {
    const rules = new Map([['smtp', { rates: [], idempotencyHeader: 'Resend-Idempotency-Key' }]]);
    const all = open({ SMTP_URL: 'smtp://127.0.0.1:2525', SMTP_URL_SES: ses('?configurationSet=news') }, rules);
    expect(all.byName('smtp')).toMatchObject({
      headers: {},
      transport: { idempotencyHeader: 'Resend-Idempotency-Key' },
    });
    expect(all.byName('ses')).toMatchObject({ headers: { 'X-SES-CONFIGURATION-SET': 'news' } });
  });

  test('take a mail where it is to go', async () => {
    const { byName } = open({ SMTP_URL_LOCAL: 'mailbox://' });
    const parcel = { id: 'abc', from: 'a@example.com', to: 'b@example.com', subject: 'Hello' };
    const handover = await byName('local')?.transport.deliver({
      ...parcel,
      at: at('2026-03-02T09:00Z'),
      mime: Buffer.from(''),
    });
    expect(handover?.kind).toBe('accepted');
    expect(await mailbox.byId('abc')).toMatchObject({ to: 'b@example.com' });
  });

  test('with mistakes in their addresses are refused, all of them at once', () => {
    const wrong = { SMTP_URL: 'smtp://user:1/hunter2@host', SMTP_URL_SES: `ses://${key}:hunter2@nowhere` };
    const { message } = refusalOf(() => open(wrong));
    expect(message).toMatch(/SMTP_URL: .*; SMTP_URL_SES: /);
    expect(message).not.toContain('hunter2');
  });

  test('that rules name must be there', () => {
    const rules = { routes: [{ through: ['ses', 'smtp'] }], transports: new Map([['post-1', { rates: [] }]]) };
    expect(refusalOf(() => assertTransportsExist(rules, ['smtp'])).message).toBe(
      'sequences/delivery.json: it names transports that there are not: ses, post-1. There is smtp; SMTP_URL_SES and SMTP_URL_POST_1 would make the missing',
    );
    expect(() => assertTransportsExist({ routes: [], transports: new Map() }, ['smtp'])).not.toThrow();
  });
});
