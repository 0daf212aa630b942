import { type Diagnostic, didYouMean, quoted } from '../diagnostic.js';
import { mailEventTypes } from '../event/canonical.js';
import { type EventValue, eventTypeOf } from '../event/lead-event.js';
import { checkMergeText, type MergePlace } from './check-merge.js';
import { type Condition, conditionsIn, triggerOf } from './condition-file.js';
import { isTimeZone } from './duration.js';
import type { FieldTest } from './field-test-file.js';
import { type JsonPath, type JsonSource, valueAt } from './json-source.js';
import { builtInFields, derivedFields, type FieldType } from './lead-file.js';
import { conditionsOf, groupedIn, type Program, type ProgramStep, type StepOfKind } from './program.js';
import { salesAnswers } from './sales-file.js';

/** What names a file may use: those that the other files define. */
export type Names = {
  readonly templates: readonly string[];
  readonly sequences: readonly string[];
  /** Undefined when the funnel itself cannot be read: its one mistake would show at every stage named elsewhere. */
  readonly stages: readonly string[] | undefined;
  /** Declared fields; undefined when there is no lead.json and any name may be a field. */
  readonly fields: ReadonlyMap<string, FieldType> | undefined;
  /** Undefined when segments.json cannot be read. */
  readonly segments: readonly string[] | undefined;
  /** Thresholds of the score; undefined when scoring.json cannot be read. */
  readonly thresholds: readonly string[] | undefined;
  readonly calendars: readonly string[];
  /** Undefined when there are no form files, and any name may be a form of the site's own. */
  readonly forms: readonly string[] | undefined;
  /** What forms ask consent to; undefined when there are none. */
  readonly purposes: readonly string[] | undefined;
};

/** One thing to look at: where it stands, and what is wrong with it, if anything is. */
type Finding = { readonly path: JsonPath; readonly code: string; readonly message: string; readonly hint: string };

/** What holds between a sequence and the rest of the project. Each problem at its place in the file. */
export function checkProgram(program: Program, source: JsonSource, names: Names): readonly Diagnostic[] {
  const steps = [...program.steps.values()];
  const { enroll, broadcast, exit, goal, stage } = program;
  const asked: readonly (readonly [JsonPath, Condition | undefined, Program | undefined])[] = [
    [['enroll', 'if'], enroll.if, undefined],
    [['audience'], broadcast?.audience, undefined],
    [['exit', 'if'], exit.if, program],
    [['goal'], goal, program],
  ];
  return [
    ...told(stage === undefined ? [] : unknownName('stage', stage, names.stages, ['stage']), source),
    ...steps.flatMap((step) => checkStep(step, program, source, names)),
    ...checkTriggers(enroll.on, ['enroll', 'on'], source, names),
    ...checkTriggers(exit.on, ['exit', 'on'], source, names),
    ...enroll.dates.flatMap(({ field }) => {
      const isIt = (item: unknown): boolean => valueAt(item, ['date']) === `lead.${field}`;
      const place = placeIn(['enroll', 'on'], source, isIt);
      return told(dateField(field, place, names), source);
    }),
    ...asked.flatMap(([path, condition, inside]) =>
      condition ? checkCondition(condition, path, source, names, inside) : [],
    ),
    ...told(noSender(steps), source),
  ];
}

function told(findings: readonly Finding[], source: JsonSource): readonly Diagnostic[] {
  return findings.map(({ path, ...finding }) => source.problem(path, finding));
}

/** Where an item of a list stands, or the one value in its place. */
function placeIn(path: JsonPath, source: JsonSource, isIt: (item: unknown) => boolean): JsonPath {
  const written = valueAt(source.value, path);
  const index = Array.isArray(written) ? written.findIndex(isIt) : -1;
  return index < 0 ? path : [...path, index];
}

/** A name nobody defined, with the one that was likely meant; nothing where any name may be. */
function unknownName(
  what: string,
  name: string,
  known: readonly string[] | undefined,
  path: JsonPath,
): readonly Finding[] {
  if (!known || known.includes(name)) return [];
  const code = `unknown-${what}`;
  return [{ path, code, message: `there is no ${what} ${quoted(name)}`, hint: didYouMean(name, known) }];
}

function checkStep(step: ProgramStep, program: Program, source: JsonSource, names: Names): readonly Diagnostic[] {
  return [
    ...told(namesIn(step, source, names), source),
    ...textsIn(step).flatMap(({ path, text }) => checkMergeText(text, path, source, names, placeOf(step))),
    ...conditionsOf(step).flatMap(({ at, condition }) =>
      checkCondition(condition, [...step.path, ...at], source, names, program),
    ),
    ...(step.kind === 'wait-for' && 'event' in step.for
      ? checkTriggers([step.for.event], [...step.path, 'waitFor'], source, names)
      : []),
    ...(step.kind === 'pick' ? step.pool : []).flatMap((mail) => {
      const path = program.steps.get(mail.step)?.path ?? step.path;
      return [
        ...mail.stages.flatMap((name) => told(unknownName('stage', name, names.stages, [...path, 'stages']), source)),
        ...(mail.if ? checkCondition(mail.if, [...path, 'if'], source, names, program) : []),
      ];
    }),
  ];
}

function placeOf({ kind }: ProgramStep): MergePlace {
  return kind === 'notify' ? 'notice' : kind === 'webhook' ? 'webhook' : 'mail';
}

/** Names that a step uses and nobody defined. */
function namesIn(step: ProgramStep, source: JsonSource, names: Names): readonly Finding[] {
  const { path } = step;
  if (step.kind === 'send') {
    const own = [...path, 'window'];
    const window = valueAt(source.value, own) === undefined ? ['send', 'window'] : own;
    return [
      ...unknownName('template', step.template, names.templates, [...path, 'send']),
      ...unknownCalendars(step.window?.holidays ?? [], [...window, 'holidays'], source, names),
    ];
  }
  if (step.kind === 'notify')
    return [
      ...unknownName('template', step.template, names.templates, [...path, 'notify', 'template']),
      ...ownerField(step, names),
    ];
  if (step.kind === 'wait') return unknownCalendars(step.holidays, ['send', 'window', 'holidays'], source, names);
  if (step.kind === 'wait-until')
    return step.until.kind === 'field' ? dateField(step.until.field, [...path, 'wait', 'until'], names) : [];
  if (step.kind === 'stage') return unknownName('stage', step.stage, names.stages, [...path, 'stage']);
  if (step.kind === 'enroll' || step.kind === 'unenroll')
    return unknownName('sequence', step.sequence, names.sequences, [...path, step.kind]);
  if (step.kind === 'split') return step.winner ? slippedEvent(step.winner.by, [...path, 'winner', 'by']) : [];
  return step.kind === 'set' ? Object.entries(step.fields).flatMap((field) => wrongSet(field, path, names)) : [];
}

function wrongSet([field, value]: [string, EventValue], path: JsonPath, names: Names): readonly Finding[] {
  const place = [...path, 'set', `lead.${field}`];
  const unknown = [...unknownField(field, place, names), ...unsettable(field, value, place)];
  return unknown.length > 0 ? unknown : wrongValue(field, typeOf(value), place, names);
}

function unknownCalendars(
  holidays: readonly string[],
  path: JsonPath,
  source: JsonSource,
  { calendars }: Names,
): readonly Finding[] {
  return holidays.flatMap((name) =>
    unknownName(
      'calendar',
      name,
      calendars,
      placeIn(path, source, (item) => item === name),
    ),
  );
}

/** What no step may do to a built-in field. */
function unsettable(field: string, value: EventValue, path: JsonPath): readonly Finding[] {
  if (field === 'email' || derivedFields.includes(field)) {
    const hint = 'Set a field of your own; fields are declared in lead.json.';
    return [{ path, code: 'fixed-field', message: `no step can change lead.${field}`, hint }];
  }
  if (field !== 'timezone' || (typeof value === 'string' && isTimeZone(value))) return [];
  const hint = 'Write a name such as "Europe/Paris".';
  return [{ path, code: 'unknown-time-zone', message: `there is no time zone ${quoted(String(value))}`, hint }];
}

/** The field that names whom a step tells; the lead's own address would make its secret notes mails to the lead. */
function ownerField({ owner, path }: StepOfKind<'notify'>, names: Names): readonly Finding[] {
  if (owner === undefined) return [];
  const place = [...path, 'notify', 'email', 'field'];
  if (owner === 'email') {
    const hint = 'Name a field that holds the address of one of yours.';
    return [{ path: place, code: 'notice-to-lead', message: '"email" is the address of the lead itself', hint }];
  }
  const unknown = unknownField(owner, place, names);
  return unknown.length > 0 ? unknown : wrongValue(owner, 'text', place, names);
}

/** Texts of a step in which merge fields are filled. */
function textsIn(step: ProgramStep): readonly { readonly path: JsonPath; readonly text: string }[] {
  const { path } = step;
  if (step.kind === 'send') return [{ path: [...path, 'subject'], text: step.subject }];
  if (step.kind === 'notify') return [{ path: [...path, 'notify', 'subject'], text: step.subject }];
  if (step.kind !== 'webhook') return [];
  return Object.entries(step.body).flatMap(([key, text]) =>
    typeof text === 'string' ? [{ path: [...path, 'webhook', 'body', key], text }] : [],
  );
}

function noSender(steps: readonly ProgramStep[]): readonly Finding[] {
  const mail = steps.find((step) => (step.kind === 'send' || step.kind === 'notify') && !step.from);
  if (!mail) return [];
  const hint = 'Add "send": { "from": "Name <name@example.com>" } to the sequence.';
  return [{ path: mail.path, code: 'no-sender', message: `the mail "${mail.id}" has no sender`, hint }];
}

/** Events that Rivulet, a provider or a form tells. Any other name is an event of the marketer's own. */
const knownEvents = [
  ...mailEventTypes,
  'lead.created',
  'lead.updated',
  'field.changed',
  'stage.entered',
  'segment.entered',
  'segment.left',
  'threshold.reached',
  'threshold.left',
  'form.submitted',
  'page.viewed',
  'converted',
  'tag.added',
  'tag.removed',
  'consent.granted',
  'consent.withdrawn',
  'consent.asked',
  'asset.downloaded',
  'resubscribed',
  'suppressed',
  'suppression.lifted',
  'owner.assigned',
  'handed-over',
  'sales.answered',
];

/** A slip in a trigger would be an event that never comes, and nobody would notice but the leads. */
export function checkTriggers(
  triggers: readonly string[],
  path: JsonPath,
  source: JsonSource,
  names: EventNames,
): readonly Diagnostic[] {
  const findings = triggers.flatMap((trigger) =>
    wrongTrigger(
      trigger,
      placeIn(path, source, (item) => item === trigger),
      names,
    ),
  );
  return told(findings, source);
}

type EventNames = Omit<Names, 'templates' | 'sequences' | 'calendars'>;

function wrongTrigger(trigger: string, path: JsonPath, names: EventNames): readonly Finding[] {
  const [name = '', about] = trigger.split(/:(.*)/s);
  const defined: Readonly<Record<string, readonly string[] | undefined>> = {
    'stage.entered': names.stages,
    'segment.entered': names.segments,
    'segment.left': names.segments,
    'threshold.reached': names.thresholds,
    'threshold.left': names.thresholds,
    'form.submitted': names.forms,
    'consent.asked': names.forms,
    'consent.granted': names.purposes,
    'consent.withdrawn': names.purposes,
    'sales.answered': salesAnswers,
  };
  if (name.startsWith('segment.') && Object.hasOwn(defined, name) && !about) {
    const hint = `Write "${name}:<segment>".`;
    return [{ path, code: 'no-segment', message: 'this trigger names no segment', hint }];
  }
  // "*" at the end stands for any rest.
  if (!about || about.endsWith('*')) return slippedEvent(name, path);
  if (name === 'field.changed') return unknownField(about, path, names);
  if (name === 'sales.answered') return unknownName('answer', about, defined[name], path);
  if (name.startsWith('consent.') && Object.hasOwn(defined, name))
    return unknownName(name === 'consent.asked' ? 'form' : 'purpose', about, defined[name], path);
  if (Object.hasOwn(defined, name)) return unknownName(name.split('.')[0] ?? name, about, defined[name], path);
  return slippedEvent(name, path);
}

/** The name of an event that is a slip away from one of ours. */
function slippedEvent(name: string, path: JsonPath): readonly Finding[] {
  if (knownEvents.includes(eventTypeOf(name))) return [];
  const hint = didYouMean(name, knownEvents);
  if (!hint.startsWith('Did you mean')) return [];
  const mend = `${hint} An event of your own needs a name less like it.`;
  return [{ path, code: 'unknown-event', message: `no event is called ${quoted(name)}`, hint: mend }];
}

/** What a condition names. Without a program it stands outside any sequence, where no step can be meant. */
export function checkCondition(
  condition: Condition,
  path: JsonPath,
  source: JsonSource,
  names: EventNames,
  program?: Program,
): readonly Diagnostic[] {
  const findings = conditionsIn(condition).flatMap((part): readonly Finding[] => {
    if (part.kind === 'mail') return unknownStep('mail', part.step, path, program);
    if (part.kind === 'response') return unknownStep('webhook', part.step, path, program);
    return wrongPart(part, path, names);
  });
  return told(findings, source);
}

function wrongPart(part: Condition, path: JsonPath, names: EventNames): readonly Finding[] {
  if (part.kind === 'stage') return unknownName('stage', part.stage, names.stages, path);
  if (part.kind === 'segment') return unknownName('segment', part.segment, names.segments, path);
  if (part.kind === 'threshold') return unknownName('threshold', part.threshold, names.thresholds, path);
  if (part.kind === 'consent' && part.purpose !== undefined)
    return unknownName('purpose', part.purpose, names.purposes, path);
  if (part.kind === 'field') {
    const unknown = unknownField(part.field, path, names);
    return unknown.length > 0 ? unknown : wrongTest(part.field, part.test, path, names);
  }
  if (part.kind !== 'event') return [];
  const trigger = triggerOf(part);
  return trigger.includes(':') ? wrongTrigger(trigger, path, names) : slippedEvent(trigger, path);
}

/** A step that a condition asks about and that its sequence does not have. */
function unknownStep(
  what: 'mail' | 'webhook',
  name: string,
  path: JsonPath,
  program: Program | undefined,
): readonly Finding[] {
  if (!program) {
    const message = `only the steps of a sequence can ask for its ${what}s`;
    const hint = 'Ask for an event, for example { "event": "clicked" }.';
    return [{ path, code: 'unknown-step', message, hint }];
  }
  const kind = what === 'mail' ? 'send' : 'webhook';
  const known = [...program.steps.values()]
    .filter((step) => step.kind === kind || (what === 'mail' && groupedIn(step).length > 0))
    .map(({ id }) => id);
  if (known.includes(name)) return [];
  const message = `no ${what} of this sequence is called "${name}"`;
  return [{ path, code: 'unknown-step', message, hint: didYouMean(name, known) }];
}

function unknownField(field: string, path: JsonPath, { fields }: Pick<Names, 'fields'>): readonly Finding[] {
  const known = fields && [...Object.keys(builtInFields), ...fields.keys()];
  if (!known || known.includes(field)) return [];
  const hint = `${didYouMean(field, known)} New fields are declared in lead.json.`;
  return [{ path, code: 'unknown-field', message: `leads have no field "${field}"`, hint }];
}

function declaredType(field: string, { fields }: Pick<Names, 'fields'>): FieldType | undefined {
  return Object.hasOwn(builtInFields, field) ? builtInFields[field] : fields?.get(field);
}

/** A field that must hold a date. */
function dateField(field: string, path: JsonPath, names: Pick<Names, 'fields'>): readonly Finding[] {
  const unknown = unknownField(field, path, names);
  return unknown.length > 0 ? unknown : wrongValue(field, 'date', path, names);
}

/** A use of a field as another type than the declared one, which no lead could ever meet. */
function wrongValue(
  field: string,
  asType: FieldType,
  path: JsonPath,
  names: Pick<Names, 'fields'>,
): readonly Finding[] {
  const declared = declaredType(field, names);
  if (!declared || declared === asType || (declared === 'date' && asType === 'text')) return [];
  const message = `"${field}" is declared as ${declared} and used as ${asType}`;
  return [
    { path, code: 'wrong-type', message, hint: 'Change the one or the other; fields are declared in lead.json.' },
  ];
}

function typeOf(value: unknown): FieldType {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'yes/no';
  return Array.isArray(value) ? 'list' : 'text';
}

/** A test that a field of its declared type can never pass. */
function wrongTest(field: string, test: FieldTest, path: JsonPath, names: Pick<Names, 'fields'>): readonly Finding[] {
  const { eq, not, gt, gte, lt, lte, before, after, on, startsWith, matches } = test;
  const wanted = [eq, not, ...(test.in ?? [])].filter((value) => value !== undefined).map(typeOf);
  const uses: readonly FieldType[] = [
    ...wanted,
    ...([gt, gte, lt, lte].some((value) => value !== undefined) ? (['number'] as const) : []),
    ...([before, after, on].some((value) => value !== undefined) ? (['date'] as const) : []),
    ...([startsWith, matches].some((value) => value !== undefined) ? (['text'] as const) : []),
  ];
  return uses.flatMap((type) => wrongValue(field, type, path, names)).slice(0, 1);
}
