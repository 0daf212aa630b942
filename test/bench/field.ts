import type { Db, Document } from 'mongodb';
import { idFrom } from '../../src/event/id.js';

/** Rows of a lead and its run as the measured code wrote them, to be copied. */
export type SampleRows = { readonly lead: Document; readonly enrollment: Document };

const rowsAtOnce = 2000;
const insertsAtOnce = 4;
/** Real names: mails to real people are not ASCII. */
const firstNames = ['Noor', 'Zoë', 'Mehmet', 'Łucja', 'Ada', 'José', 'Ingrid', 'Siân'];

export async function sampleRows(db: Db, lead: string): Promise<SampleRows> {
  const found = {
    lead: await db.collection<Document & { _id: string }>('leads').findOne({ _id: lead }),
    enrollment: await db.collection('enrollments').findOne({ lead }),
  };
  if (!found.lead || !found.enrollment) throw new Error(`lead ${lead} or its run is not in the database`);
  return { lead: found.lead, enrollment: found.enrollment };
}

/** Leads of a batch are known by how their ids begin. */
export function leadOf(batch: number, i: number): string {
  return `${hex(batch, 8)}-0000-4000-8000-${hex(i, 12)}`;
}

export function ofBatch(batch: number) {
  return { lead: { $gte: leadOf(batch, 0), $lt: leadOf(batch + 1, 0) } };
}

/** Writes leads with a run that is due, by copying those of a sample. */
export async function plantDue(db: Db, sample: SampleRows, batch: number, count: number, dueAt: Date): Promise<void> {
  await plant(db, 'leads', count, (i) => leadRow(sample.lead, batch, i));
  await plant(db, 'enrollments', count, (i) => enrollmentRow(sample.enrollment, batch, i, dueAt));
}

/** Writes runs that wait for a day in the coming months, by copying one that waits. Nobody asks for their leads until then. */
export async function plantWaiting(db: Db, waiting: Document, batch: number, count: number): Promise<void> {
  const day = 24 * 3_600_000;
  const tomorrow = Date.now() + day;
  await withoutIndexes(db, 'enrollments', () =>
    plant(db, 'enrollments', count, (i) =>
      enrollmentRow(waiting, batch, i, new Date(tomorrow + ((i * 7919) % (90 * day)))),
    ),
  );
}

/** Indexes made once over all rows take a third of the time of indexes kept with every row. */
async function withoutIndexes(db: Db, name: string, work: () => Promise<void>): Promise<void> {
  const rows = db.collection(name);
  const own = (await rows.indexes()).filter((index) => index.name !== '_id_');
  await rows.dropIndexes();
  await work();
  await rows.createIndexes(own);
}

async function plant(db: Db, name: string, count: number, row: (i: number) => Document): Promise<void> {
  // Not waited for on the disk, as nothing is promised of them: what is measured writes as it always does.
  const rows = db.collection(name, { writeConcern: { w: 1, journal: false } });
  const starts = Array.from({ length: Math.ceil(count / rowsAtOnce) }, (_, i) => i * rowsAtOnce).values();
  const work = async (): Promise<void> => {
    for (const start of starts) {
      const length = Math.min(rowsAtOnce, count - start);
      await rows.insertMany(
        Array.from({ length }, (_, i) => row(start + i)),
        { ordered: false },
      );
    }
  };
  await Promise.all(Array.from({ length: insertsAtOnce }, work));
}

function leadRow(sample: Document, batch: number, i: number): Document {
  const email = `lead-${batch}-${i}@d${i % 20}.example.com`;
  const firstName = firstNames[i % firstNames.length];
  const attributes = { ...sample['attributes'], company: `Cold Store ${i} Ltd`, doors: 4 + (i % 40) };
  return { ...sample, _id: leadOf(batch, i), email, emailKey: email, firstName, attributes };
}

function enrollmentRow(sample: Document, batch: number, i: number, dueAt: Date): Document {
  const lead = leadOf(batch, i);
  return { ...sample, _id: idFrom('enrollment', lead), lead, dueAt };
}

function hex(value: number, length: number): string {
  return value.toString(16).padStart(length, '0');
}
