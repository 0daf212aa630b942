import type { Lead } from '../journey/facts.js';
import type { DeliveryAttempt, EndpointDelivery } from '../store/endpoint-deliveries.js';
import { type Endpoint, mostFailures } from '../store/endpoints.js';
import type { Store } from '../store/open-store.js';
import { type Verdict, verdictOf } from './endpoint-outcome.js';
import { bodyOf, endpointRequest, endpointSecret, testBody, type ToldEvent } from './endpoint-request.js';
import { lookBackMs, openNoter } from './note-news.js';
import { post, type PostSetting } from './post.js';

export type TellerStore = Pick<Store, 'endpoints' | 'endpointDeliveries' | 'news' | 'cursors' | 'leads'>;
export type TellerSetting = Pick<PostSetting, 'allowPrivate' | 'resolve'> & {
  readonly now: () => Date;
  readonly newId: () => string;
  readonly scoreOf: (lead: Lead) => number;
  /** Key that the secrets of endpoints follow from. */
  readonly key: Buffer;
  readonly say: (line: string) => void;
  readonly onFault: (error: unknown) => void;
  /** How long a receiver may take to answer: 15 seconds unless said. */
  readonly timeoutMs?: number;
};
export type EndpointTeller = ReturnType<typeof openEndpointTeller>;

/** A claimed delivery with all that making the call needs; without `told`, its event is gone. */
type Job = { readonly delivery: EndpointDelivery; readonly told: ToldEvent | undefined };

const batchSize = 20;
const atOnce = 4;
/** An endpoint that took nothing for so long is switched off. A delivery's own calls end a little later. */
export const givenUpMs = 3 * 24 * 3_600_000;
/** What is settled is kept for so long, to be looked at and told again; and what waits, for an endpoint that a person switched off. */
const keptMs = 30 * 24 * 3_600_000;
/** So long a former secret signs beside the new one. */
export const formerSecretMs = 24 * 3_600_000;

/**
 * Tells other systems what happens. Each endpoint has a lane of its own, so that one that is slow or dead holds up nobody
 * else. A call is made at least once; its receiver knows a second time by the id.
 */
export function openEndpointTeller(store: TellerStore, setting: TellerSetting) {
  const { endpoints, endpointDeliveries: deliveries } = store;
  const { now, say, onFault } = setting;
  let isStopping = false;
  const noter = openNoter({ store, now, isStopping: () => isStopping });
  const lanes = new Map<string, Promise<void>>();

  const wake = async (): Promise<void> => {
    if (isStopping) return;
    for (const { id } of (await endpoints.all()).filter((one) => mayBeCalled(one, now()))) {
      if (lanes.has(id)) continue;
      const lane = follow(id)
        .catch(onFault)
        .finally(() => lanes.delete(id));
      lanes.set(id, lane);
    }
  };
  /** Calls one endpoint until there is nothing more to tell it, or it is to be left alone. */
  const follow = async (id: string): Promise<void> => {
    for (;;) {
      const endpoint = await endpoints.byId(id);
      if (isStopping || !endpoint || !mayBeCalled(endpoint, now())) return;
      if ((await tellBatch(endpoint)) === 0) return;
    }
  };
  const tellBatch = async (endpoint: Endpoint): Promise<number> => {
    const claim = setting.newId();
    // One that did not answer is asked by one call whether it does again.
    const limit = endpoint.failures >= mostFailures ? 1 : batchSize;
    const claimed = await deliveries.claim({ endpoint: endpoint.id, limit }, claim, now());
    const queue = [...(await gather(claimed))];
    let isRefusing = false;
    const work = async (): Promise<void> => {
      while (!isStopping && !isRefusing) {
        const job = queue.shift();
        if (!job) return;
        isRefusing = !(await tellOne(endpoint, job, claim)) || isRefusing;
      }
    };
    const lines = await Promise.allSettled(Array.from({ length: Math.min(atOnce, claimed.length) }, work));
    await deliveries.giveBack(
      queue.map(({ delivery }) => delivery.id),
      claim,
      now(),
    );
    for (const line of lines) if (line.status === 'rejected') throw line.reason;
    return claimed.length;
  };
  const gather = async (claimed: readonly EndpointDelivery[]): Promise<readonly Job[]> => {
    if (claimed.length === 0) return [];
    const found = await store.news.byIds(
      claimed.flatMap(({ event, mail }) => (mail === undefined ? [event] : [])),
      claimed.flatMap(({ mail }) => mail ?? []),
    );
    const leads = await store.leads.byIds([...new Set([...found.values()].map(({ event }) => event.lead))]);
    return claimed.map((delivery) => {
      const event = found.get(delivery.event)?.event;
      const lead = event && leads.get(event.lead);
      return { delivery, told: lead && { event, lead, score: setting.scoreOf(lead) } };
    });
  };

  /** False when the endpoint is to be left alone now. */
  const tellOne = async (endpoint: Endpoint, { delivery, told }: Job, claim: string): Promise<boolean> => {
    // Its lease is over, and somebody else may have it; or there is nothing of it left to tell.
    if (delivery.nextAttemptAt <= now()) return true;
    if (!told) {
      await deliveries.drop([delivery.id]);
      return true;
    }
    const verdict = await call(endpoint, delivery, bodyOf(told));
    await deliveries.settle(delivery.id, verdict.outcome, claim);
    return heed(endpoint, verdict);
  };
  const call = async (
    endpoint: Endpoint,
    delivery: Pick<EndpointDelivery, 'id' | 'tries'>,
    body: string,
  ): Promise<Verdict> => {
    const startedMs = performance.now();
    const request = endpointRequest(endpoint, { id: delivery.id, body }, { key: setting.key, now: now() });
    const posted = await post(endpoint.url, request, { timeoutMs: 15_000, ...setting, readsRefusals: true });
    const tookMs = Math.round(performance.now() - startedMs);
    return verdictOf(delivery, posted, { at: now(), tookMs });
  };
  /** Draws what a call says of its endpoint. Answers whether it may go on. */
  const heed = async (endpoint: Endpoint, { isTaken, isGone, outcome }: Verdict): Promise<boolean> => {
    if (isTaken) {
      await endpoints.noteTaken(endpoint.id, now());
      return true;
    }
    const noted = await endpoints.noteFailure(endpoint.id, outcome.because, now());
    // Undefined: it is gone, or another call has failed meanwhile.
    const { failingSince = now(), failures = mostFailures } = noted ?? {};
    if (isGone) await giveUp(endpoint, 'it answered 410, which says that it wants no more');
    else if (now().getTime() - failingSince.getTime() >= givenUpMs)
      await giveUp(endpoint, `it took nothing for three days; last: ${outcome.because}`);
    return !isGone && failures < mostFailures;
  };
  const giveUp = async (endpoint: Endpoint, because: string): Promise<void> => {
    const wasOn = await endpoints.switchOff(endpoint.id, because, 'rivulet', now());
    await deliveries.bury(endpoint.id, 'its endpoint was switched off', now());
    if (wasOn)
      say(
        `The webhook "${endpoint.name}" is switched off: ${because}. Mend it and switch it on; then replay its dead letters, and the span for which it was off.`,
      );
  };

  return {
    wake,
    /** Notes what there is to tell, and tells it. Does not wait for the answers. */
    look: async (): Promise<void> => {
      await noter.note();
      await wake();
    },
    /** Looks for what became known later than it should have; forgets what is old, and what belongs to endpoints that are gone. */
    sweep: async (): Promise<void> => {
      await noter.note(lookBackMs);
      await deliveries.forget(new Date(now().getTime() - keptMs));
      for (const id of await deliveries.endpoints()) {
        const endpoint = await endpoints.byId(id);
        if (!endpoint) await deliveries.forgetEndpoint(id);
        // A process may have died between switching it off and this; and what a person never switched on again waits in vain.
        const isOffForLong = endpoint?.disabledAt && now().getTime() - endpoint.disabledAt.getTime() >= keptMs;
        if (endpoint?.disabledBy === 'rivulet' || isOffForLong)
          await deliveries.bury(id, 'its endpoint was switched off', now());
      }
    },
    /** Calls an endpoint with an event of nobody, once. */
    test: async (endpoint: Endpoint): Promise<DeliveryAttempt> => {
      const { outcome } = await call(endpoint, { id: setting.newId(), tries: 0 }, testBody(now()));
      return outcome.attempt;
    },
    secretOf: (endpoint: Endpoint): string => endpointSecret(endpoint, setting.key),
    allowPrivate: setting.allowPrivate,
    /** Resolves when nobody is being called any more. */
    quiet: async (): Promise<void> => {
      while (lanes.size > 0) await Promise.all(lanes.values());
    },
    /** Nothing new is noted or begun: whoever notes comes to an end soon. */
    halt: (): void => {
      isStopping = true;
    },
    /** What is on its way is finished; nothing new is begun. */
    stop: async (): Promise<void> => {
      isStopping = true;
      await Promise.all(lanes.values());
    },
  };
}

function mayBeCalled({ disabledAt, restUntil }: Endpoint, now: Date): boolean {
  return disabledAt === undefined && (restUntil === undefined || restUntil <= now);
}
