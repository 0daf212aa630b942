import { messageIdsOf } from './about.js';
import { autoReplyOf, subjectSign, wantsNoAnswer } from './auto-reply.js';
import { deliveryReport } from './delivery-report.js';
import { peopleReport } from './people-report.js';
import type { Classified } from './classified.js';
import { feedbackOf } from './feedback-report.js';
import type { Found } from './found.js';
import { sesNotification } from './ses-notification.js';
import { domainReportEvidence, isBareAttachment, isReadReceipt, machineMailEvidence } from './machine-mail.js';
import { headerOf, type InboundMail } from './mail.js';
import { newText } from './new-text.js';
import { bareId } from './original.js';
import { readInboundMail } from './read-mail.js';
import { returnDate } from './return-date.js';
import { isAnswer } from './subject.js';
import { unsubscribeEvidence } from './unsubscribe.js';

/** Reads a mail of any bytes and tells what it is; it never fails. */
export async function classifyMail(raw: Buffer): Promise<Classified> {
  return classify(await readInboundMail(raw));
}

/** The first rule that finds its sign decides: what a report says of itself, then wishes, then words, then what is left. */
const rules: readonly ((mail: InboundMail) => Found | undefined)[] = [
  complaint,
  domainReport,
  deliveryReport,
  sesNotification,
  receipt,
  unsubscribe,
  peopleReport,
  sureAutoReply,
  machineMail,
  autoReply,
  notification,
];

/** Tells what a mail is, about whom and about which of our mails, and by what that was told. */
export function classify(mail: InboundMail, own: { readonly addresses?: readonly string[] } = {}): Classified {
  const known: InboundMail = { ...mail, ours: own.addresses ?? [] };
  for (const rule of rules) {
    const found = rule(known);
    if (found) return complete(known, found);
  }
  return complete(known, reply(known));
}

function complaint(mail: InboundMail): Found | undefined {
  const feedback = feedbackOf(mail);
  if (!feedback) return undefined;
  const { isComplaint, recipients, envelopeId, evidence } = feedback;
  if (!isComplaint) return { class: 'other', evidence: [evidence], confidence: 0.99 };
  return { class: 'complaint', recipients, envelopeId, evidence: [evidence], confidence: 0.99 };
}

/** That a mail was read is nothing to act on; Dovecot's Sieve reports a full mailbox in the same form. */
function receipt(mail: InboundMail): Found | undefined {
  if (!isReadReceipt(mail)) return undefined;
  const refused = /automatically rejected/i.test(mail.text) ? peopleReport(mail) : undefined;
  return (
    refused ?? { class: 'other', evidence: ['it reports that a mail was read or deleted (RFC 8098)'], confidence: 0.95 }
  );
}

function unsubscribe(mail: InboundMail): Found | undefined {
  const evidence = unsubscribeEvidence(mail);
  return evidence === undefined
    ? undefined
    : { class: 'unsubscribe-request', recipients: senderOf(mail), evidence: [evidence], confidence: 0.95 };
}

function machineMail(mail: InboundMail): Found | undefined {
  const evidence =
    machineMailEvidence(mail) ?? (isBareAttachment(mail) ? 'it is an attachment without a text' : undefined);
  return evidence === undefined ? undefined : { class: 'other', evidence: [evidence], confidence: 0.8 };
}

function domainReport(mail: InboundMail): Found | undefined {
  const evidence = domainReportEvidence(mail);
  return evidence === undefined ? undefined : { class: 'other', evidence: [evidence], confidence: 0.95 };
}

/** Of lists and newsletters too: somebody is away. */
function sureAutoReply(mail: InboundMail): Found | undefined {
  return subjectSign(mail.subject) === 'sure' && !isAnswer(mail.subject) ? autoReply(mail) : undefined;
}

function autoReply(mail: InboundMail): Found | undefined {
  const found = autoReplyOf(mail);
  return found && { class: 'auto-reply', recipients: senderOf(mail), ...found };
}

/** Nobody writes from an address that nobody reads. */
function notification(mail: InboundMail): Found | undefined {
  const evidence = ['its sender wants no answer'];
  return wantsNoAnswer(mail) ? { class: 'other', evidence, confidence: 0.7 } : undefined;
}

/** Whatever has no sign of a machine is a person's: a reply that is lost is lost for good. */
function reply(mail: InboundMail): Found {
  const isAnswering =
    headerOf(mail, 'in-reply-to') !== '' || headerOf(mail, 'references') !== '' || isAnswer(mail.subject);
  const evidence = [isAnswering ? 'it answers a mail' : '', 'nothing tells of a program'].filter((sign) => sign !== '');
  return { class: 'reply', recipients: senderOf(mail), evidence, confidence: isAnswering ? 0.9 : 0.6 };
}

function senderOf({ from }: InboundMail): readonly string[] {
  return from === undefined ? [] : [from];
}

const withText: ReadonlySet<string> = new Set(['reply', 'auto-reply', 'unsubscribe-request']);

function complete(mail: InboundMail, { named, ...found }: Found): Classified {
  const { recipients = [], envelopeId, status, reason, words } = found;
  const messageIds = messageIdsOf(mail, named);
  const [recipient] = recipients;
  const [messageId] = messageIds;
  const ownId = bareId(headerOf(mail, 'message-id'));
  const text = withText.has(found.class) ? newText(mail.text) : undefined;
  const returnsAt = found.class === 'auto-reply' ? returnDate(`${mail.subject}\n${text ?? ''}`, mail.at) : undefined;
  return {
    class: found.class,
    hard: found.hard ?? false,
    confidence: found.confidence,
    evidence: found.evidence,
    recipients,
    messageIds,
    to: mail.to,
    subject: mail.subject,
    ...(recipient !== undefined && { recipient }),
    ...(messageId !== undefined && { messageId }),
    ...(envelopeId !== undefined && { envelopeId }),
    ...(status !== undefined && { status }),
    ...(reason !== undefined && { reason }),
    ...(words !== undefined && { words }),
    ...(ownId !== undefined && { ownId }),
    ...(mail.from !== undefined && { from: mail.from }),
    ...(text !== undefined && { text }),
    ...(mail.at !== undefined && { at: mail.at }),
    ...(returnsAt !== undefined && { returnsAt }),
  };
}
