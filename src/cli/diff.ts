import { resolve } from 'node:path';
import { badProject } from '../bad-project.js';
import { type Config, readConfig } from '../config.js';
import { onTheirWay } from '../lead/on-their-way.js';
import { readProjectFolder } from '../project-folder.js';
import { lostTemplates } from '../reload/what-changed.js';
import { diffSequences } from '../diff/diff.js';
import { diffRules } from '../diff/diff-rules.js';
import { openRenderedMails } from '../rendered-mails.js';
import type { Program } from '../sequence/program.js';
import { type Project, readProject } from '../sequence/project.js';
import type { ProjectFiles } from '../sequence/project-files.js';
import type { InForce } from '../store/revisions.js';
import { diffText, type ProjectDiff, toJson, type ToldSequence } from './diff-text.js';
import { readCommit } from './git-files.js';
import { instant, say } from './terminal.js';
import { withStore } from './with-store.js';

type Options = { readonly against: string; readonly dir: string };

/** Says in plain words what the saved files change, and what that does to the leads on their way. */
export async function diff({ json, ...options }: Options & { readonly json?: boolean }): Promise<void> {
  const told = await compare(options, readConfig(process.env), new Date());
  say(json ? JSON.stringify(toJson(told), null, 2) : diffText(told));
}

/** Holds the saved files against what is deployed, or against a commit. Neither is touched by it. */
export async function compare({ against, dir }: Options, config: Config, now: Date): Promise<ProjectDiff> {
  const root = resolve(dir);
  const saved = await checked(root, await readProjectFolder(root));
  return against === 'deployed' ? againstDeployed(saved, config, now) : againstCommit(saved, root, against);
}

type Saved = { readonly project: Project; readonly files: ProjectFiles };

async function checked(where: string, files: ProjectFiles): Promise<Saved> {
  const { project, diagnostics } = await readProject(files, await openRenderedMails());
  const mistakes = diagnostics.filter(({ severity }) => severity === 'error');
  if (!project) throw badProject(where, mistakes, 'nothing can be compared');
  return { project, files };
}

async function againstCommit({ project, files }: Saved, root: string, rev: string): Promise<ProjectDiff> {
  const before = await checked(`${root} at ${rev}`, await readCommit(root, rev));
  const sequences = diffSequences(before.project.programs, project.programs);
  return { against: `the files of ${rev}`, sequences, ...diffRules(before.files, files), notes: [] };
}

function againstDeployed({ project, files }: Saved, config: Config, now: Date): Promise<ProjectDiff> {
  return withStore(config, async (store) => {
    const { sequences: inForce, files: others } = await store.revisions.deployed();
    const before = inForce.flatMap(({ name, program }): [string, Program][] => (program ? [[name, program]] : []));
    const setting = { store, now, project, defaultTimeZone: config.DEFAULT_TIMEZONE };
    const sequences = diffSequences(new Map(before), project.programs).map(
      async (one): Promise<ToldSequence> => ({ ...one, leads: await onTheirWay(one.name, one.after, setting) }),
    );
    return {
      against: deployedInWords(inForce, config.DEFAULT_TIMEZONE),
      sequences: await Promise.all(sequences),
      ...(others ? diffRules(others, files) : { templates: [], rules: [] }),
      notes: [
        ...inForce.flatMap(({ name, program }) => (program ? [] : [unreadable(name)])),
        ...(inForce.length > 0 && !others ? [othersUnknown] : []),
        // Those that cannot be read are told of where their leads are counted.
        ...lostTemplates(project, await store.revisions.inUse(() => {})),
      ],
    };
  });
}

const othersUnknown = 'Which templates and rules are deployed is not known, so they are not compared.';

function unreadable(name: string): string {
  return `The deployed revision of ${name} cannot be read by this version of Rivulet, so it is shown as new.`;
}

function deployedInWords(inForce: readonly InForce[], timeZone: string): string {
  const last = inForce.at(-1);
  if (!last) return 'a database into which nothing was ever deployed';
  return `what is deployed since ${instant(last.since, timeZone)} (${timeZone})`;
}
