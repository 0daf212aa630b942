import * as mimeFuncs from 'nodemailer/lib/mime-funcs';
import MimeNode from 'nodemailer/lib/mime-node';
import { idFrom } from '../event/id.js';
import {
  composerOf,
  headersFor,
  type Letterhead,
  type Mail,
  type MailSetting,
  type StepOrder,
  unsubscribeUrl,
} from './mail.js';

/** What differs in the headers of a step's mails. */
export type OwnHeaders = Pick<Mail, 'id' | 'to' | 'subject' | 'date'> & { readonly unsubscribeUrl: string };

/** What a sample has in the places of them, of the same length where folding depends on it. */
const sample = {
  id: idFrom('sample', 'id'),
  to: `${idFrom('sample', 'to')}@example.com`,
  subject: idFrom('sample', 'subject'),
  token: `${idFrom('sample', 'token')}${idFrom('sample')}`.slice(0, 54),
  date: new Date(0),
};
const slots = new RegExp(
  `(${sample.id}|${sample.token}|^To: ${sample.to}\r\n|^Subject: ${sample.subject}\r\n|^Date: .*\r\n)`,
  'm',
);

/** Lets Nodemailer compose the headers of a sample once; then each mail's own parts go into their places. */
export function compileHead(
  { from, replyTo }: Letterhead,
  step: StepOrder,
  setting: MailSetting,
): (own: OwnHeaders) => string {
  const composer = composerOf({
    id: sample.id,
    from,
    ...(replyTo ? { replyTo } : {}),
    to: { name: '', address: sample.to },
    subject: sample.subject,
    date: sample.date,
    headers: headersFor(step, sample.id, unsubscribeUrl(setting.publicUrl, sample.token), setting),
    text: 'text',
    html: 'html',
    links: [],
  });
  const head = `${composer.compile().buildHeaders()}\r\n`;
  const parts = head.split(slots).map(partOf);
  return (own) => {
    let filled = '';
    for (const part of parts) filled += typeof part === 'string' ? part : part(own);
    return filled;
  };
}

function partOf(text: string): string | ((own: OwnHeaders) => string) {
  if (text === sample.id) return ({ id }) => id;
  if (text === sample.token) return (own) => own.unsubscribeUrl.slice(-sample.token.length);
  if (text.startsWith(`To: ${sample.to}`)) return ({ to }) => toField(to);
  if (text.startsWith(`Subject: ${sample.subject}`)) return ({ subject }) => subjectField(subject);
  if (text.startsWith('Date: ')) return ({ date }) => `Date: ${date.toUTCString().replace('GMT', '+0000')}\r\n`;
  return text;
}

/** Longer lines are folded. */
const longestLine = 75;

function toField({ name, address }: Mail['to']): string {
  const line = `To: ${name === '' ? address : `${name} <${address}>`}`;
  if (line.length <= longestLine && /^[\w ]*$/.test(name)) return `${line}\r\n`;
  return composed('To', [{ name, address }]);
}

function subjectField(subject: string): string {
  const line = `Subject: ${subject}`;
  // "=?" might be mistaken for the beginning of an encoded word (RFC 2047 §2), and the composer encodes quotes.
  const isReady = line.length <= longestLine && /^[ !#-~]+$/.test(subject) && !subject.includes('=?');
  if (isReady) return `${line}\r\n`;
  return composed('Subject', subject);
}

/** Nodemailer's own writing of values; making one for each value takes longer than writing it. */
const encoder = new MimeNode('', { baseBoundary: 'none' });

function composed(key: string, value: Parameters<typeof encoder.encodeHeaderValue>[1]): string {
  const encoded = encoder.encodeHeaderValue(key, value);
  return encoded.trim() === '' ? '' : `${mimeFuncs.foldLines(`${key}: ${encoded}`, 76)}\r\n`;
}
