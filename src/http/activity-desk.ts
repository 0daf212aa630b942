import { isAfter, isWanted, type News, type Place, type Wanted } from '../store/news.js';
import type { Store } from '../store/open-store.js';
import { type ShownEvent, shownEvents } from './event-view.js';

/** Somebody who looks on. `tell`: events in the order in which they became known; `gap`: some were left out. */
export type Onlooker = {
  readonly wanted: Wanted;
  readonly tell: (events: readonly ShownEvent[]) => void;
  readonly gap: () => void;
};
export type ActivityDesk = ReturnType<typeof openActivityDesk>;

export type ActivitySetting = {
  readonly store: Pick<Store, 'news' | 'leads'>;
  readonly onFault: (error: unknown) => void;
  /** How often is looked, for all together: each second unless said. */
  readonly everyMs?: number;
};

/** So many are looked at in one go, however much happens. */
const mostAtOnce = 200;
/** What was told is known so long: more than can be looked at twice. */
const mostRemembered = 2000;

/**
 * Lets many look on at what becomes known in any process, and asks the database once for all of them: for the newest, by
 * their index. That finds what was written late, too, and costs the same however much comes in.
 */
export function openActivityDesk({ store, onFault, everyMs = 1000 }: ActivitySetting) {
  const onlookers = new Set<Onlooker>();
  const told = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;

  const newest = async (): Promise<readonly News[]> =>
    (await store.news.newest({}, undefined, { limit: mostAtOnce, atMost: mostAtOnce })).items;
  const remember = (all: readonly News[]): void => {
    for (const { event } of all) told.add(event.id);
    for (const id of told) {
      if (told.size <= mostRemembered) return;
      told.delete(id);
    }
  };
  const look = async (): Promise<void> => {
    const found = await newest();
    const fresh = found.filter(({ event }) => !told.has(event.id)).toReversed();
    if (fresh.length === 0) return;
    remember(fresh);
    const events = await shownEvents(fresh, store);
    const isGap = fresh.length === mostAtOnce;
    for (const { wanted, tell, gap } of onlookers) {
      if (isGap) gap();
      const own = events.filter((_, i) => fresh.slice(i, i + 1).some(({ event }) => isWanted(event, wanted)));
      if (own.length > 0) tell(own);
    }
  };
  const lookOnce = (): void => {
    // A database that is slow is not asked again before it has answered.
    looking ??= look()
      .catch(onFault)
      .finally(() => {
        looking = undefined;
      });
  };

  return {
    /** Lets somebody look on from now, or from after a place. Answers how to leave. */
    join: async (onlooker: Onlooker, after: Place | undefined): Promise<() => void> => {
      const known = await newest();
      if (onlookers.size === 0) {
        told.clear();
        remember(known.toReversed());
      }
      onlookers.add(onlooker);
      const leave = (): void => {
        onlookers.delete(onlooker);
        if (onlookers.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
      timer ??= setInterval(lookOnce, everyMs).unref();
      // What nobody was told yet comes with the next look.
      const missed = after ? known.filter((news) => told.has(news.event.id) && isAfter(news, after)) : [];
      if (missed.length === mostAtOnce) onlooker.gap();
      const own = missed.filter(({ event }) => isWanted(event, onlooker.wanted)).toReversed();
      try {
        if (own.length > 0) onlooker.tell(await shownEvents(own, store));
      } catch (error) {
        // Whoever is answered with a mistake is told nothing after it.
        leave();
        throw error;
      }
      return leave;
    },
    /** Looks at once, and resolves when everybody was told. */
    look: async (): Promise<void> => {
      lookOnce();
      await looking;
    },
    onlookers: (): number => onlookers.size,
  };
}
