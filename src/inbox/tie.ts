import { isId } from '../event/id.js';
import type { Classified } from '../inbound/classified.js';
import type { Addressed } from '../message/return-address.js';
import type { AddressPurpose } from '../message/token.js';

/** By what a mail that came to us is tied to one of ours, and what the address was for that it came to. */
export type Tie = { readonly purpose?: AddressPurpose; readonly message?: string };

/**
 * Finds the mail of ours that one which came back is about. First a signed address, of the envelope or else of the headers;
 * then the ENVID of ours that a report gives back (RFC 3464 §2.2.1), then our Message-ID in what it quotes or answers. Those
 * two are not signed, but of 160 bits that only the one who got the mail has seen. `read` knows our addresses.
 */
export function tieOf(
  mail: Classified,
  recipients: readonly string[],
  read: (address: string) => Addressed | undefined,
): Tie {
  const addressed = [...recipients, ...mail.to].flatMap((address) => read(address) ?? []);
  const signed = addressed.find(({ message }) => message !== undefined);
  const purpose = (signed ?? addressed[0])?.purpose;
  const named = namesIn(mail, purpose).map(ownIdIn).find(isId);
  // Bounces go to the envelope sender. Whoever wrote with a lead knows the address that answers go to, and what comes there
  // and says that the lead's mailbox is dead, or that the lead complained, may be anybody's.
  const isVouched = signed && (signed.purpose === 'return' || isAnswer(mail, purpose));
  const message = isVouched ? signed.message : named;
  return { ...(purpose ? { purpose } : {}), ...(message ? { message } : {}) };
}

/** Everything in it that may be the name of a mail of ours. Some servers give their report the id of the mail itself. */
function namesIn(mail: Classified, purpose: AddressPurpose | undefined): readonly string[] {
  const { envelopeId, messageIds, ownId } = mail;
  const named = envelopeId === undefined ? messageIds : [envelopeId, ...messageIds];
  return ownId === undefined || isAnswer(mail, purpose) ? named : [...named, ownId];
}

/** Whether somebody answers us, and is not reporting what became of a mail. */
function isAnswer(mail: Classified, purpose: AddressPurpose | undefined): boolean {
  return answers.includes(classAt(mail.class, purpose));
}

const answers: readonly Classified['class'][] = ['reply', 'auto-reply', 'unsubscribe-request'];

/** Only one who wants to be left alone writes to the address for that, whatever the mail says: most say nothing at all. */
export function classAt(own: Classified['class'], purpose: AddressPurpose | undefined): Classified['class'] {
  const isWritten = own === 'reply' || own === 'auto-reply' || own === 'other';
  return purpose === 'leave' && isWritten ? 'unsubscribe-request' : own;
}

function ownIdIn(id: string): string {
  return id.slice(0, Math.max(0, id.indexOf('@')) || id.length);
}
