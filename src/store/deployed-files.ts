import type { Db } from 'mongodb';
import { isJourney, type ProjectFiles, sequenceFiles } from '../sequence/project-files.js';
import { journaled } from './rows.js';

/** A file as it was deployed, by its path in the project. */
type FileDocument = { readonly _id: string; readonly text: string };

/** The files of a project that are no sequences, as they were deployed last. Sequences are kept in their revisions. */
export function openDeployedFiles(db: Db) {
  const rows = db.collection<FileDocument>('files', journaled);
  return {
    /** Puts these files in the place of those before. */
    keep: async (project: ProjectFiles): Promise<void> => {
      const texts = otherFiles(project);
      const kept = new Map((await rows.find().toArray()).map(({ _id, text }) => [_id, text]));
      const changed = [...texts].filter(([path, text]) => kept.get(path) !== text);
      const gone = [...kept.keys()].filter((path) => !texts.has(path));
      const writes = [
        ...changed.map(([_id, text]) => ({ replaceOne: { filter: { _id }, replacement: { text }, upsert: true } })),
        ...gone.map((_id) => ({ deleteOne: { filter: { _id } } })),
      ];
      if (writes.length > 0) await rows.bulkWrite(writes, { ordered: false });
    },
    /** The files; undefined when none were ever kept. */
    kept: async (): Promise<ProjectFiles | undefined> => {
      const texts = await rows.find().toArray();
      return texts.length > 0 ? toProjectFiles(texts) : undefined;
    },
  };
}

/** Every file that means something, but the sequences, by its path in the project. */
function otherFiles(project: ProjectFiles): ReadonlyMap<string, string> {
  const sequences = new Set(sequenceFiles(project).map(({ file }) => file));
  const rules = [...project.sequences].filter(([path, { file }]) => !sequences.has(file) && !isJourney(path));
  return new Map([
    ...rules.map(([path, { text }]) => [`sequences/${path}`, text] as const),
    ...[...project.templates].map(([name, { text }]) => [`templates/${name}.mjml`, text] as const),
    [brandFile, project.brand.text],
  ]);
}

const brandFile = 'templates/brand.json';

function toProjectFiles(texts: readonly FileDocument[]): ProjectFiles {
  const under = (folder: string, ending: string) =>
    texts
      .filter(({ _id }) => _id.startsWith(folder) && _id.endsWith(ending) && _id !== brandFile)
      .map(
        ({ _id: file, text }) =>
          [file.slice(folder.length, ending === '.mjml' ? -ending.length : undefined), { file, text }] as const,
      );
  const brand = texts.find(({ _id }) => _id === brandFile);
  return {
    sequences: new Map(under('sequences/', '.json')),
    templates: new Map(under('templates/', '.mjml')),
    brand: { file: brandFile, text: brand?.text ?? '' },
  };
}
