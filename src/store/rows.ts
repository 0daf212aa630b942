import type { Collection, Document } from 'mongodb';
import { MongoBulkWriteError, MongoServerError } from 'mongodb';
import * as z from 'zod';

/**
 * Every write a promise rests on waits for the journal: the embedded engine lost 71 of 2,352 unjournaled writes at
 * `kill -9`, and none of 3,311 journaled ones. On replica sets a majority must have it, or a failover may undo it.
 */
export const journaled = { writeConcern: { w: 'majority', journal: true } } as const;

/** A field that may be missing; MongoDB gives null where an older row never had it. */
export function maybe<T extends z.ZodType>(type: T) {
  return type.nullish().transform((value): z.output<T> | undefined => value ?? undefined);
}

/** T with the keys that may be undefined turned into keys that may be missing. */
export type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Drops keys that are undefined, so that exact optional types and MongoDB agree on what "not there" means. */
export function present<T extends object>(value: T): Present<T> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the filter does cannot be told in types
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Present<T>;
}

export const FieldValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()).readonly()]);

/** What a row says of the step that it was planned for. Its id comes from enrollment and step, so that it exists once. */
export const errand = {
  _id: z.string(),
  enrollment: z.string(),
  lead: z.string(),
  sequence: z.string(),
  revision: z.string(),
  step: z.string(),
};

/** Inserts what is not there yet and leaves the rest as it is. Answers how many were new. */
export async function insertNew<T extends Document>(
  rows: Collection<T>,
  documents: readonly Parameters<Collection<T>['insertOne']>[0][],
): Promise<number> {
  if (documents.length === 0) return 0;
  try {
    const { insertedCount } = await rows.insertMany([...documents], { ordered: false });
    return insertedCount;
  } catch (error) {
    if (error instanceof MongoBulkWriteError && [error.writeErrors].flat().every((e) => e.code === duplicateKey))
      return error.insertedCount;
    throw error;
  }
}

const duplicateKey = 11_000;

export function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === duplicateKey;
}
