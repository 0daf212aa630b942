import { uniqueAddresses } from './addresses.js';
import { type DeliveryStatus, deliveryStatusOf, type RecipientReport } from './delivery-status.js';
import { failedAddresses } from './failed-address.js';
import type { Found } from './found.js';
import { freeFormOf } from './free-form.js';
import type { InboundMail } from './mail.js';
import { because, mostJudged, outcome, worstFirst } from './outcome.js';
import { phaseIn } from './phase.js';
import { type Verdict, verdictOn } from './reason.js';
import { reportText, wordsAbout } from './report-text.js';
import { bestStatus, replyCodeIn, statusCodesIn } from './status-code.js';

/** What a report for programs says became of our mail (RFC 3464); undefined if there is no such report. */
export function deliveryReport(mail: InboundMail): Found | undefined {
  const status = deliveryStatusOf(mail);
  if (!status) return undefined;
  if (/\bboxbe\b/i.test(`${mail.subject} ${mail.text.slice(0, 2000)}`)) {
    return {
      class: 'auto-reply',
      evidence: ['Boxbe asks its sender to prove being a person, in the form of a report'],
      confidence: 0.9,
    };
  }
  const failed = status.recipients.filter(hasFailed);
  if (failed.length > 0) return bounce(mail, status, failed);
  const waiting = status.recipients.filter((one) => one.action === 'delayed' || (!one.action && classOf(one) === '4'));
  // A server that names no action may still have given up.
  const isOver = waiting.some(({ action }) => !action) && freeFormOf(mail)?.isDelay === false;
  if (waiting.length > 0) return isOver ? bounce(mail, status, waiting) : delay(mail, status, waiting);
  const arrived = status.recipients.filter((one) => one.action !== undefined || classOf(one) === '2');
  return arrived.length > 0 ? delivered(mail, status, arrived) : undefined;
}

/** The action decides: a status of 4.x on a failed one means that they have given up. */
function hasFailed(one: RecipientReport): boolean {
  return one.action === 'failed' ? !one.status?.startsWith('2') : !one.action && classOf(one) === '5';
}

/** The first digit of what there is. */
function classOf({ status, diagnostic }: RecipientReport): string | undefined {
  return (status ?? replyCodeIn(diagnostic))?.charAt(0);
}

function bounce(mail: InboundMail, status: DeliveryStatus, failed: readonly RecipientReport[]): Found {
  const report = reportText(mail);
  const judged = worstFirst(failed.slice(0, mostJudged).map((one) => ({ one, verdict: judge(report, one, failed) })));
  const [{ one, verdict } = { one: undefined, verdict: verdictOn({ words: [] }) }] = judged;
  const code = one && statusOf(one);
  const ordered = [...judged.map((each) => each.one), ...failed.slice(mostJudged)];
  return {
    ...fields(mail, status, ordered),
    ...outcome(verdict, one?.diagnostic ?? ''),
    status: code,
    evidence: ['a delivery report says "failed" (RFC 3464)', because(verdict, code)],
    confidence: 0.99,
  };
}

function delay(mail: InboundMail, status: DeliveryStatus, waiting: readonly RecipientReport[]): Found {
  const [one] = waiting;
  const verdict = one ? judge(reportText(mail), one, waiting) : undefined;
  return {
    ...fields(mail, status, waiting),
    class: 'delayed',
    status: one && statusOf(one),
    reason: verdict?.reason,
    words: one?.diagnostic || undefined,
    evidence: ['a delivery report says "delayed" (RFC 3464)'],
    confidence: 0.99,
  };
}

function delivered(mail: InboundMail, status: DeliveryStatus, arrived: readonly RecipientReport[]): Found {
  const [one] = arrived;
  const evidence = [`a delivery report says "${one?.action ?? 'delivered'}" (RFC 3464)`];
  return { ...fields(mail, status, arrived), class: 'delivered-dsn', status: one?.status, evidence, confidence: 0.99 };
}

function fields(mail: InboundMail, status: DeliveryStatus, about: readonly RecipientReport[]) {
  const named = uniqueAddresses(about.flatMap(({ addresses }) => addresses.slice(0, 1)));
  const recipients = named.length > 0 ? named : failedAddresses(mail);
  return { recipients, envelopeId: status.envelopeId, named: [status.originalId] };
}

/** By the server's own reply, then by what the program tells people about it. */
function judge(report: string, one: RecipientReport, all: readonly RecipientReport[]): Verdict {
  const lasts = all.flatMap(({ addresses }) => addresses.slice(-1));
  const told = wordsAbout(report, one.addresses.at(-1), lasts);
  // Sendmail ends its transcript with a reply of its own making; what the server said stands behind "<<<".
  const heard = /^[ \t]{0,20}<<</m.test(report) ? told.slice(0, 1) : [];
  const words = [...heard, diagnosticAbout(one, all), ...told].filter((said) => said !== '');
  const phase = all.length === 1 ? phaseIn(`${report}\n${one.diagnostic}`) : undefined;
  return verdictOn({ words, status: statusOf(one), phase });
}

/** Where one diagnostic lists several recipients, the lines about this one. */
function diagnosticAbout({ addresses, diagnostic }: RecipientReport, all: readonly RecipientReport[]): string {
  if (all.length < 2) return diagnostic;
  const lines = diagnostic
    .split(/\n|(?=\b[45]\d\d [45]\.\d\.\d{1,3} )/)
    .map((line) => ({ line, said: line.toLowerCase() }));
  const own = lines.filter(({ said }) => addresses.some((address) => said.includes(address.toLowerCase())));
  return own.map(({ line }) => line).join('\n') || diagnostic;
}

function statusOf({ status, diagnostic }: RecipientReport): string | undefined {
  return bestStatus([...(status ? [status] : []), ...statusCodesIn(diagnostic)]);
}
