import { quoted } from '../diagnostic.js';
import { responseKey, type StepHappening } from '../sequence/condition-file.js';
import type { JsonPath } from '../sequence/json-source.js';
import { type Finding, type Linted, placeIn } from './finding.js';
import { waysIn } from '../sequence/ways.js';
import { reachableSteps } from './graph.js';
import { conditionsOf, type Program, type StepId } from '../sequence/program.js';

const happenings: readonly string[] = ['sent', 'opened', 'clicked', 'replied', 'bounced'] satisfies StepHappening[];

/** A step that a condition names, where, and how. */
type Mention = { readonly step: string; readonly path: JsonPath; readonly what: 'mail' | 'webhook' };
/** A condition by its place, and the step at which it is asked; null: at any. */
type Asking = { readonly path: JsonPath; readonly at: StepId | null };

/** Conditions that ask about a mail or a call before it can have been made. */
export function findTooEarly({ project, outlooks }: Linted): readonly Finding[] {
  return [...project.programs.values()].flatMap((program) => {
    const reached = reachableSteps(program, outlooks);
    const leadsTo = waysIn(program);
    const isBefore = (step: StepId, at: StepId | null): boolean =>
      at === null ? reached.has(step) : leadsTo(step, at);
    return askingsIn(program)
      .filter(({ at }) => at === null || reached.has(at))
      .flatMap(({ path, at }) =>
        mentionsIn(valueAt(project.sources.get(program.name), path), path)
          .filter(({ step }) => !stepsNamed(step, program).some((id) => isBefore(id, at)))
          .map((mention) => tooEarly(mention, program, (step) => isBefore(step, at))),
      );
  });
}

function askingsIn(program: Program): readonly Asking[] {
  const { exit, goal, steps } = program;
  return [
    ...(exit.if ? [{ path: ['exit', 'if'], at: null }] : []),
    ...(goal ? [{ path: ['goal'], at: null }] : []),
    ...[...steps.values()].flatMap((step) => [
      ...conditionsOf(step).map(({ at }) => ({ path: [...step.path, ...at], at: step.id })),
      ...(step.kind === 'pick' ? step.pool : []).map((mail) => {
        return { path: [...(program.steps.get(mail.step)?.path ?? step.path), 'if'], at: step.id };
      }),
    ]),
  ];
}

/** The mails and webhooks that a condition, as written, names. */
function mentionsIn(written: unknown, path: JsonPath): readonly Mention[] {
  if (typeof written !== 'object' || written === null) return [];
  return Object.entries(written).flatMap(([key, value]): readonly Mention[] => {
    const here = [...path, Array.isArray(written) ? Number(key) : key];
    if (happenings.includes(key) && typeof value === 'string')
      return /^https?:/i.test(value) ? [] : [{ step: value, path: here, what: 'mail' }];
    const [, webhook] = responseKey.exec(key) ?? [];
    if (webhook !== undefined) return [{ step: webhook, path: here, what: 'webhook' }];
    return Array.isArray(written) || ['all', 'any', 'not'].includes(key) ? mentionsIn(value, here) : [];
  });
}

/** The step of that name, or the mails that it stands for. */
function stepsNamed(name: string, { steps }: Program): readonly StepId[] {
  const step = steps.get(name);
  if (step?.kind === 'pick') return step.pool.map((mail) => mail.step);
  if (step?.kind === 'split') return step.ways.flatMap(({ to }) => to ?? []);
  return [name];
}

function tooEarly({ step, path, what }: Mention, program: Program, isBefore: (step: StepId) => boolean): Finding {
  const kinds = what === 'mail' ? ['send', 'pick'] : ['webhook'];
  const steps = [...program.steps.values()];
  const pooled = new Set(steps.flatMap((one) => (one.kind === 'pick' ? one.pool.map((mail) => mail.step) : [])));
  const names = steps
    .filter(({ id, kind }) => kinds.includes(kind) && !pooled.has(id) && isBefore(id))
    .map(({ id }) => id);
  const done = what === 'mail' ? 'sent' : 'called';
  return {
    rule: 'condition-before-step',
    place: placeIn(program, path, what === 'webhook'),
    message: `no way leads from ${quoted(step)} to here, so it cannot have been ${done} when this is asked`,
    hint:
      names.length > 0
        ? `Ask further down, or about what was ${done} before: ${names.slice(0, 8).join(', ')}.`
        : `Nothing is ${done} before this; ask further down.`,
  };
}

function valueAt(value: unknown, [key, ...rest]: JsonPath): unknown {
  if (key === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  return valueAt(Object.getOwnPropertyDescriptor(value, key)?.value, rest);
}
