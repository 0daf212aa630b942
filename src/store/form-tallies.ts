import type { Db } from 'mongodb';
import * as z from 'zod';
import type { Defence } from '../form/defences.js';
import type { Impersonal } from './personal.js';
import { grouped } from '../grouping.js';
import { maybe, present } from './rows.js';

const TallyRow = z.object({
  _id: z.string(),
  refused: z.record(z.string(), z.number()).default({}),
  lastRefusedAt: maybe(z.date()),
});

const OutcomeRow = z.object({
  _id: z.object({ type: z.enum(['form.submitted', 'consent.asked', 'consent.granted']), form: z.string() }),
  count: z.number(),
});
export type FormOutcome = z.output<typeof OutcomeRow>['_id'] & { readonly count: number };

/** How many each defence of a form has refused. */
export type FormTally = {
  readonly form: string;
  readonly refused: Readonly<Record<string, number>>;
  readonly lastRefusedAt?: Date;
};

type Refusal = { readonly form: string; readonly defence: Defence; readonly at: Date };

/**
 * What defences refused, for whoever asks whether they are any use, or too strict. Nothing rests on it, so it waits for no
 * disk; and strangers must not have us write as often as they like: what comes while one write is under way goes together
 * in the next.
 */
export async function openFormTallies(db: Db) {
  const events = db.collection('events');
  // How many forms came to what; only events of forms are in it, so that the others cost nothing.
  await events.createIndex({ type: 1, about: 1 }, { partialFilterExpression: { source: 'form' }, name: 'ofForms' });
  const rows = db.collection<{ readonly _id: string }>('formTallies', { writeConcern: { w: 1, journal: false } });
  const personal: Impersonal = { collection: rows.collectionName, impersonal: 'how often defences of forms refused' };
  let waiting: Refusal[] = [];
  let writing: Promise<void> | undefined;

  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const some = waiting;
      waiting = [];
      await rows.bulkWrite(updatesOf(some), { ordered: false });
    }
  };

  return {
    personal,
    /** Counts a refusal; resolves once it, and what came meanwhile, is written. */
    note: async (refusal: Refusal): Promise<void> => {
      waiting.push(refusal);
      writing ??= writeAll().finally(() => {
        writing = undefined;
      });
      await writing;
    },
    /** What forms came to, by their events: those that took effect, the mails that asked, and the presses that agreed. */
    outcomes: async (): Promise<readonly FormOutcome[]> => {
      const counted = [
        { $match: { source: 'form', type: { $in: ['form.submitted', 'consent.asked'] } } },
        { $group: { _id: { type: '$type', form: '$about' }, count: { $sum: 1 } } },
      ];
      // One press agrees to several purposes, at one instant.
      const presses = [
        { $match: { source: 'form', type: 'consent.granted', about: { $gt: '' } } },
        { $group: { _id: { form: '$data.form', lead: '$lead', at: '$at' } } },
        { $group: { _id: { type: 'consent.granted', form: '$_id.form' }, count: { $sum: 1 } } },
      ];
      const found = await Promise.all([counted, presses].map((stages) => events.aggregate(stages).toArray()));
      return found.flat().map((row) => {
        const { _id, count } = OutcomeRow.parse(row);
        return { ..._id, count };
      });
    },
    all: async (): Promise<readonly FormTally[]> =>
      (await rows.find().toArray()).map((row) => {
        const { _id: form, ...rest } = present(TallyRow.parse(row));
        return { form, ...rest };
      }),
  };
}

function updatesOf(refusals: readonly Refusal[]) {
  return [...grouped(refusals, ({ form }) => form)].map(([form, those]) => {
    const sums = [...grouped(those, ({ defence }) => defence)].map(
      ([defence, same]) => [`refused.${defence}`, same.length] as const,
    );
    const lastRefusedAt = new Date(Math.max(...those.map(({ at }) => at.getTime())));
    return {
      updateOne: {
        filter: { _id: form },
        update: { $inc: Object.fromEntries(sums), $max: { lastRefusedAt } },
        upsert: true,
      },
    };
  });
}
