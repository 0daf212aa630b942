import type { Db } from 'mongodb';
import * as z from 'zod';
import type { Impersonal } from './personal.js';
import { isDuplicate, journaled } from './rows.js';

/** Everything, one sequence, or one transport. */
export type PauseOf = 'everything' | `sequence:${string}` | `transport:${string}`;

const names = /^(?:everything|(?:sequence|transport):[a-zA-Z0-9][a-zA-Z0-9._-]{0,59})$/;

/** Whether a text names what can be paused. */
export function isPauseOf(text: string): text is PauseOf {
  return names.test(text);
}

const PauseRow = z.object({
  _id: z.string().refine(isPauseOf),
  since: z.date(),
  because: z.string(),
  by: z.enum(['person', 'rivulet']),
});
type PauseDocument = Readonly<z.output<typeof PauseRow>>;

export type Pause = Omit<PauseDocument, '_id'> & { readonly of: PauseOf };
export type Pauses = ReadonlyMap<PauseOf, Pause>;

/** What pauses are looked up for; a mail by both. */
export type Pausable = { readonly sequence?: string | undefined; readonly transport?: string | undefined };

/** The pause that holds something up: that of everything before any other. */
export function pauseOf(pauses: Pauses, { sequence, transport }: Pausable): Pause | undefined {
  return (
    pauses.get('everything') ??
    (sequence === undefined ? undefined : pauses.get(`sequence:${sequence}`)) ??
    (transport === undefined ? undefined : pauses.get(`transport:${transport}`))
  );
}

export function isPaused(pauses: Pauses, what: Pausable): boolean {
  return pauseOf(pauses, what) !== undefined;
}

/** When what a pause holds is looked at, should nobody end the pause before. */
export const parkedMs = 3_600_000;
/** So long the pauses are taken for what they were; a pause of another process takes effect within it. */
const freshMs = 1000;

/** What is paused, for all processes. Known without asking the database, as every mail looks. */
export async function openPauses(db: Db) {
  const rows = db.collection<PauseDocument>('pauses', journaled);
  let known: Pauses = new Map();
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<Pauses> | undefined;

  const read = async (): Promise<Pauses> => {
    const startedAtMs = performance.now();
    const found = (await rows.find().sort({ since: 1 }).toArray()).map(toPause);
    known = new Map(found.map((pause) => [pause.of, pause]));
    readAtMs = startedAtMs;
    return known;
  };
  await read();

  const personal: Impersonal = { collection: rows.collectionName, impersonal: 'what is paused, by whom and why' };
  return {
    personal,
    /** The pauses as last read. */
    known: (): Pauses => known,
    /** Reads them again if that is a second ago. */
    refresh: async (): Promise<Pauses> => {
      if (performance.now() - readAtMs < freshMs) return known;
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return reading;
    },
    /** Reads them now. */
    all: read,
    /** Pauses something; what is paused already stays so, and what a person has paused stays theirs. */
    pause: async (of: PauseOf, pause: Omit<Pause, 'of'>): Promise<void> => {
      const isTheirs = pause.by === 'rivulet' ? { by: 'rivulet' as const } : {};
      const { since, ...why } = pause;
      try {
        await rows.updateOne({ _id: of, ...isTheirs }, { $set: why, $setOnInsert: { since } }, { upsert: true });
      } catch (error) {
        // A person's: their reason stands, and nothing but they themselves ends it.
        if (!isDuplicate(error)) throw error;
      }
      await read();
    },
    /** Ends a pause; false when there was none. With `by`, only one that was made so. */
    resume: async (of: PauseOf, by?: Pause['by']): Promise<boolean> => {
      const { deletedCount } = await rows.deleteOne({ _id: of, ...(by ? { by } : {}) });
      await read();
      return deletedCount === 1;
    },
  };
}
export type PauseStore = Awaited<ReturnType<typeof openPauses>>;

function toPause(document: unknown): Pause {
  const { _id, ...rest } = PauseRow.parse(document);
  return { of: _id, ...rest };
}
