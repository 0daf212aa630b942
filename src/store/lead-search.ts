import type { AnyBulkWriteOperation, Db, Document, Filter } from 'mongodb';
import * as z from 'zod';
import { behind, inOneBatch, journaled, maybe, unlessThereIsNone } from './rows.js';

/** What stands in a lead's row for whoever looks for it. It is made of the rest of the row, and made anew when that changes. */
export type Sought = {
  /** Beginnings of its address and names, folded. */
  readonly words: readonly string[];
  /** Its score when it was last looked at; points fade, so that it is made anew every hour. */
  readonly score: number;
  /** When it was made. */
  readonly at: Date;
};
type Row = { readonly _id: string; readonly createdAt: Date; readonly updatedAt: Date; readonly sought?: Sought };
type Query = Readonly<Record<string, unknown>>;

export const sorts = ['newest', 'score'] as const;
export type Sort = (typeof sorts)[number];

export type Span = { readonly after?: string | undefined; readonly by?: Date | undefined };
/** Which of those that are found come first, by which index they are looked for, and behind whom. */
export type Order = { readonly sort: Sort; readonly by: By; readonly after?: Place | undefined };

/** A lead that was found, and where it stands in the order. */
export type Place = { readonly id: string; readonly createdAt: Date; readonly score: number };
const PlaceRow = z.object({ _id: z.string(), createdAt: z.date(), sought: maybe(z.object({ score: z.number() })) });
const StaleRow = z.object({ _id: z.string(), updatedAt: z.date() });

/** By which index a question is answered. */
const indexes = {
  newest: { createdAt: -1, _id: -1 },
  score: { 'sought.score': -1, _id: -1 },
  words: { 'sought.words': 1 },
  tag: { tags: 1, createdAt: -1, _id: -1 },
  stage: { stage: 1, createdAt: -1, _id: -1 },
} as const;
export type By = keyof typeof indexes;

/** Looks for leads. The rows are those of `leads`, which declares what they hold of people. */
export async function openLeadSearch(db: Db) {
  const rows = db.collection<Row>('leads', journaled);
  // Of before stages were searched; the one of their newest serves for it.
  await rows.dropIndex('stage_1').catch(unlessThereIsNone);
  await rows.createIndexes([
    // The list by score, from the highest down; and a range of scores.
    { key: indexes.score },
    // Whose address or name begins so.
    { key: indexes.words },
    // The newest of a tag, of a stage; which tags there are, and how many leads stand in each stage.
    { key: indexes.tag },
    { key: indexes.stage },
    // What has changed since it was last made searchable.
    { key: { updatedAt: 1, 'sought.at': 1 } },
  ]);

  return {
    /**
     * The places of leads that a query finds, in order, behind `after`. `by`: the index, as the embedded engine refuses
     * questions of whose answers its planner finds none in its first look, and wants to weigh several indexes.
     */
    places: async function* (query: Query, { sort, by, after }: Order): AsyncGenerator<Place> {
      const isByScore = sort === 'score';
      const path = isByScore ? 'sought.score' : 'createdAt';
      const rest = after ? behind(path, isByScore ? after.score : after.createdAt, after.id) : {};
      const all: Filter<Row> = { $and: [query, rest] };
      const order: Document = { [path]: -1, _id: -1 };
      const columns = { createdAt: 1, 'sought.score': 1 } as const;
      const found = rows.find(all, { ...inOneBatch, sort: order, hint: indexes[by], projection: columns });
      for await (const row of found) {
        const { _id: id, createdAt, sought } = PlaceRow.parse(row);
        yield { id, createdAt, score: sought?.score ?? 0 };
      }
    },
    /** Ids of all that a query finds and that were there by then, in their order, from behind `after` on. */
    ids: async function* (query: Query, { after, by }: Span): AsyncGenerator<string> {
      const beyond: Filter<Row> = after === undefined ? {} : { _id: { $gt: after } };
      const then = by === undefined ? {} : { createdAt: { $lte: by } };
      const found = rows
        .find({ $and: [query, beyond, then] }, inOneBatch)
        .hint({ _id: 1 })
        .sort({ _id: 1 });
      for await (const { _id: id } of found.project<{ _id: string }>({ _id: 1 })) yield id;
    },
    /** How many a query finds, counted no further than `most`. */
    count: (query: Query, by: By, most: number): Promise<number> =>
      rows.countDocuments(query, { limit: most, hint: indexes[by] }),
    /** Some leads that changed since they were made searchable, from `since` on; the first changed first. */
    stale: async (
      since: Date,
      limit: number,
    ): Promise<readonly { readonly id: string; readonly updatedAt: Date }[]> => {
      const isOld = { $lte: [{ $ifNull: ['$sought.at', new Date(0)] }, '$updatedAt'] };
      const found = await rows
        .find({ updatedAt: { $gte: since }, $expr: isOld }, { batchSize: limit })
        .sort({ updatedAt: 1 })
        .limit(limit)
        .project({ updatedAt: 1 })
        .toArray();
      return found.map((row) => StaleRow.parse(row)).map(({ _id: id, updatedAt }) => ({ id, updatedAt }));
    },
    /** Makes leads searchable by what they are now. */
    keep: async (made: ReadonlyMap<string, Sought>): Promise<void> => {
      const writes = [...made].map(([_id, sought]): AnyBulkWriteOperation<Row> => {
        return { updateOne: { filter: { _id }, update: { $set: { sought } } } };
      });
      if (writes.length > 0) await rows.bulkWrite(writes, { ordered: false });
    },
    /** The scores that leads are sorted by, of those that have one. */
    scores: async (ids: readonly string[]): Promise<ReadonlyMap<string, number>> => {
      const found = await rows
        .find({ _id: { $in: [...ids] }, sought: { $exists: true } }, inOneBatch)
        .project({ createdAt: 1, 'sought.score': 1 })
        .toArray();
      return new Map(found.map((row) => PlaceRow.parse(row)).map(({ _id, sought }) => [_id, sought?.score ?? 0]));
    },
    /** Tags that some lead has, in their order. */
    tags: async (limit: number): Promise<readonly string[]> => {
      // Who has no tags counts as one that is missing.
      const found = (await rows.distinct('tags')).filter((tag) => typeof tag === 'string');
      return found.toSorted().slice(0, limit);
    },
  };
}
