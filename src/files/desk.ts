import { readdir } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join, relative, sep } from 'node:path';
import type { Diagnostic } from '../diagnostic.js';
import { projectFolders } from '../project-folder.js';
import type { Project } from '../sequence/project.js';
import { nameOf, type ProjectFiles } from '../sequence/project-files.js';
import type { ToShow } from '../shown/copy.js';
import type { Examiner, Look } from './examiner.js';
import { kindOf, type ProjectFileKind, type Refusal } from '../editor/file-kind.js';
import { textIn, type Texts } from '../editor/laid-over.js';
import {
  bytesOf,
  etagOf,
  isMeant,
  type Match,
  type OnDisk,
  readOnDisk,
  removeOnDisk,
  writeOnDisk,
  type Written,
} from './on-disk.js';

/** Whether what a file says now is what runs. */
export type FileState =
  | 'in-force'
  /** It has mistakes; what it said before is in force. */
  | 'broken'
  /** Mistakes elsewhere keep it out, or nobody has read it yet. */
  | 'waiting';

export type ListedFile = {
  readonly path: string;
  readonly kind: ProjectFileKind;
  readonly size: number;
  readonly etag: string;
  readonly state: FileState;
};

/** What runs, with the files it was read from. */
export type InForce = { readonly project: Project; readonly files: ProjectFiles };

export type DeskSetting = {
  readonly root: string;
  /** Whether files may be changed over the API: the setting EDIT. */
  readonly isEditable: boolean;
  readonly examiner: Examiner;
  readonly newId: () => string;
  readonly inForce: () => InForce;
  readonly trouble: () => readonly Diagnostic[];
  /** Resolves once the files are looked at as they are now, and in force if they are sound. */
  readonly reload: () => Promise<void>;
  /** Says in words how what runs now differs from what ran before. */
  readonly whatChanged: (before: InForce, after: InForce) => readonly string[];
};

export type Saved = {
  readonly kind: 'saved';
  readonly isNew: boolean;
  /** As it is on disk now; undefined: it was taken away. */
  readonly etag: string | undefined;
  readonly state: FileState;
  readonly before: InForce;
  readonly after: InForce;
  readonly changes: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
};

export type SaveOutcome =
  | Saved
  | { readonly kind: 'changed-meanwhile'; readonly now: OnDisk | undefined }
  | { readonly kind: 'broken'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'unlooked'; readonly look: Exclude<Look, { kind: 'examined' }> }
  | ({ readonly kind: 'refused' } & Refusal);

export type Save = {
  readonly path: string;
  /** Null takes the file away. */
  readonly text: string | null;
  readonly match: Match;
  /** Save it even if it breaks the project. */
  readonly evenBroken: boolean;
};

export type FileDesk = ReturnType<typeof openFileDesk>;

/** Where a project's files are read and changed by people who see them in a browser. */
export function openFileDesk(setting: DeskSetting) {
  const { root, examiner } = setting;
  let turn: Promise<unknown> = Promise.resolve();

  return {
    isEditable: setting.isEditable,
    list: async (): Promise<readonly ListedFile[]> => {
      const files = await Promise.all((await pathsUnder(root)).map((path) => listed(path, setting)));
      return files.flatMap((file) => file ?? []);
    },
    read: async (path: string): Promise<(OnDisk & Omit<ListedFile, 'size'>) | Refusal | undefined> => {
      const known = kindOf(path);
      if ('refused' in known) return known;
      const file = await readOnDisk(root, path);
      if (!file || 'refused' in file) return file;
      return { ...file, path, ...known, state: stateOf(path, file.text, setting) };
    },
    /** What would be said of the project with these texts, and how a mail of it would look; nothing is written. */
    examine: async (texts: Texts, show?: ToShow): Promise<Look | Refusal> =>
      Object.entries(texts)
        .map(refusalOf)
        .find((refusal) => refusal !== undefined) ?? examiner.examine(texts, show),
    /** One after the other, so that nobody's save is looked at together with another's. */
    save: (asked: Save): Promise<SaveOutcome> => {
      const ours = turn.then(() => save(asked, setting));
      turn = ours.catch(() => {});
      return ours;
    },
    /** What is wrong with the files as they were last read. */
    trouble: setting.trouble,
    inForce: setting.inForce,
    /** Names what is in force, or was: another with each change of any file. */
    revision: (of: InForce = setting.inForce()) => revisionOfFiles(of.files),
    stop: examiner.stop,
  };
}

async function save({ path, text, match, evenBroken }: Save, setting: DeskSetting): Promise<SaveOutcome> {
  const { root, examiner, newId, inForce, reload } = setting;
  const refusal = refusalOf([path, text]);
  if (refusal) return { kind: 'refused', ...refusal };
  // Before it is looked at what the text would do: whoever has an old one must learn that first.
  const standing = await readOnDisk(root, path);
  if (standing && 'refused' in standing) return { kind: 'refused', ...standing };
  if (!isMeant(match, standing)) return { kind: 'changed-meanwhile', now: standing };
  const look = await examiner.examine({ [path]: text });
  if (look.kind !== 'examined') return { kind: 'unlooked', look };
  const { isSound, diagnostics } = look.examined;
  const mistakes = diagnostics.filter(({ severity }) => severity === 'error');
  const isBroken = !isSound || mistakes.some(({ file }) => file === path);
  if (isBroken && !evenBroken) return { kind: 'broken', diagnostics };

  const before = inForce();
  const written = await write(text, { root, path, match, newId });
  if (written !== 'written')
    return 'refused' in written ? { kind: 'refused', ...written } : { kind: 'changed-meanwhile', ...written };
  await reload();
  const after = inForce();
  return {
    kind: 'saved',
    isNew: standing === undefined,
    etag: text === null ? undefined : etagOf(text),
    state: stateOf(path, text, setting),
    before,
    after,
    changes: before === after ? [] : setting.whatChanged(before, after),
    diagnostics,
  };
}

function write(text: string | null, where: Parameters<typeof writeOnDisk>[1]): Promise<Written> {
  if (text === null) return removeOnDisk(where);
  const bytes = bytesOf(text);
  return 'refused' in bytes ? Promise.resolve(bytes) : writeOnDisk(bytes, where);
}

/** Why a text may not stand at a path. */
function refusalOf([path, text]: readonly [string, string | null]): Refusal | undefined {
  const known = kindOf(path);
  if ('refused' in known) return { ...known, refused: `${path}: ${known.refused}` };
  const bytes = text === null ? undefined : bytesOf(text);
  return bytes && 'refused' in bytes ? bytes : undefined;
}

async function listed(path: string, setting: DeskSetting): Promise<ListedFile | undefined> {
  const known = kindOf(path);
  if ('refused' in known) return undefined;
  const file = await readOnDisk(setting.root, path);
  if (!file || 'refused' in file) return undefined;
  const { size, etag, text } = file;
  return { path, kind: known.kind, size, etag, state: stateOf(path, text, setting) };
}

/** Null: the file is gone. */
function stateOf(path: string, text: string | null, { inForce, trouble }: DeskSetting): FileState {
  if (trouble().some(({ file, severity }) => file === path && severity === 'error')) return 'broken';
  return (textIn(inForce().files, path) ?? null) === text ? 'in-force' : 'waiting';
}

/** The files under the folders of a project. Links are not followed: one may lead anywhere, or round. */
async function pathsUnder(root: string): Promise<readonly string[]> {
  const all = await Promise.all(
    projectFolders.map((folder) =>
      readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => []),
    ),
  );
  const files = all.flat().filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => relative(root, join(parentPath, name)).split(sep).join('/')).toSorted();
}

/** The revision of the sequence that a file is; undefined where it is none, or none that runs. */
export function sequenceRevision({ project }: InForce, path: string): string | undefined {
  const known = kindOf(path);
  return 'kind' in known && known.kind === 'sequence' ? project.programs.get(nameOf(path))?.revision : undefined;
}

function revisionOfFiles({ sequences, templates, brand }: ProjectFiles): string {
  const texts = [...sequences.values(), ...templates.values(), brand].map(({ file, text }) => [file, text]);
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 12);
}
