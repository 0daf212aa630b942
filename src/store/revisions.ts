import type { Db } from 'mongodb';
import * as z from 'zod';
import { type Project, readRevision } from '../sequence/project.js';
import type { ProjectFiles } from '../sequence/project-files.js';
import type { Program } from '../sequence/program.js';
import { openDeployedFiles } from './deployed-files.js';
import type { Impersonal } from './personal.js';
import { insertNew, journaled, maybe, type Present, present } from './rows.js';

const RevisionRow = z.object({
  _id: z.string(),
  name: z.string(),
  source: z.string(),
  /** For the first time. */
  deployedAt: z.date(),
  /** Since the last time that it took the place of another, or of none; missing once it is in force no more. */
  inForceSince: maybe(z.date()),
  /** When another took its place last. */
  inForceUntil: maybe(z.date()),
});

/** A revision that is in force. `program` is missing when this version of Rivulet cannot read it. */
export type InForce = {
  readonly name: string;
  readonly revision: string;
  readonly since: Date;
  readonly program?: Program;
};

/** A revision of a sequence, and when it was in force. */
export type Revision = {
  readonly revision: string;
  /** For the first time. */
  readonly deployedAt: Date;
  readonly inForceSince?: Date;
  readonly inForceUntil?: Date;
  /** False when this version of Rivulet cannot read it. */
  readonly isReadable: boolean;
};
const mostRevisions = 200;

/** Every revision of every sequence that ever ran: leads in flight finish the one they are on. */
export async function openRevisions(db: Db) {
  const rows = db.collection<Present<z.output<typeof RevisionRow>>>('sequences', journaled);
  const files = openDeployedFiles(db);
  // The revisions of a sequence, the latest first.
  await rows.createIndex({ name: 1, deployedAt: -1 });
  const enrollments = db.collection('enrollments');
  const compiled = new Map<string, Program>();
  const unreadable = new Set<string>();

  const read = (row: unknown): Program => {
    const { _id, name, source } = RevisionRow.parse(row);
    const program = readRevision(name, JSON.parse(source));
    compiled.set(_id, program);
    return program;
  };

  const personal: Impersonal = { collection: rows.collectionName, impersonal: 'the sequences, as they were deployed' };
  return {
    personal,
    /** Keeps the revisions of a project, so that leads who enter one can finish it. */
    deploy: async (project: Project, now: Date): Promise<void> => {
      for (const program of project.programs.values()) compiled.set(program.revision, program);
      await insertNew(
        { db, name: rows.collectionName },
        [...project.programs.values()].map(({ name, revision }) => ({
          _id: revision,
          name,
          // As text: keys such as "lead.company" would be paths to MongoDB.
          source: JSON.stringify(project.sources.get(name)),
          deployedAt: now,
        })),
      );
      const revisions = [...project.programs.values()].map(({ revision }) => revision);
      await rows.updateMany(
        { _id: { $in: revisions }, inForceSince: { $exists: false } },
        { $set: { inForceSince: now } },
      );
      await rows.updateMany(
        { _id: { $nin: revisions }, inForceSince: { $exists: true } },
        { $unset: { inForceSince: 1 }, $set: { inForceUntil: now } },
      );
    },
    /** Keeps the other files of a project, templates and rules, so that an edit can be held against them. */
    keepFiles: files.keep,
    /** What was deployed last, the latest last. No sequences: nothing ever was. No files: it was by a version that kept none. */
    deployed: async (): Promise<{ readonly sequences: readonly InForce[]; readonly files?: ProjectFiles }> => {
      const found = await rows
        .find({ inForceSince: { $exists: true } })
        .sort({ inForceSince: 1 })
        .toArray();
      const sequences = found.map((row): InForce => {
        const { _id: revision, name, inForceSince, deployedAt } = RevisionRow.parse(row);
        const program = readable(row, read);
        return { name, revision, since: inForceSince ?? deployedAt, ...(program ? { program } : {}) };
      });
      const others = await files.kept();
      return { sequences, ...(others ? { files: others } : {}) };
    },
    /** The program of a revision; undefined when nobody ever deployed it. */
    program: async (revision: string): Promise<Program | undefined> => {
      const known = compiled.get(revision);
      if (known) return known;
      const row = unreadable.has(revision) ? null : await rows.findOne({ _id: revision });
      // `inUse` tells of one that cannot be read; the others in the batch go on.
      return row ? readable(row, read) : undefined;
    },
    /** Every revision of a sequence, the latest first; of a long history the end. */
    ofSequence: async (name: string): Promise<readonly Revision[]> => {
      const found = await rows.find({ name }).sort({ deployedAt: -1 }).limit(mostRevisions).toArray();
      return found.map((row): Revision => {
        const { _id: revision, deployedAt, inForceSince, inForceUntil } = RevisionRow.parse(row);
        const isReadable = (compiled.get(revision) ?? readable(row, read)) !== undefined;
        return { revision, deployedAt, isReadable, ...present({ inForceSince, inForceUntil }) };
      });
    },
    /** What a revision's file said, laid out anew; undefined when nobody ever deployed it. */
    textOf: async (revision: string): Promise<string | undefined> => {
      const row = await rows.findOne({ _id: revision });
      return row ? JSON.stringify(JSON.parse(RevisionRow.parse(row).source), null, 2) : undefined;
    },
    /** The programs that leads are on now, each in its revision. One that cannot be read is reported, once, and left out. */
    inUse: async (onFault: (error: unknown) => void): Promise<readonly Program[]> => {
      const revisions = (await enrollments.distinct('revision', { status: 'active' })).map(String);
      const unknown = revisions.filter((revision) => !compiled.has(revision) && !unreadable.has(revision));
      const found = new Map((await rows.find({ _id: { $in: unknown } }).toArray()).map((row) => [row._id, row]));
      for (const revision of unknown) {
        try {
          read(found.get(revision));
        } catch (cause) {
          unreadable.add(revision);
          onFault(new Error(`revision ${revision} cannot be read, and the leads on it stand still`, { cause }));
        }
      }
      return revisions.flatMap((revision) => compiled.get(revision) ?? []);
    },
  };
}

function readable(row: unknown, read: (row: unknown) => Program): Program | undefined {
  try {
    return read(row);
  } catch {
    return undefined;
  }
}
