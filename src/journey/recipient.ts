import { addressKey, parseAddress } from '../message/address.js';
import type { StepOfKind } from '../sequence/program.js';
import { fieldOf, type Lead } from './facts.js';

type Told = Pick<StepOfKind<'notify'>, 'email' | 'owner' | 'asksConsent'>;

/**
 * Whom a step tells of a lead: the person whom its field names, or else the address in the file. Never the lead itself, save
 * to ask it whether it was it who agreed: what one of ours is told is not for it, and no rule that protects it has been asked.
 */
export function recipientOf({ email, owner, asksConsent }: Told, lead: Lead): string {
  if (asksConsent) return lead.email;
  if (owner === undefined) return email;
  const named = parseAddress(String(fieldOf(lead, owner) ?? ''));
  return named.ok && named.value.key !== addressKey(lead.email) ? named.value.address : email;
}
