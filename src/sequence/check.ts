import { type Diagnostic, didYouMean, quoted } from '../diagnostic.js';
import { mailEventTypes } from '../event/canonical.js';
import { type MergeField, readMergeFields } from '../message/merge.js';
import type { PlacedField } from '../message/template.js';
import { type Condition, conditionsIn } from './condition-file.js';
import type { JsonPath, JsonSource } from './json-source.js';
import { builtInFields, type FieldType } from './lead-file.js';
import type { Program, ProgramStep, StepId } from './program.js';

/** What names a file may use: those that the other files define. */
export type Names = {
  readonly templates: readonly string[];
  readonly sequences: readonly string[];
  /** Undefined when the funnel itself cannot be read: its one mistake would show at every stage named elsewhere. */
  readonly stages: readonly string[] | undefined;
  /** Declared fields; undefined when there is no lead.json and any name may be a field. */
  readonly fields: ReadonlyMap<string, FieldType> | undefined;
};

/** What holds between a sequence and the rest of the project. Each problem at its place in the file. */
export function checkProgram(program: Program, source: JsonSource, names: Names): readonly Diagnostic[] {
  const steps = [...program.steps.values()];
  const problems: Diagnostic[] = [];
  const unknown = (path: JsonPath, code: string, what: string, name: string, known: readonly string[]): void => {
    if (!known.includes(name))
      problems.push(
        source.problem(path, { code, message: `there is no ${what} "${name}"`, hint: didYouMean(name, known) }),
      );
  };

  if (program.stage && names.stages) unknown(['stage'], 'unknown-stage', 'stage', program.stage, names.stages);
  for (const step of steps) {
    if (step.kind === 'send')
      unknown([...step.path, 'send'], 'unknown-template', 'template', step.template, names.templates);
    if (step.kind === 'send') problems.push(...checkSubject(step, source, names));
    if (step.kind === 'enroll')
      unknown([...step.path, 'enroll'], 'unknown-sequence', 'sequence', step.sequence, names.sequences);
    if (step.kind === 'set')
      for (const field of Object.keys(step.fields))
        problems.push(...checkField(field, [...step.path, 'set', `lead.${field}`], source, names));
    if (step.if) problems.push(...checkCondition(step.if, [...step.path, 'if'], source, names, program));
    if (step.kind === 'branch') problems.push(...checkCondition(step.on, [...step.path, 'if'], source, names, program));
  }
  const { enroll, broadcast, exit } = program;
  problems.push(...checkTriggers(enroll.on, ['enroll', 'on'], source, names));
  problems.push(...checkTriggers(exit.on, ['exit', 'on'], source, names));
  if (enroll.if) problems.push(...checkCondition(enroll.if, ['enroll', 'if'], source, names));
  if (broadcast?.audience) problems.push(...checkCondition(broadcast.audience, ['audience'], source, names));
  const noSender = steps.find((step) => step.kind === 'send' && !step.from);
  if (noSender) {
    problems.push(
      source.problem(noSender.path, {
        code: 'no-sender',
        message: `the mail "${noSender.id}" has no sender`,
        hint: 'Add "send": { "from": "Name <name@example.com>" } to the sequence.',
      }),
    );
  }
  return problems;
}

/** Events that Rivulet, a provider or a form tells. Any other name is an event of the marketer's own. */
const knownEvents = [
  ...mailEventTypes,
  'lead.created',
  'lead.updated',
  'stage.entered',
  'form.submitted',
  'page.viewed',
  'converted',
  'tag.added',
  'tag.removed',
  'consent.granted',
  'consent.withdrawn',
  'resubscribed',
];

/** A slip in a trigger would be an event that never comes, and nobody would notice but the leads. */
export function checkTriggers(
  triggers: readonly string[],
  path: JsonPath,
  source: JsonSource,
  { stages }: Pick<Names, 'stages'>,
): readonly Diagnostic[] {
  return triggers.flatMap((trigger, i): readonly Diagnostic[] => {
    const [name = '', about] = trigger.split(/:(.*)/s);
    const place = [...path, i];
    if (name === 'stage.entered' && about && stages && !stages.includes(about)) {
      return [
        source.problem(place, {
          code: 'unknown-stage',
          message: `there is no stage ${quoted(about)}`,
          hint: didYouMean(about, stages),
        }),
      ];
    }
    const hint = didYouMean(name, knownEvents);
    if (knownEvents.includes(name) || !hint.startsWith('Did you mean')) return [];
    const message = `no event is called ${quoted(name)}`;
    return [
      source.problem(place, {
        code: 'unknown-event',
        message,
        hint: `${hint} An event of your own needs a name less like it.`,
      }),
    ];
  });
}

/** A condition's steps, stages and fields. Without a program it stands outside any sequence, where no step can be meant. */
export function checkCondition(
  condition: Condition,
  path: JsonPath,
  source: JsonSource,
  names: Pick<Names, 'stages' | 'fields'>,
  program?: Program,
): readonly Diagnostic[] {
  return conditionsIn(condition).flatMap((part): readonly Diagnostic[] => {
    if (part.kind === 'field') return checkField(part.field, path, source, names);
    if (part.kind === 'stage' && names.stages && !names.stages.includes(part.stage)) {
      return [
        source.problem(path, {
          code: 'unknown-stage',
          message: `there is no stage "${part.stage}"`,
          hint: didYouMean(part.stage, names.stages),
        }),
      ];
    }
    if (part.kind !== 'mail') return [];
    if (!program) {
      const message = 'only the steps of a sequence can ask for its mails';
      const hint = 'Ask for an event, for example { "event": "clicked" }.';
      return [source.problem(path, { code: 'unknown-step', message, hint })];
    }
    const mails = [...program.steps.values()].filter((step) => step.kind === 'send').map((step) => step.id);
    if (mails.includes(part.step)) return [];
    const message = `no mail of this sequence is called "${part.step}"`;
    return [source.problem(path, { code: 'unknown-step', message, hint: didYouMean(part.step, mails) })];
  });
}

function checkField(
  field: string,
  path: JsonPath,
  source: JsonSource,
  { fields }: Pick<Names, 'fields'>,
): readonly Diagnostic[] {
  const known = fields && [...Object.keys(builtInFields), ...fields.keys()];
  if (!known || known.includes(field)) return [];
  const hint = `${didYouMean(field, known)} New fields are declared in lead.json.`;
  return [source.problem(path, { code: 'unknown-field', message: `leads have no field "${field}"`, hint })];
}

function checkSubject(
  step: Extract<ProgramStep, { kind: 'send' }>,
  source: JsonSource,
  names: Names,
): readonly Diagnostic[] {
  const path = [...step.path, 'subject'];
  const { fields, problems } = readMergeFields(step.subject);
  return [
    ...problems.map((p) => source.problem(path, { code: 'merge-field', message: p.message, hint: p.hint })),
    ...fields.flatMap((field) => {
      const problem = mergeFieldProblem(field, names);
      return problem ? [source.problem(path, problem)] : [];
    }),
  ];
}

/** What is wrong with the merge fields of templates: a name nobody knows, or one that a lead may lack and that has no default. */
export function checkMergeFields(fields: readonly PlacedField[], names: Pick<Names, 'fields'>): readonly Diagnostic[] {
  return fields.flatMap((field): readonly Diagnostic[] => {
    const problem = mergeFieldProblem(field, names);
    return problem ? [{ file: field.file, line: field.line, column: field.column, severity: 'error', ...problem }] : [];
  });
}

const alwaysThere = [
  'lead.email',
  'sequence.name',
  'unsubscribeUrl',
  'preferencesUrl',
  'brand.name',
  'brand.website',
  'brand.postalAddress',
  'brand.logoUrl',
  'brand.logoAlt',
];

function mergeFieldProblem(
  field: MergeField,
  { fields }: Pick<Names, 'fields'>,
): { code: string; message: string; hint: string } | undefined {
  if (alwaysThere.includes(field.name)) return undefined;
  const leadFields = [...Object.keys(builtInFields), ...(fields?.keys() ?? [])].map((name) => `lead.${name}`);
  const isKnown = fields ? leadFields.includes(field.name) : /^lead\.[\w-]+$/.test(field.name);
  if (!isKnown) {
    const hint = didYouMean(field.name, [...new Set([...alwaysThere, ...leadFields])]);
    return { code: 'unknown-merge-field', message: `there is no merge field {{${field.name}}}`, hint };
  }
  if (field.isCovered) return undefined;
  const hint = `Give it a default, {{${field.name} '…'}}, or put it into {{#if ${field.name}}}…{{/if}}.`;
  return { code: 'merge-field-may-be-missing', message: `some leads have no ${field.name}`, hint };
}

/** Sequences that enroll into each other in a circle with no wait in it, which would turn for ever at once. */
export function findEndlessCircle(
  programs: readonly Program[],
): { readonly path: readonly string[]; readonly step: ProgramStep } | undefined {
  const calls = new Map(programs.map((program) => [program.name, callsWithoutWait(program)]));
  const harmless = new Set<string>();
  const follow = (
    name: string,
    above: readonly string[],
  ): { path: readonly string[]; step: ProgramStep } | undefined => {
    const path = [...above, name];
    for (const step of calls.get(name) ?? []) {
      if (path.includes(step.sequence))
        return { path: [...path.slice(path.indexOf(step.sequence)), step.sequence], step };
      const found = harmless.has(step.sequence) ? undefined : follow(step.sequence, path);
      if (found) return found;
    }
    harmless.add(name);
    return undefined;
  };
  return programs.map((program) => follow(program.name, [])).find((found) => found !== undefined);
}

type EnrollStep = Extract<ProgramStep, { kind: 'enroll' }>;

function callsWithoutWait(program: Program): readonly EnrollStep[] {
  const calls: EnrollStep[] = [];
  const seen = new Set<StepId>();
  const walk = (id: StepId | null): void => {
    const step = id === null || seen.has(id) ? undefined : program.steps.get(id);
    if (!step) return;
    seen.add(step.id);
    if (step.kind === 'wait' || step.kind === 'wait-until' || step.kind === 'exit') {
      // A wait or an exit that is passed over by its `if` holds nobody up.
      if (step.if) walk(step.next);
      return;
    }
    if (step.kind === 'enroll') calls.push(step);
    if (step.kind === 'branch') for (const way of [step.then, step.else]) walk(way);
    else walk(step.next);
  };
  walk(program.start);
  return calls;
}
