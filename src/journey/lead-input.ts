import type { EventValue } from '../event/lead-event.js';
import type { Consent } from './facts.js';

/** What a form, a file or the API says of a lead. Keys left out stay as they are. */
export type LeadInput = {
  readonly email: string;
  readonly emailKey: string;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly timezone?: string | undefined;
  readonly locale?: string | undefined;
  readonly attributes?: Readonly<Record<string, EventValue>> | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly consent?: Consent | undefined;
  /** Names of fields and attributes that it has no more. */
  readonly removed?: readonly string[] | undefined;
};
