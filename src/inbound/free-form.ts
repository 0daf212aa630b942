import { failedAddresses, hasAddressLine } from './failed-address.js';
import { isFromDaemon } from './daemon.js';
import { failureSubject, failureWords, givenUp, goesOn, notYet, openingFailure } from './failure-words.js';
import { families } from './families.js';
import { hasNullSender, headerOf, type InboundMail } from './mail.js';
import { familyOf, reportText } from './report-text.js';
import { isAnswer, isForward } from './subject.js';

/** A report for people, taken apart. */
export type FreeForm = {
  /** It is still being tried. */
  readonly isDelay: boolean;
  readonly report: string;
  readonly recipients: readonly string[];
  readonly evidence: readonly string[];
};

/** Reads a report that has no part for programs; undefined if it is none. No sign alone is enough. */
export function freeFormOf(mail: InboundMail): FreeForm | undefined {
  const report = reportText(mail);
  const evidence = surelyReported(mail, report) ?? (isLetter(mail) ? undefined : reported(mail, report));
  if (!evidence) return undefined;
  return { isDelay: isStillTried(`${mail.subject}\n${report}`), report, recipients: failedAddresses(mail), evidence };
}

/** Whether it is still being tried, after all that it says. */
function isStillTried(said: string): boolean {
  if (!givenUp.test(said)) return goesOn.test(said) || notYet.test(said);
  return goesOn.test(said) && /warning|delay|retried|no action/i.test(said);
}

/** Whether a person's program wrote the headers: an answer or a forwarded mail, to which a report is only attached. */
function isLetter(mail: InboundMail): boolean {
  if (hasNullSender(mail)) return false;
  return isForward(mail.subject) || (isAnswer(mail.subject) && headerOf(mail, 'in-reply-to') !== '');
}

function surelyReported(mail: InboundMail, report: string): readonly string[] | undefined {
  if (headerOf(mail, 'x-failed-recipients') !== '') return ['X-Failed-Recipients names who it did not reach'];
  const opening = `${mail.subject}\n${report.slice(0, 400)}`;
  const sure = families.find((family) => family.isSure && family.opening.test(opening));
  return sure && !isAnswer(mail.subject) && !isForward(mail.subject) ? [`it opens as ${sure.who} does`] : undefined;
}

function reported(mail: InboundMail, report: string): readonly string[] | undefined {
  const isDaemon = isFromDaemon(mail);
  const family = familyOf(report);
  if (family && (isDaemon || hasNullSender(mail) || isFromNobody(mail))) return [`it opens as ${family.who} does`];
  const hasSubject = failureSubject.test(mail.subject);
  const hasWords = failureWords.test(report);
  if (isDaemon && hasSubject) return ['a mail program wrote it', 'its subject speaks of a failure'];
  if (isDaemon && hasWords) return ['a mail program wrote it', 'it speaks of a failure'];
  const isReport = /report-type="?delivery-status/i.test(headerOf(mail, 'content-type'));
  if (isReport && hasWords) return ['its type is that of a delivery report', 'it speaks of a failure'];
  const isBacked = hasNullSender(mail) || isFromNobody(mail) || family || opensAsReport(report);
  return hasSubject && hasWords && isBacked && !isAnswer(mail.subject)
    ? ['its subject and its text speak of a failure']
    : undefined;
}

/** Programs of every kind use these, not only those that carry mail. */
function isFromNobody({ from = '' }: InboundMail): boolean {
  return /^(?:no-?reply|do-?not-?reply|nobody|root|noreply[\w.-]{0,40})@/i.test(from);
}

/** A letter may say so too, but does not put an address on a line of its own. */
function opensAsReport(report: string): boolean {
  return openingFailure.test(report.slice(0, 600)) && hasAddressLine(report);
}
