import type * as z from 'zod';
import type { Diagnostic } from '../diagnostic.js';
import { Brand } from '../message/brand.js';
import type { TemplateFiles } from '../message/template-source.js';
import { CalendarFile } from './calendar-file.js';
import { CostsFile } from './costs-file.js';
import { DeliveryFile } from './delivery-file.js';
import { FormFile } from './form-file.js';
import { FunnelFile } from './funnel-file.js';
import { type JsonSource, readJson, schemaProblems } from './json-source.js';
import { LeadFile } from './lead-file.js';
import { MachinesFile } from './machines-file.js';
import { SalesFile } from './sales-file.js';
import { ScoringFile } from './scoring-file.js';
import { SegmentsFile } from './segments-file.js';
import { TopicsFile } from './topics-file.js';

/** A file's text, and its path as a person would name it. */
export type SourceText = { readonly file: string; readonly text: string };

/** Texts of the files. */
export type ProjectFiles = {
  /** Every `*.json` under `sequences/`, by path there: `welcome.json`, `calendars/fr.json`. */
  readonly sequences: ReadonlyMap<string, SourceText>;
  readonly templates: TemplateFiles;
  readonly brand: SourceText;
  /** Files of templates/downloads/, as other files name them: "downloads/white-paper.pdf". Missing where nobody looked which there are. */
  readonly downloads?: readonly string[];
};

const namedFiles = [
  'funnel.json',
  'scoring.json',
  'lead.json',
  'segments.json',
  'topics.json',
  'delivery.json',
  'machines.json',
  'sales.json',
  'costs.json',
];

/** The sequence files among those under `sequences/`. */
export function sequenceFiles({ sequences }: ProjectFiles): readonly SourceText[] {
  return [...sequences]
    .filter(([path]) => !path.includes('/') && !isJourney(path) && !namedFiles.includes(path))
    .map(([, source]) => source);
}

/** `welcome.journey.json`, anywhere under `sequences/`: what a lead is expected to get. */
export function isJourney(path: string): boolean {
  return path.endsWith('.journey.json');
}

/** The name of a file without folder and ending; what other files call it. */
export function nameOf(file: string): string {
  const last = file.split('/').at(-1) ?? file;
  return last.replace(/\.json$/, '');
}

/** A file as read: its value where its schema took it, else what is wrong with it. */
export type Part<T> = {
  readonly source: JsonSource;
  readonly value: T | undefined;
  readonly problems: readonly Diagnostic[];
};

export function readPart<T>(schema: z.ZodType<T>, file: string, text: string | undefined): Part<T> {
  if (text === undefined) return missing(file);
  const source = readJson(file, text);
  if (source.problems.length > 0) return { source, value: undefined, problems: source.problems };
  const result = schema.safeParse(source.value);
  return result.success
    ? { source, value: result.data, problems: [] }
    : { source, value: undefined, problems: schemaProblems(source, result.error) };
}

function missing(file: string): Part<never> {
  const problem: Diagnostic = {
    file,
    line: 1,
    column: 1,
    code: 'missing-file',
    message: 'this file is missing',
    hint: 'The README shows what belongs into it.',
    severity: 'error',
  };
  return { source: readJson(file, '{}'), value: undefined, problems: [problem] };
}

/** The files that every project has one of. `lead`, `segments`, `topics`, `delivery` and `machines` may be left out. */
export function readNamedFiles({ sequences, brand }: ProjectFiles) {
  const folder = [...sequences.values()][0]?.file.replace(/[^/]*$/, '') ?? 'sequences/';
  const named = <T>(schema: z.ZodType<T>, name: string): Part<T> =>
    readPart(schema, sequences.get(name)?.file ?? folder + name, sequences.get(name)?.text);
  const mayMiss = <T>(schema: z.ZodType<T>, name: string): Part<T> | undefined =>
    sequences.has(name) ? named(schema, name) : undefined;
  return {
    funnel: named(FunnelFile, 'funnel.json'),
    scoring: named(ScoringFile, 'scoring.json'),
    lead: mayMiss(LeadFile, 'lead.json'),
    segments: mayMiss(SegmentsFile, 'segments.json'),
    topics: mayMiss(TopicsFile, 'topics.json'),
    delivery: mayMiss(DeliveryFile, 'delivery.json'),
    machines: mayMiss(MachinesFile, 'machines.json'),
    sales: mayMiss(SalesFile, 'sales.json'),
    costs: mayMiss(CostsFile, 'costs.json'),
    brand: readPart(Brand, brand.file, brand.text || undefined),
  };
}
export type NamedFiles = ReturnType<typeof readNamedFiles>;

export function readCalendars(files: ProjectFiles): readonly Part<z.output<typeof CalendarFile>>[] {
  return within(files, 'calendars').map(({ file, text }) => readPart(CalendarFile, file, text));
}

export function readForms(files: ProjectFiles): readonly Part<FormFile>[] {
  return within(files, 'forms').map(({ file, text }) => readPart(FormFile, file, text));
}

function within({ sequences }: ProjectFiles, folder: string): readonly SourceText[] {
  return [...sequences]
    .filter(([path]) => path.startsWith(`${folder}/`) && !isJourney(path))
    .map(([, source]) => source);
}
