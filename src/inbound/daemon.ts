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
  return typeOf(mail) === 'multipart/report' || hasNullSender(mail) || isFromDaemon(mail) || mail.from === undefined;
}
