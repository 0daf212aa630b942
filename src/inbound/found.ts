import type { InboundClass } from './classified.js';

/** What a rule found out about a mail. */
export type Found = {
  readonly class: InboundClass;
  readonly evidence: readonly string[];
  readonly confidence: number;
  readonly recipients?: readonly string[];
  /** Message-IDs that the report names outside of our own mail. */
  readonly named?: readonly (string | undefined)[];
  readonly envelopeId?: string | undefined;
  readonly status?: string | undefined;
  readonly reason?: string | undefined;
  readonly words?: string | undefined;
  readonly hard?: boolean;
};
