import type * as z from 'zod';
import { type Diagnostic, inReadingOrder } from '../diagnostic.js';
import { Brand } from '../message/brand.js';
import {
  compileTemplate,
  mergeFieldsOf,
  type PlacedField,
  type Template,
  type TemplateReport,
} from '../message/template.js';
import { isMail, type TemplateFiles } from '../message/template-source.js';
import { type Attention, attentionOf } from './attention.js';
import {
  checkCondition,
  checkMergeFields,
  checkProgram,
  checkTriggers,
  findEndlessCircle,
  type Names,
} from './check.js';
import { type Condition, conditionsIn } from './condition-file.js';
import { type Funnel, FunnelFile, toFunnel } from './funnel-file.js';
import { faultyPaths, type JsonSource, readJson, schemaProblems } from './json-source.js';
import { type FieldType, LeadFile } from './lead-file.js';
import { compile, type Program, revisionOf } from './program.js';
import { salvage } from './salvage.js';
import { type Scoring, ScoringFile, toScoring } from './scoring-file.js';
import { SequenceFile } from './sequence-file.js';

/** All that marketers wrote, checked together and ready to run. */
export type Project = {
  readonly programs: ReadonlyMap<string, Program>;
  /** The JSON value of each sequence, which a revision is kept as. */
  readonly sources: ReadonlyMap<string, unknown>;
  readonly funnel: Funnel;
  readonly scoring: Scoring;
  readonly attention: Attention;
  /** Declared fields of a lead beyond the built-in ones; undefined when no `lead.json` declares any. */
  readonly fields?: ReadonlyMap<string, FieldType>;
  readonly templates: ReadonlyMap<string, Template>;
  readonly brand: Brand;
};

/** Texts of the files, by path as a person would name it. */
export type ProjectFiles = {
  /** Every `*.json` directly under `sequences/`, by file name. */
  readonly sequences: ReadonlyMap<string, { readonly file: string; readonly text: string }>;
  readonly templates: TemplateFiles;
  readonly brand: { readonly file: string; readonly text: string };
};

export type ProjectReport = { readonly project?: Project; readonly diagnostics: readonly Diagnostic[] };

const namedFiles = ['funnel.json', 'scoring.json', 'lead.json'];

/** Reads and checks everything together; finds all problems, not the first. There is a project only when there are none. */
export async function readProject(files: ProjectFiles): Promise<ProjectReport> {
  const named = readNamedFiles(files);
  const sequences = readSequences(files);
  const fields =
    named.lead.value && new Map(Object.entries(named.lead.value.fields).map(([name, { type }]) => [name, type]));
  const names: Names = {
    templates: [...files.templates.keys()].filter(isMail),
    sequences: [...files.sequences.keys()].filter((file) => !namedFiles.includes(file)).map(nameOf),
    stages: named.funnel.value?.stages.map((stage) => stage.name),
    fields,
  };
  const mails = await compileMails(files.templates);
  const programs = sequences.flatMap(({ program }) => program ?? []);

  const diagnostics = [
    ...Object.values(named).flatMap((part) => part.problems),
    ...sequences.flatMap(({ problems }) => problems),
    ...mails.problems,
    ...checkMergeFields(mails.fields, names),
    ...sequences.flatMap(({ program, source, isSalvaged }) =>
      // Of a salvaged sequence the sender may be among what was taken out.
      program ? checkProgram(program, source, names).filter(({ code }) => !isSalvaged || code !== 'no-sender') : [],
    ),
    ...checkRules(named, names),
    ...checkCircles(sequences),
  ];
  const { funnel, scoring, brand } = named;
  if (diagnostics.length > 0 || !funnel.value || !scoring.value || !brand.value)
    return { diagnostics: inReadingOrder(diagnostics) };
  const [stages, rules] = [toFunnel(funnel.value), toScoring(scoring.value)];
  const project: Project = {
    programs: new Map(programs.map((program) => [program.name, program])),
    sources: new Map(sequences.map(({ source }) => [nameOf(source.file), source.value])),
    funnel: stages,
    scoring: rules,
    attention: attentionOf(programs, stages, rules),
    ...(fields ? { fields } : {}),
    templates: mails.templates,
    brand: brand.value,
  };
  return { project, diagnostics: [] };
}

/** Brings a kept revision back to a program; what was once valid stays readable. */
export function readRevision(name: string, value: unknown): Program {
  return compile(name, SequenceFile.parse(value), revisionOf(name, value)).program;
}

function nameOf(file: string): string {
  return (
    file
      .split('/')
      .at(-1)
      ?.replace(/\.json$/, '') ?? file
  );
}

type Part<T> = { readonly source: JsonSource; readonly value: T | undefined; readonly problems: readonly Diagnostic[] };

function readPart<T>(schema: z.ZodType<T>, file: string, text: string | undefined): Part<T> {
  if (text === undefined) {
    const missing: Diagnostic = {
      file,
      line: 1,
      column: 1,
      code: 'missing-file',
      message: 'this file is missing',
      hint: 'The README shows what belongs into it.',
      severity: 'error',
    };
    return { source: readJson(file, '{}'), value: undefined, problems: [missing] };
  }
  const source = readJson(file, text);
  if (source.problems.length > 0) return { source, value: undefined, problems: source.problems };
  const result = schema.safeParse(source.value);
  return result.success
    ? { source, value: result.data, problems: [] }
    : { source, value: undefined, problems: schemaProblems(source, result.error) };
}

function readNamedFiles({ sequences, brand }: ProjectFiles) {
  const folder = [...sequences.values()][0]?.file.replace(/[^/]*$/, '') ?? 'sequences/';
  const named = <T>(schema: z.ZodType<T>, name: string, ifMissing?: string): Part<T> =>
    readPart(schema, sequences.get(name)?.file ?? folder + name, sequences.get(name)?.text ?? ifMissing);
  const lead = sequences.has('lead.json')
    ? named(LeadFile, 'lead.json')
    : { source: readJson('lead.json', '{}'), value: undefined, problems: [] };
  return {
    funnel: named(FunnelFile, 'funnel.json'),
    scoring: named(ScoringFile, 'scoring.json'),
    lead,
    brand: readPart(Brand, brand.file, brand.text || undefined),
  };
}

type SequencePart = {
  readonly source: JsonSource;
  readonly program?: Program;
  readonly isSalvaged?: boolean;
  readonly problems: readonly Diagnostic[];
};

function readSequences({ sequences }: ProjectFiles): readonly SequencePart[] {
  return [...sequences]
    .filter(([name]) => !namedFiles.includes(name))
    .map(([, { file, text }]) => {
      const { source, value, problems } = readPart(SequenceFile, file, text);
      if (!value) return { source, problems, ...salvaged(nameOf(file), source) };
      const { program, repeated } = compile(nameOf(file), value, revisionOf(nameOf(file), source.value));
      const twice = repeated.map(({ id, path }) =>
        source.problem(path, {
          code: 'duplicate-step',
          message: `two steps are called "${id}"`,
          hint: 'Give one of them another "id".',
        }),
      );
      return { source, program, problems: twice };
    });
}

/** What can still be checked of a sequence with mistakes in it; nothing where too little is left. */
function salvaged(name: string, source: JsonSource): Pick<SequencePart, 'program' | 'isSalvaged'> {
  const first = SequenceFile.safeParse(source.value);
  if (first.success || source.problems.length > 0) return {};
  const second = SequenceFile.safeParse(salvage(source.value, faultyPaths(source.value, first.error)));
  return second.success ? { program: compile(name, second.data, '').program, isSalvaged: true } : {};
}

async function compileMails(files: TemplateFiles) {
  const templates = new Map<string, Template>();
  const fields: PlacedField[] = [];
  const problems: Diagnostic[] = [];
  // Layout and partials are read once for themselves, or each of their problems would show once for every mail.
  for (const [name, source] of files) {
    const report: TemplateReport = isMail(name) ? await compileTemplate(name, files) : mergeFieldsOf(source);
    if (report.template) templates.set(name, report.template);
    fields.push(...report.fields);
    problems.push(...report.problems);
  }
  const seen = new Set<string>();
  const once = problems.filter((p) => {
    const key = `${p.file}:${p.line}:${p.column}:${p.message}`;
    return !seen.has(key) && Boolean(seen.add(key));
  });
  return { templates, fields, problems: once };
}

function checkRules({ funnel, scoring }: ReturnType<typeof readNamedFiles>, names: Names): readonly Diagnostic[] {
  const check = (
    condition: Condition | undefined,
    path: readonly (string | number)[],
    source: JsonSource,
  ): readonly Diagnostic[] => (condition ? checkCondition(condition, path, source, names) : []);
  return [
    ...(funnel.value?.stages ?? []).flatMap((stage, i) => [
      ...check(stage.enter.if, ['stages', i, 'enter', 'if'], funnel.source),
      ...checkTriggers(stage.enter.on ?? [], ['stages', i, 'enter', 'on'], funnel.source, names),
    ]),
    ...(scoring.value?.engagement.rules ?? []).flatMap((rule, i) =>
      checkTriggers(rule.on, ['engagement', 'rules', i, 'on'], scoring.source, names),
    ),
    ...(scoring.value?.fit?.rules ?? []).flatMap((rule, i) => {
      const path = ['fit', 'rules', i, 'if'];
      const message = 'fit is about who the lead is; it cannot ask for scores or events';
      const circular = isCircular(rule.if)
        ? [
            scoring.source.problem(path, {
              code: 'fit-asks-score',
              message,
              hint: 'Use fields, tags or the stage, or make it a rule of engagement.',
            }),
          ]
        : [];
      return [...check(rule.if, path, scoring.source), ...circular];
    }),
  ];
}

/** What a score is made of cannot ask what the score is. */
function isCircular(condition: Condition): boolean {
  return conditionsIn(condition).some((part) => part.kind === 'points' || part.kind === 'event');
}

function checkCircles(sequences: readonly SequencePart[]): readonly Diagnostic[] {
  const circle = findEndlessCircle(sequences.flatMap(({ program }) => program ?? []));
  const home = sequences.find(
    ({ program }) => program && [...program.steps.values()].some((step) => step === circle?.step),
  );
  if (!circle || !home) return [];
  const message = `these sequences enroll into each other without a wait: ${circle.path.join(' → ')}`;
  return [
    home.source.problem(circle.step.path, {
      code: 'endless-circle',
      message,
      hint: 'Put a "wait" before one of the "enroll" steps.',
    }),
  ];
}
