/** What an SMTP server's refusal means for the mail, the address and the transport. */
export type ReplyMeaning = {
  readonly kind: 'deferred' | 'rejected' | 'unavailable';
  readonly isAddressBad: boolean;
  readonly isGreylisted: boolean;
};

/** Codes that say the mailbox or its domain does not exist (RFC 3463 §3.2, §3.3). Nothing else may suppress an address. */
const badAddress = ['5.1.1', '5.1.0', '5.1.2', '5.1.10', '5.2.1'];

/**
 * Reads a 4xx or 5xx reply. `command` is what it answered. A refused login or a policy against us is our fault and never
 * the lead's (RFC 3463 §3.8; Gmail 5.7.26, Microsoft 5.7.515).
 */
export function readReply(response: string, command: 'connect' | 'login' | 'mail' | 'rcpt' | 'data'): ReplyMeaning {
  const [, code = '', enhanced = ''] = /^(\d{3})[ -]?(?:(\d\.\d{1,3}\.\d{1,3}))?/.exec(response.trim()) ?? [];
  const refusal = { isAddressBad: false, isGreylisted: false };
  // From RCPT on, 421 may be about this one recipient: taken for an outage, it would hold up everybody else's mail.
  const isBeforeRcpt = command === 'connect' || command === 'login' || command === 'mail';
  const isOutage = ['530', '534', '535', '538'].includes(code) || (code === '421' && isBeforeRcpt);
  if (command === 'connect' || command === 'login' || isOutage) return { kind: 'unavailable', ...refusal };
  if (code.startsWith('4'))
    return {
      kind: 'deferred',
      isAddressBad: false,
      isGreylisted: /gr[ea]ylist/i.test(response) || (code === '450' && enhanced === '4.2.0'),
    };
  const isAboutMailbox =
    command === 'rcpt' && (badAddress.includes(enhanced) || (!enhanced && (code === '550' || code === '553')));
  // 5.2.2 is a full mailbox: the person may empty it, so the mail is tried again until it expires.
  if (enhanced === '5.2.2') return { kind: 'deferred', ...refusal };
  return { kind: 'rejected', isAddressBad: isAboutMailbox, isGreylisted: false };
}
