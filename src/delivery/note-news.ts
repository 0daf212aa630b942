import type { Endpoint } from '../store/endpoints.js';
import type { ToTell } from '../store/endpoint-deliveries.js';
import type { News } from '../store/news.js';
import type { Store } from '../store/open-store.js';
import type { Window } from '../store/report-histories.js';

export type NoteSetting = {
  readonly store: Pick<Store, 'endpoints' | 'endpointDeliveries' | 'news' | 'cursors'>;
  readonly now: () => Date;
  /** What is not noted by then is noted after the next start. */
  readonly isStopping: () => boolean;
};

/** What is kept at one instant may be found a little later, as many write at the same time. */
const overlapMs = 2 * 60_000;
/** And what a process wrote that stood still in between, so much later; looked for once an hour. */
export const lookBackMs = 3 * 3_600_000;
/** Events in one step: after each it is written down how far noting has come. */
const stepEvents = 20_000;
const batchSize = 500;
const cursor = 'endpoints';

/** Notes for each endpoint what it is to be told. Done again, by whoever, it comes to the same. */
export function openNoter({ store, now, isStopping }: NoteSetting) {
  /** What was noted within the overlap, so that it is not written every time that it is seen: ids, and when they became known. */
  let noted = new Map<string, Date>();
  let notedFor = '';

  /** Answers whether it came to the end of the span. */
  const noteWithin = async (
    endpoints: readonly Endpoint[],
    { after, upTo }: Window,
    replay?: string,
  ): Promise<boolean> => {
    const batch: ToTell[] = [];
    const flush = async (): Promise<void> => {
      await store.endpointDeliveries.note(batch.splice(0), now(), replay);
    };
    const seen: News[] = [];
    const recently = new Date(now().getTime() - overlapMs);
    const isNoted = (id: string): boolean => replay === undefined && noted.has(id);
    for await (const news of store.news.within({ after, upTo }, isNoted)) {
      if (isStopping()) return false;
      if (replay === undefined && news.knownAt >= recently) seen.push(news);
      batch.push(...endpoints.filter((one) => isFor(one, news, replay)).map(({ id }) => ({ endpoint: id, news })));
      if (batch.length >= batchSize) await flush();
    }
    await flush();
    for (const { event, knownAt } of seen) noted.set(event.id, knownAt);
    return true;
  };

  const noteNew = async (endpoints: readonly Endpoint[], backMs: number): Promise<void> => {
    const until = now();
    const from = Math.min(...endpoints.map(({ since }) => since.getTime())) - 1;
    const stood = (await store.cursors.start(cursor, new Date(from))) ?? new Date(from);
    let after = new Date(Math.max(from, stood.getTime() - Math.max(backMs, overlapMs)));
    for (;;) {
      const upTo = await store.news.reachOf({ after, upTo: until }, stepEvents);
      if (!(await noteWithin(endpoints, { after, upTo }))) return;
      await store.cursors.arrive(cursor, upTo);
      if (upTo >= until || isStopping()) break;
      after = upTo;
    }
    const old = until.getTime() - overlapMs;
    noted = new Map([...noted].filter(([, knownAt]) => knownAt.getTime() >= old));
  };

  return {
    /** Notes what became known since the last time; with `backMs`, also what came so much later than it should have. */
    note: async (backMs = 0): Promise<void> => {
      const on = (await store.endpoints.all()).filter(({ disabledAt }) => disabledAt === undefined);
      // Another endpoint, or other types, ask anew for what was seen already.
      const asked = JSON.stringify(on.map(({ id, types, since }) => [id, types, since]));
      if (asked !== notedFor) noted = new Map();
      notedFor = asked;
      if (on.length > 0) await noteNew(on, backMs);
      for (const endpoint of on) if (endpoint.replay && !isStopping()) await tellAgain(endpoint, endpoint.replay);
    },
  };

  /** Tells a span again: what was told before, and what was never noted as the endpoint was off or not there. */
  async function tellAgain(endpoint: Endpoint, { id, from, to }: NonNullable<Endpoint['replay']>): Promise<void> {
    const span = { after: new Date(from.getTime() - 1), upTo: to };
    await store.endpointDeliveries.againWithin({ endpoint: endpoint.id, replay: id }, span, now());
    if (await noteWithin([endpoint], span, id)) await store.endpoints.endReplay(endpoint.id, id);
  }
}

function isFor({ types, since }: Endpoint, { event, knownAt }: News, replay: string | undefined): boolean {
  const isSince = replay !== undefined || knownAt >= since;
  return isSince && (types === undefined || types.includes(event.type));
}
