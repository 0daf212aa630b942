import { readReply, type SmtpPhase } from '../event/smtp-reply.js';
import type { Handover } from './transport.js';

/** Why no line could be opened. Nothing was handed over, whatever the server said. */
export function whyNotOpen(error: Error, phase: 'connect' | 'login'): Extract<Handover, { kind: 'unavailable' }> {
  const { code, response, command } = fieldsOf(error);
  const reply = shortReply(response || error.message);
  const isTorn = code === 'ECONNECTION' && command === 'CONN';
  const refusal = isNo(response) && !isTorn ? readReply(response, phase) : undefined;
  return { kind: 'unavailable', reply, because: refusal?.kind === 'unavailable' ? refusal.because : 'connection' };
}

/** What an error of `send` means. After the dot only the server's own no is a no; before it nothing was handed over. */
export function afterSend(error: Error, isBeyondDot: boolean): Handover {
  const { response, command } = fieldsOf(error);
  const reply = shortReply(response || error.message);
  // Nodemailer's own no: the mail is larger than EHLO said the server takes (RFC 1870 §6.1).
  if (isTooLarge(error)) return { kind: 'rejected', reply, because: 'content' };

  const isLost = !isNo(response) || (isCutShort(error) && !isBeyondDot);
  if (isLost) return isBeyondDot ? { kind: 'uncertain', reply } : { kind: 'unavailable', reply, because: 'connection' };
  // Of half a line only the code has come whole.
  const whole = isCutShort(error) ? response.slice(0, 3) : response;
  return { ...readReply(whole, isBeyondDot ? 'dot' : phaseOf(command)), reply };
}

/** True of an answer to the body itself, which some servers give before they have seen its end. */
export function isAboutBody(error: Error): boolean {
  const { code, command } = fieldsOf(error);
  return code === 'EMESSAGE' && command === 'DATA';
}

/** A yes has a code of three digits (RFC 5321 §4.2), the same in all its lines. */
export function isYes(response: string): boolean {
  return codeOf(response).startsWith('2');
}

/** Replies are kept; a server that writes novels must not fill the ledger (RFC 5321 §4.5.3.1.5 allows 512 octets). */
export function shortReply(reply: string): string {
  return reply.replace(/\s+/g, ' ').trim().slice(0, 500);
}

function isNo(response: string): boolean {
  return /^[45]/.test(codeOf(response));
}

/** The code all lines agree on; empty when there is none. */
function codeOf(response: string): string {
  const code = /^\d{3}(?!\d)/.exec(response)?.[0] ?? '';
  const isOne = !response.includes('\n') || response.split('\n').every((line) => line.startsWith(code));
  return isOne ? code : '';
}

function isTooLarge(error: Error): boolean {
  const { code, command, response } = fieldsOf(error);
  return code === 'EMESSAGE' && command === 'MAIL FROM' && !response;
}

/** A connection that ended within a reply. 421 ends it too, but is a reply of its own. */
function isCutShort(error: Error): boolean {
  const { command, response } = fieldsOf(error);
  return command === 'CONN' && !response.startsWith('421');
}

/** Nodemailer names the command, save for 421 behind a pipelined RCPT. One in answer to MAIL it names. */
function phaseOf(command: string): SmtpPhase {
  if (command.startsWith('MAIL')) return 'mail';
  return command === 'DATA' ? 'data' : 'rcpt';
}

type Fields = { readonly code: string; readonly response: string; readonly command: string };

function fieldsOf(error: Error): Fields {
  const textOf = (key: string): string => {
    const value: unknown = Reflect.get(error, key);
    return typeof value === 'string' ? value : '';
  };
  return { code: textOf('code'), response: textOf('response'), command: textOf('command') };
}
