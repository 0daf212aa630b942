import { isDeepStrictEqual } from 'node:util';
import { countLead, definitions } from '../report/lead-tallies.js';
import type { Counted } from '../report/tally.js';
import type { Store } from '../store/open-store.js';
import { type Kept, mostCounts, type Round, type Standing } from '../store/report-rounds.js';

export type RollUpSetting = {
  readonly store: Pick<Store, 'reports' | 'revisions'>;
  readonly now: () => Date;
  readonly onFault: (error: unknown) => void;
};

export type RollUpAsk = {
  /** In whose days is counted where nothing was counted yet. */
  readonly zone: string;
  /** Counts in that zone from now on, whatever the one before was. */
  readonly mayChangeZone?: boolean;
  /** Looks at about so many leads and leaves the rest to the next time. */
  readonly atMost?: number;
  /** Looks at what became known so long before, too. */
  readonly lookBackMs?: number;
};

export type RolledUp = {
  readonly changed: number;
  /** What was known until then is counted; undefined until everybody has been gone through once. */
  readonly asOf: Date | undefined;
};

/**
 * What is kept at one instant may be found a little later, as many write at the same time. What comes later still is found
 * by the look back, once an hour.
 */
const overlapMs = 2 * 60_000;
export const hourlyLookBackMs = 3 * 3_600_000;
/** Events in one step: after each it is written down how far counting has come. */
const stepEvents = 50_000;
/** Leads in one round. */
const batchSize = 500;
/** Leads whose histories are read and counted at once: for longer nothing else would be done meanwhile. */
const sliceSize = 100;

/** Counts for reports what became known since the last time. Made again, by whoever, it comes to the same. */
export async function rollUp(setting: RollUpSetting, ask: RollUpAsk): Promise<RolledUp> {
  const { rounds } = setting.store.reports;
  const atMost = ask.atMost ?? Number.POSITIVE_INFINITY;
  await begin(setting, ask);
  let changed = 0;
  let looked = 0;
  for (const work of [walkOn, countDue]) {
    for (;;) {
      const done = looked < atMost ? await work(setting) : undefined;
      if (!done) break;
      looked += done.looked;
      changed += done.changed;
    }
  }
  let after = -Math.max(overlapMs, ask.lookBackMs ?? 0);
  while (looked < atMost) {
    const done = await countStep(setting, after);
    looked += Math.max(1, done.looked);
    changed += done.changed;
    after = 0;
    if (done.isLast) break;
  }
  const { seen, walked } = await rounds.standing();
  return { changed, asOf: walked === undefined ? seen : undefined };
}

type Done = { readonly looked: number; readonly changed: number };

/** Has everybody gone through once where nothing was counted yet, in another zone, or by other definitions. */
async function begin({ store, now }: RollUpSetting, { zone, mayChangeZone }: RollUpAsk): Promise<void> {
  for (;;) {
    const { number, ...standing } = await store.reports.rounds.standing();
    const wanted = mayChangeZone ? zone : (standing.zone ?? zone);
    if (standing.zone === wanted && standing.definitions === definitions) return;
    // What comes in from now on is seen to beside it.
    const next = { zone: wanted, definitions, seen: now(), walked: firstId };
    if (await store.reports.rounds.propose(number, { leads: new Map(), next })) return;
  }
}

/** Comes before every id. */
export const firstId = ' ';

/** Takes the next of all leads, where they are being gone through; undefined where they are not, or nobody is left. */
async function walkOn(setting: RollUpSetting): Promise<Done | undefined> {
  const { walked } = await setting.store.reports.rounds.standing();
  if (walked === undefined) return undefined;
  const ids = await idsAfter(walked, setting);
  return recount(ids, setting, { next: { walked: ids.at(-1) ?? null } });
}

async function countDue(setting: RollUpSetting): Promise<Done | undefined> {
  const { due } = await setting.store.reports.rounds.standing();
  const ids = due.slice(0, batchSize);
  return ids.length === 0 ? undefined : recount(ids, setting, { done: ids });
}

/** Counts those of whom something became known, from `backMs` before what was seen; as much as one step may have. */
async function countStep(setting: RollUpSetting, backMs: number): Promise<Done & { readonly isLast: boolean }> {
  const { rounds, histories } = setting.store.reports;
  const { seen } = await rounds.standing();
  if (!seen) return { looked: 0, changed: 0, isLast: true };
  const now = setting.now();
  const upTo = await histories.reachOf({ after: seen, upTo: now }, stepEvents);
  const touched = await histories.touched({ after: new Date(seen.getTime() + backMs), upTo });
  const ids = [...(await uncounted(touched.byEvents, setting)), ...touched.otherwise];
  let changed = 0;
  for (const batch of inBatches([...new Set(ids)])) changed += (await recount(batch, setting)).changed;
  const isNews = upTo > seen || changed > 0;
  if (isNews) await recount([], setting, { next: { seen: upTo } });
  return { looked: ids.length, changed, isLast: upTo >= now };
}

/** Those of whom other events are known than were counted: the others were looked at before. */
async function uncounted(ids: ReadonlySet<string>, { store }: RollUpSetting): Promise<readonly string[]> {
  const news: string[] = [];
  for (const batch of inBatches([...ids])) {
    const [counts, kept] = await Promise.all([
      store.reports.histories.eventCounts(batch),
      store.reports.rounds.toldOf(batch),
    ]);
    news.push(...batch.filter((id) => counts.get(id) !== kept.get(id)));
  }
  return news;
}

/**
 * Counts leads anew from all that is known of them, and writes what changed. What is known is read after the number of the
 * round: whoever changes anything meanwhile takes that number, and this is done again.
 */
async function recount(
  ids: readonly string[],
  setting: RollUpSetting,
  round: Omit<Round, 'leads'> = {},
): Promise<Done> {
  const { rounds } = setting.store.reports;
  for (;;) {
    const standing = await rounds.standing();
    const kept = await rounds.keptOf(ids);
    const counted = await countAll(ids, standing, setting);
    const leads = new Map([...counted].filter(([id, is]) => !isSame(kept.get(id), is)));
    if (sizeOf(leads, kept) > mostCounts) return recountInHalves(ids, setting, round);
    const isDone = leads.size === 0 && !round.next && !round.done;
    if (isDone || (await rounds.propose(standing.number, { ...round, leads })))
      return { looked: ids.length, changed: leads.size };
  }
}

/** Who counts for nothing needs no row that says so. */
function isSame(was: Kept | undefined, is: Kept): boolean {
  return was ? isDeepStrictEqual(was, is) : Object.keys(is.counted).length === 0;
}

function sizeOf(leads: ReadonlyMap<string, Kept>, before: ReadonlyMap<string, Kept>): number {
  const counts = [...leads].map(([id, { counted }]) => {
    return codesIn(counted) + codesIn(before.get(id)?.counted ?? {});
  });
  return counts.reduce((sum, n) => sum + n, 0);
}

function codesIn(counted: Counted): number {
  return Object.values(counted).reduce((sum, codes) => sum + codes.split(' ').length, 0);
}

/** A round is one document. A lead that alone is too much for it, with mails by the ten thousand, is nobody that a report is about. */
async function recountInHalves(
  ids: readonly string[],
  setting: RollUpSetting,
  round: Omit<Round, 'leads'>,
): Promise<Done> {
  const [one, ...others] = ids;
  if (one !== undefined && others.length === 0) {
    setting.onFault(new Error(`lead ${one} counts for more than reports can keep of one lead, and is left out`));
    return { ...(await recount([], setting, round)), looked: 1 };
  }
  const middle = Math.ceil(ids.length / 2);
  const halves = [ids.slice(0, middle), ids.slice(middle)];
  let changed = 0;
  for (const half of halves) changed += (await recount(half, setting)).changed;
  await recount([], setting, round);
  return { looked: ids.length, changed };
}

/** The next ids of leads after one, and of those that count for something although there is no such lead any more. */
export async function idsAfter(
  id: string,
  { store: { reports } }: Pick<RollUpSetting, 'store'>,
): Promise<readonly string[]> {
  const [there, counted] = await Promise.all([
    reports.histories.after(id, batchSize),
    reports.rounds.after(id, batchSize),
  ]);
  return [...new Set([...there, ...counted])].toSorted().slice(0, batchSize);
}

/** What leads count for now. One that there is no more counts for nothing. */
export async function countAll(
  ids: readonly string[],
  { zone = 'UTC' }: Standing,
  { store: { reports, revisions } }: RollUpSetting,
): Promise<ReadonlyMap<string, Kept>> {
  const counted = new Map<string, Kept>();
  for (const slice of inBatches(ids, sliceSize)) {
    // Before what they tell: an event that comes in between is then looked at again, and not taken for counted.
    const told = await reports.histories.eventCounts(slice);
    const histories = await reports.histories.of(slice, revisions.program);
    for (const id of slice) {
      const history = histories.get(id);
      counted.set(id, history ? { zone, told: told.get(id) ?? 0, counted: countLead(history) } : gone(zone));
    }
  }
  return counted;
}

function gone(zone: string): Kept {
  return { zone, told: 0, counted: {} };
}

export function inBatches(ids: readonly string[], size = batchSize): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, i) => ids.slice(i * size, (i + 1) * size));
}
