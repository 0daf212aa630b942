import { inBatches } from '../grouping.js';
import type { Lead } from '../journey/facts.js';
import { searchWords } from '../journey/search-words.js';
import { factsOf } from '../store/engine-store.js';
import type { Sought } from '../store/lead-search.js';
import type { MemberTools } from './members.js';

/** So few that nobody else waits long while they are counted. */
const batchSize = 250;
/** So far the clocks of two processes may be apart. */
const overlapMs = 60_000;

export type Freshener = ReturnType<typeof openFreshener>;

/** Keeps what leads are searched and sorted by in step with what they are. */
export function openFreshener(tools: MemberTools) {
  const { store, now, project, defaultTimeZone } = tools;
  // Up to here all is fresh; a process that has just started looks at everything once.
  let freshUpTo = new Date(0);

  const soughtOf = (lead: Lead, at: Date): Sought => {
    const { score } = factsOf({ lead }, store, { now: () => at, project, defaultTimeZone });
    return { words: searchWords(lead), score: score.total, at };
  };

  /** Makes those that have changed searchable, at most so many. Answers whether that was all of them. */
  const freshen = async (atMost: number): Promise<boolean> => {
    let since = freshUpTo;
    for (let left = atMost; left > 0; left -= batchSize) {
      const limit = Math.min(batchSize, left);
      // Taken before they are read: what changes meanwhile is changed after it.
      const at = now();
      const stale = await store.leadSearch.stale(since, limit);
      const leads = await store.leads.byIds(stale.map(({ id }) => id));
      await store.leadSearch.keep(new Map([...leads].map(([id, lead]) => [id, soughtOf(lead, at)])));
      // On from the last; back again for what other clocks wrote only between two calls, or an import would be gone through once a batch.
      since = stale.at(-1)?.updatedAt ?? since;
      freshUpTo = new Date(since.getTime() - overlapMs);
      if (stale.length < limit) {
        // All that changed before is done; what changes from now on says so by its time.
        freshUpTo = new Date(at.getTime() - overlapMs);
        return true;
      }
    }
    return false;
  };

  return {
    freshen,
    /** Looks at every lead: points fade, and rules are edited. Only what has changed is written. */
    freshenAll: async (): Promise<void> => {
      for await (const batch of inBatches(store.leads.matching({}), batchSize)) {
        const at = now();
        const known = await store.leadSearch.scores(batch.map(({ id }) => id));
        const made = batch.map((lead) => [lead.id, soughtOf(lead, at)] as const);
        await store.leadSearch.keep(new Map(made.filter(([id, { score }]) => known.get(id) !== score)));
      }
    },
  };
}
