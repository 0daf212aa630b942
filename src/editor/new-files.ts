import { applyEdits, modify } from 'jsonc-parser';
import { isMail } from '../message/template-source.js';
import { keysAt, propertyText, textsUnder, withProperties, withTexts } from './json-text.js';
import type { ProjectFiles, SourceText } from '../sequence/project-files.js';
import { sequenceFiles } from '../sequence/project-files.js';

/** A project with the files that are to be written into it. */
export type Draft = {
  readonly files: ProjectFiles;
  /** Path of each file to write, with what to say of it. */
  readonly written: ReadonlyMap<string, string>;
  /** What a person should know. */
  readonly notes: readonly string[];
};

/** What is asked for: a new file of this name, from the shipped one called `kind`. */
export type Order = { readonly name: string; readonly kind: string; readonly stage?: string | undefined };

export const emptyProject: ProjectFiles = {
  sequences: new Map(),
  templates: new Map(),
  brand: { file: 'templates/brand.json', text: '' },
};

/** A text of the project, by its path. */
export function textAt({ sequences, templates, brand }: ProjectFiles, path: string): string | undefined {
  if (path === brand.file) return brand.text || undefined;
  if (path.startsWith('sequences/')) return sequences.get(path.slice('sequences/'.length))?.text;
  return templates.get(templateName(path))?.text;
}

function templateName(path: string): string {
  return path.slice('templates/'.length).replace(/\.mjml$/, '');
}

function put({ files, written, notes }: Draft, path: string, text: string, why: string): Draft {
  const source: SourceText = { file: path, text };
  const changed: Partial<ProjectFiles> =
    path === files.brand.file
      ? { brand: source }
      : path.startsWith('sequences/')
        ? { sequences: new Map([...files.sequences, [path.slice('sequences/'.length), source]]) }
        : { templates: new Map([...files.templates, [templateName(path), source]]) };
  const before = written.get(path);
  const told = before === undefined ? why : before.includes(why) ? before : `${before}; ${why}`;
  return { files: { ...files, ...changed }, written: new Map([...written, [path, told]]), notes };
}

function noted(draft: Draft, ...notes: readonly string[]): Draft {
  return { ...draft, notes: [...draft.notes, ...notes] };
}

/** What every project needs; only what is missing is added. */
export function startProject(shipped: ProjectFiles, files: ProjectFiles): Draft {
  const isEmpty = files.sequences.size === 0 && files.templates.size === 0;
  const needed: readonly (readonly [string, string])[] = [
    ['sequences/funnel.json', 'the stages'],
    ['sequences/scoring.json', 'points for what leads do and are'],
    // Where there is a project already, these would say more than its author has.
    ...(isEmpty
      ? ([
          ['sequences/lead.json', 'the fields of your leads'],
          ['sequences/delivery.json', 'how many mails a lead gets, and when none'],
        ] as const)
      : []),
    ['templates/brand.json', 'who sends: change this first'],
    ['templates/layout.mjml', 'the frame of every mail'],
    ...(isEmpty ? ([['templates/partials/signature.mjml', 'who signs']] as const) : []),
  ];
  const start: Draft = { files, written: new Map(), notes: [] };
  return needed.reduce((draft, [path, why]) => {
    const text = textAt(shipped, path);
    if (text === undefined || textAt(draft.files, path) !== undefined) return draft;
    const own = path.endsWith('scoring.json') ? withoutForms(text) : text;
    return supply(put(draft, path, own, why), shipped, own);
  }, start);
}

/** The rules of the scoring that are about no form in particular: which forms there are is not known yet. */
function withoutForms(scoring: string): string {
  const named = textsUnder(scoring, 'on').filter(({ text }) => text.startsWith('form.submitted:'));
  return named.reduceRight(
    (text, { path }) => applyEdits(text, modify(text, path.slice(0, 3), undefined, {})),
    scoring,
  );
}

/** A sequence with mails of its own, and with what it needs where that is missing. */
export function newSequence({ name, kind, stage }: Order, shipped: ProjectFiles, start: Draft): Draft {
  const text = textAt(shipped, `sequences/${kind}.json`) ?? '';
  const sent = [...textsUnder(text, 'send'), ...textsUnder(text, 'template')].map((mail) => mail.text);
  const mails = newMailNames(name, sent);
  const renamed = withTexts(text, (key, value, path) => {
    if (path.length === 1 && key === 'name') return name === kind ? undefined : titleOf(name);
    if (path.length === 1 && key === 'stage') return stage;
    return key === 'send' || key === 'template' ? mails.get(value) : undefined;
  });
  const own = withoutTopic(renamed, start.files);
  const { json, notes } = withoutStrangers(own, [...sequenceNames(start.files), name]);
  const copied = [...mails].reduce((draft, [from, to]) => {
    const mail = textAt(shipped, `templates/${from}.mjml`) ?? '';
    return supply(put(draft, `templates/${to}.mjml`, mail, `a copy of ${from}`), shipped, mail);
  }, start);
  const placed = put(copied, `sequences/${name}.json`, json, `from “${kind}”`);
  return noted(supply(placed, shipped, json), ...notes);
}

/** A mail that no step sends yet. */
export function newTemplate({ name, kind }: Order, shipped: ProjectFiles, start: Draft): Draft {
  const text = textAt(shipped, `templates/${kind}.mjml`) ?? '';
  return supply(put(start, `templates/${name}.mjml`, text, `from “${kind}”`), shipped, text);
}

/** A form; and, when it is the first, those that the project names: from now on each of them must be there. */
export function newForm({ name, kind }: Order, shipped: ProjectFiles, start: Draft): Draft {
  return addForm({ name, kind }, shipped, start, `from “${kind}”`);
}

function addForm({ name, kind }: Order, shipped: ProjectFiles, start: Draft, why: string): Draft {
  const text = textAt(shipped, `sequences/forms/${kind}.json`) ?? '';
  const isItself = name === kind;
  const own = withTexts(text, (key, _, path) =>
    key === 'title' && path.length === 1 && !isItself ? titleOf(name) : undefined,
  );
  const placed = supply(put(start, `sequences/forms/${name}.json`, own, why), shipped, own);
  const [missing] = formsNamed([...placed.files.sequences.values()].map((source) => source.text)).filter(
    (form) => !placed.files.sequences.has(`forms/${form}.json`),
  );
  if (missing === undefined) return placed;
  const from = shipped.sequences.has(`forms/${missing}.json`) ? missing : kind;
  return addForm({ name: missing, kind: from }, shipped, placed, `named by your files, from “${from}”`);
}

/** Forms that triggers and conditions name. */
function formsNamed(texts: readonly string[]): readonly string[] {
  const named = texts.flatMap((text) => {
    const asked = textsUnder(text, 'event').flatMap((event) =>
      event.text === 'form.submitted' ? event.path.slice(0, -1).join('/') : [],
    );
    const paths = textsUnder(text, 'path').filter(({ path }) => asked.includes(path.slice(0, -1).join('/')));
    return [...matchesOf(/"form\.submitted:([\w.-]+)"/g, text), ...paths.map((place) => place.text)];
  });
  return [...new Set(named)];
}

/** The mails of the shipped sequence by their new names: its own folder, and their old last part where that is one mail's alone. */
function newMailNames(name: string, sent: readonly string[]): ReadonlyMap<string, string> {
  const all = [...new Set(sent)];
  const last = (mail: string): string => mail.split('/').at(-1) ?? mail;
  return new Map(
    all.map((mail) => {
      const isAlone = all.filter((other) => last(other) === last(mail)).length === 1;
      return [mail, `${name}/${isAlone ? last(mail) : mail.replaceAll('/', '-')}`];
    }),
  );
}

/** What leads may turn off is for the author of a project to say: a topic that it does not define is left out. */
function withoutTopic(text: string, files: ProjectFiles): string {
  const defined = textsUnder(textAt(files, 'sequences/topics.json') ?? '', 'name').map((topic) => topic.text);
  const topics = textsUnder(text, 'topic').filter(({ path }) => path.length === 1);
  const strange = topics.find((topic) => !defined.includes(topic.text));
  return strange ? applyEdits(text, modify(text, [...strange.path], undefined, {})) : text;
}

/** Takes out what a sequence does to others that are not there. */
function withoutStrangers(
  text: string,
  known: readonly string[],
): { readonly json: string; readonly notes: readonly string[] } {
  const strange = (key: string) => textsUnder(text, key).filter((step) => !known.includes(step.text));
  const left = strange('unenroll');
  const without = left.reduceRight(
    (json, { path }) => applyEdits(json, modify(json, path.slice(0, -1), undefined, {})),
    text,
  );
  const started = strange('enroll').filter(({ path }) => path[0] === 'steps');
  // A tag in its place keeps the way there, and another sequence may begin with "tag.added".
  const tagged = started.reduce(
    (json, step) =>
      json.replace(`"enroll": ${JSON.stringify(step.text)}`, `"tag": ${JSON.stringify(tagFor(step.text))}`),
    without,
  );
  return {
    json: tagged,
    notes: [
      ...(left.length > 0
        ? [
            `Left out, as there are no such sequences here: the steps that end ${left.map((step) => `“${step.text}”`).join(', ')}.`,
          ]
        : []),
      ...started.map(
        (step) =>
          `There is no sequence “${step.text}” here to start: the tag “${tagFor(step.text)}” is put on instead.`,
      ),
    ],
  };
}

function tagFor(sequence: string): string {
  return `ready-for-${sequence}`;
}

/** Adds what a copied text names and the project lacks: partials, fields, segments, calendars, forms, owners. */
function supply(start: Draft, shipped: ProjectFiles, text: string): Draft {
  const copies = [
    ...matchesOf(/<mj-include\s+path="(partials\/[^"]+)"/g, text).map((name) => `templates/${name}.mjml`),
    ...textsUnder(text, 'holidays').map((calendar) => `sequences/calendars/${calendar.text}.json`),
    ...(hasForms(start.files) ? formsNamed([text]).map((form) => `sequences/forms/${form}.json`) : []),
    ...(/"handOver"\s*:/.test(text) ? ['sequences/sales.json'] : []),
    ...askersFor(text, start.files),
    ...formsAskingFor(text, shipped, start.files),
  ];
  const copied = copies.reduce((draft, path) => {
    const source = textAt(shipped, path);
    if (source === undefined || textAt(draft.files, path) !== undefined) return draft;
    return supply(put(draft, path, source, 'needed by it'), shipped, source);
  }, start);
  return withAssets(withSegments(withFields(copied, shipped, text), shipped, text), shipped, text);
}

/** What asks an address to confirm, for a form that needs that, where nothing does so yet. */
function askersFor(text: string, { sequences }: ProjectFiles): readonly string[] {
  const isAsked = [...sequences.values()].some((source) => source.text.includes('"consent.asked'));
  if (isAsked || !/"doubleOptIn"\s*:\s*true/.test(text)) return [];
  return ['sequences/confirm-opt-in.json', 'templates/system/confirm-opt-in.mjml'];
}

/** Forms that ask for the purposes which a text names and no form here asks for. Without forms any may be vouched for. */
function formsAskingFor(text: string, shipped: ProjectFiles, files: ProjectFiles): readonly string[] {
  if (!hasForms(files)) return [];
  const named = [...matchesOf(/"consent"\s*:\s*\{\s*"([\w-]+)"/g, text), ...purposesIn(text)];
  const asked = [...files.sequences].flatMap(([path, source]) => (isForm(path) ? purposesIn(source.text) : []));
  return named
    .filter((purpose) => !asked.includes(purpose))
    .flatMap((purpose) => {
      const forms = [...shipped.sequences].filter(
        ([path, source]) => isForm(path) && purposesIn(source.text).includes(purpose),
      );
      return forms.slice(0, 1).map(([path]) => `sequences/${path}`);
    });
}

function purposesIn(text: string): readonly string[] {
  return textsUnder(text, 'purpose').map((purpose) => purpose.text);
}

/** Files that the new one hands out; the caller copies what `downloads` has more than before. */
function withAssets(draft: Draft, shipped: ProjectFiles, text: string): Draft {
  const { downloads = [] } = draft.files;
  const named = [...new Set(textsUnder(text, 'asset').map((asset) => asset.text))];
  const missing = named.filter((asset) => shipped.downloads?.includes(asset) && !downloads.includes(asset));
  return missing.length === 0 ? draft : { ...draft, files: { ...draft.files, downloads: [...downloads, ...missing] } };
}

function hasForms({ sequences }: ProjectFiles): boolean {
  return [...sequences.keys()].some(isForm);
}

function isForm(path: string): boolean {
  return path.startsWith('forms/');
}

function withFields(draft: Draft, shipped: ProjectFiles, text: string): Draft {
  const path = 'sequences/lead.json';
  const own = textAt(draft.files, path);
  // Without it any name may be a field.
  if (own === undefined) return draft;
  const asked = textsUnder(text, 'name').flatMap((field) => (field.path[0] === 'fields' ? field.text : []));
  const named = [...asked, ...matchesOf(/\blead\.([A-Za-z][\w-]*)/g, text)];
  return withAdded(draft, { path, at: 'fields', names: named, why: 'with the fields it asks for' }, shipped);
}

function withSegments(draft: Draft, shipped: ProjectFiles, text: string): Draft {
  const path = 'sequences/segments.json';
  const triggers = matchesOf(/"segment\.(?:entered|left):([\w.-]+)"/g, text);
  const named = [...textsUnder(text, 'segment').map((segment) => segment.text), ...triggers];
  const isThere = textAt(draft.files, path) !== undefined;
  if (named.length === 0) return draft;
  const first = '{\n  "$schema": "./schema/segments.schema.json",\n  "segments": {}\n}\n';
  const start = isThere ? draft : put(draft, path, first, 'who belongs together');
  return withAdded(start, { path, at: 'segments', names: named, why: 'with the segments it asks for' }, shipped);
}

type Addition = {
  readonly path: string;
  readonly at: string;
  readonly names: readonly string[];
  readonly why: string;
};

/** Adds the shipped entries of these names that a file of the project lacks, and what they need in turn. */
function withAdded(draft: Draft, { path, at, names, why }: Addition, shipped: ProjectFiles): Draft {
  const own = textAt(draft.files, path) ?? '';
  const there = keysAt(own, [at]);
  const added = [...new Set(names)].flatMap((name) =>
    there.includes(name) ? [] : (propertyText(textAt(shipped, path) ?? '', [at], name) ?? []),
  );
  if (added.length === 0) return draft;
  const placed = put(draft, path, withProperties(own, [at], added), why);
  return added.reduce((next, entry) => supply(next, shipped, `{ ${entry} }`), placed);
}

/** The names of the shipped files that a new one can start from. */
export function kindsOf(what: 'sequence' | 'template' | 'form', shipped: ProjectFiles): readonly string[] {
  if (what === 'sequence') return sequenceNames(shipped);
  if (what === 'template') return [...shipped.templates.keys()].filter(isMail);
  return [...shipped.sequences.keys()].flatMap((path) => matchesOf(/^forms\/(.+)\.json$/g, path));
}

function sequenceNames(files: ProjectFiles): readonly string[] {
  return sequenceFiles(files).map(({ file }) => file.replace(/^.*\/|\.json$/g, ''));
}

/** "spring-offer" is titled "Spring offer". */
function titleOf(name: string): string {
  const words = name.replaceAll(/[-_.]+/g, ' ').trim();
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

function matchesOf(pattern: RegExp, text: string): readonly string[] {
  return [...text.matchAll(pattern)].flatMap(([, found]) => found ?? []);
}
