import type { Db } from 'mongodb';
import * as z from 'zod';
import { idFrom } from '../event/id.js';
import { spellingsOf } from '../message/spellings.js';
import type { Person, Personal } from './personal.js';
import { insertNew, journaled } from './rows.js';

const LinkSetRow = z.object({ _id: z.string(), links: z.array(z.string()) });

/** So long a list that was seen is taken to be there still. */
const keptMs = 60_000;

/** The targets of a mail's links. Most leads get the same list, so it is kept once, under a hash of itself. */
export async function openLinkSets(db: Db) {
  const rows = db.collection<z.output<typeof LinkSetRow>>('linkSets', journaled);
  const messages = db.collection<{ readonly links: string; readonly lead: string }>('messages', journaled);
  /** Lists, and when they were last seen to be there: one that named a person goes with its lead. */
  const kept = new Map<string, number>();
  const isKept = (id: string): boolean => performance.now() - (kept.get(id) ?? Number.NEGATIVE_INFINITY) < keptMs;

  const ownOf = async (who: Person): Promise<readonly string[]> => {
    const found = (await rows.find({ _id: { $in: [...who.linkSets] } }).toArray()).map((row) => LinkSetRow.parse(row));
    const own: string[] = [];
    for (const { _id, links } of found) {
      const isShared = await messages.findOne({ links: _id, lead: { $nin: [...who.leads] } });
      if (!isShared && names(links, who)) own.push(_id);
    }
    return own;
  };
  const personal: Personal = {
    collection: rows.collectionName,
    holds: 'links in your mails that have something of yours in them',
    erase: async (who) => (await rows.deleteMany({ _id: { $in: [...(await ownOf(who))] } })).deletedCount,
    show: async ({ linkSets }) => rows.find({ _id: { $in: [...linkSets] } }).toArray(),
  };

  return {
    personal,
    /** The id of a list, which is kept from now on. */
    keep: async (links: readonly string[]): Promise<string> => {
      const id = idFrom('links', ...links);
      if (!isKept(id)) await insertNew({ db, name: rows.collectionName }, [{ _id: id, links: [...links] }]);
      // Lists that differ for each lead would fill the memory; those that repeat come back soon.
      if (kept.size > 10_000) kept.clear();
      kept.set(id, performance.now());
      return id;
    },
    byId: async (id: string): Promise<readonly string[] | undefined> => {
      const row = await rows.findOne({ _id: id });
      return row ? LinkSetRow.parse(row).links : undefined;
    },
  };
}

/** Whether links have something of a person in them: an address, an id, or what a field of its lead holds. */
function names(links: readonly string[], { leads, addresses, messages, words }: Person): boolean {
  const text = links.join('\n').toLowerCase();
  const values = words.filter(({ length }) => length > 2).map((word) => word.toLowerCase());
  const spelt = [
    ...addresses.flatMap(spellingsOf),
    ...leads,
    ...messages,
    ...values,
    ...values.map(encodeURIComponent),
  ];
  return spelt.some((one) => text.includes(one.toLowerCase()));
}
