import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { inboundClasses } from '../src/inbound/classified.js';
import { classifyMail } from '../src/inbound/classify.js';
import { readInboundMail } from '../src/inbound/read-mail.js';
import { aDeliveryReport, anAnswer, aReport } from './inbound-mails.js';

const report = aDeliveryReport({
  blocks: [
    'Final-Recipient: rfc822; ada@example.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown',
  ],
});

/** What an answer lacks that every answer must have, whatever the bytes were. */
async function faultsOf(raw: Buffer): Promise<readonly string[]> {
  const told = await classifyMail(raw);
  const rules: Readonly<Record<string, boolean>> = {
    'a class': inboundClasses.includes(told.class),
    evidence: told.evidence.length > 0 && told.evidence.every((sentence) => sentence !== ''),
    confidence: told.confidence > 0 && told.confidence <= 1,
    'hard on hard bounces alone': told.hard === (told.class === 'hard-bounce'),
    'the first recipient': told.recipient === told.recipients[0],
    'the first id': told.messageId === told.messageIds[0],
  };
  return Object.keys(rules).filter((rule) => !rules[rule]);
}

describe('whatever comes gets an answer', () => {
  test('any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) =>
        expect(await faultsOf(Buffer.from(bytes))).toEqual([]),
      ),
      { numRuns: 200 },
    );
  });

  const line = fc.oneof(
    fc.constantFrom(
      'From: MAILER-DAEMON@x',
      'Return-Path: <>',
      'Subject: Undelivered',
      'Content-Type: multipart/report; boundary="b"',
      'Content-Type: message/delivery-status',
      'Content-Type: text/html',
      'Content-Transfer-Encoding: base64',
      '--b',
      '--b--',
      '',
      'Final-Recipient: rfc822; a@b.example',
      'Action: failed',
      'Status: 5.1.1',
      'Feedback-Type: abuse',
      'Message-ID: <a@b>',
      '<a@b.example>:',
      '550 5.1.1 user unknown',
      '----- Original message -----',
      ' folded',
    ),
    fc.string({ maxLength: 60 }),
  );

  test('the lines of mails in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 40 }), async (lines) =>
        expect(await faultsOf(Buffer.from(lines.join('\r\n')))).toEqual([]),
      ),
      { numRuns: 300 },
    );
  });

  test('a report that is cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(report.length), async (end) =>
        expect(await faultsOf(report.subarray(0, end))).toEqual([]),
      ),
      { numRuns: 150 },
    );
  });

  test('a report with a byte changed', async () => {
    const changed = fc.tuple(fc.nat(report.length - 1), fc.nat(255)).map(([at, byte]) => {
      const copy = Buffer.from(report);
      copy[at] = byte;
      return copy;
    });
    await fc.assert(
      fc.asyncProperty(changed, async (raw) => expect(await faultsOf(raw)).toEqual([])),
      { numRuns: 150 },
    );
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['one line end', Buffer.from('\n')],
    ['zeros', Buffer.alloc(100_000)],
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['a header without a body', Buffer.from('From: ada@example.com')],
    ['a body without a header', Buffer.from('Hello there.\nBye.')],
    ['carriage returns alone', Buffer.from('From: ada@example.com\rSubject: Hi\r\rHello')],
  ])('%s', async (_, raw) => expect(await faultsOf(raw)).toEqual([]));
});

describe('mails that are made to hurt', () => {
  const daemon = 'From: MAILER-DAEMON@x.example\nReturn-Path: <>\nSubject: Undelivered mail\n';
  const nested = Array.from(
    { length: 1000 },
    (_, at) => `Content-Type: multipart/mixed; boundary="b${at}"\n\n--b${at}\n`,
  ).join('');

  test.each([
    ['10 MB of one line', `${daemon}\n${'a'.repeat(10_000_000)}`],
    ['10 MB of addresses', `${daemon}\n${'<a@b.example>: user unknown\n'.repeat(350_000)}`],
    ['spaces', `${daemon}\n${' '.repeat(1_000_000)}`],
    ['dashes', `${daemon}\n${'-'.repeat(1_000_000)}`],
    ['signs of addresses', `${daemon}\n${'a@'.repeat(500_000)}`],
    ['dots', `${daemon}\n${'a.'.repeat(500_000)}`],
    ['reply codes', `${daemon}\n${'550 5.1.1 '.repeat(100_000)}`],
    ['lines of transcripts', `${daemon}\n${'<<<\n'.repeat(200_000)}`],
    ['open tags', `${daemon}Content-Type: text/html\n\n${'<div>'.repeat(200_000)}`],
    ['open comments', `${daemon}Content-Type: text/html\n\n${'<!--'.repeat(200_000)}`],
    ['header lines', `${'X-A: b\n'.repeat(200_000)}${daemon}\nHi`],
    ['one endless header', `${daemon}X-A: ${'b'.repeat(2_000_000)}\n\nHi`],
    ['one endlessly folded header', `${daemon}X-A: b\n${' c\n'.repeat(300_000)}\nHi`],
    ['references', `${daemon}References: ${'<a@b> '.repeat(100_000)}\n\nHi`],
    ['readers', `To: ${'a@b.example, '.repeat(100_000)}\n${daemon}\nHi`],
    ['parts inside parts', `${daemon}${nested}Content-Type: text/plain\n\nHi`],
    [
      'parts beside parts',
      `${daemon}Content-Type: multipart/mixed; boundary="b"\n\n${'--b\n\nx\n'.repeat(20_000)}--b--`,
    ],
    ['quotations', `From: a@b.example\nSubject: Re: x\n\n${'On x 1 @ wrote wrote\n'.repeat(40_000)}`],
    ['braces', `${daemon}\nnotificationType ${'{'.repeat(500_000)}`],
  ])('%s', async (_, raw) => expect(await faultsOf(Buffer.from(raw))).toEqual([]));

  test('what hides behind more header lines than any honest mail has is not looked at', async () => {
    const mail = await readInboundMail(
      Buffer.from(`From: a@b.example\n${'X-A: b\n'.repeat(20_000)}X-Failed-Recipients: c@d.example\n\nHi`),
    );
    expect(mail.headers('x-failed-recipients')).toEqual([]);
    expect(mail.text.trim()).toBe('Hi');
  });

  test('a report before 10 MB of attachment is read', async () => {
    const raw = Buffer.concat([
      report.subarray(0, report.lastIndexOf('--b--')),
      Buffer.alloc(10_000_000, 'QUJD\n'),
      Buffer.from('\n--b--'),
    ]);
    expect(await classifyMail(raw)).toMatchObject({ class: 'hard-bounce', recipient: 'ada@example.com' });
  });
});

test('a mail in a charset of its own is read in it', async () => {
  const head = aReport('').toString().replace('charset=utf-8', 'charset=koi8-r');
  const text = Buffer.from(
    'eec520d5c4c1cccfd3d820c4cfd3d4c1d7c9d4d83a20c1c4d2c5d320ced520d3d5ddc5d3d4d7d5c5d40a3c616461406578616d706c652e636f6d3e',
    'hex',
  );
  const told = await classifyMail(Buffer.concat([Buffer.from(head), text]));
  expect(told).toMatchObject({ class: expect.stringMatching(/bounce/), recipient: 'ada@example.com' });
});

test('raw 8-bit headers lose nothing', async () => {
  const raw = Buffer.from(anAnswer().toString().replace('Ada Byron', 'Åsa').replaceAll('\r\n', '\n'), 'latin1');
  expect(await classifyMail(raw)).toMatchObject({ class: 'reply', from: 'ada@example.com' });
});

// A pattern that can match the same text in two ways under a repetition takes time for ever.
test.each(readdirSync('src/inbound'))('%s nests no open repetition in another', (file) => {
  const text = readFileSync(join('src/inbound', file), 'utf8');
  expect(text.match(/\([^()[\]]*(?<!\\)[*+][^()[\]]*\)[*+]/g) ?? []).toEqual([]);
});
