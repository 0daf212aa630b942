import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import { type Diagnostic, diagnosticLine, didYouMean } from '../diagnostic.js';
import { FixableError } from '../errors.js';
import { readProjectFolder } from '../project-folder.js';
import { fileKinds, schemaText } from '../editor/json-schema.js';
import {
  type Draft,
  emptyProject,
  kindsOf,
  newForm,
  newSequence,
  newTemplate,
  type Order,
  startProject,
  textAt,
} from '../editor/new-files.js';
import { openRenderedMails } from '../rendered-mails.js';
import type { ProjectFiles } from '../sequence/project-files.js';
import { type Project, readProject, readRevision } from '../sequence/project.js';
import { triggersInWords } from '../sequence/words.js';
import { say } from './terminal.js';

type What = 'sequence' | 'template' | 'form';
type Options = {
  readonly from?: string;
  readonly stage?: string;
  readonly dir?: string;
  readonly list?: boolean;
};

const shippedDir = fileURLToPath(new URL('../..', import.meta.url));
const makers = { sequence: newSequence, template: newTemplate, form: newForm };
const usual = { sequence: 'welcome', template: 'welcome/hello', form: 'white-paper' };

/** Starts a file from a shipped one and tells what it wrote, or which shipped ones there are. */
export async function newFile(what: What, name: string | undefined, options: Options): Promise<void> {
  for (const line of await startFile(what, name, options)) say(line);
}

/** Starts a project and tells what it wrote. */
export async function newProject(dir: string): Promise<void> {
  for (const line of await startFolder(dir)) say(line);
}

/** Writes a file like a shipped one, with all it needs; or, with `list`, nothing. What it tells is a person's. */
export async function startFile(what: What, name: string | undefined, options: Options): Promise<readonly string[]> {
  const shipped = await readProjectFolder(shippedDir);
  if (options.list) return listed(what, shipped);
  const order = { ...checked(what, name, options.from, shipped), stage: options.stage };
  const root = resolve(options.dir ?? '.');
  const own = await readOwn(root);
  const file = pathOf(what, order.name);
  if (textAt(own, file) !== undefined) {
    const fix = 'Choose another name, or remove it first.';
    throw mistake('file-exists', { where: file, what: 'this file is there already', fix });
  }
  const { project, lines } = await write(root, own, makers[what](order, shipped, startProject(shipped, own)));
  return [...lines, '', 'Next:', ...nextSteps(what, order.name, project, root).map((line) => `  ${line}`)];
}

/** Writes what every project needs into a folder that has none. */
export async function startFolder(dir: string): Promise<readonly string[]> {
  const root = resolve(dir);
  const own = await readOwn(root);
  const draft = startProject(await readProjectFolder(shippedDir), own);
  if (draft.written.size === 0) {
    const fix = 'Add to it: rivulet new sequence <name> --from welcome';
    throw mistake('file-exists', { where: folderName(root), what: 'there is a project already', fix });
  }
  const { lines } = await write(root, own, draft);
  const next = `${pc.bold(`rivulet new sequence welcome${inDir(root, '--dir ')}`)}  its first mails`;
  return [...lines, '', 'Next:', `  ${next}`];
}

/** The order for a new file, if it can be carried out. */
function checked(what: What, name: string | undefined, from: string | undefined, shipped: ProjectFiles): Order {
  const where = `rivulet new ${what}`;
  if (name === undefined) {
    const fix = `Write: ${where} <name> --from ${usual[what]}, or ${where} --list.`;
    throw mistake('bad-name', { where, what: `a ${what} needs a name`, fix });
  }
  const part = '[a-z0-9]+(?:-[a-z0-9]+)*';
  const isSlug = new RegExp(what === 'template' ? `^${part}(?:/${part})*$` : `^${part}$`).test(name);
  const isReserved = reserved[what].test(name);
  if (!isSlug || name.length > 60 || isReserved) {
    const example = what === 'template' ? 'spring/offer' : 'spring-offer';
    const fix = isReserved
      ? 'Rivulet reads that as something else. Choose another name.'
      : `Use small letters, digits and hyphens, for example "${example}".`;
    throw mistake('bad-name', { where, what: `a ${what} cannot be called "${name}"`, fix });
  }
  const kinds = kindsOf(what, shipped);
  const kind = from ?? (kinds.includes(name) ? name : usual[what]);
  if (kinds.includes(kind)) return { name, kind };
  throw mistake('unknown-kind', {
    where,
    what: `there is no ${what} "${kind}" to start from`,
    fix: didYouMean(kind, kinds),
  });
}

const reserved = {
  sequence: /^(?:funnel|scoring|lead|segments)$/,
  template: /^(?:layout|content|preview)$|^partials(?:\/|$)|^assets\//,
  form: /^$/,
};

function pathOf(what: What, name: string): string {
  if (what === 'template') return `templates/${name}.mjml`;
  return what === 'form' ? `sequences/forms/${name}.json` : `sequences/${name}.json`;
}

/** The project of a folder, which may be none yet. */
async function readOwn(root: string): Promise<ProjectFiles> {
  const folders = ['sequences', 'templates'].map((name) => join(root, name));
  const there = await Promise.all(folders.map((folder) => isThere(folder)));
  if (there.every((is) => !is)) return emptyProject;
  await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true })));
  return readProjectFolder(root);
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

type Written = { readonly project: Project | undefined; readonly lines: readonly string[] };

/** Writes a draft, unless the project would have mistakes that it had not before. */
async function write(root: string, own: ProjectFiles, draft: Draft): Promise<Written> {
  const { project, diagnostics } = await readProject(draft.files, await openRenderedMails());
  const added = project ? [] : await newMistakes(own, diagnostics);
  if (added.length > 0) {
    const lines = added.map((diagnostic) => `\n  ${diagnosticLine(diagnostic)}`).join('');
    const fix = `Mend or add what it lacks, and run this again:${lines}`;
    const what = 'this does not fit the project, so nothing was written';
    throw mistake('mistakes', { where: folderName(root), what, fix });
  }
  const files = [...draft.written].map(([path, why]) => ({ path, why, isNew: textAt(own, path) === undefined }));
  for (const { path, isNew } of files) await writeText(root, path, textAt(draft.files, path) ?? '', isNew);
  const width = Math.max(...files.map(({ path }) => path.length));
  const lines = [
    ...files.map(
      ({ path, why, isNew }) => `${isNew ? pc.green('✔') : pc.yellow('✎')} ${path.padEnd(width)}  ${pc.dim(why)}`,
    ),
    ...(draft.written.has('templates/brand.json') ? await copyLogo(root) : []),
    ...(await copyDownloads(root, own, draft.files)),
    ...(await writeSchemas(root)),
    ...draft.notes.map((note) => `${pc.yellow('!')} ${note}`),
  ];
  return { project, lines };
}

async function writeText(root: string, path: string, text: string, isNew: boolean): Promise<void> {
  try {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text, { flag: isNew ? 'wx' : 'w' });
  } catch (cause) {
    const fix = 'See what stands in its place, and whether you may write there.';
    throw new FixableError({ code: 'unwritable', where: path, what: 'this file cannot be written', fix }, { cause });
  }
}

async function newMistakes(own: ProjectFiles, now: readonly Diagnostic[]): Promise<readonly Diagnostic[]> {
  const wasThere = own.sequences.size > 0 ? (await readProject(own, await openRenderedMails())).diagnostics : [];
  const before = new Set(wasThere.map(({ file, message }) => `${file} ${message}`));
  return now.filter(({ severity, file, message }) => severity === 'error' && !before.has(`${file} ${message}`));
}

async function copyLogo(root: string): Promise<readonly string[]> {
  const logo = 'templates/assets/logo.png';
  if (await isThere(join(root, logo))) return [];
  await mkdir(dirname(join(root, logo)), { recursive: true });
  await copyFile(join(shippedDir, logo), join(root, logo));
  return [`${pc.green('✔')} ${logo}`];
}

/** What new files hand out, for their author to put something else in its place. */
async function copyDownloads(
  root: string,
  own: ProjectFiles,
  { downloads = [] }: ProjectFiles,
): Promise<readonly string[]> {
  const added = downloads.filter((file) => !own.downloads?.includes(file));
  for (const file of added) {
    await mkdir(dirname(join(root, 'templates', file)), { recursive: true });
    await copyFile(join(shippedDir, 'templates', file), join(root, 'templates', file));
  }
  return added.map((file) => `${pc.green('✔')} templates/${file}  ${pc.dim('put yours in its place')}`);
}

/** What `$schema` in the new files points to. */
async function writeSchemas(root: string): Promise<readonly string[]> {
  const folder = join(root, 'sequences', 'schema');
  if (await isThere(folder)) return [];
  await mkdir(folder, { recursive: true });
  for (const [name, kind] of fileKinds) await writeFile(join(folder, `${name}.schema.json`), schemaText(kind));
  return [`${pc.green('✔')} sequences/schema/  ${pc.dim('by which your editor completes and checks')}`];
}

function nextSteps(what: What, name: string, project: Project | undefined, root: string): readonly string[] {
  const [mail] = [...(project?.programs.get(name)?.steps.values() ?? [])].filter(({ kind }) => kind === 'send');
  const preview = { sequence: `${name}:${mail?.id}`, template: name, form: undefined }[what];
  return [
    ...(preview ? [`${pc.bold(`rivulet preview ${preview}${inDir(root, '--dir ')}`)}  look at it, and change it`] : []),
    ...(what === 'template' ? [`${pc.bold(`{ "send": "${name}", "subject": "…" }`)}  the step that sends it`] : []),
    ...(what === 'form'
      ? [`${pc.bold(`"enroll": { "on": "form.submitted:${name}" }`)}  what starts a sequence with it`]
      : []),
    `${pc.bold(`rivulet validate${inDir(root)}`)}  after each change`,
  ];
}

/** One line for each shipped file. */
function listed(what: What, shipped: ProjectFiles): readonly string[] {
  const kinds = kindsOf(what, shipped);
  const width = Math.max(...kinds.map((kind) => kind.length));
  return kinds.map(
    (kind) => `${pc.bold(kind.padEnd(width))}  ${inWords(what, kind, textAt(shipped, pathOf(what, kind)) ?? '')}`,
  );
}

function inWords(what: What, kind: string, text: string): string {
  if (what === 'template') return heading(text);
  const value: unknown = JSON.parse(text);
  if (what === 'form') return String(Object(value)['title']);
  const program = readRevision(kind, value);
  const mails = new Set([...program.steps.values()].flatMap((step) => (step.kind === 'send' ? step.template : [])))
    .size;
  const starts = program.broadcast
    ? [`by the schedule “${program.broadcast.schedule}”`]
    : triggersInWords(program).map((trigger) => `when ${trigger}`);
  return `${program.title}: ${mails} ${mails === 1 ? 'mail' : 'mails'}, ${starts.join(' or ')}`;
}

/** The heading of a mail, with "…" for its merge fields. */
function heading(text: string): string {
  const [, title = ''] = /<h1>([\s\S]*?)<\/h1>/.exec(text) ?? [];
  return title.replace(/\{\{#if[\s\S]*?\{\{\/if\}\}/g, '').replace(/\{\{[^}]*\}\}/g, '…');
}

function folderName(root: string): string {
  return relative(process.cwd(), root) || 'this folder';
}

/** The folder as an option of the next command; nothing where it is this one. */
function inDir(root: string, option = ''): string {
  const dir = relative(process.cwd(), root);
  return dir === '' ? '' : ` ${option}${dir}`;
}

function mistake(code: string, at: { where: string; what: string; fix: string }): FixableError {
  return new FixableError({ code, ...at });
}
