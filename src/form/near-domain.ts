import { distance } from 'fastest-levenshtein';
import type { Address } from '../message/address.js';
import { bigProviders, freeProviders } from '../message/free-mail.js';

/**
 * The address that was probably meant where its domain is one slip of the finger away from a big provider's: a letter too
 * many, too few, wrong, or two that changed places. Undefined for all others, and for domains where people do have mailboxes.
 */
export function nearAddress({ address }: Address): string | undefined {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1).toLowerCase();
  if (freeProviders.has(domain)) return undefined;
  const meant = bigProviders.find((big) => isOneSlip(domain, big));
  return meant && `${address.slice(0, at)}@${meant}`;
}

function isOneSlip(typed: string, meant: string): boolean {
  if (Math.abs(typed.length - meant.length) > 1 || typed === meant) return false;
  return distance(typed, meant) === 1 || isSwapped(typed, meant);
}

/** Two neighbours that changed places, which the distance counts as two slips. */
function isSwapped(typed: string, meant: string): boolean {
  if (typed.length !== meant.length) return false;
  const i = Array.from(typed).findIndex((letter, at) => letter !== meant[at]);
  const swapped = `${meant.slice(0, i)}${meant[i + 1] ?? ''}${meant[i] ?? ''}${meant.slice(i + 2)}`;
  return i >= 0 && typed === swapped;
}
