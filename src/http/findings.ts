import { dirname } from 'node:path';
import type { Diagnostic } from '../diagnostic.js';
import { lintProject } from '../lint/lint.js';
import { composeMail } from '../message/template-source.js';
import { assetsUnder } from '../project-folder.js';
import type { Program } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import type { Services } from './services.js';

/** What was found in a project; a new one takes its place with each edit. */
const known = new WeakMap<Project, Promise<readonly Diagnostic[]>>();

/** What is valid in the files in force, but probably not meant. Looked for once, and again after an edit. */
export function findings({ inForce, templatesDir }: Services): Promise<readonly Diagnostic[]> {
  const { project, files } = inForce();
  const found =
    known.get(project) ?? assetsUnder(dirname(templatesDir)).then((assets) => lintProject({ project, files, assets }));
  known.set(project, found);
  return found;
}

/** Those of a sequence: in its file, and in the mails that it sends. */
export async function findingsIn(program: Program, services: Services): Promise<readonly Diagnostic[]> {
  const templates = [...program.steps.values()].flatMap((step) => ('template' in step ? [step.template] : []));
  const own = new Set([`sequences/${program.name}.json`, ...templates.flatMap((name) => filesOf(name, services))]);
  return (await findings(services)).filter(({ file }) => own.has(file));
}

/** Those of a mail: in its file, and in what it includes. */
export async function findingsOfMail(template: string, services: Services): Promise<readonly Diagnostic[]> {
  const own = new Set(filesOf(template, services));
  return (await findings(services)).filter(({ file }) => own.has(file));
}

/** The files that a mail is made of. */
export function filesOf(template: string, { inForce }: Services): readonly string[] {
  const { templates } = inForce().files;
  if (!templates.has(template)) return [];
  return [...new Set(composeMail(template, templates).lines.map(({ file }) => file))];
}
