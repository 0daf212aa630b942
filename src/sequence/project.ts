import { type Diagnostic, inReadingOrder } from '../diagnostic.js';
import { builtIn, type Machines, machinesWith } from '../event/machine-rule.js';
import type { SameAddress } from '../message/address.js';
import type { Brand } from '../message/brand.js';
import {
  compileTemplate,
  mergeFieldsOf,
  type PlacedField,
  type RenderedMails,
  type Template,
  type TemplateReport,
} from '../message/template.js';
import { composeMail, isMail, type TemplateFiles } from '../message/template-source.js';
import { type Attention, attentionOf, type Rules } from './attention.js';
import { type Calendar, toCalendar } from './calendar-file.js';
import { checkProgram, type Names } from './check.js';
import { assetsOf, checkFormAsset, checkMailAssets } from './check-assets.js';
import { findEndlessCircle } from './check-circle.js';
import { checkDelivery, checkQuietHours } from './check-delivery.js';
import { checkMergeFields } from './check-merge.js';
import { checkOptIn, checkPurpose, checkQuestions, purposesOf } from './check-consent.js';
import { checkOwners } from './check-owners.js';
import { checkForm, checkRules, checkWindows } from './check-rules.js';
import { checkHandOvers, checkSales } from './check-sales.js';
import { compile, type CompileFault } from './compile.js';
import { checkCosts, type Costs, toCosts } from './costs-file.js';
import { type Delivery, noDelivery, toDelivery } from './delivery-file.js';
import type { FormFile } from './form-file.js';
import { type Funnel, toFunnel } from './funnel-file.js';
import { faultyPaths, type JsonSource } from './json-source.js';
import { type FieldType, toSameAddress } from './lead-file.js';
import { type Program, revisionOf } from './program.js';
import {
  nameOf,
  type Part,
  type ProjectFiles,
  readCalendars,
  readForms,
  readNamedFiles,
  readPart,
  sequenceFiles,
  type SourceText,
} from './project-files.js';
import type { QuietHours } from './quiet-hours-file.js';
import { type Sales, toSales } from './sales-file.js';
import { salvage } from './salvage.js';
import { type Scoring, toScoring } from './scoring-file.js';
import { notesIn, type Segments, toSegments } from './segments-file.js';
import { SequenceFile } from './sequence-file.js';
import { checkTopic, type Topic, toTopics } from './topics-file.js';

/** All that marketers wrote, checked together and ready to run. */
export type Project = {
  readonly programs: ReadonlyMap<string, Program>;
  /** The JSON value of each sequence, which a revision is kept as. */
  readonly sources: ReadonlyMap<string, unknown>;
  readonly funnel: Funnel;
  readonly scoring: Scoring;
  readonly segments: Segments;
  /** What segments are for, by name, where the file says. */
  readonly segmentNotes?: ReadonlyMap<string, string>;
  readonly delivery: Delivery;
  /** By what machines are known that open and click; what machines.json adds comes first. */
  readonly machines: Machines;
  readonly calendars: ReadonlyMap<string, Calendar>;
  readonly forms: ReadonlyMap<string, FormFile>;
  readonly attention: Attention;
  /** Who looks after leads; undefined where no sales.json names anybody. */
  readonly sales?: Sales;
  /** What was spent; undefined where no costs.json says anything. */
  readonly costs?: Costs;
  /** What leads may turn off, in the order in which they see it; undefined where no topics.json defines any. */
  readonly topics?: readonly Topic[];
  /** Declared fields of a lead beyond the built-in ones; undefined when no `lead.json` declares any. */
  readonly fields?: ReadonlyMap<string, FieldType>;
  /** By what two addresses are one person's; undefined where lead.json does not say: by case alone. */
  readonly sameAddress?: SameAddress;
  readonly templates: ReadonlyMap<string, Template>;
  readonly brand: Brand;
};

/** `project` is there unless one of the diagnostics is an error. */
export type ProjectReport = { readonly project?: Project; readonly diagnostics: readonly Diagnostic[] };

/** Reads and checks everything together; finds all problems, not the first. Without `rendered` every mail is made anew. */
export async function readProject(files: ProjectFiles, rendered?: RenderedMails): Promise<ProjectReport> {
  const named = readNamedFiles(files);
  const sequences = sequenceFiles(files).map(readSequence);
  const calendars = readCalendars(files);
  const forms = readForms(files);
  const mails = await compileMails(files.templates, rendered);

  const segments = named.segments?.value ? toSegments(named.segments.value) : new Map();
  const days = byName(calendars, (value, name) => toCalendar(name, value));
  const fields = fieldsOf(named);
  const names: Names = {
    templates: [...files.templates.keys()].filter(isMail),
    sequences: sequences.map(({ source }) => nameOf(source.file)),
    stages: named.funnel.value?.stages.map((stage) => stage.name),
    fields,
    segments: named.segments && !named.segments.value ? undefined : [...segments.keys()],
    thresholds: named.scoring.value && (named.scoring.value.thresholds ?? []).map(({ name }) => name),
    calendars: calendars.map(({ source }) => nameOf(source.file)),
    forms: forms.length > 0 ? forms.map(({ source }) => nameOf(source.file)) : undefined,
    // With the mistakes of one form its purposes are not known, and any may be meant.
    purposes: forms.every(({ value }) => value) ? purposesOf(forms.flatMap(({ value }) => value ?? [])) : undefined,
  };

  const assets = assetsOf(files, mails.fields);

  const topics = namesOfTopics(named);

  const diagnostics = inReadingOrder([
    ...Object.values(named).flatMap((part) => part?.problems ?? []),
    ...[...sequences, ...calendars, ...forms].flatMap(({ problems }) => problems),
    ...mails.problems,
    ...checkMergeFields(mails.fields, names, whatLeadsGet(sequences, files.templates)),
    ...sequences.flatMap((part) => checkSequence(part, { days, quietHours: named.delivery?.value?.quietHours }, names)),
    ...sequences.flatMap(({ program, source }) => (program ? checkTopic(program, source, topics) : [])),
    ...forms.flatMap((form) => checkForm(form, names)),
    ...sequences.flatMap(({ program, source }) =>
      program ? [...checkPurpose(program, source, names.purposes), ...checkQuestions(program, source)] : [],
    ),
    // Where a sequence cannot be read, it may be the one that asks.
    ...(sequences.every(({ program }) => program) ? checkOptIn(forms, programsIn(sequences)) : []),
    ...forms.flatMap((form) => checkFormAsset(form, assets)),
    ...sequences.flatMap(({ program, source }) => (program ? once(checkMailAssets(program, source, assets)) : [])),
    ...checkOwners(programsIn(sequences), forms),
    ...checkRules(named, segments, names),
    ...checkDelivery(named, names),
    ...checkSales(named, names),
    ...checkCosts(named, names),
    ...sequences.flatMap(({ program, source }) => (program ? checkHandOvers(program, source, named) : [])),
    ...checkCircles(sequences),
  ]);
  const { funnel, scoring, brand } = named;
  const isFaulty = diagnostics.some(({ severity }) => severity === 'error');
  if (isFaulty || !funnel.value || !scoring.value || !brand.value) return { diagnostics };

  const programs = programsIn(sequences);
  const sales = named.sales?.value ? { sales: toSales(named.sales.value) } : {};
  const rules: Rules = {
    programs,
    funnel: toFunnel(funnel.value),
    scoring: toScoring(scoring.value),
    segments,
    ...sales,
  };
  const project: Project = {
    ...rules,
    programs: new Map(programs.map((program) => [program.name, program])),
    sources: new Map(sequences.map(({ source }) => [nameOf(source.file), source.value])),
    delivery: named.delivery?.value ? toDelivery(named.delivery.value) : noDelivery,
    machines: named.machines?.value ? machinesWith(named.machines.value) : builtIn,
    calendars: days,
    forms: byName(forms, (form) => form),
    attention: attentionOf(rules),
    ...(fields ? { fields } : {}),
    ...(named.segments?.value ? { segmentNotes: notesIn(named.segments.value) } : {}),
    ...(named.lead?.value?.sameAddress ? { sameAddress: toSameAddress(named.lead.value) } : {}),
    ...(named.costs?.value ? { costs: toCosts(named.costs.value) } : {}),
    ...(named.topics?.value ? { topics: toTopics(named.topics.value) } : {}),
    templates: mails.templates,
    brand: brand.value,
  };
  return { project, diagnostics };
}

/** Brings a kept revision back to a program; what was once valid stays readable. */
export function readRevision(name: string, value: unknown): Program {
  return compile(name, SequenceFile.parse(value), revisionOf(name, value)).program;
}

function byName<T, U>(parts: readonly Part<T>[], toValue: (value: T, name: string) => U): ReadonlyMap<string, U> {
  return new Map(
    parts.flatMap(({ source, value }): readonly [string, U][] => {
      const name = nameOf(source.file);
      return value === undefined ? [] : [[name, toValue(value, name)]];
    }),
  );
}

function fieldsOf({ lead }: ReturnType<typeof readNamedFiles>): ReadonlyMap<string, FieldType> | undefined {
  return lead?.value && new Map(Object.entries(lead.value.fields).map(([name, { type }]) => [name, type]));
}

/** Undefined when topics.json cannot be read: its one mistake would show at every sequence. */
function namesOfTopics({ topics }: ReturnType<typeof readNamedFiles>): readonly string[] | undefined {
  return topics ? topics.value?.topics.map(({ name }) => name) : [];
}

type SequencePart = {
  readonly source: JsonSource;
  readonly program?: Program;
  readonly isSalvaged?: boolean;
  readonly problems: readonly Diagnostic[];
};

function readSequence({ file, text }: SourceText): SequencePart {
  const { source, value, problems } = readPart(SequenceFile, file, text);
  if (!value) return { source, problems, ...salvaged(nameOf(file), source) };
  const { program, faults } = compile(nameOf(file), value, revisionOf(nameOf(file), source.value));
  return { source, program, problems: faults.map((fault) => problemOf(fault, source)) };
}

function programsIn(sequences: readonly SequencePart[]): readonly Program[] {
  return sequences.flatMap(({ program }) => program ?? []);
}

/** Tells whether some mail to leads is made of a file, looked up once it is asked for. */
function whatLeadsGet(sequences: readonly SequencePart[], files: TemplateFiles): (file: string) => boolean {
  let known: ReadonlySet<string> | undefined;
  const lookUp = (): ReadonlySet<string> => {
    const steps = programsIn(sequences).flatMap((program) => [...program.steps.values()]);
    const sent = new Set(steps.flatMap((step) => (step.kind === 'send' ? step.template : [])));
    return new Set([...sent].flatMap((name) => composeMail(name, files).lines.map(({ file }) => file)));
  };
  return (file) => (known ??= lookUp()).has(file);
}

function problemOf({ path, message, other, ...fault }: CompileFault, source: JsonSource): Diagnostic {
  const where = other ? `, the other one in line ${source.problem(other, { ...fault, message }).line}` : '';
  return source.problem(path, { ...fault, message: message + where });
}

/** What can still be checked of a sequence with mistakes in it; nothing where too little is left. */
function salvaged(name: string, source: JsonSource): Pick<SequencePart, 'program' | 'isSalvaged'> {
  if (source.problems.length > 0) return {};
  let left = source.value;
  // Without one mistake another may show: an audience whose schedule was taken out.
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const { data, error } = SequenceFile.safeParse(left);
    if (data) return { program: compile(name, data, '').program, isSalvaged: true };
    left = salvage(left, faultyPaths(left, error));
  }
  return {};
}

const mostAttempts = 4;

function checkSequence(
  { program, source, isSalvaged }: SequencePart,
  times: { readonly days: ReadonlyMap<string, Calendar>; readonly quietHours: QuietHours | undefined },
  names: Names,
): readonly Diagnostic[] {
  if (!program) return [];
  const problems = [
    ...checkProgram(program, source, names),
    ...checkWindows(program, times.days, source),
    ...checkQuietHours(program, times.quietHours, source),
  ];
  // Of a salvaged sequence the sender may be among what was taken out.
  return once(problems.filter(({ code }) => !isSalvaged || code !== 'no-sender'));
}

async function compileMails(files: TemplateFiles, rendered: RenderedMails | undefined) {
  const templates = new Map<string, Template>();
  const fields: PlacedField[] = [];
  const problems: Diagnostic[] = [];
  // Layout and partials are read once for themselves, or each of their problems would show once for every mail.
  for (const [name, source] of files) {
    const report: TemplateReport = isMail(name) ? await compileTemplate(name, files, rendered) : mergeFieldsOf(source);
    if (report.template) templates.set(name, report.template);
    fields.push(...report.fields);
    problems.push(...report.problems);
  }
  return { templates, fields, problems: once(problems) };
}

/** Partials are read with every mail that includes them, and pools with every step that picks from them. */
function once(problems: readonly Diagnostic[]): readonly Diagnostic[] {
  const byPlace = problems.map((p) => [`${p.file}:${p.line}:${p.column}:${p.message}`, p] as const);
  return [...new Map(byPlace.toReversed()).values()].toReversed();
}

function checkCircles(sequences: readonly SequencePart[]): readonly Diagnostic[] {
  const circle = findEndlessCircle(sequences.flatMap(({ program }) => program ?? []));
  const home = sequences.find(
    ({ program }) => program && [...program.steps.values()].some((step) => step === circle?.step),
  );
  if (!circle || !home) return [];
  const message = `these sequences start each other without a wait: ${circle.path.join(' → ')}`;
  return [
    home.source.problem(circle.step.path, {
      code: 'endless-circle',
      message,
      hint: 'Put a "wait" before one of the steps.',
    }),
  ];
}
