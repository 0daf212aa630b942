import type { Diagnostic } from '../diagnostic.js';
import { didYouMean, quoted } from '../diagnostic.js';
import { isShutForAYear } from './calendar-file.js';
import type { Calendar } from './calendar-file.js';
import { checkCondition, checkTriggers, type Names } from './check.js';
import { checkScoring } from './check-scoring.js';
import { type Condition, conditionsIn } from './condition-file.js';
import type { FormFile } from './form-file.js';
import type { JsonPath, JsonSource } from './json-source.js';
import { builtInFields, derivedFields, type FieldType } from './lead-file.js';
import type { Program } from './program.js';
import type { NamedFiles, Part } from './project-files.js';
import { circularSegments, type Segments } from './segments-file.js';
import { dayNumber } from './wall-clock.js';

/** What holds between funnel, scoring, segments and the rest of the project. */
export function checkRules(files: NamedFiles, segments: Segments, names: Names): readonly Diagnostic[] {
  return [
    ...checkFunnel(files, names),
    ...checkScoring(files, segments, names),
    ...checkSegments(files, segments, names),
  ];
}

function asked(
  condition: Condition | undefined,
  path: JsonPath,
  source: JsonSource,
  names: Names,
): readonly Diagnostic[] {
  return condition ? checkCondition(condition, path, source, names) : [];
}

function checkFunnel({ funnel }: NamedFiles, names: Names): readonly Diagnostic[] {
  return (funnel.value?.stages ?? []).flatMap(({ enter }, i) => [
    ...asked(enter.if, ['stages', i, 'enter', 'if'], funnel.source, names),
    ...checkTriggers(enter.on ?? [], ['stages', i, 'enter', 'on'], funnel.source, names),
  ]);
}

function checkSegments({ segments: part }: NamedFiles, segments: Segments, names: Names): readonly Diagnostic[] {
  if (!part) return [];
  const circles = circularSegments(segments).map((name) =>
    part.source.problem(['segments', name], {
      code: 'circular-segment',
      message: `the segment ${quoted(name)} asks for itself`,
      hint: 'Take one of the segments out of the circle.',
    }),
  );
  const each = [...segments].flatMap(([name, condition]) => {
    const path = ['segments', name, 'if'];
    return [...checkCondition(condition, path, part.source, names), ...checkLinks(condition, path, part.source)];
  });
  return [...circles, ...each];
}

/** Within a sequence a link means one of its own mails; a segment has none. */
function checkLinks(condition: Condition, path: JsonPath, source: JsonSource): readonly Diagnostic[] {
  return conditionsIn(condition).flatMap((part) => {
    if (part.kind !== 'clicked-link') return [];
    const message = 'a segment has no mails of its own whose links could be meant';
    const hint = `Write { "event": "clicked", "path": ${quoted(part.url)} }.`;
    return [source.problem(path, { code: 'link-in-segment', message, hint })];
  });
}

/** Fields of a form that the lead does not have, or that could not hold what is asked. */
export function checkForm({ source, value }: Part<FormFile>, { fields }: Names): readonly Diagnostic[] {
  const known = fields && new Map([...Object.entries(builtInFields), ...fields]);
  return (value?.fields ?? []).flatMap((field, i) => {
    const path = ['fields', i, 'name'];
    if (derivedFields.includes(field.name)) {
      const message = `${field.name} is ${derivedAs[field.name] ?? 'told by Rivulet itself'}, and nobody fills it in`;
      return [source.problem(path, { code: 'unknown-field', message, hint: 'Take this field out.' })];
    }
    if (!known) return [];
    const declared = known.get(field.name);
    if (declared) return wrongInput(field, declared, ['fields', i], source);
    const message = `leads have no field "${field.name}"`;
    const hint = `${didYouMean(field.name, [...known.keys()])} New fields are declared in lead.json.`;
    return [source.problem(path, { code: 'unknown-field', message, hint })];
  });
}

const derivedAs: Readonly<Record<string, string>> = {
  createdAt: 'when Rivulet first met the lead',
  addressKind: 'told by the address itself',
};

type FormField = FormFile['fields'][number];

/** Ways to fill in a field, by its declared type. Of choices for a list, people may tick several. */
const inputsFor: Readonly<Record<FieldType, readonly NonNullable<FormField['type']>[]>> = {
  text: ['text', 'email', 'long text', 'choice'],
  number: ['number', 'choice'],
  'yes/no': ['yes/no'],
  date: ['date', 'choice'],
  list: ['choice'],
};

/** A date as a choice begins with its day. */
const isChoiceOf: Readonly<Partial<Record<FieldType, (choice: string) => boolean>>> = {
  number: (choice) => /^-?\d+(?:\.\d+)?$/.test(choice),
  date: (choice) => /^\S{10}(?:[T ]\d|$)/.test(choice) && dayNumber(choice.slice(0, 10)) !== undefined,
};

function wrongInput(
  { name, type = 'text', choices = [] }: FormField,
  declared: FieldType,
  path: JsonPath,
  source: JsonSource,
): readonly Diagnostic[] {
  const code = 'wrong-type';
  const inputs = name === 'email' ? (['email'] as const) : inputsFor[declared];
  if (!inputs.some((input) => input === type)) {
    const message = `"${name}" is declared as ${declared} and cannot be filled in as ${type}`;
    return [source.problem([...path, 'type'], { code, message, hint: `Use one of: ${inputs.join(', ')}.` })];
  }
  return choices.flatMap((choice, i) => {
    if (isChoiceOf[declared]?.(choice) !== false) return [];
    const message = `"${name}" is declared as ${declared}, and ${quoted(choice)} is none`;
    const hint = declared === 'date' ? 'Write "2026-11-30" or "2026-11-30T16:00:00Z".' : 'Write digits only.';
    return [source.problem([...path, 'choices', i], { code, message, hint })];
  });
}

/** A window that its calendars would keep shut for a year or more. */
export function checkWindows(
  { steps }: Program,
  calendars: ReadonlyMap<string, Calendar>,
  source: JsonSource,
): readonly Diagnostic[] {
  const shut = [...steps.values()].find((step) => {
    if (step.kind === 'wait' && 'businessDays' in step.for) return isShut([1, 2, 3, 4, 5], step.holidays, calendars);
    return step.kind === 'send' && step.window && isShut(step.window.days, step.window.holidays, calendars);
  });
  if (!shut) return [];
  const message = 'with these holidays nothing would go for more than a year';
  return [
    source.problem(shut.path, { code: 'impossible-window', message, hint: 'Take some days out of the calendar.' }),
  ];
}

function isShut(
  days: readonly number[],
  holidays: readonly string[],
  calendars: ReadonlyMap<string, Calendar>,
): boolean {
  return isShutForAYear(
    days,
    holidays.flatMap((name) => calendars.get(name) ?? []),
  );
}
