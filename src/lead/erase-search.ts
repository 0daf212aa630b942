import { BSON, type Db } from 'mongodb';
import * as z from 'zod';
import { readableIn, spellingsOf } from '../message/spellings.js';
import type { Person } from '../store/personal.js';

/** A row that still names a person. What it is named by is not told: whoever reads this is not to learn it here. */
export type Remains = { readonly collection: string; readonly id: string; readonly by: 'address' | 'id' | 'name' };

export type SearchSetting = {
  readonly db: Db;
  /** Rows that are known and go last. */
  readonly isKnown: (collection: string, id: string) => boolean;
  readonly onProgress?: (share: number) => void;
};

/** A person with the name that it may be written by. A name is no proof: others have it too. */
export type Sought = Person & { readonly name?: string | undefined };

const Id = z.looseObject({ _id: z.unknown() });
const rowsAtOnce = 1000;
/** So many are told; with more of them something is wrong that a list does not mend. */
const mostTold = 1000;

/**
 * Looks through every row of every collection for a person: for each spelling of its addresses, for the ids of the lead, its
 * mails and its runs, and for its whole name, in the bytes that are kept, whatever field they are in.
 */
export async function searchFor(
  sought: Sought,
  { db, isKnown, onProgress }: SearchSetting,
): Promise<readonly Remains[]> {
  const namedIn = finderOf(sought);
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  const found: Remains[] = [];
  for (const [i, collection] of names.filter((name) => !name.startsWith('system.')).entries()) {
    for await (const bytes of db.collection(collection).find({}, { raw: true, batchSize: rowsAtOnce })) {
      const by = Buffer.isBuffer(bytes) ? namedIn(bytes) : undefined;
      if (!by || !Buffer.isBuffer(bytes)) continue;
      const id = idIn(bytes);
      if (!isKnown(collection, id) && found.length < mostTold) found.push({ collection, id, by });
    }
    onProgress?.((i + 1) / names.length);
  }
  return found;
}

type Finder = (bytes: Buffer) => Remains['by'] | undefined;

function finderOf({ addresses, leads, messages, enrollments, name }: Sought): Finder {
  const spelt = addresses.flatMap(spellingsOf);
  const ids = new Set([...messages, ...enrollments]);
  const wholeName = name && name.length > 4 && name.includes(' ') ? name.toLowerCase() : undefined;
  return (bytes) => {
    const text = textOf(bytes);
    if (spelt.some((one) => text.includes(one))) return 'address';
    if (leads.some((id) => text.includes(id.toLowerCase()))) return 'id';
    if (ids.size > 0 && [...text.matchAll(/[a-z2-7]{32}/g)].some(([id]) => ids.has(id))) return 'id';
    return wholeName !== undefined && text.includes(wholeName) ? 'name' : undefined;
  };
}

function idIn(bytes: Buffer): string {
  return String(Id.parse(BSON.deserialize(bytes))._id);
}

/** The bytes of a mail are written in more than one way. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8').toLowerCase();
  return text.includes('content-transfer-encoding') ? readableIn(bytes) : text;
}
