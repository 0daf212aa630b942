import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { classifyMail } from '../src/inbound/classify.js';

const folder = '../shared/fixtures/inbound/eml';
/** A fifth of the fixtures: enough of each kind, and quick. */
const mails = readdirSync(folder)
  .filter((_, at) => at % 5 === 0)
  .map((file) => [file, readFileSync(join(folder, file), 'latin1').replaceAll('\r\n', '\n')] as const);

const hops = [1, 2, 3].map(
  (hop) =>
    `Received: from a${hop}.example.net by mx.example.net with ESMTP id ${hop};\n\tMon, 2 Mar 2026 09:30:00 +0000`,
);
const eachHeader = (raw: string, change: (line: string) => string) => {
  const end = raw.indexOf('\n\n');
  const head = raw.slice(0, end).split(/\n(?![ \t])/);
  return end < 0 ? raw : head.map(change).join('\n') + raw.slice(end);
};

/** What servers and gateways on the way do to a mail, and what it means must not change by. */
const ways: readonly (readonly [way: string, change: (raw: string) => string])[] = [
  ['line ends of SMTP', (raw) => raw.replaceAll('\n', '\r\n')],
  ['a line of an mbox', (raw) => `From sender@example.org Mon Mar  2 09:30:00 2026\n${raw}`],
  ['more servers', (raw) => `${hops.join('\n')}\nX-Spam-Status: No\nAuthentication-Results: mx; spf=pass\n${raw}`],
  [
    'names of headers in lower case',
    (raw) => eachHeader(raw, (line) => line.replace(/^[!-9;-~]+(?=:)/, (name) => name.toLowerCase())),
  ],
  [
    'names of headers in upper case',
    (raw) => eachHeader(raw, (line) => line.replace(/^[!-9;-~]+(?=:)/, (name) => name.toUpperCase())),
  ],
  ['a tag before the subject', (raw) => eachHeader(raw, (line) => line.replace(/^(subject:) ?/i, '$1 [EXTERNAL] '))],
];

describe.each(ways)('with %s', (_, change) => {
  test('every mail stays what it is, about whom it is', async () => {
    for (const [file, raw] of mails) {
      const before = await classifyMail(Buffer.from(raw, 'latin1'));
      const after = await classifyMail(Buffer.from(change(raw), 'latin1'));
      expect({ file, class: after.class, recipients: after.recipients }).toEqual({
        file,
        class: before.class,
        recipients: before.recipients,
      });
    }
  });
});
