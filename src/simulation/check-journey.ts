import { type Diagnostic, didYouMean, inReadingOrder, quoted } from '../diagnostic.js';
import { checkCondition, checkTriggers, type Names } from '../sequence/check.js';
import { purposesOf } from '../sequence/check-consent.js';
import { type ExpectedLine, readExpectedLine } from './expected-line.js';
import { type Happening, type Happenings, JourneyFile, type JourneyLead } from './journey-file.js';
import type { JsonPath, JsonSource } from '../sequence/json-source.js';
import { findMail } from './mail-name.js';
import type * as z from 'zod';
import type { Project } from '../sequence/project.js';
import { isJourney, type Part, type ProjectFiles, readPart } from '../sequence/project-files.js';

export type JourneyPart = Part<JourneyFile>;

/** The journeys among the files, each with what its schema found wrong. */
export function readJourneys({ sequences }: Pick<ProjectFiles, 'sequences'>): readonly JourneyPart[] {
  return [...sequences]
    .filter(([path]) => isJourney(path))
    .map(([, { file, text }]) => readPart(JourneyFile, file, text));
}

/** What is wrong with the journeys, in themselves and, where the project is sound, in what they name of it. */
export function checkJourneys(journeys: readonly JourneyPart[], project: Project | undefined): readonly Diagnostic[] {
  return inReadingOrder(
    journeys.flatMap(({ source, value, problems }) => [
      ...problems,
      ...(value && project ? checkJourney(value, source, project) : []),
    ]),
  );
}

function checkJourney(journey: JourneyFile, source: JsonSource, project: Project): readonly Diagnostic[] {
  const { sequence, lead, events = [], answers = {}, splits = {}, expect } = journey;
  const programs = [...project.programs.values()];
  const webhooks = programs.flatMap(({ steps }) =>
    [...steps.values()].filter(({ kind }) => kind === 'webhook').map(({ id }) => id),
  );
  const problem = (path: JsonPath, code: string, what: string, onKey = false): Diagnostic =>
    told(source, path, code, what, onKey);
  return [
    ...(sequence && !project.programs.has(sequence)
      ? [problem(['sequence'], 'unknown-sequence', unknown('sequence', sequence, [...project.programs.keys()]))]
      : []),
    ...(lead ? checkLead(lead, ['lead'], source, project) : []),
    ...checkHappenings(events, ['events'], source, project, sequence),
    ...Object.keys(answers)
      .filter((step) => !webhooks.includes(step))
      .map((step) => problem(['answers', step], 'unknown-step', unknown('webhook', step, webhooks), true)),
    ...Object.entries(splits).flatMap(([step, way]) => checkSplit(step, way, source, project)),
    ...expect.flatMap((line, i) => checkLine(readExpectedLine(line), ['expect', i], source, project)),
  ];
}

/** What a lead of a journey names: its stage and its fields. */
export function checkLead(
  { stage, attributes = {} }: JourneyLead,
  path: JsonPath,
  source: JsonSource,
  project: Project,
): readonly Diagnostic[] {
  const names = namesOf(project);
  const wrongStage = stage !== undefined && !names.stages?.includes(stage);
  return [
    ...(wrongStage
      ? [told(source, [...path, 'stage'], 'unknown-stage', unknown('stage', stage, names.stages ?? []))]
      : []),
    ...Object.entries(attributes).flatMap(([field, value]) =>
      checkField(field, value, [...path, 'attributes', field], source, names),
    ),
  ];
}

/** What the happenings of a journey name: events, and the mails they are about. */
export function checkHappenings(
  happenings: z.output<typeof Happenings>,
  path: JsonPath,
  source: JsonSource,
  project: Project,
  sequence?: string,
): readonly Diagnostic[] {
  return happenings.flatMap((happening, i) => checkHappening(happening, [...path, i], source, project, sequence));
}

function checkHappening(
  happening: Happening,
  path: JsonPath,
  source: JsonSource,
  project: Project,
  sequence?: string,
): readonly Diagnostic[] {
  const { at, event, mail, data = {} } = happening;
  const after = at.kind === 'after' ? at.mail : undefined;
  const names = namesOf(project);
  const mails = [
    ['at', after],
    ['mail', mail],
  ] as const;
  return [
    ...mails.flatMap(([key, name]) => {
      const found = name === undefined ? undefined : findMail(name, project.programs, sequence);
      return found && 'mistake' in found ? [told(source, [...path, key], 'unknown-mail', found.mistake)] : [];
    }),
    ...checkTriggers([event], [...path, 'event'], source, names),
    ...(needsMail.includes(event.split(':')[0] ?? '') && !mail && !after
      ? [
          told(
            source,
            [...path, 'event'],
            'no-mail',
            `nobody can tell which mail is ${event.split(':')[0]}\nAdd "mail": "<step>".`,
          ),
        ]
      : []),
    ...(event === 'lead.updated'
      ? Object.entries(data).flatMap(([field, value]) =>
          checkField(field, value, [...path, 'data', field], source, names),
        )
      : []),
  ];
}

/** Events that are about one mail or about nothing. */
const needsMail: readonly string[] = ['opened', 'clicked', 'bounced', 'delivered'];

function checkField(
  field: string,
  value: unknown,
  path: JsonPath,
  source: JsonSource,
  names: Names,
): readonly Diagnostic[] {
  const test =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? { eq: value } : {};
  return checkCondition({ kind: 'field', field, test }, path, source, names);
}

function checkSplit(name: string, way: string, source: JsonSource, { programs }: Project): readonly Diagnostic[] {
  const splits = [...programs.values()].flatMap(({ name: sequence, steps }) =>
    [...steps.values()].flatMap((step) =>
      step.kind === 'split' ? [{ name: `${sequence}/${step.id}`, ways: step.ways.map((one) => one.name) }] : [],
    ),
  );
  const split = splits.find((one) => one.name === name);
  if (!split) {
    const known = splits.map((one) => one.name);
    return [told(source, ['splits', name], 'unknown-step', unknown('split', name, known), true)];
  }
  return split.ways.includes(way)
    ? []
    : [told(source, ['splits', name], 'unknown-way', unknown('way', way, split.ways))];
}

function checkLine(
  line: ExpectedLine | undefined,
  path: JsonPath,
  source: JsonSource,
  { programs, funnel }: Project,
): readonly Diagnostic[] {
  if (!line || line.kind === 'event') return [];
  const [first = ''] = line.what.split(/[:\s]/);
  if (line.kind === 'stage') {
    const stages = funnel.map(({ name }) => name);
    return stages.includes(first) ? [] : [told(source, path, 'unknown-stage', unknown('stage', first, stages))];
  }
  const [sequence = '', step] = first.split('/');
  const program = programs.get(sequence);
  if (!program) return [told(source, path, 'unknown-sequence', unknown('sequence', sequence, [...programs.keys()]))];
  if (step === undefined || program.steps.has(step)) return [];
  return [
    told(
      source,
      path,
      'unknown-step',
      `the sequence ${quoted(sequence)} has no step ${quoted(step)}\n${didYouMean(step, [...program.steps.keys()])}`,
    ),
  ];
}

function unknown(what: string, name: string, known: readonly string[]): string {
  return `there is no ${what} ${quoted(name)}\n${didYouMean(name, known)}`;
}

function told(source: JsonSource, path: JsonPath, code: string, what: string, onKey = false): Diagnostic {
  const [message = '', hint = ''] = what.split('\n');
  return source.problem(path, { code, message, hint, onKey });
}

/** The names that a project defines. */
export function namesOf({ programs, funnel, fields, scoring, segments, calendars, forms, templates }: Project): Names {
  return {
    templates: [...templates.keys()],
    sequences: [...programs.keys()],
    stages: funnel.map(({ name }) => name),
    fields,
    thresholds: scoring.thresholds.map(({ name }) => name),
    segments: [...segments.keys()],
    calendars: [...calendars.keys()],
    forms: forms.size > 0 ? [...forms.keys()] : undefined,
    purposes: purposesOf([...forms.values()]),
  };
}
