import { daemonAddress, daemonName } from './failure-words.js';
import { hasNullSender, headerOf, type InboundMail, typeOf } from './mail.js';

/** Whether a program that carries mail wrote it. */
export function isFromDaemon(mail: InboundMail): boolean {
  const from = mail.from ?? headerOf(mail, 'from').replaceAll(/[<>\s]/g, '');
  if (/^mailer-daemon(?:@|$)/i.test(mail.envelopeFrom ?? '')) return true;
  const address = `${from}${from.includes('@') ? '' : '@'}`;
  return daemonAddress.test(address) || daemonName.test(mail.fromName) || daemonName.test(headerOf(mail, 'from'));
}

/** Whether a report among its parts is its own. A person may send us one that he got, as an attachment or inline. */
export function mayReport(mail: InboundMail): boolean {
  const isReport = /^(?:multipart\/report|message\/(?:global-)?delivery-status)$/.test(typeOf(mail));
  return isReport || hasNullSender(mail) || isFromDaemon(mail) || isFromNobody(mail);
}

/** Programs of every kind use these, not only those that carry mail. */
export function isFromNobody({ from }: InboundMail): boolean {
  return from === undefined || /^(?:no-?reply|do-?not-?reply|nobody|root|noreply[\w.-]{0,40})@/i.test(from);
}
