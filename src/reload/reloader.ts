import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type Diagnostic, diagnosticLine } from '../diagnostic.js';
import { FixableError } from '../errors.js';
import { projectFolders, readProjectFolder } from '../project-folder.js';
import { openRenderedMails } from '../rendered-mails.js';
import { type Project, readProject } from '../sequence/project.js';
import type { ProjectFiles } from '../sequence/project-files.js';
import { isUnreachable } from '../store/database.js';
import { watchFolders } from './folder-watch.js';
import { type CheckedProject, whatChanged } from './what-changed.js';

export type ReloaderSetting = {
  readonly root: string;
  /** What is in force at the beginning. */
  readonly inForce: CheckedProject;
  /** Brings a good project into force; answers what else is to be said about it. */
  readonly take: (project: Project, files: ProjectFiles) => Promise<readonly string[]>;
  readonly say: (line: string) => void;
  readonly onFault: (error: unknown) => void;
};

/** How long a database that does not answer is left alone before the saved files are offered to it again. */
const retryMs = 1000;
/** How long the files must stay the same, and how often that is looked for before they are taken as they are. */
const settledAfterMs = 100;
const mostLooks = 100;

/** Reads the project's folder whenever asked: a good project comes into force, a bad one is told and changes nothing. */
export function openReloader({ root, inForce: first, take, say, onFault }: ReloaderSetting) {
  let inForce = first;
  /** As last read, good or bad; undefined while they cannot be read. */
  let seen: ProjectFiles | undefined = first.files;
  let trouble = first.warnings;
  let reading: Promise<void> | undefined;
  let isAskedAgain = false;
  let isStopping = false;
  let retry: NodeJS.Timeout | undefined;

  const refuse = (diagnostics: readonly Diagnostic[]): void => {
    trouble = diagnostics;
    const mistakes = diagnostics.filter(isMistake);
    const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`;
    say(`Not reloaded: ${count} in the files as they are saved. What ran before stays in force.`);
    for (const mistake of mistakes) say(`  ${diagnosticLine(mistake)}`);
  };

  const accept = async (next: CheckedProject): Promise<void> => {
    const notes = await take(next.project, next.files);
    const changes = whatChanged(inForce, next);
    const isMended = trouble.some(isMistake);
    const told = inForce.warnings.map(({ file, message }) => file + message);
    const warnings = next.warnings.filter(({ file, message }) => !told.includes(file + message));
    inForce = next;
    trouble = next.warnings;
    if (changes.length > 0) say(`${isMended ? 'Mended and reloaded' : 'Reloaded'}: ${changes.join('; ')}.`);
    else if (isMended) say('Mended: everything is as it was before.');
    for (const line of [...warnings.map(diagnosticLine), ...notes]) say(`  ${line}`);
  };

  const read = async (): Promise<void> => {
    const files = await settledFiles(root);
    if ('unreadable' in files) {
      if (!isDeepStrictEqual(trouble, [files.unreadable])) refuse([files.unreadable]);
      seen = undefined;
    } else if (!isDeepStrictEqual(files, seen)) {
      const { project, diagnostics } = await readProject(files, await openRenderedMails());
      if (project) await accept({ project, files, warnings: diagnostics });
      else refuse(diagnostics);
      seen = files;
    }
  };

  const readUntilQuiet = async (): Promise<void> => {
    while (isAskedAgain && !isStopping) {
      isAskedAgain = false;
      try {
        await read();
      } catch (cause) {
        // An outage is the dispatcher's to tell; nobody should have to save once more because of it.
        if (isUnreachable(cause)) retry = setTimeout(() => void reload(), retryMs);
        else onFault(new Error('the saved files cannot be taken up; what ran before stays in force', { cause }));
      }
    }
    reading = undefined;
  };

  /** Resolves once the files are looked at as they are now. Readings never overlap: asked during one, it reads again after it. */
  const reload = (): Promise<void> => {
    clearTimeout(retry);
    isAskedAgain = true;
    reading ??= readUntilQuiet();
    return reading;
  };

  const stop = async (): Promise<void> => {
    isStopping = true;
    await reading;
    clearTimeout(retry);
  };

  return {
    reload,
    /** What is wrong with the files as last read; empty when they are in force without a warning. */
    trouble: () => trouble,
    /** What runs, with the files it was read from. */
    inForce: () => inForce,
    /** From now on reads whenever somebody has saved. */
    watch: async (): Promise<{ stop: () => Promise<void> }> => {
      const onChange = (): void => void reload();
      const folders = await watchFolders({ root, folders: projectFolders, onChange, say });
      // What was saved between the first reading and now went unnoticed.
      onChange();
      return {
        stop: async (): Promise<void> => {
          await folders.stop();
          await stop();
        },
      };
    },
  };
}

function isMistake({ severity }: Diagnostic): boolean {
  return severity === 'error';
}

/** The texts once nobody is writing: a template cut off in the middle, or empty for a moment, may be without mistakes. */
async function settledFiles(root: string): Promise<FolderReading> {
  let last = await filesIn(root);
  for (let look = 1; look < mostLooks; look += 1) {
    await pause(settledAfterMs);
    const now = await filesIn(root);
    if (isDeepStrictEqual(now, last)) break;
    last = now;
  }
  return last;
}

type FolderReading = ProjectFiles | { readonly unreadable: Diagnostic };

/** The texts of the project, or why they cannot be read now: a folder may be gone for a moment while git works. */
async function filesIn(root: string): Promise<FolderReading> {
  try {
    return await readProjectFolder(root);
  } catch (error) {
    if (!(error instanceof FixableError)) throw error;
    // The text of a FixableError begins with the place.
    const [file = root, ...rest] = error.message.split(': ');
    const unreadable = { file, line: 1, column: 1, code: error.code, message: rest.join(': '), hint: '' };
    return { unreadable: { ...unreadable, severity: 'error' } };
  }
}
