import type { Db } from 'mongodb';
import * as z from 'zod';
import { idFrom } from '../event/id.js';
import { insertNew, journaled } from './rows.js';

const LinkSetRow = z.object({ _id: z.string(), links: z.array(z.string()) });

/** The targets of a mail's links. Most leads get the same list, so it is kept once, under a hash of itself. */
export async function openLinkSets(db: Db) {
  const rows = db.collection<z.output<typeof LinkSetRow>>('linkSets', journaled);
  const kept = new Set<string>();

  return {
    /** The id of a list, which is kept from now on. */
    keep: async (links: readonly string[]): Promise<string> => {
      const id = idFrom('links', ...links);
      if (!kept.has(id)) await insertNew({ db, name: rows.collectionName }, [{ _id: id, links: [...links] }]);
      // Lists that differ for each lead would fill the memory; those that repeat come back soon.
      if (kept.size > 10_000) kept.clear();
      kept.add(id);
      return id;
    },
    byId: async (id: string): Promise<readonly string[] | undefined> => {
      const row = await rows.findOne({ _id: id });
      return row ? LinkSetRow.parse(row).links : undefined;
    },
  };
}
