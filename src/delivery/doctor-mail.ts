import { convert } from 'html-to-text';
import { simpleParser } from 'mailparser';
import { parseAddress } from '../message/address.js';
import { about, type Finding } from './doctor.js';

/** A mail as it leaves, and what must be in it. */
export type SentMail = {
  readonly name: string;
  readonly mime: Buffer;
  readonly postalAddress: string;
  /** Where its links lead; what is wrong with that itself is told once, and not of each mail. */
  readonly publicUrl: string;
  /** Whether there is a key, so that there must be a signature. */
  readonly isSigned: boolean;
};

/** Each exactly once in a mail to many (RFC 5322 §3.6, RFC 2919, RFC 2369, RFC 8058, RFC 3834). */
const once = [
  'from',
  'to',
  'subject',
  'date',
  'message-id',
  'mime-version',
  'content-type',
  'list-id',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'feedback-id',
  'auto-submitted',
];
const atMostOnce = ['reply-to', 'sender', 'cc', 'return-path'];

/** Bytes of HTML after which Gmail cuts a mail off, with some room for what servers add. */
const mostHtml = 90_000;

/** Looks through one real mail for what mailbox providers and the law ask of it. */
export async function checkMail({
  name,
  mime,
  postalAddress,
  publicUrl,
  isSigned,
}: SentMail): Promise<readonly Finding[]> {
  const { good, warn, bad } = about('mail', name);
  const bytes = mime.toString('latin1');
  const fields = fieldsOf(bytes);
  const { text = '', html: written } = await simpleParser(mime);
  const html = written || '';
  const problems = [
    ...headProblems(fields),
    ...linkProblems(fields, publicUrl),
    ...(isSigned ? signatureProblems(fields) : []),
    ...byteProblems(bytes),
    ...bodyProblems({ bytes, text, html, postalAddress }),
  ].map(({ what, mend }) => bad(what, mend));
  const size = Buffer.byteLength(html);
  const mend = 'Take something out of its template';
  const doubts =
    size > mostHtml ? [warn(`it has ${kilobytes(size)} of HTML, and Gmail cuts mails off at about 100 kB`, mend)] : [];
  if (problems.length + doubts.length > 0) return [...problems, ...doubts];
  const signature = isSigned ? 'signed' : 'not signed';
  return [good(`all headers once, one-click unsubscribe, ${signature}, ${kilobytes(size)} of HTML beside its text`)];
}

type Problem = { readonly what: string; readonly mend: string };
type Fields = readonly { readonly name: string; readonly value: string }[];

const ours = 'This is a fault in Rivulet; please report it with this line';

function fieldsOf(bytes: string): Fields {
  const head = bytes.slice(0, Math.max(bytes.indexOf('\r\n\r\n'), 0));
  return head.split(/\r\n(?![ \t])/).map((field) => {
    const at = field.indexOf(':');
    return {
      name: field.slice(0, at).toLowerCase(),
      value: field
        .slice(at + 1)
        .replaceAll('\r\n', '')
        .trim(),
    };
  });
}

function valueOf(name: string, fields: Fields): string {
  return fields.find((field) => field.name === name)?.value ?? '';
}

function headProblems(fields: Fields): readonly Problem[] {
  const count = (name: string): number => fields.filter((field) => field.name === name).length;
  const wrong = [
    ...once
      .filter((name) => count(name) !== 1)
      .map((name) => `it has ${count(name) === 0 ? 'no' : count(name)} ${name} header`),
    ...atMostOnce.filter((name) => count(name) > 1).map((name) => `it has ${count(name)} ${name} headers`),
    ...['from', 'to', 'reply-to']
      .filter((name) => count(name) === 1 && !isOneMailbox(valueOf(name, fields)))
      .map((name) => `its ${name} is not one address`),
    ...(domainOf(valueOf('message-id', fields)) === domainOf(valueOf('from', fields))
      ? []
      : ['its Message-ID is of another domain than its From']),
  ];
  return wrong.map((what) => ({ what, mend: ours }));
}

function isOneMailbox(value: string): boolean {
  const unquoted = value.replace(/"(?:[^"\\]|\\.)*"/g, '');
  const [, address = unquoted] = /^[^<>,;]*<([^<>]*)>$/.exec(unquoted) ?? [];
  return parseAddress(address).ok;
}

function domainOf(value: string): string {
  return (/@([^@<>\s]+)>?$/.exec(value)?.[1] ?? '').toLowerCase();
}

function linkProblems(fields: Fields, publicUrl: string): readonly Problem[] {
  const [, link] = /^<([^<>]+)>$/.exec(valueOf('list-unsubscribe', fields)) ?? [];
  const isOneClick = valueOf('list-unsubscribe-post', fields) === 'List-Unsubscribe=One-Click';
  const isLost = publicUrl.startsWith('https://') && !link?.startsWith('https://');
  return [
    ...(isLost ? [{ what: 'its unsubscribe link is not https', mend: ours }] : []),
    ...(isOneClick ? [] : [{ what: 'it cannot be left with one click', mend: ours }]),
  ];
}

function signatureProblems(fields: Fields): readonly Problem[] {
  const value = valueOf('dkim-signature', fields);
  if (value === '') return [{ what: 'it is not signed, though there is a key', mend: ours }];
  const named = (/(?:^|;)\s*h=([^;]*)/.exec(value)?.[1] ?? '').toLowerCase().replace(/\s/g, '').split(':');
  const needed = ['from', 'subject', 'list-unsubscribe', 'list-unsubscribe-post'];
  // RFC 8058 §4: the signature must cover both. Named twice, so that nobody adds another one.
  return needed
    .filter((name) => named.filter((one) => one === name).length < 2)
    .map((name) => ({ what: `its signature does not protect ${name}`, mend: ours }));
}

function byteProblems(bytes: string): readonly Problem[] {
  const isLong = bytes.split('\r\n').some((line) => line.length > 998);
  const isBare = /\r(?!\n)|(?<!\r)\n/.test(bytes);
  return [
    ...(isLong
      ? [
          {
            what: 'it has a line of more than 998 characters, which servers break or refuse',
            mend: 'Shorten the links of its template; if they are short, report this',
          },
        ]
      : []),
    ...(isBare ? [{ what: 'it has a lone CR or LF, which servers refuse', mend: ours }] : []),
  ];
}

type Body = {
  readonly bytes: string;
  readonly text: string;
  readonly html: string;
  readonly postalAddress: string;
};

function bodyProblems({ bytes, text, html, postalAddress }: Body): readonly Problem[] {
  const kinds = [...bytes.matchAll(/^Content-Type:\s*text\/(plain|html)/gim)].map(([, kind]) => kind?.toLowerCase());
  const isShown = [text, convert(html, { wordwrap: false })].every((shown) =>
    flat(shown).includes(flat(postalAddress)),
  );
  const problems: Problem[] = [];
  if (kinds.join(' ') !== 'plain html') problems.push({ what: 'it is not text first and HTML after it', mend: ours });
  if (flat(text) === '')
    problems.push({ what: 'its text is empty, for those who see no HTML', mend: 'Put some words into its template' });
  if (!isShown)
    problems.push({
      what: 'it does not show your postal address, which the law asks of every such mail',
      mend: 'Put {{brand.postalAddress}} into the footer of its layout',
    });
  return problems;
}

function flat(written: string): string {
  return written.replace(/\s+/g, ' ').trim();
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
