import type { Program } from '../sequence/program.js';
import type { Enrollment } from './enrollment.js';
import type { Facts } from './facts.js';
import type { EndedRun } from './rejoin.js';

/** A running enrollment with the revision it runs through. */
export type Running = { readonly enrollment: Enrollment; readonly program: Program };

/** A lead with all that an event may touch. */
export type World = {
  readonly facts: Facts;
  readonly running: readonly Running[];
  /** Every run so far, for the rule when a lead may come again. */
  readonly runs: readonly (EndedRun & { readonly startedAt: Date })[];
};
