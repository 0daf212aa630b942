import type { LeadEvent } from '../event/lead-event.js';
import type { StepId } from '../sequence/program.js';

/** One thing an enrollment did or decided, with its reason; the lead's timeline is made of these. */
export type Entry = { readonly at: Date; readonly step: StepId | null; readonly did: string; readonly because: string };

/** What of an event a mail about it may say. */
export type Trigger = {
  readonly type: string;
  readonly at: Date;
  readonly about?: string;
  /** What people call that. */
  readonly title?: string;
  /** What the lead wrote, or agreed to. */
  readonly text?: string;
  /** The mail that it answers or is about: "welcome/hello". */
  readonly mail?: string;
};

/** One lead's run through one revision of one sequence. */
export type Enrollment = {
  readonly id: string;
  readonly lead: string;
  readonly sequence: string;
  readonly revision: string;
  readonly startedAt: Date;
  /** What enrolled the lead, in words. */
  readonly because: string;
  readonly status: 'active' | 'ended';
  readonly endedAt?: Date;
  readonly endedBecause?: string;
  /** The step it stands at. */
  readonly step: StepId | null;
  /** When the last mail settled or the last wait ended; what a wait counts from. Steps that take no time leave it alone. */
  readonly since: Date;
  /** When the step may next be looked at; null once it has ended. */
  readonly dueAt: Date | null;
  /** Why it is not before `dueAt`, in words. */
  readonly waitsFor: string;
  /** Counts changes; a save must find the one it read (compare and set). */
  readonly generation: number;
  readonly history: readonly Entry[];
  /** Ways it took at splits, by the split's key. */
  readonly splits?: readonly { readonly key: string; readonly way: string; readonly at: Date }[];
  /** The value that sets this run apart from others of the same sequence, where each has a run of its own. */
  readonly key?: string;
  /** What enrolled the lead, where a mail of the sequence may tell of it. */
  readonly event?: Trigger;
  /** Events that the last advance raised and that are still to be recorded. */
  readonly raised: readonly LeadEvent[];
};

/** Ends an enrollment; ending one that has ended changes nothing. */
export function leave(enrollment: Enrollment, because: string, now: Date): Enrollment {
  if (enrollment.status === 'ended') return enrollment;
  return {
    ...enrollment,
    status: 'ended',
    endedAt: now,
    endedBecause: because,
    dueAt: null,
    waitsFor: '',
    history: [...enrollment.history, { at: now, step: enrollment.step, did: 'left', because }],
  };
}
