import type { Db } from 'mongodb';
import * as z from 'zod';
import type { Impersonal } from './personal.js';
import { journaled } from './rows.js';

const BeatRow = z.object({ _id: z.string(), at: z.date() });
type BeatDocument = Readonly<z.output<typeof BeatRow>>;

const engine = 'engine';

/** When some process last said that it lets time take its course. After a backup is restored it is as old as that. */
export async function openHeartbeats(db: Db) {
  const rows = db.collection<BeatDocument>('heartbeats', journaled);
  const atOf = (document: unknown): Date | undefined => (document ? BeatRow.parse(document).at : undefined);
  const personal: Impersonal = { collection: rows.collectionName, impersonal: 'when Rivulet last ran' };
  return {
    personal,
    /** Says that all is going at `now`; answers when that was last said. A clock that is behind turns nothing back. */
    beat: async (now: Date): Promise<Date | undefined> =>
      atOf(
        await rows.findOneAndUpdate({ _id: engine }, { $max: { at: now } }, { upsert: true, returnDocument: 'before' }),
      ),
    last: async (): Promise<Date | undefined> => atOf(await rows.findOne({ _id: engine })),
  };
}
export type Heartbeats = Awaited<ReturnType<typeof openHeartbeats>>;
