import { addressesIn } from './addresses.js';
import { type HeaderBlock, headerBlocks } from './header-block.js';
import { headerOf, type InboundMail, partOf } from './mail.js';
import { type Original, originalOf } from './original.js';
import { isAnswer, isForward } from './subject.js';

/** What a mailbox provider tells of one of our mails, RFC 5965. */
export type Feedback = {
  readonly isComplaint: boolean;
  readonly type: string;
  readonly recipients: readonly string[];
  readonly envelopeId?: string | undefined;
  readonly evidence: string;
};

/** Whether people's words stand around what is inside. */
function isLetter({ subject, parts }: InboundMail): boolean {
  return isForward(subject) || isAnswer(subject) || parts.some(({ type }) => type === 'message/rfc822');
}

/** The feedback in a mail; undefined if there is none. */
export function feedbackOf(mail: InboundMail): Feedback | undefined {
  const part = partOf(mail, /^message\/feedback-report$/) ?? strayFeedback(mail);
  const original = originalOf(mail);
  if (part !== undefined) return readFeedback(headerBlocks(part), original);
  return markedByReader(mail) ?? abuseReport(mail, original);
}

/** Where the MIME around it is broken. */
function strayFeedback(mail: InboundMail): string | undefined {
  // A person may forward us one.
  const isOwn = /feedback-report|multipart\/report/i.test(headerOf(mail, 'content-type')) || !isLetter(mail);
  const source = isOwn ? mail.source : '';
  const found = /^Feedback-Type[ \t]{0,9}:/im.exec(source);
  if (!found || !/^User-Agent[ \t]{0,9}:/im.test(source)) return undefined;
  return source.slice(found.index).split(/^--[^\s-]/m, 1)[0];
}

function readFeedback(blocks: readonly HeaderBlock[], original: Original | undefined): Feedback {
  const values = (name: string) => blocks.flatMap((block) => block.get(name) ?? []);
  const type = (values('feedback-type')[0] ?? 'abuse').toLowerCase().trim();
  const named = [...values('original-rcpt-to'), ...values('removal-recipient')].flatMap(addressesIn);
  const isComplaint = !/^(?:auth-failure|not-spam)/.test(type);
  return {
    isComplaint,
    type,
    recipients: named.length > 0 ? named : (original?.to ?? []).slice(0, 1),
    envelopeId: values('original-envelope-id')[0],
    evidence: `a feedback report of type ${type} (RFC 5965)`,
  };
}

/** The sentence that RFC 5965 §2 has for people, where the part for programs was lost. */
function abuseReport({ text, subject, parts }: InboundMail, original: Original | undefined): Feedback | undefined {
  if (
    !/^\s{0,99}this is an? (?:e-?mail )?(?:abuse|spam|fraud) report (?:for|from|about|regarding|of)/i.test(
      text.slice(0, 2000),
    )
  )
    return undefined;
  const isComplaint = !/authentication|\bdmarc\b|\bspf\b|\bdkim\b/i.test(`${subject} ${text.slice(0, 1000)}`);
  const isWhole = original !== undefined || parts.length > 0;
  const recipients = (original?.to ?? []).slice(0, 1);
  return isWhole
    ? { isComplaint, type: 'abuse', recipients, evidence: 'it opens as abuse reports do (RFC 5965)' }
    : undefined;
}

/** Hotmail's programme (JMRP) forwards the mail as it is, and names its reader in a header of that. */
function markedByReader({ source, subject, from = '' }: InboundMail): Feedback | undefined {
  const [, reader] = /^X-HmXmrOriginalRecipient:[ \t]{0,9}(\S{1,320})/im.exec(source.slice(0, 20_000)) ?? [];
  // Somebody may forward us such a mail.
  const isProgramme =
    /^\s{0,9}complaint about message/i.test(subject) || /^staff@(?:hotmail|outlook|live)\.com$/i.test(from);
  if (reader === undefined || !isProgramme) return undefined;
  const evidence = 'the mail inside it names the reader as Hotmail does on complaints';
  return { isComplaint: true, type: 'abuse', recipients: addressesIn(reader), evidence };
}
