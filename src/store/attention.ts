import type { Db } from 'mongodb';
import * as z from 'zod';

/** How often a form was sent lately, and in the days before that. */
export type FormPace = { readonly form: string; readonly lately: number; readonly before: number };

const FormRow = z.object({ _id: z.string(), lately: z.number(), before: z.number() });
const CountAnswer = z.object({ n: z.number() });
const JobRow = z.object({ name: z.string(), nextRunAt: z.date() });

/** Counting goes no further: more than this is "many". */
export const mostCounted = 1000;

/** What an overview asks: small questions, each with its index, as it is asked whenever somebody opens the application. */
export async function openAttention(db: Db) {
  const messages = db.collection('messages');
  const events = db.collection('events');
  const leads = db.collection('leads');
  const jobs = db.collection('agendaJobs');
  // Mails of which nobody heard the answer: few, and each is to be seen.
  await messages.createIndex({ settledAt: 1 }, { partialFilterExpression: { state: 'uncertain' }, name: 'uncertain' });
  // Which forms are sent more often than usual: events of forms alone are in it.
  await events.createIndex(
    // All that is asked of it stands in the index, so that the events themselves are not read.
    { type: 1, at: 1, about: 1 },
    { partialFilterExpression: { type: 'form.submitted' }, name: 'forms-by-time' },
  );

  return {
    uncertain: (since: Date): Promise<number> =>
      messages.countDocuments({ state: 'uncertain', settledAt: { $gte: since } }, { limit: mostCounted }),
    /** Of each form that was sent since `lately`, how often, and how often between `before` and then. */
    formPace: async (lately: Date, before: Date): Promise<readonly FormPace[]> => {
      const isLately = { $gte: ['$at', lately] };
      const rows = await events
        .aggregate([
          { $match: { type: 'form.submitted', at: { $gte: before }, about: { $gt: '' } } },
          { $project: { _id: 0, at: 1, about: 1 } },
          {
            $group: {
              _id: '$about',
              lately: { $sum: { $cond: [isLately, 1, 0] } },
              before: { $sum: { $cond: [isLately, 0, 1] } },
            },
          },
        ])
        .toArray();
      return rows.map((row) => {
        const { _id: form, ...pace } = FormRow.parse(row);
        return { form, ...pace };
      });
    },
    /** How many leads stand in each stage; null is none. Counted in the index: of a hundred thousand leads none is read. */
    leadsByStage: async (): Promise<ReadonlyMap<string | null, number>> => {
      const named = (await leads.distinct('stage')).filter((stage) => typeof stage === 'string');
      const counts = await Promise.all(
        [...named, null].map(async (stage) => {
          const { n } = CountAnswer.parse(await db.command({ count: 'leads', query: { stage } }));
          return [stage, n] as const;
        }),
      );
      return new Map(counts.filter(([, n]) => n > 0));
    },
    /** What comes round and should have come by an instant. */
    lateJobs: async (by: Date): Promise<readonly { readonly name: string; readonly dueAt: Date }[]> => {
      const rows = await jobs
        .find({ nextRunAt: { $lt: by }, disabled: { $ne: true } })
        .limit(20)
        .toArray();
      return rows.map((row) => JobRow.parse(row)).map(({ name, nextRunAt: dueAt }) => ({ name, dueAt }));
    },
  };
}
export type Attention = Awaited<ReturnType<typeof openAttention>>;
