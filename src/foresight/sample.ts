import { changesByTime } from '../journey/timed-events.js';
import type { Project } from '../sequence/project.js';
import type { Store } from '../store/open-store.js';

/** Leads that stand alike, and those of them that are looked at. */
export type SampledStratum = { readonly leads: number; readonly ids: readonly string[] };

export type Sample = {
  readonly strata: readonly SampledStratum[];
  /** Leads that there are, and of them those under way. */
  readonly leads: number;
  readonly underWay: number;
};

/** Of each place so many at least: a mean of fewer says nothing. */
const leastOfEach = 20;
/** Of those who are on no way, where time alone may call them. */
const mostResting = 300;

/** Chooses the leads whose futures are looked at: all, or of each place they stand at its part. */
export async function sampleOf(
  until: Date,
  project: Project,
  { store, most }: { readonly store: Pick<Store, 'futures'>; readonly most: number },
): Promise<Sample> {
  const standing = await store.futures.standing(until, most);
  const { all, some } = await store.futures.resting(callsByTime(project) ? Math.min(most, mostResting) : 0);
  const underWay = standing.reduce((sum, { leads }) => sum + leads, 0);
  // How many leads there are is counted at another instant than those under way.
  const resting = Math.max(all - underWay, some.length);
  const due = standing.filter(({ isDue }) => isDue).reduce((sum, { leads }) => sum + leads, 0);
  const strata = standing.map(({ leads, some: ids, isDue }) => {
    const part = underWay <= most ? leads : Math.ceil((most * leads) / Math.max(1, isDue ? due : underWay * 4));
    return { leads, ids: ids.slice(0, Math.max(part, leastOfEach)) };
  });
  return { strata: [...strata, ...(some.length > 0 ? [{ leads: resting, ids: some }] : [])], leads: all, underWay };
}

/** Whether leads on no way may get mails because time passes: newsletters, dates, scores that fade. */
function callsByTime(project: Project): boolean {
  const calls = [...project.programs.values()].some(({ broadcast, enroll }) => broadcast ?? enroll.dates.length > 0);
  return calls || changesByTime(project);
}

/** Ids of all strata in an order in which each has its part of any beginning: whatever time allows is a sample. */
export function mixed(strata: readonly SampledStratum[]): readonly { readonly id: string; readonly stratum: number }[] {
  return strata
    .flatMap(({ ids }, stratum) => ids.map((id, i) => ({ id, stratum, place: i / ids.length })))
    .toSorted((a, b) => a.place - b.place)
    .map(({ id, stratum }) => ({ id, stratum }));
}
