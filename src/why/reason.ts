import type { LeadEvent } from '../event/lead-event.js';
import type { Enrollment } from '../journey/enrollment.js';
import type { MailState } from '../journey/facts.js';
import type { HoldRule } from '../journey/may-go.js';
import type { World } from '../journey/world.js';
import type { Program } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import type { Moment } from '../simulation/simulate.js';

/** What is asked on the way of a mail, in the order in which it is asked. */
export type Rule =
  | 'sequence'
  | 'trigger'
  | 'suppression'
  | 'consent'
  | 'no new leads'
  | 'already running'
  | 'again'
  | 'condition'
  | 'topic'
  | 'run'
  | 'way'
  | 'waiting'
  | HoldRule
  | 'pause'
  | 'outbox'
  | 'mail server';

/** What one rule says of a mail to a lead. `data`: what it was decided by, for programs. */
export type Reason = {
  readonly rule: Rule;
  readonly says: 'yes' | 'wait' | 'no';
  readonly why: string;
  readonly at?: Date;
  readonly until?: Date;
  readonly data?: Readonly<Record<string, unknown>>;
};

/** What has become of a mail, or will if nothing else happens. `uncertain`: it may have gone, nobody heard the answer. */
export type MailVerdict = 'sent' | 'uncertain' | 'not-sent' | 'on-its-way' | 'will-come' | 'will-not-come';

/** Why a lead did, did not, or will not yet get one mail. */
export type WhyMail = {
  readonly sequence: string;
  readonly step: string;
  readonly verdict: MailVerdict;
  /** The answer in one sentence, with times on the lead's clock. */
  readonly answer: string;
  /** When it went, or is to go. */
  readonly at?: Date;
  readonly reasons: readonly Reason[];
};

/** Why a lead is, was, or is not in a sequence, and what came of each of its mails. */
export type WhySequence = {
  readonly sequence: string;
  readonly verdict: 'running' | 'over' | 'will-enter' | 'not-entered';
  readonly answer: string;
  readonly reasons: readonly Reason[];
  readonly mails: readonly WhyMail[];
};

/** A mail in the ledger, as far as this asks. */
export type LedgerMail = {
  readonly enrollment: string;
  readonly step: string;
  readonly state: MailState;
  readonly because?: string;
  readonly plannedAt: Date;
  readonly nextAttemptAt: Date;
  readonly settledAt?: Date;
  readonly transport?: string;
  readonly attempts: readonly { readonly at: Date; readonly outcome: MailState; readonly reply: string }[];
};

/** A run with the revision that it goes through; undefined when that cannot be read any more. */
export type Run = { readonly enrollment: Enrollment; readonly program: Program | undefined };

/** Everything that is known of a lead when somebody asks. */
export type Known = {
  readonly now: Date;
  readonly project: Project;
  readonly world: World;
  /** All runs, the oldest first. */
  readonly runs: readonly Run[];
  readonly mails: readonly LedgerMail[];
  readonly events: readonly LeadEvent[];
  readonly pauses: readonly Paused[];
  /** What comes if nothing else happens. */
  readonly next: readonly Moment[];
};

/** What is paused: `everything`, `sequence:<name>` or `transport:<name>`. */
export type Paused = { readonly of: string; readonly since: Date; readonly because: string };
