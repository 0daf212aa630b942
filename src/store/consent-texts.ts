import type { Db } from 'mongodb';
import * as z from 'zod';
import { inOneBatch, insertMissing, journaled } from './rows.js';

const TextRow = z.object({ _id: z.string(), text: z.string(), since: z.date() });
type TextDocument = Readonly<z.output<typeof TextRow>>;

/** A sentence that people agree to. Its version comes from its words: changed by a letter, it is another. */
export type ConsentText = { readonly version: string; readonly text: string };

/** The sentences that people agreed to, each once, for as long as anybody may ask what they were. */
export function openConsentTexts(db: Db) {
  const rows = db.collection<TextDocument>('consentTexts', journaled);
  return {
    personal: { collection: rows.collectionName, impersonal: 'sentences of forms that people agree to' },
    /** Keeps sentences as they were first shown; what is there already stays as it is. */
    keep: async (texts: readonly ConsentText[], now: Date): Promise<void> => {
      const documents = texts.map(({ version, text }) => ({ _id: version, text, since: now }));
      await insertMissing({ db, name: rows.collectionName }, documents);
    },
    /** Sentences by their versions. */
    byVersions: async (versions: readonly string[]): Promise<ReadonlyMap<string, string>> => {
      if (versions.length === 0) return new Map();
      const found = await rows.find({ _id: { $in: [...versions] } }, inOneBatch).toArray();
      return new Map(found.map((row) => TextRow.parse(row)).map(({ _id, text }) => [_id, text]));
    },
  };
}
