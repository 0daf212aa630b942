import type { Db } from 'mongodb';
import * as z from 'zod';
import { caseOnly, personKey, type SameAddress } from '../message/address.js';
import { isDuplicate, journaled } from './rows.js';

const Rules = z.object({ plus: z.union([z.boolean(), z.array(z.string())]), dots: z.array(z.string()) });
const SettingRow = z.object({
  rules: Rules,
  /** By which rules the leads have their keys. */
  keyed: z.string(),
});
type SettingDocument = z.output<typeof SettingRow> & { readonly _id: string };
type LeadDocument = { readonly _id: string; readonly emailKey: string; readonly personKey?: string };

const rowsAtOnce = 500;
const id = 'sameAddress';

export type Sameness = Awaited<ReturnType<typeof openSameness>>;

/**
 * When two addresses are one person's, by the rules of the project. The first lead of a person has a key of the person, which
 * is unique, so that of two requests at one instant one makes the lead. By the default rules nothing but the case of letters is
 * looked through, which the key of the address does already: then no lead has such a key, and nothing costs more.
 */
export async function openSameness(db: Db) {
  const settings = db.collection<SettingDocument>('settings', journaled);
  const leads = db.collection<LeadDocument>('leads', journaled);
  // One lead a person, also when two requests make it at the same instant.
  await leads.createIndex({ personKey: 1 }, { unique: true, sparse: true });
  const row = await settings.findOne({ _id: id });
  let rules: SameAddress = row ? SettingRow.parse(row).rules : caseOnly;

  const keyOf = (emailKey: string): string | undefined => (isCaseOnly(rules) ? undefined : personKey(emailKey, rules));

  /** Gives the leads their keys anew, the oldest first; of several of one person the oldest has it. */
  const keyAll = async (): Promise<void> => {
    await leads.updateMany({ personKey: { $exists: true } }, { $unset: { personKey: 1 } });
    if (isCaseOnly(rules)) return;
    const all = leads.find().sort({ createdAt: 1, _id: 1 }).project<LeadDocument>({ emailKey: 1 });
    let batch: LeadDocument[] = [];
    const write = async (): Promise<void> => {
      const writes = batch.map(({ _id, emailKey }) => {
        const set = { personKey: personKey(emailKey, rules) };
        return { updateOne: { filter: { _id, emailKey }, update: { $set: set } } };
      });
      batch = [];
      if (writes.length > 0) await leads.bulkWrite(writes, { ordered: false }).catch(unlessDuplicate);
    };
    for await (const lead of all) {
      batch.push(lead);
      if (batch.length >= rowsAtOnce) await write();
    }
    await write();
  };

  return {
    rules: (): SameAddress => rules,
    /** What leads of one person share; undefined where the key of the address says it. */
    keyOf,
    /** Goes by these rules from now on. Leads that are there get their keys by `keyAgain`. */
    use: async (next: SameAddress): Promise<void> => {
      rules = next;
      const plain = Rules.parse({ ...next, plus: typeof next.plus === 'boolean' ? next.plus : [...next.plus] });
      await settings.updateOne(
        { _id: id },
        { $set: { rules: plain }, $setOnInsert: { keyed: inShort(caseOnly) } },
        { upsert: true },
      );
    },
    /** Gives leads their keys where the rules are other ones than those that they have them by. Answers whether that was so. */
    keyAgain: async (): Promise<boolean> => {
      const found = await settings.findOne({ _id: id });
      if (!found) return false;
      const by = inShort(rules);
      if (SettingRow.parse(found).keyed === by) return false;
      await keyAll();
      await settings.updateOne({ _id: id }, { $set: { keyed: by } });
      return true;
    },
    /** The leads that some addresses are those of, by address, where another spelling is a lead's. */
    ofAddresses: async (emailKeys: readonly string[]): Promise<ReadonlyMap<string, string>> => {
      if (emailKeys.length === 0 || isCaseOnly(rules)) return new Map();
      const keys = new Map(emailKeys.map((emailKey) => [emailKey, personKey(emailKey, rules)]));
      const found = await leads.find({ personKey: { $in: [...new Set(keys.values())] } }).toArray();
      const byKey = new Map(found.map((lead) => [lead.personKey, lead._id]));
      return new Map(
        emailKeys.flatMap((emailKey) => {
          const lead = byKey.get(keys.get(emailKey));
          return lead === undefined ? [] : [[emailKey, lead] as const];
        }),
      );
    },
    /** The key of a lead that may have another address now, unless another lead has that key. */
    rekey: async (lead: string): Promise<void> => {
      const { emailKey } = (await leads.findOne({ _id: lead })) ?? {};
      const key = emailKey === undefined ? undefined : keyOf(emailKey);
      if (emailKey === undefined || key === undefined) return;
      try {
        await leads.updateOne({ _id: lead, emailKey }, { $set: { personKey: key } });
      } catch (error) {
        if (!isDuplicate(error)) throw error;
        await leads.updateOne({ _id: lead, emailKey }, { $unset: { personKey: 1 } });
      }
    },
  };
}

function isCaseOnly({ plus, dots }: SameAddress): boolean {
  return (plus === false || (Array.isArray(plus) && plus.length === 0)) && dots.length === 0;
}

function inShort({ plus, dots }: SameAddress): string {
  return JSON.stringify([typeof plus === 'boolean' ? plus : plus.toSorted(), dots.toSorted()]);
}

/** An older lead of the same person has the key. */
function unlessDuplicate(error: unknown): void {
  if (!isDuplicate(error)) throw error;
}
