import { createHash } from 'node:crypto';
import type { Condition, FieldValue } from './condition-file.js';
import type { Duration } from './duration.js';
import type { JsonPath } from './json-source.js';
import type { SequenceFile, Step } from './sequence-file.js';
import type { SendWindow } from './window-file.js';

export type StepId = string;

/** What a step does. `next` is the step after it, null the end of the sequence. */
export type ProgramStep = {
  readonly id: StepId;
  readonly path: JsonPath;
  readonly if?: Condition;
  readonly next: StepId | null;
} & (
  | {
      readonly kind: 'send';
      readonly template: string;
      readonly subject: string;
      readonly from?: string;
      readonly replyTo?: string;
      readonly window?: SendWindow;
    }
  | { readonly kind: 'wait'; readonly for: Duration }
  | { readonly kind: 'wait-until'; readonly weekday?: number; readonly minutes?: number; readonly timeZone: string }
  | { readonly kind: 'branch'; readonly on: Condition; readonly then: StepId | null; readonly else: StepId | null }
  | { readonly kind: 'score'; readonly points: number; readonly why: string }
  | { readonly kind: 'tag' | 'untag'; readonly tags: readonly string[] }
  | { readonly kind: 'set'; readonly fields: Readonly<Record<string, FieldValue>> }
  | { readonly kind: 'enroll'; readonly sequence: string }
  | { readonly kind: 'exit'; readonly because: string }
);
export type SendProgramStep = Extract<ProgramStep, { kind: 'send' }>;

export type Again = { readonly kind: 'never' | 'always' } | { readonly kind: 'after'; readonly after: Duration };

/** A sequence ready to run: flat, every step under its id. */
export type Program = {
  /** File name without its ending; what other files call the sequence. */
  readonly name: string;
  readonly title: string;
  readonly revision: string;
  readonly stage?: string;
  readonly enroll: { readonly on: readonly string[]; readonly if?: Condition; readonly again: Again };
  readonly broadcast?: { readonly schedule: string; readonly timeZone: string; readonly audience?: Condition };
  readonly exit: { readonly on: readonly string[]; readonly onStageChange: boolean };
  readonly start: StepId | null;
  readonly steps: ReadonlyMap<StepId, ProgramStep>;
};

/** A step id that two steps bear. */
export type RepeatedId = { readonly id: StepId; readonly path: JsonPath; readonly first: JsonPath };

/** Flattens a checked file. Anonymous steps are named by their place ("4.then.1"), mails by their template. */
export function compile(
  name: string,
  file: SequenceFile,
  revision: string,
): { readonly program: Program; readonly repeated: readonly RepeatedId[] } {
  const steps = new Map<StepId, ProgramStep>();
  const repeated: RepeatedId[] = [];

  const place = (step: ProgramStep): void => {
    const first = steps.get(step.id);
    if (first) repeated.push({ id: step.id, path: step.path, first: first.path });
    else steps.set(step.id, step);
  };
  const flatten = (list: readonly Step[], path: JsonPath, address: string, after: StepId | null): void => {
    const ids = list.map((step, i) => idOf(step, `${address}${i + 1}`));
    for (const [i, step] of list.entries()) {
      const base = { id: ids[i] ?? '', path: [...path, i], next: ids[i + 1] ?? after };
      if ('then' in step) flattenBranch(step, base, `${address}${i + 1}`);
      else place(plainStep(step, { ...base, ...(step.if ? { if: step.if } : {}) }, file));
    }
  };
  const flattenBranch = (step: Extract<Step, { then: unknown }>, base: Base, address: string): void => {
    const thenStart = firstOf(step.then, `${address}.then.`) ?? base.next;
    const elseStart = firstOf(step.else ?? [], `${address}.else.`) ?? base.next;
    // Before its inner steps, so that all steps stand in reading order.
    place({ ...base, kind: 'branch', on: step.if, then: thenStart, else: elseStart });
    flatten(step.then, [...base.path, 'then'], `${address}.then.`, base.next);
    flatten(step.else ?? [], [...base.path, 'else'], `${address}.else.`, base.next);
  };

  flatten(file.steps, ['steps'], '', null);
  return { program: { name, revision, ...header(file), start: firstOf(file.steps, ''), steps }, repeated };
}

function firstOf(list: readonly Step[], address: string): StepId | null {
  return list[0] ? idOf(list[0], `${address}1`) : null;
}

function header(file: SequenceFile): Omit<Program, 'name' | 'revision' | 'start' | 'steps'> {
  const { enroll, schedule, audience, exit } = file;
  return {
    title: file.name,
    ...(file.stage ? { stage: file.stage } : {}),
    enroll: {
      on: enroll?.on ?? [],
      // A newsletter comes again by its nature.
      again: enroll?.again ?? { kind: schedule ? 'always' : 'never' },
      ...(enroll?.if ? { if: enroll.if } : {}),
    },
    ...(schedule
      ? { broadcast: { schedule, timeZone: file.timezone ?? 'UTC', ...(audience ? { audience } : {}) } }
      : {}),
    exit: { on: exit?.on ?? [], onStageChange: exit?.onStageChange ?? false },
  };
}

function idOf(step: Step, address: string): StepId {
  if (step.id) return step.id;
  return 'send' in step ? (step.send.split('/').at(-1) ?? address) : address;
}

type Base = { readonly id: StepId; readonly path: JsonPath; readonly next: StepId | null; readonly if?: Condition };

function plainStep(step: Step, base: Base, file: SequenceFile): ProgramStep {
  if ('send' in step) return sendStep(step, base, file);
  if ('wait' in step) return waitStep(step, base);
  if ('score' in step) return { ...base, kind: 'score', points: step.score, why: step.why };
  if ('tag' in step) return { ...base, kind: 'tag', tags: step.tag };
  if ('untag' in step) return { ...base, kind: 'untag', tags: step.untag };
  if ('set' in step) {
    const fields = Object.entries(step.set).map(([key, value]) => [key.slice('lead.'.length), value] as const);
    return { ...base, kind: 'set', fields: Object.fromEntries(fields) };
  }
  if ('enroll' in step) return { ...base, kind: 'enroll', sequence: step.enroll };
  if ('exit' in step) return { ...base, kind: 'exit', because: step.exit };
  throw new Error(`step ${base.id} is of no known kind`);
}

function sendStep(step: Extract<Step, { send: string }>, base: Base, file: SequenceFile): ProgramStep {
  const window = step.window === 'any time' ? undefined : (step.window ?? file.send?.window);
  const from = step.from ?? file.send?.from;
  const replyTo = step.replyTo ?? file.send?.replyTo;
  return {
    ...base,
    kind: 'send',
    template: step.send,
    subject: step.subject,
    ...(from ? { from } : {}),
    ...(replyTo ? { replyTo } : {}),
    ...(window ? { window } : {}),
  };
}

function waitStep({ wait }: Extract<Step, { wait: unknown }>, base: Base): ProgramStep {
  if ('amount' in wait) return { ...base, kind: 'wait', for: wait };
  return { ...base, kind: 'wait-until', ...wait.until, timeZone: wait.timezone ?? 'lead' };
}

/** Same content, same revision: 12 characters of a hash over the name and the file's JSON value; layout and the order of keys do not count. */
export function revisionOf(name: string, value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([name, sorted(value)]))
    .digest('hex')
    .slice(0, 12);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '$schema')
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
