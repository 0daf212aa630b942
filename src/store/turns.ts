import type { Db } from 'mongodb';
import * as z from 'zod';
import type { Impersonal } from './personal.js';
import { isDuplicate, journaled } from './rows.js';

/** How often a group was asked, and who took its last turns. */
type TurnsDocument = {
  readonly _id: string;
  readonly next: number;
  readonly taken: readonly { readonly by: string; readonly turn: number }[];
};
const TurnsRow = z.object({ taken: z.array(z.object({ by: z.string(), turn: z.number() })) });

/** So many of the last turns are remembered by who took them: more than can be under way at one time. */
const remembered = 500;

/** The turns of groups of colleagues, counted over all processes. */
export async function openTurns(db: Db) {
  const rows = db.collection<TurnsDocument>('turns', journaled);

  /** Undefined when another process has just begun the group. */
  const attempt = async (group: string, by: string): Promise<number | undefined> => {
    const isKnown = { $in: [{ $literal: by }, { $ifNull: ['$taken.by', []] }] };
    const next = { $ifNull: ['$next', 0] };
    const one = { by: { $literal: by }, turn: next };
    const longer = { $slice: [{ $concatArrays: [{ $ifNull: ['$taken', []] }, [one]] }, -remembered] };
    try {
      const row = await rows.findOneAndUpdate(
        { _id: group },
        [
          {
            $set: {
              taken: { $cond: [isKnown, '$taken', longer] },
              next: { $cond: [isKnown, '$next', { $add: [next, 1] }] },
            },
          },
        ],
        { upsert: true, returnDocument: 'after' },
      );
      return TurnsRow.parse(row).taken.find((turn) => turn.by === by)?.turn;
    } catch (error) {
      if (isDuplicate(error)) return undefined;
      throw error;
    }
  };

  const personal: Impersonal = { collection: 'turns', impersonal: 'how often which group of colleagues was asked' };
  return {
    personal,
    /**
     * The turn that `by` takes in a group, counted from 0; asked again it is the same. Counter and taker stand in one
     * document and are written at once: a process that dies after it has taken a turn and before it has done anything with
     * it leaves no gap, as whoever repeats it finds the turn taken already.
     */
    take: async (group: string, by: string): Promise<number> => {
      const turn = (await attempt(group, by)) ?? (await attempt(group, by));
      if (turn === undefined) throw new Error('MongoDB gave no turn back');
      return turn;
    },
  };
}
