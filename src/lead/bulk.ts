import * as z from 'zod';
import { type Engine, recordEvent } from '../engine.js';
import { idFrom } from '../event/id.js';
import { inBatches } from '../grouping.js';
import { consentStatuses, type Lead, suppressions } from '../journey/facts.js';
import { addressKey } from '../message/address.js';
import type { Project } from '../sequence/project.js';
import type { BulkJob } from '../store/bulk-jobs.js';
import { isUnreachable } from '../store/database.js';
import type { Store } from '../store/open-store.js';
import { present } from '../store/rows.js';
import { enrollByHand } from './enroll-by-hand.js';
import { asked, batchesMeant, type Wanted } from './search.js';
import { suppress } from './suppress.js';

/** What is done to each of many leads. */
export type Deed =
  | { readonly kind: 'tag' | 'untag'; readonly tag: string }
  | { readonly kind: 'enroll'; readonly sequence: string }
  | { readonly kind: 'suppress'; readonly because: string };

const Deeds = z.union([
  z.object({ kind: z.enum(['tag', 'untag']), tag: z.string() }),
  z.object({ kind: z.literal('enroll'), sequence: z.string() }),
  z.object({ kind: z.literal('suppress'), because: z.string() }),
]);
const Wanteds = z.object({
  text: z.string().optional(),
  segment: z.string().optional(),
  stage: z.string().optional(),
  tag: z.array(z.string()).optional(),
  scoreFrom: z.number().optional(),
  scoreTo: z.number().optional(),
  consent: z.enum(consentStatuses).optional(),
  suppressed: z.union([z.enum(['yes', 'no']), z.enum(suppressions)]).optional(),
});

/** What is to be done, to whom, and who says so. Either these leads, or all who are meant. */
export type Order = {
  readonly deed: Deed;
  readonly leads?: readonly string[] | undefined;
  readonly wanted?: Wanted | undefined;
  readonly by: string;
  readonly total?: number | undefined;
};

export type BulkSetting = {
  readonly store: Store;
  readonly engine: Engine;
  readonly newId: () => string;
  readonly project: () => Project;
  readonly defaultTimeZone: string;
  readonly wake: () => void;
  readonly onFault: (error: unknown) => void;
};
export type Bulk = ReturnType<typeof openBulk>;

/** Chosen leads between two notes of how far it is; after a crash as many are looked at once more, and nothing is done to them twice. */
const batchSize = 50;

/** Does one thing to many leads, one after the other, behind the answer. */
export function openBulk(setting: BulkSetting) {
  const { store, engine, newId, wake, onFault } = setting;
  const run = newId();
  const going = new Map<string, Promise<void>>();
  let isStopping = false;

  const work = async (job: BulkJob): Promise<void> => {
    const deed = Deeds.parse(JSON.parse(job.deed));
    let { done, changed } = job;
    for await (const { leads, upTo } of leadsOf(job, setting)) {
      if (isStopping) return;
      for (const lead of leads) {
        done += 1;
        if (await doTo(lead, deed, job, setting)) changed += 1;
      }
      wake();
      // Also where nobody was meant: a job that is looking for long must not be taken for a dead one's.
      if (!(await store.bulkJobs.note(job, { done, changed, after: upTo }, engine.now()))) return;
    }
    await store.bulkJobs.end(job, undefined, engine.now());
  };
  const goOn = (job: BulkJob): void => {
    const own = work(job)
      .catch(async (error: unknown) => {
        // An outage passes, and the job goes on.
        if (isUnreachable(error)) return;
        onFault(error);
        await store.bulkJobs.end(
          job,
          'It came upon a fault of Rivulet and stopped. What was done stays done.',
          engine.now(),
        );
      })
      .catch(onFault)
      .finally(() => going.delete(job.id));
    going.set(job.id, own);
  };

  return {
    /** Begins it, and answers it as it is noted down. */
    begin: async ({ deed, leads, wanted, by, total }: Order): Promise<BulkJob> => {
      const id = newId();
      const ids = leads && [...new Set(leads)].toSorted();
      const whom = present({ wanted: wanted && JSON.stringify(wanted), leads: ids, total: total ?? ids?.length });
      await store.bulkJobs.begin({ id, deed: JSON.stringify(deed), by, run, ...whom }, engine.now());
      const job = await store.bulkJobs.byId(id);
      if (!job) throw new Error(`the job ${id} is gone as soon as it was noted`);
      goOn(job);
      return job;
    },
    /** Goes on with those that dead processes left, or an outage cut short. */
    finish: async (before: Date): Promise<void> => {
      for (const left of await store.bulkJobs.leftBehind(before)) {
        if (going.has(left.id)) continue;
        const job = await store.bulkJobs.takeOver(left, run, engine.now());
        if (job) goOn(job);
      }
    },
    /** Waits until nothing is under way. */
    idle: async (): Promise<void> => void (await Promise.all(going.values())),
    /** Lets what is in hand come to the end of its batch; the rest is gone on with after the next start. */
    stop: async (): Promise<void> => {
      isStopping = true;
      await Promise.all(going.values());
    },
  };
}

/** Whom it is about, some at a time, in the order of their ids; `upTo`: who has been looked at with them. */
async function* leadsOf(
  { leads, wanted, after, startedAt }: BulkJob,
  setting: BulkSetting,
): AsyncGenerator<{ readonly leads: readonly Lead[]; readonly upTo: string }> {
  const { store, engine, project, defaultTimeZone } = setting;
  const tools = { store, now: engine.now, project, defaultTimeZone };
  if (leads) {
    for await (const ids of inBatches(
      leads.filter((id) => after === undefined || id > after),
      batchSize,
    )) {
      const known = await store.leads.byIds(ids);
      // By the id that was chosen, also where it became part of another lead: it says how far the job is.
      const found = ids.flatMap((id) => {
        const lead = known.get(id);
        return lead ? [{ ...lead, id }] : [];
      });
      yield { leads: found, upTo: ids.at(-1) ?? '' };
    }
    return;
  }
  const meant = asked(Wanteds.parse(JSON.parse(wanted ?? '{"suppressed":"no","tag":[""]}')), tools);
  if (!meant) return;
  for await (const { found, upTo } of batchesMeant(meant, tools, { after, by: startedAt }))
    yield { leads: found.map(({ lead }) => lead), upTo };
}

/** Does it to one lead; whether that changed anything. Done again by the same job, it is the same event. */
async function doTo(lead: Lead, deed: Deed, job: BulkJob, setting: BulkSetting): Promise<boolean> {
  const { store, engine } = setting;
  switch (deed.kind) {
    case 'tag':
    case 'untag': {
      const { kind, tag } = deed;
      if (lead.tags.includes(tag) === (kind === 'tag')) return false;
      const type = kind === 'tag' ? 'tag.added' : 'tag.removed';
      const id = idFrom('bulk', job.id, lead.id, type, tag);
      const event = { id, type, about: tag, lead: lead.id, at: engine.now(), source: job.by, machine: false };
      return recordEvent(event, engine);
    }
    case 'enroll': {
      const run = await enrollByHand({ lead, sequence: deed.sequence, id: job.id }, setting);
      // Who was in it before stays where they are.
      return run !== undefined && run.startedAt >= job.startedAt;
    }
    case 'suppress': {
      const one = {
        of: addressKey(lead.email),
        reason: 'manual' as const,
        at: engine.now(),
        by: job.by,
        because: deed.because,
      };
      return (await suppress([one], { store, engine })).added > 0;
    }
  }
}
