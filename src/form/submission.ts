import type { EventValue } from '../event/lead-event.js';
import type { Address } from '../message/address.js';

/** Where a form was filled in. Of the person's machine no more is kept than proves the consent: its network, not its address. */
export type Origin = {
  readonly at: Date;
  /** The network that it came from: the first 24 bits of an IPv4 address, 48 of an IPv6 one; "203.0.113.0/24". */
  readonly network: string;
  readonly userAgent?: string;
  /** The page that the form stood on, without its query. */
  readonly page?: string;
  /** The page that led there, without its query. */
  readonly referrer?: string;
  /** What brought the person to that page: source, medium, campaign, term, content. */
  readonly utm?: Readonly<Record<string, string>>;
  /** The visitor that the site's script knows, to be joined with the lead. */
  readonly visitor?: string;
};

/** A form as somebody filled it in, checked against its file: who, what of the lead it says, and what was agreed to. */
export type Submission = {
  readonly form: string;
  /** The same press of the button, told twice, has the same id. */
  readonly id: string;
  readonly address: Address;
  /** Fields of the lead by name, built in or declared, in the types that they are declared with. Never the address. */
  readonly fields: Readonly<Record<string, EventValue>>;
  readonly locale?: string;
  readonly timezone?: string;
  /** Purposes whose box was ticked. */
  readonly agreed: readonly string[];
  readonly origin: Origin;
};

/**
 * What became of it. `confirm`: a mail asks whether it was the address's own person. What the page says must not depend on
 * whether the address is known already, or a stranger could ask who is here.
 */
export type Submitted =
  | { readonly kind: 'taken'; readonly lead: string; readonly isNew: boolean }
  | { readonly kind: 'confirm'; readonly lead: string };
