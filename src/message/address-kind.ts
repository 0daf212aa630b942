import mailchecker from 'mailchecker';
import { addressKey } from './address.js';
import { freeProviders } from './free-mail.js';
import { roleNames } from './role-names.js';

/**
 * What can be told of an address by its text alone. `disposable`: a mailbox that is thrown away; `free`: at a provider where
 * everybody gets one; `role`: several people read it; `company`: any other, also those of universities and own domains.
 */
export const addressKinds = ['disposable', 'free', 'role', 'company'] as const;
export type AddressKind = (typeof addressKinds)[number];

/** Tells it of an address as leads have it. Of a free provider "info@" is a person's mailbox like any other. */
export function addressKindOf(email: string): AddressKind {
  const key = addressKey(email);
  const at = key.lastIndexOf('@');
  const domain = key.slice(at + 1);
  if (isDisposable(domain)) return 'disposable';
  if (freeProviders.has(domain)) return 'free';
  return roleNames.has(roleIn(key.slice(0, Math.max(at, 0)))) ? 'role' : 'company';
}

/** A domain of the list, or one below it: those services hand out names below their own. */
function isDisposable(domain: string): boolean {
  const known = mailchecker.blacklist();
  for (let from = domain; from !== ''; from = above(from)) if (known.has(from)) return true;
  return false;
}

/** The domain that a domain is part of: no list is made of its labels, as every mail may ask. */
function above(domain: string): string {
  const dot = domain.indexOf('.');
  return dot < 0 ? '' : domain.slice(dot + 1);
}

/** "sales" of "sales+fair": what stands behind a plus is the owner's own note. */
function roleIn(local: string): string {
  return local.split('+')[0] ?? local;
}
