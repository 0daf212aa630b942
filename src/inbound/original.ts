import { anyOf } from './any-of.js';
import { addressesIn } from './addresses.js';
import { type HeaderBlock, splitMail, valueOf } from './header-block.js';
import { type InboundMail, partOf } from './mail.js';

/** Our own mail as it came back inside another one, as far as its headers are there. */
export type Original = {
  readonly messageId?: string | undefined;
  readonly to: readonly string[];
  readonly head: HeaderBlock;
};

/** "--- Below this line is a copy of the message.", "----- Unsent message follows -----". */
const announced = anyOf('i')`
    \b(?:original|copy|returned|undelivered|unsent|enclosed|forwarded|copie|kopie|copia|копия)\b
    \b(?:message|mail|headers?|body|text)\b.{0,60}\b(?:follow|below)|原信|原邮件|原郵件|元のメ
  `;
/** What stands between dashes and is still the report. */
const stillReport =
  /\b(?:transcript|log|session|recipients?|address(?:es)?|errors?|reasons?|details?|delivered to|failed)\b/i;
/** The same without dashes: "Original message follows.", "Message headers follow". */
const announcedPlainly = anyOf('i')`
    ^(?:(?:the|your|a|an|here is|below is|this is|start of|begin|unsent|included is|attached is) ){0,3}(?:(?:original|returned|unsent|undelivered|copy of the|copy of your|header of the|headers of the|text of the) ){1,2}(?:message|mail|e-mail|headers?|text)(?: headers?| text| body)?(?:(?: is)? (?:follows?|following|below|attached|included|enclosed)\b.{0,60}|:?)$
    ^message (?:headers?|text|body)?\s?follows?\b
    ^(?:below|here|following|enclosed) (?:is|are) (?:a copy of |the |your |an? ).{0,60}(?:message|mail|headers?)\b.{0,40}$
  `;
const headerLine = /^(?:> ?)?(?:Return-Path|Received|DKIM-Signature|Message-ID|MIME-Version|X-[\w-]{1,60}):/i;
const anyHeader = /^(?:> ?)?[A-Za-z][\w-]{1,60}:|^[ \t]+\S/;

/** Reports are shorter; behind that nothing is searched. */
const mostSearched = 60_000;

/** Where in a text our own mail begins; its length if it is not there. */
export function originalStart(text: string): number {
  const lines = text.slice(0, mostSearched).split('\n');
  const found = lines.findIndex((line, at) => isMarker(line) || isHeaderRun(line, lines, at));
  return found < 0 ? text.length : lines.slice(0, found).join('\n').length;
}

/** Header lines themselves: one that only a mail has, or three that people know. Exchange indents the latter in its reports. */
function isHeaderRun(line: string, lines: readonly string[], at: number): boolean {
  if (headerLine.test(line)) return anyHeader.test(lines[at + 1] ?? '');
  const next = lines.slice(at + 1, at + (/^From:[ \t]/i.test(line) ? 3 : 1));
  return next.length === 2 && next.every((one) => /^(?:To|Cc|Subject|Date|Sent):[ \t]/i.test(one));
}

function isMarker(line: string): boolean {
  if (line.length < 8) return false;
  const said = line.slice(0, 200).replace(/^[\s>]{1,20}/, '');
  if (!/^[-=*_#+|:]{2}/.test(said)) return announcedPlainly.test(said.trim());
  return announced.test(said) && !stillReport.test(said);
}

/** Our own mail: attached, or quoted below a marker. */
export function originalOf(mail: InboundMail): Original | undefined {
  const attached = partOf(
    mail,
    /^(?:message\/(?:rfc822|global|rfc822-headers|global-headers|partial)|text\/rfc822-headers?)$/,
  );
  if (attached !== undefined) return readOriginal(attached);
  const quoted = readOriginal(mail.text.slice(originalStart(mail.text)));
  return quoted?.messageId === undefined ? (readOriginal(afterReport(mail.source)) ?? quoted) : quoted;
}

/** Of a mail whose MIME is broken, what follows the first part. */
function afterReport(source: string): string {
  const boundary = source.search(/^--\S/m);
  return source.slice(boundary < 0 ? originalStart(source) : boundary);
}

function readOriginal(text: string): Original | undefined {
  const start =
    /^[ \t>]{0,8}(?:Return-Path|Received|Message-ID|MIME-Version|From|To|Date|Subject|X-[\w-]{1,40}|DKIM-Signature)[ \t]?:/im.exec(
      text,
    );
  if (!start) return undefined;
  const [prefix = ''] = /^[ \t>]{0,8}/.exec(start[0]) ?? [];
  const lines = text.slice(start.index, start.index + 64_000).split('\n');
  const { head } = splitMail(
    lines.map((line) => (line.startsWith(prefix) ? line.slice(prefix.length) : line)).join('\n'),
  );
  return {
    head,
    messageId: bareId(valueOf(head, 'message-id')) ?? strayId(text),
    to: addressesIn(valueOf(head, 'to')),
  };
}

/** Programs that quote only some lines of our mail still quote this one. */
function strayId(text: string): string | undefined {
  return bareId(/^[ \t>]{0,8}Message-ID[ \t]?:\s{0,4}(\S[^\n]{0,400})/im.exec(text)?.[1] ?? '');
}

/** Without brackets, blanks and folding; undefined when nothing is left. */
export function bareId(value: string): string | undefined {
  const [, bracketed] = /<([^<>]{1,998})>/.exec(value) ?? [];
  return (bracketed ?? value).replaceAll(/[<>\s]/g, '').slice(0, 998) || undefined;
}

/** The ids in In-Reply-To or References; some programs leave the brackets out. */
export function idsIn(value: string): readonly string[] {
  const found = value.includes('<') ? (value.match(/<[^<>]{1,998}>/g) ?? []) : value.split(/[\s,]+/);
  return found.map((id) => id.replaceAll(/[<>\s]/g, '')).filter((id) => id.includes('@'));
}
