import { isUtf8 } from 'node:buffer';
import { type Attachment, type ParsedMail, simpleParser } from 'mailparser';
import * as z from 'zod';
import { addressesIn, headerAddress } from './addresses.js';
import { type HeaderBlock, splitMail, valueOf } from './header-block.js';
import { htmlText } from './html-text.js';
import type { InboundMail, MailPart } from './mail.js';

/** Bytes that are looked at. Reports stand at the beginning; what comes behind are attachments and our own mail. */
const most = { mail: 512_000, head: 64_000, text: 100_000, part: 200_000 };

/** Without the last three, mailparser takes seconds for HTML that nests deeply; without the first, it mixes reports into the text. */
const parserOptions = {
  keepDeliveryStatus: true,
  skipHtmlToText: true,
  skipTextToHtml: true,
  skipTextLinks: true,
  skipImageLinks: true,
};

/** Reads a mail of any bytes. What is broken in it is left out; it never fails. */
export async function readInboundMail(raw: Buffer): Promise<InboundMail> {
  const { bytes, mboxSender } = cleaned(raw.subarray(0, most.mail));
  const { head, body } = splitMail(textOf(bytes.subarray(0, most.part)));
  const parsed = await parse(bytes);
  const text = parsed ? readableText(parsed) : '';
  return {
    headers: (name) => head.get(name) ?? [],
    subject: parsed?.subject ?? valueOf(head, 'subject'),
    from: headerAddress(valueOf(head, 'from')),
    fromName: nameOf(parsed, head),
    envelopeFrom: envelopeSender(head) ?? mboxSender,
    to: deliveredTo(head),
    at: parsed?.date ?? instantOf(valueOf(head, 'date')),
    text: text.trim() === '' && !parsed?.attachments.length ? body.slice(0, most.text) : text,
    parts: (parsed?.attachments ?? []).map(partOf),
    source: body,
  };
}

/** Without what is not the mail: a byte order mark, the "From " line of an mbox. A lone CR is a line end where there is no other. */
function cleaned(raw: Buffer): { bytes: Buffer; mboxSender: string | undefined } {
  const start = raw.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0;
  let bytes = raw.subarray(start);
  if (!bytes.includes(0x0a)) bytes = Buffer.from(bytes.toString('latin1').replaceAll('\r', '\n'), 'latin1');
  bytes = bytes.subarray(/^(?:[ \t]{0,1000}\r?\n){0,20}/.exec(bytes.toString('latin1', 0, 4000))?.[0].length ?? 0);
  const [line, sender = ''] = /^>?From (\S{1,320}) [^\n]{0,200}\n/.exec(bytes.toString('latin1', 0, 600)) ?? [''];
  const isDaemon = /^(?:<>|mailer-daemon(?:@.*)?)$/i.test(sender);
  return { bytes: shortHead(bytes.subarray(line.length)), mboxSender: isDaemon ? '' : undefined };
}

/** With no more header lines than any honest mail has; what stands behind them stays. */
function shortHead(bytes: Buffer): Buffer {
  const end = /\r?\n\r?\n/.exec(bytes.toString('latin1'))?.index ?? bytes.length;
  if (end <= most.head) return bytes;
  const cut = bytes.lastIndexOf(0x0a, most.head);
  return Buffer.concat([bytes.subarray(0, Math.max(cut, 0)), bytes.subarray(end)]);
}

/** Undefined where mailparser gives up: 1 MB of header lines, 1,000 parts. */
async function parse(bytes: Buffer): Promise<ParsedMail | undefined> {
  try {
    return await simpleParser(bytes, parserOptions);
  } catch {
    return undefined;
  }
}

function readableText(mail: ParsedMail): string {
  const shown = [mail.text ?? '', htmlText((mail.html || '').slice(0, most.part)), ...attachedTexts(mail)];
  return (shown.find((text) => text.trim() !== '') ?? '')
    .slice(0, most.text)
    .replaceAll('\r\n', '\n')
    .replaceAll('\0', '');
}

/** Some gateways attach the very sentences that people are to read. */
function attachedTexts({ attachments }: ParsedMail): string[] {
  const texts = attachments.map(partOf).filter(({ type }) => /^text\/(?:plain|html)$/.test(type));
  return texts.map(({ type, text }) => (type === 'text/html' ? htmlText(text) : text));
}

/** Of a part whose type cannot be read, mailparser gives false, whatever its own types promise. */
const given = z.string().catch('');

function partOf({ contentType, content, filename }: Attachment): MailPart {
  const text = textOf(content.subarray(0, most.part));
  return {
    type: (given.parse(contentType).split(/[;\s]/, 1)[0] ?? '').toLowerCase(),
    name: given.parse(filename),
    text,
  };
}

/** Mails from before UTF-8 have bytes of some other charset in their headers; as Latin-1 nothing is lost. */
function textOf(bytes: Buffer): string {
  return bytes
    .toString(isUtf8(bytes) ? 'utf8' : 'latin1')
    .replaceAll('\r\n', '\n')
    .replaceAll('\0', '');
}

function nameOf(parsed: ParsedMail | undefined, head: HeaderBlock): string {
  return parsed?.from?.value[0]?.name || valueOf(head, 'from').slice(0, 500);
}

function envelopeSender(head: HeaderBlock): string | undefined {
  const value = head.get('return-path')?.[0];
  if (value === undefined) return undefined;
  return /^<?\s{0,9}>?$/.test(value.trim()) ? '' : headerAddress(value);
}

/** In the order of their trust: where it really arrived, then what its sender wrote. */
const whereTo = ['delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to', 'x-delivered-to', 'to', 'cc'];

function deliveredTo(head: HeaderBlock): readonly string[] {
  const values = whereTo.flatMap((name) => head.get(name) ?? []);
  return addressesIn(values.join('\n').slice(0, most.head));
}

function instantOf(value: string): Date | undefined {
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
