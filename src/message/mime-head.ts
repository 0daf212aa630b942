import * as mimeFuncs from 'nodemailer/lib/mime-funcs';
import MimeNode from 'nodemailer/lib/mime-node';
import { idFrom } from '../event/id.js';
import {
  composerOf,
  headersFor,
  type Letterhead,
  type Mail,
  type MailSetting,
  replyToOf,
  type StepOrder,
  unsubscribeUrl,
  waysOut,
} from './mail.js';
import { addressWith, type OwnAddresses } from './return-address.js';
import { addressTokenLength } from './token.js';

/** What differs in the headers of a step's mails. */
export type OwnHeaders = Pick<Mail, 'id' | 'to' | 'subject' | 'date'> & {
  readonly unsubscribeUrl: string;
  readonly own: OwnAddresses;
  /** Who gets the answers, where that is the lead of each. */
  readonly answersTo?: Mail['to'] | undefined;
};

/** What a sample has in the places of them, of the same length where folding depends on it. */
const sample = {
  id: idFrom('sample', 'id'),
  to: `${idFrom('sample', 'to')}@example.com`,
  answersTo: `${idFrom('sample', 'answers')}@example.com`,
  subject: idFrom('sample', 'subject'),
  token: `${idFrom('sample', 'token')}${idFrom('sample')}`.slice(0, 54),
  replyTo: `${idFrom('sample', 'reply')}${idFrom('sample')}`.slice(0, addressTokenLength),
  unsubscribe: `${idFrom('sample', 'leave')}${idFrom('sample')}`.slice(0, addressTokenLength),
  date: new Date(0),
};
const slots = new RegExp(
  `(${sample.id}|${sample.token}|${sample.replyTo}|${sample.unsubscribe}|^To: ${sample.to}\r\n|^Reply-To: ${sample.answersTo}\r\n|^Subject: ${sample.subject}\r\n|^Date: .*\r\n)`,
  'm',
);

/** Lets Nodemailer compose the headers of a sample once; then each mail's own parts go into their places. */
export function compileHead(
  letterhead: Letterhead,
  step: StepOrder,
  setting: MailSetting,
): (own: OwnHeaders) => string {
  const { from } = letterhead;
  const own = step.notice ? {} : sampleAddresses(setting);
  const replyTo = step.notice?.answersTo ? { name: '', address: sample.answersTo } : replyToOf(letterhead, own);
  const out = waysOut(unsubscribeUrl(setting.publicUrl, sample.token), own);
  const composer = composerOf({
    id: sample.id,
    from,
    ...(replyTo ? { replyTo } : {}),
    to: { name: '', address: sample.to },
    subject: sample.subject,
    date: sample.date,
    headers: headersFor(step, sample.id, out, setting),
    text: 'text',
    html: 'html',
    links: [],
  });
  const head = `${composer.compile().buildHeaders()}\r\n`;
  const parts = head.split(slots).map(partOf);
  return (mail) => {
    let filled = '';
    for (const part of parts) filled += typeof part === 'string' ? part : part(mail);
    return filled;
  };
}

function sampleAddresses({ waysBack: { replies } = {} }: MailSetting): OwnAddresses {
  if (!replies) return {};
  return { replyTo: addressWith(replies, sample.replyTo), unsubscribe: addressWith(replies, sample.unsubscribe) };
}

function partOf(text: string): string | ((own: OwnHeaders) => string) {
  if (text === sample.id) return ({ id }) => id;
  if (text === sample.token) return (own) => own.unsubscribeUrl.slice(-sample.token.length);
  if (text === sample.replyTo) return ({ own }) => tokenIn(own.replyTo);
  if (text === sample.unsubscribe) return ({ own }) => tokenIn(own.unsubscribe);
  if (text.startsWith(`To: ${sample.to}`)) return ({ to }) => addressField('To', to);
  if (text.startsWith(`Reply-To: ${sample.answersTo}`))
    return ({ to, answersTo = to }) => addressField('Reply-To', answersTo);
  if (text.startsWith(`Subject: ${sample.subject}`)) return ({ subject }) => subjectField(subject);
  if (text.startsWith('Date: ')) return ({ date }) => `Date: ${date.toUTCString().replace('GMT', '+0000')}\r\n`;
  return text;
}

function tokenIn(address = ''): string {
  const at = address.lastIndexOf('@');
  return address.slice(at - addressTokenLength, at);
}

/** Longer lines are folded. */
const longestLine = 75;

function addressField(key: 'To' | 'Reply-To', { name, address }: Mail['to']): string {
  const line = `${key}: ${name === '' ? address : `${name} <${address}>`}`;
  if (line.length <= longestLine && /^[\w ]*$/.test(name)) return `${line}\r\n`;
  return composed(key, [{ name, address }]);
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
