import type { Db } from 'mongodb';
import * as z from 'zod';
import { type Project, readRevision } from '../sequence/project.js';
import type { Program } from '../sequence/program.js';
import { insertNew, journaled } from './rows.js';

const RevisionRow = z.object({ _id: z.string(), name: z.string(), source: z.string(), deployedAt: z.date() });

/** Every revision of every sequence that ever ran: leads in flight finish the one they are on. */
export async function openRevisions(db: Db) {
  const rows = db.collection<z.output<typeof RevisionRow>>('sequences', journaled);
  const compiled = new Map<string, Program>();

  return {
    /** Keeps the revisions of a project, so that leads who enter one can finish it. */
    deploy: async (project: Project, now: Date): Promise<void> => {
      for (const program of project.programs.values()) compiled.set(program.revision, program);
      await insertNew(
        rows,
        [...project.programs.values()].map(({ name, revision }) => ({
          _id: revision,
          name,
          // As text: keys such as "lead.company" would be paths to MongoDB.
          source: JSON.stringify(project.sources.get(name)),
          deployedAt: now,
        })),
      );
    },
    /** The program of a revision; undefined when nobody ever deployed it. */
    program: async (revision: string): Promise<Program | undefined> => {
      const known = compiled.get(revision);
      if (known) return known;
      const row = await rows.findOne({ _id: revision });
      if (!row) return undefined;
      const { name, source } = RevisionRow.parse(row);
      const program = readRevision(name, JSON.parse(source));
      compiled.set(revision, program);
      return program;
    },
  };
}
