import { createHash } from 'node:crypto';
import type { EventValue } from '../event/lead-event.js';
import type { Condition } from './condition-file.js';
import type { BusinessDays, Duration } from './duration.js';
import type { JsonPath } from './json-source.js';
import type { Until } from './moment-file.js';
import type { Again, DateTrigger } from './sequence-file.js';
import type { SendWindow } from './window-file.js';

export type StepId = string;

/** Whether a step is called by its place ("4.then.1") because nobody gave it a name. */
export function isAddress(id: StepId): boolean {
  return /^\d+(?:\.|$)/.test(id);
}

/** A step, or where a way leads: null is the end of the sequence. */
export type Target = StepId | null;

/** What a step does. `next` is the step after it. */
export type ProgramStep = {
  readonly id: StepId;
  readonly path: JsonPath;
  readonly if?: Condition;
  readonly next: Target;
} & (
  | {
      readonly kind: 'send';
      readonly template: string;
      readonly subject: string;
      readonly from?: string;
      readonly replyTo?: string;
      readonly window?: SendWindow;
      /** Neither the frequency cap nor quiet hours hold it back. */
      readonly urgent?: true;
      /** What `{{assetUrl}}` leads to. */
      readonly asset?: string;
    }
  | {
      readonly kind: 'notify';
      readonly email: string;
      /** The field of the lead that holds the address; `email` is for leads without one. */
      readonly owner?: string;
      /** It goes to the lead itself, which is asked to confirm what it agreed to. */
      readonly asksConsent?: true;
      /** Answers go to the lead. */
      readonly answersTo?: 'lead';
      readonly template: string;
      readonly subject: string;
      readonly from?: string;
    }
  | {
      readonly kind: 'webhook';
      readonly url: string;
      readonly body: Readonly<Record<string, EventValue>>;
      readonly upTo: Duration;
    }
  /** `holidays`: calendars whose days are no business days. */
  | { readonly kind: 'wait'; readonly for: Duration | BusinessDays; readonly holidays: readonly string[] }
  | {
      readonly kind: 'wait-until';
      readonly until: Until;
      readonly timeZone: string;
      readonly missed: 'go on' | 'exit';
    }
  /** `event`: one that comes while it waits; `condition`: holds, or comes to hold. */
  | {
      readonly kind: 'wait-for';
      readonly for: { readonly event: string } | { readonly condition: Condition };
      readonly upTo: Duration;
      readonly then: Target;
      readonly else: Target;
    }
  | { readonly kind: 'branch'; readonly on: Condition; readonly then: Target; readonly else: Target }
  | {
      readonly kind: 'choose';
      readonly ways: readonly { readonly if: Condition; readonly to: Target }[];
      readonly otherwise: Target;
    }
  | {
      readonly kind: 'split';
      /** Changes with the ways, not with their weights: figures of other ways must not decide between these. */
      readonly key: string;
      readonly ways: readonly SplitWay[];
      readonly winner?: WinnerRule;
    }
  | { readonly kind: 'goal'; readonly on: Condition; readonly arrival: 'go on' | 'wait' | 'exit' }
  | { readonly kind: 'score'; readonly points: number; readonly why: string }
  | { readonly kind: 'tag' | 'untag'; readonly tags: readonly string[] }
  | { readonly kind: 'set'; readonly fields: Readonly<Record<string, EventValue>> }
  | { readonly kind: 'stage'; readonly stage: string }
  | { readonly kind: 'enroll'; readonly sequence: string }
  | { readonly kind: 'unenroll'; readonly sequence: string }
  | { readonly kind: 'pick'; readonly pool: readonly PoolMail[]; readonly quiet?: Duration }
  /** Gives the lead to sales: to its owner, or else to one of `owners`, or of those whom sales.json names. */
  | { readonly kind: 'hand-over'; readonly owners?: readonly string[]; readonly why?: string }
  | { readonly kind: 'exit'; readonly because: string }
);
export type StepOfKind<Kind extends ProgramStep['kind']> = Extract<ProgramStep, { kind: Kind }>;
export type SendProgramStep = StepOfKind<'send'>;

/** A way of a split, and the mails in it by which it is judged. */
export type SplitWay = {
  readonly name: string;
  readonly weight: number;
  readonly to: Target;
  readonly mails: readonly StepId[];
};

export type WinnerRule = {
  /** `clicked`, `opened`, `replied` of the way's mails, or the type of an event. */
  readonly by: string;
  /** Leads through the split, all ways together, at which it is decided. */
  readonly after: number;
  /** Counts from the first lead. */
  readonly deadline?: Duration;
  /** The way that wins when the best are equal; undefined: the split goes on. */
  readonly tie?: string;
};

/** A mail that `pick` may choose, as the send step that it becomes. */
export type PoolMail = {
  readonly step: StepId;
  readonly template: string;
  readonly stages: readonly string[];
  readonly interests: readonly string[];
  readonly if?: Condition;
};

/** What an edit does to leads on their way. */
export type InFlight = 'pin' | 'migrate' | 'drain';

/** A sequence ready to run: flat, every step under its id. */
export type Program = {
  /** File name without its ending; what other files call the sequence. */
  readonly name: string;
  readonly title: string;
  readonly revision: string;
  readonly stage?: string;
  /** What it is about; leads may turn that off. */
  readonly topic?: string;
  /** What it is agreed to as: only leads who have granted that get its mails. */
  readonly purpose?: string;
  readonly enroll: {
    readonly on: readonly string[];
    readonly dates: readonly DateTrigger[];
    readonly if?: Condition;
    readonly again: Again;
  };
  readonly broadcast?: { readonly schedule: string; readonly timeZone: string; readonly audience?: Condition };
  readonly exit: { readonly on: readonly string[]; readonly if?: Condition; readonly onStageChange: boolean };
  readonly goal?: Condition;
  readonly inFlight: InFlight;
  /** Of several runs of a lead that are due together, the one of the highest goes first. */
  readonly priority: number;
  /** Whether some step mails the lead. What only tells us of it is held up by none of its wishes. */
  readonly mailsLead: boolean;
  readonly start: Target;
  readonly steps: ReadonlyMap<StepId, ProgramStep>;
};

/** Where a step may lead, besides its end. */
export function waysFrom(step: ProgramStep): readonly Target[] {
  const passedOver = step.if ? [step.next] : [];
  if (step.kind === 'branch' || step.kind === 'wait-for') return [step.then, step.else, ...passedOver];
  if (step.kind === 'choose') return [...step.ways.map(({ to }) => to), step.otherwise, ...passedOver];
  if (step.kind === 'split') return [...step.ways.map(({ to }) => to), ...passedOver];
  if (step.kind === 'pick') return [...groupedIn(step), step.next];
  return step.kind === 'exit' ? passedOver : [step.next];
}

/** The mails that a split or a pick stands for: what is asked of it is asked of them. */
export function groupedIn(step: ProgramStep): readonly StepId[] {
  if (step.kind === 'pick') return step.pool.map(({ step: mail }) => mail);
  return step.kind === 'split' ? [...new Set(step.ways.flatMap(({ mails }) => mails))] : [];
}

/** The conditions a step asks, each with its place under the step. */
export function conditionsOf(step: ProgramStep): readonly { readonly at: JsonPath; readonly condition: Condition }[] {
  if (step.kind === 'branch') return [{ at: ['if'], condition: step.on }];
  const own = step.if ? [{ at: ['if'], condition: step.if }] : [];
  if (step.kind === 'goal') return [...own, { at: ['goal'], condition: step.on }];
  if (step.kind === 'choose') {
    return [...own, ...step.ways.map((way, i) => ({ at: ['choose', i, 'if'], condition: way.if }))];
  }
  return step.kind === 'wait-for' && 'condition' in step.for
    ? [...own, { at: ['waitFor'], condition: step.for.condition }]
    : own;
}

/** Same content, same revision: 12 characters of a hash over the name and the file's JSON value; layout and the order of keys do not count. */
export function revisionOf(name: string, value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([name, sorted(value)]))
    .digest('hex')
    .slice(0, 12);
}

/** Keys that change nothing of what runs. */
const notesOnly = ['$schema', 'lint'];

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !notesOnly.includes(key))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
