import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Diagnostic } from '../diagnostic.js';
import { FixableError } from '../errors.js';
import { projectFolders, readProjectFolder } from '../project-folder.js';
import { watchFolders } from '../reload/folder-watch.js';
import { openRenderedMails } from '../rendered-mails.js';
import { type Project, readProject } from '../sequence/project.js';
import type { ProjectFiles } from '../sequence/project-files.js';
import type { PreviewLead } from '../shown/preview-lead.js';

/** A problem with the line it stands in. */
export type Shown = Diagnostic & { readonly source?: string };

/** The folder as it was when last read. */
export type Reading =
  | {
      readonly kind: 'ready';
      readonly project: Project;
      readonly lead: PreviewLead;
      readonly warnings: readonly Shown[];
    }
  | { readonly kind: 'mistakes'; readonly mistakes: readonly Shown[] }
  | { readonly kind: 'unreadable'; readonly error: FixableError };

export type LeadReader = (project: Project, files: ProjectFiles) => Promise<PreviewLead>;

/** Reads the folder once. What its owner can mend is a reading too. */
export async function readFolder(dir: string, readLead: LeadReader): Promise<Reading> {
  try {
    const files = await readProjectFolder(dir);
    const { project, diagnostics } = await readProject(files, await openRenderedMails());
    const shown = await Promise.all(diagnostics.map((diagnostic) => withSource(dir, diagnostic)));
    if (!project) return { kind: 'mistakes', mistakes: shown };
    return { kind: 'ready', project, lead: await readLead(project, files), warnings: shown };
  } catch (error) {
    if (error instanceof FixableError) return { kind: 'unreadable', error };
    throw error;
  }
}

async function withSource(dir: string, diagnostic: Diagnostic): Promise<Shown> {
  const text = await readFile(join(dir, diagnostic.file), 'utf8').catch(() => '');
  const source = text.split(/\r?\n/)[diagnostic.line - 1];
  return source === undefined ? diagnostic : { ...diagnostic, source };
}

export type Watched = Awaited<ReturnType<typeof watchProject>>;

type WatchSetting = {
  /** The file that the lead is read from. */
  readonly leadFile?: string | undefined;
  readonly say: (line: string) => void;
  readonly onFault: (error: unknown) => void;
};

/** Keeps the reading of a folder, and of a lead's file, up to date. */
export async function watchProject(dir: string, readLead: LeadReader, { leadFile, say, onFault }: WatchSetting) {
  const run = randomUUID().slice(0, 8);
  const listeners = new Set<(version: string) => void>();
  let reading: Reading | undefined;
  let count = 0;
  const version = (): string => `${run}.${count}`;

  let turn = Promise.resolve();
  const readAgain = async (): Promise<void> => {
    try {
      reading = await readFolder(dir, readLead);
      count += 1;
      for (const tell of listeners) tell(version());
    } catch (error) {
      onFault(error);
    }
  };
  const onChange = (): void => {
    // One after the other: of two readings at one time the older could end last.
    turn = turn.then(readAgain);
  };
  const watches = await Promise.all([
    watchFolders({ root: dir, folders: projectFolders, onChange, say }),
    ...(leadFile ? [watchFolders({ root: dirname(leadFile), folders: [basename(leadFile)], onChange, say })] : []),
  ]);
  // Only now, so that no save falls between the reading and the watching.
  const first = await readFolder(dir, readLead);

  return {
    reading: (): Reading => reading ?? first,
    /** Changes with every reading, and with every start. */
    version,
    /** Calls `tell` with the version now and with each that follows, until the returned function is called. */
    follow: (tell: (version: string) => void): (() => void) => {
      tell(version());
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },
    stop: async (): Promise<void> => {
      await Promise.all(watches.map((each) => each.stop()));
    },
  };
}
