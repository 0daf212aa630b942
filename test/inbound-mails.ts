import { classifyMail } from '../src/inbound/classify.js';
import type { Classified } from '../src/inbound/classified.js';

/** What matters of a mail that came to us; the rest is that of an ordinary one. */
type Mail = {
  readonly from?: string;
  readonly subject?: string;
  readonly text?: string;
  /** Further header lines. */
  readonly headers?: readonly string[];
};

/** A mail as it comes from a server, with CRLF. */
export function aMail({
  from = 'Ada Byron <ada@example.com>',
  subject = 'Hello',
  text = 'Hello.',
  headers = [],
}: Mail) {
  const head = [
    `From: ${from}`,
    'To: news@rivulet.example',
    `Subject: ${subject}`,
    'Date: Mon, 02 Mar 2026 09:30:00 +0000',
    'Message-ID: <theirs@example.com>',
    ...(headers.some((line) => /^content-type:/i.test(line)) ? [] : ['Content-Type: text/plain; charset=utf-8']),
    ...headers,
  ];
  return Buffer.from([...head, '', ...text.split('\n')].join('\r\n'));
}

/** An answer to a mail of ours, as people's programs write it. */
export function anAnswer({ headers = [], subject = 'Re: Our offer', ...mail }: Mail = {}) {
  const ids = ['In-Reply-To: <ours@rivulet.example>', 'References: <before@rivulet.example> <ours@rivulet.example>'];
  return aMail({ subject, headers: [...ids, ...headers], ...mail });
}

/** A report for people, from a mail program. */
export function aReport(text: string, mail: Mail = {}) {
  const from = 'Mail Delivery System <MAILER-DAEMON@mx.example.net>';
  return aMail({ from, subject: 'Undelivered mail', text, headers: ['Return-Path: <>'], ...mail });
}

/** Our own mail as it comes back inside a report. */
export const ourMail = [
  'Return-Path: <b+token@bounce.rivulet.example>',
  'From: Rivulet <news@rivulet.example>',
  'To: ada@example.com',
  'Subject: Our offer',
  'Message-ID: <ours@rivulet.example>',
  '',
  'Unsubscribe: the mailbox is full of offers, user unknown.',
].join('\n');

type Report = {
  readonly told?: string;
  /** The blocks of the report for programs. */
  readonly blocks: readonly string[];
  readonly original?: string;
  readonly headers?: readonly string[];
};

/** A report for programs, RFC 3464. */
export function aDeliveryReport({ told = 'See below.', blocks, original = ourMail, headers = [] }: Report) {
  const type = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"';
  const text = [
    part('text/plain', told),
    part('message/delivery-status', ['Reporting-MTA: dns; mx.example.net', ...blocks].join('\n\n')),
    part('message/rfc822', original),
    '--b--',
  ].join('\n');
  return aReport(text, { headers: ['Return-Path: <>', 'MIME-Version: 1.0', type, ...headers] });
}

/** One part of a mail whose boundary is "b". */
export function part(type: string, content: string): string {
  return ['--b', `Content-Type: ${type}`, '', content].join('\n');
}

/** The class of a mail, and by what that was told, for a failing test to show. */
export async function seen(raw: Buffer): Promise<Pick<Classified, 'class' | 'evidence'>> {
  const { class: kind, evidence } = await classifyMail(raw);
  return { class: kind, evidence };
}
