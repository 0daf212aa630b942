import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { dkimVerify } from 'mailauth';
import { idFrom } from '../src/event/id.js';
import { bodyHashOf, checkDkimKey, type DkimKey, signDkim, signDkimAsync, signedMime } from '../src/message/dkim.js';
import { relaxedBody } from '../src/message/dkim-body.js';
import { dnsRecordOf, quotedTxt, readDkimKey } from '../src/message/dkim-key.js';
import { type Mail, type MailSetting, renderMail, toMime } from '../src/message/mail.js';
import { compileTemplate, type Template } from '../src/message/template.js';
import { at } from './builders.js';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const domain = 'mail.example.com';
const key: DkimKey = { domain, selector: 'one', key: privateKey };

function pemOf(secret: KeyObject): string {
  return secret.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** What mailauth makes of a mail: "pass", "fail", "neutral"; "none" when there is no signature. */
async function verdict(mime: Buffer | string): Promise<string> {
  const { name, value } = dnsRecordOf(key);
  const { results } = await dkimVerify(Buffer.from(mime), {
    resolver: async (asked, type) => (asked === name && type === 'TXT' ? [[value]] : []),
  });
  return results.map(({ status }) => status.result).join(' ');
}

const head = [
  'From: Mara Quay <mara@mail.example.com>',
  'To: Ada Byron <ada@example.org>',
  'Reply-To: sales@example.com',
  'Subject: Hello Ada',
  'Message-ID: <1@mail.example.com>',
  'Date: Mon, 02 Mar 2026 09:00:00 +0000',
  'List-Unsubscribe: <https://rivulet.example.com/u/1>',
  'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
  'List-Id: <welcome.mail.example.com>',
  'Feedback-ID: first:welcome:rivulet:mail.example.com',
  'Auto-Submitted: auto-generated',
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: 7bit',
];
const body = 'Hello Ada,\r\n\r\n.\r\nread on\r\n';

function signed(lines: readonly string[] = head): string {
  const block = lines.map((line) => `${line}\r\n`).join('');
  return `${signDkim(block, bodyHashOf(Buffer.from(body)), key)}${block}\r\n${body}`;
}

function fieldOf(mime: string): string {
  return mime.slice(0, mime.indexOf('\r\nFrom:')).replaceAll('\r\n ', '');
}

describe('a body', () => {
  test.each([
    ['', ''],
    ['\r\n', ''],
    ['\r\n\r\n\r\n', ''],
    [' \t ', ''],
    [' \r\n\t\r\n', ''],
    // RFC 6376 §3.4.5
    [' C \r\nD \t E\r\n\r\n\r\n', ' C\r\nD E\r\n'],
    ['a', 'a\r\n'],
    ['a\r\n', 'a\r\n'],
    ['a\r\n\r\n', 'a\r\n'],
    ['a\r\n \t\r\n', 'a\r\n'],
    ['a ', 'a\r\n'],
    ['a\t\r\nb', 'a\r\nb\r\n'],
    ['\r\n\r\na\r\n', '\r\n\r\na\r\n'],
    ['a\r\n\r\n \r\nb\r\n', 'a\r\n\r\n\r\nb\r\n'],
    ['a\tb\r\n', 'a b\r\n'],
    ['  a  b\r\n', ' a b\r\n'],
    ['a \t \t b \t\r\n', 'a b\r\n'],
    ['.\r\n..\r\n', '.\r\n..\r\n'],
    ['\u00e9\u00a0\u000b\u0000 \u007f\r\n', '\u00e9\u00a0\u000b\u0000 \u007f\r\n'],
  ])('%j is hashed as %j', (written, expected) => {
    expect(relaxedBody(Buffer.from(written, 'latin1')).toString('latin1')).toBe(expected);
    const hash = createHash('sha256').update(Buffer.from(expected, 'latin1')).digest('base64');
    expect(bodyHashOf(Buffer.from(written, 'latin1'))).toBe(hash);
  });

  test('that is empty has the hash that RFC 6376 §3.4.4 names', () => {
    expect(bodyHashOf(Buffer.alloc(0))).toBe('47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
  });

  test.each(['a\nb\r\n', 'a\rb\r\n', 'a\r', '\n', 'a  b\r\r\n', 'a\r\n\n', 'a\r\n\r'])(
    'with a lone CR or LF is not signed (%j)',
    (written) => {
      expect(() => bodyHashOf(Buffer.from(written))).toThrow('lone CR or LF');
    },
  );

  test('of any bytes is hashed as the words of the standard say', () => {
    const pieces = fc.array(fc.constantFrom('\r\n', ' ', '\t', 'a', 'é', '.', '=20', 'long word'), { maxLength: 40 });
    const asWritten = (text: string): string => {
      const lines = text.split('\r\n').map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''));
      const kept = lines.join('\r\n').replace(/(?:\r\n)+$/, '');
      return kept === '' ? '' : `${kept}\r\n`;
    };
    fc.assert(
      fc.property(pieces, (parts) => {
        expect(relaxedBody(Buffer.from(parts.join(''))).toString()).toBe(asWritten(parts.join('')));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a head', () => {
  const plain = signDkim('From: a@mail.example.com\r\nSubject: A b\r\n', 'x', key);

  test.each([
    'FROM: a@mail.example.com\r\nsubject: A b\r\n',
    'From:a@mail.example.com\r\nSubject:A b\r\n',
    'From \t:\t a@mail.example.com \t\r\nSubject:\t  A \t b  \r\n',
    'From: a@mail.example.com\r\nSubject: A\r\n b\r\n',
    'From: a@mail.example.com\r\nSubject: A \r\n\t b\r\n',
    'From:\r\n a@mail.example.com\r\nSubject: A b\r\n \r\n',
    'Subject: A b\r\nFrom: a@mail.example.com\r\n',
    'X-Other: whatever\r\nFrom: a@mail.example.com\r\nSubject: A b\r\nReceived: by somebody\r\n',
    'From: a@mail.example.com\r\nSubject: A b\r\n\r\n',
    'From: a@mail.example.com\r\nSubject: A b',
  ])('means the same when servers write it anew (%j)', (written) => {
    expect(signDkim(written, 'x', key)).toBe(plain);
  });

  test.each([
    'From: a@mail.example.com\r\nSubject: Ab\r\n',
    'From: a@mail.example.com\r\nSubject: a b\r\n',
    'From: a@mail.example.com\r\nSubject: A b\r\nSubject: A b\r\n',
    'From: a@mail.example.com\r\nSubject: A b\r\nMIME-Version: 1.0\r\n',
    'From: a@mail.example.com\r\nSubject:\r\n',
    'From: a@mail.example.com\r\n',
  ])('that says something else has another signature (%j)', (written) => {
    expect(signDkim(written, 'x', key)).not.toBe(plain);
  });

  test.each([
    ['', 'exactly one From'],
    ['Subject: A\r\n', 'exactly one From'],
    [' From: a@mail.example.com\r\n', 'exactly one From'],
    ['From: a@mail.example.com\r\nfrom: b@mail.example.com\r\n', 'exactly one From'],
    ['From: a@mail.example.com\r\nnothing\r\n', 'a line that is no field'],
    ['From: a@mail.example.com\r\n: nothing\r\n', 'a line that is no field'],
    ['From: a@mail.example.com\nSubject: A\r\n', 'lone CR or LF'],
    ['From: a@mail.example.com\rSubject: A\r\n', 'lone CR or LF'],
    ['From: a@mail.example.com\r\n\r\nSubject: A\r\n', 'an empty line'],
    ['\r\nFrom: a@mail.example.com\r\n', 'an empty line'],
    ['From: é@mail.example.com\r\n', 'not ASCII'],
  ])('that cannot be signed is refused (%j: %s)', async (written, reason) => {
    expect(() => signDkim(written, 'x', key)).toThrow(reason);
    await expect(signDkimAsync(written, 'x', key)).rejects.toThrow(reason);
  });
});

describe('a signature', () => {
  test('is believed', async () => {
    expect(await verdict(signed())).toBe('pass');
  });

  test('is believed where fields stand twice, above and below others', async () => {
    const twice = [
      'List-Id: <first.mail.example.com>',
      'To: b@example.org',
      ...head,
      'List-Id: <last.mail.example.com>',
    ];
    expect(await verdict(signed(twice))).toBe('pass');
    expect(await verdict(signed(twice).replace('<first', '<other'))).toBe('fail');
  });

  test('is the same by a thread of the pool, and at every attempt', async () => {
    const block = head.map((line) => `${line}\r\n`).join('');
    const hash = createHash('sha256').update(body).digest();
    expect(await signDkimAsync(block, hash, key)).toBe(signDkim(block, hash.toString('base64'), key));
    expect((await signedMime(Buffer.from(`${block}\r\n${body}`), key)).toString()).toBe(signed());
  });

  test('names every field once more than it occurs that may stand once only', () => {
    const [, names] = /; ?h=([^;]*);/.exec(fieldOf(signed())) ?? [];
    const twice = ['From', 'To', 'Subject', 'Date', 'Reply-To', 'List-Unsubscribe', 'List-Unsubscribe-Post'];
    const once = ['Message-ID', 'MIME-Version', 'Content-Type', 'Content-Transfer-Encoding', 'List-Id', 'Feedback-ID'];
    expect(names?.split(':')).toEqual([...twice.flatMap((name) => [name, name]), ...once, 'Auto-Submitted']);
  });

  test('names those that are not there too', () => {
    const [, names] = /; ?h=([^;]*);/.exec(fieldOf(signed(['From: a@mail.example.com']))) ?? [];
    expect(names).toBe('From:From:To:Subject:Date:Reply-To:List-Unsubscribe:List-Unsubscribe-Post');
  });

  test('covers the whole body, and says so in lines of at most 76 characters', () => {
    const field = signed().split('\r\nFrom:')[0] ?? '';
    expect(fieldOf(signed())).toMatch(
      /^DKIM-Signature: v=1; a=rsa-sha256; c=relaxed\/relaxed; d=mail\.example\.com;s=one; bh=[\w+/]{43}=;h=[\w:-]+;b=[\w+/]{342}==$/,
    );
    expect(Math.max(...field.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(76);
    expect(field).not.toMatch(/[\s;][ltx]=/);
  });

  test.each(head.map((line) => [line.split(':')[0] ?? '', line]))('is broken by another %s', async (name, line) => {
    const rest = name === 'Date' ? `${line.slice(0, -1)}1` : line.replace(/(.)$/, '$1x');
    expect(await verdict(signed().replace(`\r\n${line}\r\n`, `\r\n${rest}\r\n`))).toBe('fail');
    expect(await verdict(signed().replace(`\r\n${line}\r\n`, '\r\n'))).toBe('fail');
  });

  describe.each(['From', 'To', 'Subject', 'Date', 'Reply-To', 'List-Unsubscribe', 'List-Unsubscribe-Post'])(
    'is broken by a second %s',
    (name) => {
      const second = `${name}: <https://evil.example.org>\r\n`;
      const bare = ['From: a@mail.example.com', 'MIME-Version: 1.0'];

      test('above it', async () => {
        expect(await verdict(second + signed())).toBe('fail');
      });
      test('below the others', async () => {
        expect(await verdict(signed().replace('\r\n\r\n', `\r\n${second}\r\n`))).toBe('fail');
      });
      test('that is the first of a mail that had none', async () => {
        expect(await verdict(signed(bare))).toBe('pass');
        expect(await verdict(second + signed(bare))).toBe('fail');
      });
    },
  );

  test.each([
    ['more text', (mime: string) => `${mime}PS\r\n`],
    ['less text', (mime: string) => mime.replace('read on\r\n', '')],
    ['other text', (mime: string) => mime.replace('Hello Ada,', 'Hello Eve,')],
    ['words run together', (mime: string) => mime.replace('read on', 'readon')],
  ])('is broken by %s', async (_, change) => {
    expect(change(signed())).not.toBe(signed());
    expect(await verdict(change(signed()))).toMatch(/fail|neutral/);
  });

  test.each([
    ['a header of a server on the way', (mime: string) => `Received: from a by b; today\r\n${mime}`],
    ['spaces at the end of a line', (mime: string) => mime.replace('read on', 'read  on \t')],
    ['empty lines at the end', (mime: string) => `${mime}\r\n\r\n`],
    ['other folding', (mime: string) => mime.replace('Subject: Hello Ada', 'subject:Hello\r\n\tAda')],
  ])('is not broken by %s', async (_, change) => {
    expect(await verdict(change(signed()))).toBe('pass');
  });
});

describe('a whole mail', () => {
  let template: Template;
  beforeAll(async () => {
    const files = {
      layout: '<mjml><mj-body><mj-include path="content" /></mj-body></mjml>',
      hello: '<mj-section><mj-column><mj-text>Hello {{lead.firstName "you"}}</mj-text></mj-column></mj-section>',
    };
    const { template: made } = await compileTemplate(
      'hello',
      new Map(Object.entries(files).map(([name, text]) => [name, { file: `${name}.mjml`, text }])),
    );
    if (!made) throw new Error('the template has a mistake');
    template = made;
  });

  const setting: MailSetting = {
    brand: {
      name: 'Tallybay',
      website: 'https://example.com',
      postalAddress: '2100 Harbor Row, Toledo',
      logo: 'assets/logo.png',
      language: 'en-GB',
      logoAlt: 'Tallybay',
    },
    publicUrl: 'https://rivulet.example.com',
    keys: [{ id: 1, secret: Buffer.alloc(32, 1) }],
  };

  function mailWith(subject: string, firstName: string, name: string): Mail {
    const order = {
      message: idFrom('message'),
      step: 'first',
      subject: () => subject,
      from: 'Mara Quay <mara@mail.example.com>',
      sequence: { name: 'welcome', title: 'Welcome' },
      lead: { email: 'ada@example.org', name, fields: { firstName } },
      plannedAt: at('2026-03-02T09:00Z'),
    };
    return renderMail(template, order, setting);
  }

  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc
      .array(
        fc.constantFrom('\r', '\n', '\r\n', '.', '..', ' ', '\t', 'a', 'é', '字', '😀', '=', '=20', '\0', '\u2028'),
      )
      .map((parts) => parts.join('')),
    fc.tuple(fc.constantFrom('x', '字', 'ab ', '. '), fc.nat({ max: 3000 })).map(([unit, times]) => unit.repeat(times)),
  );

  test('is believed, whatever a lead brings along', async () => {
    await fc.assert(
      fc.asyncProperty(texts, texts, texts, async (subject, firstName, name) => {
        const mime = await signedMime(await toMime(mailWith(subject, firstName, name)), key);
        expect(await verdict(mime)).toBe('pass');
      }),
      { numRuns: 150 },
    );
  });

  test('is not signed without an end of its head', async () => {
    await expect(signedMime(Buffer.from('From: a@mail.example.com\r\n'), key)).rejects.toThrow('without an empty line');
  });
});

describe('a key', () => {
  const pem = pemOf(privateKey);
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const { privateKey: locked } = generateKeyPairSync('rsa', {
    modulusLength: 1024,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'secret' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const openHalf = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;

  test('is read from PEM of both kinds', () => {
    const made = readDkimKey(pem, 'Mail.Example.com', 'One');
    expect(made).toEqual({ domain, selector: 'one', key: expect.anything() });
    expect(made.key.equals(privateKey)).toBe(true);
    const old = privateKey.export({ type: 'pkcs1', format: 'pem' });
    expect(readDkimKey(old, domain, 'one').key.equals(privateKey)).toBe(true);
  });

  test.each([
    ['', 'not a private key in PEM'],
    ['hello', 'not a private key in PEM'],
    [pem.slice(0, 400), 'not a private key in PEM'],
    [pem.replace('\nMII', '\n!!!'), 'not a private key in PEM'],
    [openHalf.export({ type: 'spki', format: 'pem' }).toString(), 'the public half'],
    [openHalf.export({ type: 'pkcs1', format: 'pem' }).toString(), 'the public half'],
    [locked, 'locked with a passphrase'],
    [pemOf(ec), 'a key for ec, and mail is signed with RSA'],
    [pemOf(generateKeyPairSync('ed25519').privateKey), 'a key for ed25519'],
    [pemOf(generateKeyPairSync('rsa-pss', { modulusLength: 1024 }).privateKey), 'a key for rsa-pss'],
    [pemOf(generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey), 'has 512 bits'],
  ])('that cannot sign mail is refused, and not repeated (%#)', (text, reason) => {
    expect(() => readDkimKey(text, domain, 'one')).toThrow(reason);
    expect(() => readDkimKey(text, domain, 'one')).not.toThrow(/[A-Za-z0-9+/]{40}/);
  });

  test('of 1024 bits is taken with a word about it', () => {
    const { note } = readDkimKey(pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey), domain, 'one');
    expect(note).toBe('it has 1024 bits, which some receivers no longer believe; 2048 are usual');
  });

  test.each([
    ['', 'one'],
    ['example', 'one'],
    ['mail.example.com;x=1', 'one'],
    ['mail.example.com\r\nX: y', 'one'],
    ['müller.example', 'one'],
    ['mail..example.com', 'one'],
    ['mail.example.com', ''],
    ['mail.example.com', 'a; t=1'],
    ['mail.example.com', 'a\r\nb'],
    ['mail.example.com', '.a'],
    ['mail.example.com', 'a_b'],
  ])('is for no such domain and selector as %j and %j', (where, selector) => {
    expect(() => readDkimKey(pem, where, selector)).toThrow(/^the (domain|selector) /);
  });

  test('whose signatures nobody could check is found out before a mail needs it', () => {
    expect(() => checkDkimKey(key)).not.toThrow();
    expect(() => checkDkimKey({ ...key, key: openHalf })).toThrow('private');
  });

  test('is published as its public half', () => {
    const { name, value } = dnsRecordOf(key);
    expect(name).toBe('one._domainkey.mail.example.com');
    expect(value).toMatch(/^v=DKIM1; k=rsa; p=MIIB[\w+/]{382}IDAQAB$/);
  });

  test.each([
    ['v=DKIM1', '"v=DKIM1"'],
    ['', '""'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ['x'.repeat(255), `"${'x'.repeat(255)}"`],
    ['x'.repeat(256), `"${'x'.repeat(255)}" "x"`],
    ['x'.repeat(600), `"${'x'.repeat(255)}" "${'x'.repeat(255)}" "${'x'.repeat(90)}"`],
  ])('is written in strings of at most 255 characters (%#)', (value, quoted) => {
    expect(quotedTxt(value)).toBe(quoted);
  });
});
