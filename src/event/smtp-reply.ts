import { says } from './reply-texts.js';

/** What a server was answering: the connection, the login, one of the three commands, or the dot that ends a mail. */
export type SmtpPhase = 'connect' | 'login' | 'mail' | 'rcpt' | 'data' | 'dot';

/** What an SMTP server's no means for the mail, the address and the transport. */
export type Refusal =
  /** "Later". `too-fast`: the reader's domain wants fewer at a time. */
  | { readonly kind: 'deferred'; readonly because: 'greylisted' | 'mailbox-full' | 'too-fast' | 'later' }
  /**
   * "No", for good. `no-mailbox` alone is a fact about the address. `policy` is against us as senders, `content` against
   * this mail's step, `protocol` a fault of our own; `refused` is any other no, and concerns this one mail only.
   */
  | {
      readonly kind: 'rejected';
      readonly because: 'no-mailbox' | 'mailbox-full' | 'content' | 'policy' | 'protocol' | 'smtputf8' | 'refused';
    }
  /** The server cannot be used now, for whatever mail. */
  | { readonly kind: 'unavailable'; readonly because: 'login' | 'connection' | 'busy' };

type Rejection = Extract<Refusal, { kind: 'rejected' }>['because'];
type Deferral = Extract<Refusal, { kind: 'deferred' }>['because'];

/** A reply taken apart. `detail` is an enhanced code without its class: "1.1" of 5.1.1; empty when there is none. */
type Reply = { readonly code: string; readonly enhancedClass: string; readonly detail: string; readonly text: string };

/**
 * Reads a 4xx or 5xx reply. The basic code decides between later and never, because it is what servers act on; the
 * enhanced code (RFC 3463) decides whose fault it is, and a known text overrules it, because many servers write 5.7.1 or
 * 5.1.1 for everything. Where the classes of the two codes disagree, or in any other doubt, no address is suppressed.
 */
export function readReply(response: string, phase: SmtpPhase): Refusal {
  const reply = partsOf(response);
  if (phase === 'connect' || phase === 'login') return { kind: 'unavailable', because: outage(reply, phase) };
  if (isLoginCode(reply)) return { kind: 'unavailable', because: 'login' };
  if (says.ownLimit.test(reply.text)) return { kind: 'unavailable', because: 'busy' };
  if (!reply.code.startsWith('4')) return final(reply, phase);

  const because = deferral(reply);
  // Until a reader is named, "busy" is said to us. From RCPT on it may be about this one: taken for an outage, it would hold up everybody else's mail.
  const isBusy = phase === 'mail' && (reply.code === '421' || because === 'too-fast');
  return isBusy ? { kind: 'unavailable', because: 'busy' } : { kind: 'deferred', because };
}

function partsOf(response: string): Reply {
  // The longest of real replies have some 600 characters; RFC 5321 §4.5.3.1.5 allows 512 octets a line.
  const whole = response.slice(0, 2000).trim();
  // The codes that open the further lines of a reply stand in the middle of its sentences.
  const text = whole.replace(/\r?\n\d{3}[ -]?(?:\d\.\d{1,3}\.\d{1,3} ?)?/g, ' ');
  const [, code = ''] = /^(\d{3})(?!\d)/.exec(text) ?? [];
  // Behind the code, as RFC 2034 §4 has it; or, as qmail writes it, "(#5.1.1)" anywhere.
  const found = /^\d{3}[ -](\d)\.(\d{1,3}\.\d{1,3})(?![\d.])/.exec(text) ?? /\(#(\d)\.(\d{1,3}\.\d{1,3})\)/.exec(text);
  const [, enhancedClass = '', detail = ''] = found ?? [];
  return { code, enhancedClass, detail, text };
}

function outage(reply: Reply, phase: 'connect' | 'login'): 'login' | 'connection' | 'busy' {
  // 432: the password has to be changed. Elsewhere Exchange has it for a mailbox that is busy.
  if (isLoginCode(reply) || (phase === 'login' && reply.code === '432')) return 'login';
  if (reply.code.startsWith('4')) return 'busy';
  // Whatever else a server says no to a login with, trying again does not make the password right.
  return phase === 'login' && reply.code.startsWith('5') ? 'login' : 'connection';
}

/** RFC 4954 §6: a login is missing, wrong or too weak; none of it mends itself. */
function isLoginCode({ code }: Reply): boolean {
  return ['530', '534', '535', '538'].includes(code);
}

function deferral(reply: Reply): Deferral {
  const { code, detail, text } = reply;
  if (says.greylisted.test(text)) return 'greylisted';
  if (isFull(reply)) return 'mailbox-full';
  if (says.mailboxTooFast.test(text)) return 'later';
  if (says.tooFast.test(text) || detail.startsWith('7.')) return 'too-fast';
  return code === '450' && detail === '2.0' ? 'greylisted' : 'later';
}

function final(reply: Reply, phase: 'mail' | 'rcpt' | 'data' | 'dot'): Refusal {
  const because = rejection(reply, phase);
  // The person may empty it, so the mail is tried again until it expires.
  const isSoft = because === 'mailbox-full' && !says.fullForGood.test(reply.text);
  return isSoft ? { kind: 'deferred', because: 'mailbox-full' } : { kind: 'rejected', because };
}

function rejection(reply: Reply, phase: 'mail' | 'rcpt' | 'data' | 'dot'): Rejection {
  const { code, enhancedClass, detail } = reply;
  if (enhancedClass && enhancedClass !== code.charAt(0)) return 'refused';
  if (detail === '6.7' || detail === '6.9') return 'smtputf8';
  // Nobody but us is spoken of yet.
  if (phase === 'mail') return isAboutMail(reply) ? 'content' : isProtocol(reply) ? 'protocol' : 'policy';
  if (isFull(reply)) return 'mailbox-full';
  if (isAboutMail(reply)) return 'content';
  if (isThisReaderOnly(reply)) return 'refused';
  if (isAgainstUs(reply)) return 'policy';
  if (isNoMailbox(reply, phase)) return 'no-mailbox';
  if (detail.startsWith('7.')) return says.recipientRejected.test(reply.text) ? 'refused' : 'policy';
  return isProtocol(reply) ? 'protocol' : 'refused';
}

function isFull({ detail, text }: Reply): boolean {
  return detail === '2.2' || says.mailboxFull.test(text);
}

function isAboutMail({ detail, text }: Reply): boolean {
  if (['3.4', '2.3'].includes(detail) || detail.startsWith('6.')) return true;
  return says.tooLarge.test(text) || says.badContent.test(text);
}

/** Details of x.7 that speak of one mailbox or list: RFC 3463 §3.8, RFC 5248, RFC 7293 §9, and Exchange's own. */
const readerDetails = ['7.2', '7.13', '7.17', '7.18', '7.124', '7.129', '7.133', '7.134', '7.135', '7.136'];

function isThisReaderOnly({ detail, text }: Reply): boolean {
  return readerDetails.includes(detail) || says.thisReaderOnly.test(text);
}

/** 5.1.7 and 5.1.8 are about the sender (RFC 3463 §3.2), whoever the mail was for. */
function isAgainstUs({ detail, text }: Reply): boolean {
  return ['1.7', '1.8'].includes(detail) || says.againstUs.test(text) || says.aboutSender.test(text);
}

/** RFC 3463 §3.2, §3.3; 556 and 5.1.10 are a domain that takes no mail (RFC 7504, RFC 7505). 5.1.0 needs words: it means nothing by itself. */
const noMailboxDetails = ['1.1', '1.2', '1.6', '1.10', '2.1'];

function isNoMailbox({ code, detail, text }: Reply, phase: 'rcpt' | 'data' | 'dot'): boolean {
  if (says.notNow.test(text) || says.tooFast.test(text) || says.mailboxTooFast.test(text)) return false;
  if (noMailboxDetails.includes(detail) || code === '556') return true;
  // After the body some carriers say "user unknown" of a mail that they filter.
  if (phase === 'dot' || !code.startsWith('55')) return false;
  const isPlain = !detail || detail === '5.0';
  return says.noMailbox.test(text) || (isPlain && says.mailboxUnavailable.test(text));
}

function isProtocol({ code, detail }: Reply): boolean {
  if (detail) return detail.startsWith('5.');
  return ['500', '501', '502', '503', '504', '555'].includes(code);
}
