import { addressesIn } from './addresses.js';
import { subjectSign } from './auto-reply.js';
import { failedAddresses, hasAddressLine } from './failed-address.js';
import { isFromDaemon, isFromNobody } from './daemon.js';
import { failureSubject, failureWords, givenUp, goesOn, notYet, openingFailure } from './failure-words.js';
import { families } from './families.js';
import { hasNullSender, headerOf, type InboundMail } from './mail.js';
import { hasOriginal, isBuiltAsReport, repeatsSession } from './report-shape.js';
import { familyOf, reportText } from './report-text.js';
import { isAnswer, isForward, withoutTags } from './subject.js';

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
  return isForward(mail.subject) || (isAnswer(mail.subject) && !isUnanswerable(mail));
}

function surelyReported(mail: InboundMail, report: string): readonly string[] | undefined {
  if (headerOf(mail, 'x-failed-recipients') !== '') return ['X-Failed-Recipients names who it did not reach'];
  const opening = `${mail.subject}\n${report.slice(0, 400)}`;
  const sure = families.find((family) => family.isSure && family.opening.test(opening));
  return sure && !isAnswer(mail.subject) && !isForward(mail.subject) ? [`it opens as ${sure.who} does`] : undefined;
}

function reported(mail: InboundMail, report: string): readonly string[] | undefined {
  const family = familyOf(report);
  const isDaemon = isFromDaemon(mail);
  const isProgram = isDaemon || hasNullSender(mail) || isFromNobody(mail);
  if (family && isProgram) return [`it opens as ${family.who} does`];
  return (isDaemon ? byDaemon(mail, report) : undefined) ?? byForm(mail, report, isProgram);
}

/** What a mail program writes beside its name. A postmaster may be a person, so that his words alone are not enough. */
function byDaemon(mail: InboundMail, report: string): readonly string[] | undefined {
  const told = 'a mail program wrote it';
  const isTold = isUnanswerable(mail) || isBuiltAsReport(mail, report) || hasAddressLine(report);
  const isNamed = isTold || repeatsSession(report) || hasOriginal(mail) || addressesIn(report).length > 0;
  // "Undeliverable: Our offer" opens so; "Your bounces" is what people write about.
  const speaksAt = withoutTags(mail.subject).search(failureSubject);
  if (speaksAt === 0 || (speaksAt > 0 && isNamed)) return [told, 'its subject speaks of a failure'];
  if (isTold && speaksOfFailure(report)) return [told, 'it speaks of a failure'];
  return isUnanswerable(mail) && (hasAddressLine(report) || hasOriginal(mail))
    ? [told, 'it names an address or returns our mail']
    : undefined;
}

/** What a report is built like, whoever sends it. */
function byForm(mail: InboundMail, report: string, isProgram: boolean): readonly string[] | undefined {
  const isReport = /report-type="?delivery-status/i.test(headerOf(mail, 'content-type'));
  const hasWords = speaksOfFailure(report);
  if (isReport && hasWords) return ['its type is that of a delivery report', 'it speaks of a failure'];
  // An automatic reply may have an empty sender too, but repeats no session.
  if (isProgram && repeatsSession(report)) return ['a program wrote it', 'it repeats what a mail server said'];
  if (hasNullSender(mail) && subjectSign(mail.subject) === undefined && isBuiltAsReport(mail, report))
    return ['its envelope sender is empty', 'it is built as a report is'];
  const isBacked = hasNullSender(mail) || opensAsReport(report) || (isFromNobody(mail) && hasAddressLine(report));
  return failureSubject.test(mail.subject) && hasWords && isBacked && !isAnswer(mail.subject)
    ? ['its subject and its text speak of a failure']
    : undefined;
}

function speaksOfFailure(report: string): boolean {
  return failureWords.test(report) || notYet.test(report) || goesOn.test(report);
}

/** A postmaster may be a person, but none writes with an empty sender. */
function isUnanswerable(mail: InboundMail): boolean {
  return hasNullSender(mail) || [mail.envelopeFrom, mail.from].some((one) => /^mailer-daemon(?:@|$)/i.test(one ?? ''));
}

/** A letter may say so too, but does not put an address on a line of its own. */
function opensAsReport(report: string): boolean {
  const isOpening = openingFailure.test(report.slice(0, 600)) || familyOf(report) !== undefined;
  return isOpening && hasAddressLine(report);
}
