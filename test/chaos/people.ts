import type { Db } from 'mongodb';
import { idFrom } from '../../src/event/id.js';
import { enroll } from '../../src/journey/entering.js';
import { readProjectFolder } from '../../src/project-folder.js';
import { readProject } from '../../src/sequence/project.js';
import { aProjectFolder, aSequenceFile } from '../support.js';

/** The mails of the sequence, in their order: its steps' ids. */
export const mails = ['hello', 'again'] as const;

/** A folder with one sequence of two mails, ten minutes apart. */
export function aChaosProject(): Promise<string> {
  const steps = [
    { send: 'hello', subject: 'Hello {{lead.firstName "you"}}' },
    { wait: '10 minutes' },
    { send: 'hello', id: 'again', subject: 'Hello again' },
  ];
  // On a fast clock every start comes hours after the last beat, and a person would be asked whether to go on.
  const delivery = { catchUp: { lateBy: '30 days', moreThan: 1_000_000 } };
  return aProjectFolder({
    'sequences/hello.json': aSequenceFile(steps, { enroll: { on: 'lead.created' } }),
    'sequences/delivery.json': JSON.stringify(delivery),
  });
}

/** Leads that have just entered the sequence, written as Rivulet writes them, but many at one time. */
export async function enrollMany(db: Db, project: string, count: number, now: Date): Promise<void> {
  const read = await readProject(await readProjectFolder(project));
  const program = read.project?.programs.get('hello');
  if (!program) throw new Error(`no sequence in ${project}: ${JSON.stringify(read.diagnostics)}`);
  const leads = Array.from({ length: count }, (_, i) => {
    const email = `lead-${i}@example.org`;
    const consent = { status: 'granted' as const, source: 'form', at: now };
    const fields = { attributes: {}, tags: [], consent, entries: [], createdAt: now, updatedAt: now };
    return { _id: idFrom('lead', String(i)), email, emailKey: email, firstName: `Noor ${i}`, ...fields };
  });
  const runs = leads.map(({ _id: lead }) => {
    const event = { id: idFrom('created', lead), type: 'lead.created', lead, at: now, source: 'form', machine: false };
    const { id: _id, ...run } = enroll(program, event);
    return { _id, ...run };
  });
  for (let i = 0; i < count; i += 1000) {
    await db.collection<{ _id: string }>('leads').insertMany(leads.slice(i, i + 1000));
    await db
      .collection<{ _id: string }>('enrollments')
      .insertMany(runs.slice(i, i + 1000), { writeConcern: { w: 1, journal: true } });
  }
}
