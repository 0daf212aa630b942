import type { Who } from '../access/who.js';
import { endpointRoutes, mostEndpoints } from '../api/endpoints.js';
import { formerSecretMs } from '../delivery/tell-endpoints.js';
import { refusedUrl } from '../delivery/endpoint-url.js';
import type { EndpointDelivery } from '../store/endpoint-deliveries.js';
import type { Endpoint } from '../store/endpoints.js';
import { type AnsweredRoute, answering } from './answering.js';
import { found, Problem, unfitFields } from './problem.js';
import type { Services } from './services.js';
import { assertMay } from './who.js';

/** Other systems that are told of events: made, changed, looked at, told again. */
export function endpointsApi(services: Services): readonly AnsweredRoute[] {
  const { store, teller, engine, newId } = services;
  const { endpoints, endpointDeliveries: deliveries } = store;

  const endpointIn = async ({ id }: { readonly id: string }): Promise<Endpoint> =>
    found(await endpoints.byId(id), 'endpoint');
  const view = async (endpoint: Endpoint) => {
    const [waiting, dead] = await Promise.all([
      deliveries.countOf(endpoint.id, 'waiting'),
      deliveries.countOf(endpoint.id, 'dead'),
    ]);
    return { ...viewOf(endpoint), waiting, dead };
  };
  const withSecret = async (endpoint: Endpoint) => ({ ...(await view(endpoint)), secret: teller.secretOf(endpoint) });
  const assertReachable = (url: string | undefined): void => {
    const detail = url === undefined ? undefined : refusedUrl(url, teller.allowPrivate);
    if (detail === undefined) return;
    throw unfitFields({ pointer: '/url', detail });
  };
  const turn = async (endpoint: Endpoint, isOn: boolean | undefined, name: string): Promise<void> => {
    if (isOn === true) await endpoints.switchOn(endpoint.id, engine.now());
    if (isOn === false) await endpoints.switchOff(endpoint.id, `switched off by ${name}`, 'person', engine.now());
  };
  const replay = async (endpoint: Endpoint, asked: ReplayAsked): Promise<number | null> => {
    const now = engine.now();
    if ('delivery' in asked) {
      await deliveryIn(endpoint, asked.delivery);
      return (await deliveries.again(asked.delivery, now)) ? 1 : 0;
    }
    if ('dead' in asked) return deliveries.againDead(endpoint.id, now);
    const span = { id: newId(), from: new Date(asked.from), to: new Date(asked.to) };
    if (!(await endpoints.askReplay(endpoint.id, span)))
      throw new Problem(409, 'A span is being told again already. Ask for the next when it is done.');
    return null;
  };
  const deliveryIn = async (endpoint: Endpoint, id: string): Promise<EndpointDelivery> => {
    const delivery = found(await deliveries.byId(id), 'delivery');
    return found(delivery.endpoint === endpoint.id ? delivery : undefined, 'delivery');
  };

  return answering(endpointRoutes, services, {
    'GET /api/endpoints': async () => ({ items: await Promise.all((await endpoints.all()).map(view)) }),
    'POST /api/endpoints': async ({ body: { name, url, types }, who, response }) => {
      assertMayTell(who);
      assertReachable(url);
      if ((await endpoints.count()) >= mostEndpoints)
        throw new Problem(409, `There are ${mostEndpoints} endpoints already. Remove one that nobody needs.`);
      const now = engine.now();
      const plan = { id: newId(), name, url, since: now, createdAt: now, salt: newId() };
      await endpoints.add({ ...plan, ...(types ? { types } : {}) });
      response.location(`/api/endpoints/${plan.id}`);
      return withSecret(await endpointIn(plan));
    },
    'GET /api/endpoints/:id': async ({ params }) => view(await endpointIn(params)),
    'PATCH /api/endpoints/:id': async ({ params, body: { isOn, ...change }, who }) => {
      const endpoint = await endpointIn(params);
      if (change.url !== undefined && change.url !== endpoint.url) assertMayTell(who);
      assertReachable(change.url);
      if (Object.keys(change).length > 0) await endpoints.change(endpoint.id, presentIn(change));
      await turn(endpoint, isOn, who.name);
      await teller.wake();
      return view(await endpointIn(params));
    },
    'DELETE /api/endpoints/:id': async ({ params }) => {
      const { id } = await endpointIn(params);
      await endpoints.remove(id);
      // What a crash leaves here is swept up within the hour.
      await deliveries.forgetEndpoint(id);
    },
    'POST /api/endpoints/:id/secret': async ({ params }) => {
      const endpoint = await endpointIn(params);
      const until = new Date(engine.now().getTime() + formerSecretMs);
      const rotated = await endpoints.rotate(endpoint, newId(), until);
      if (!rotated)
        throw new Problem(409, 'Somebody else gave it a new secret just now. Ask again if you need another.');
      return withSecret(rotated);
    },
    'POST /api/endpoints/:id/test': async ({ params }) => teller.test(await endpointIn(params)),
    'GET /api/endpoints/:id/deliveries': async ({ params, query: { limit, after, state } }) => {
      const endpoint = await endpointIn(params);
      const { items, next } = await deliveries.page({ endpoint: endpoint.id, state }, limit, after);
      return {
        items: items.map((one) => ({
          ...deliveryView(one),
          calls: one.attempts.length,
          last: one.attempts.at(-1) ?? null,
        })),
        next: next ?? null,
      };
    },
    'GET /api/endpoints/:id/deliveries/:delivery': async ({ params }) => {
      const delivery = await deliveryIn(await endpointIn(params), params.delivery);
      return { ...deliveryView(delivery), attempts: delivery.attempts };
    },
    'POST /api/endpoints/:id/replay': async ({ params, body }) => {
      const endpoint = await endpointIn(params);
      if (endpoint.disabledAt)
        throw new Problem(409, 'This endpoint is switched off. Switch it on first: PATCH with { "isOn": true }.');
      const count = await replay(endpoint, body);
      await teller.wake();
      return { deliveries: count };
    },
  });
}

/** Each event is told with its lead: whoever says where to is given all of them. */
function assertMayTell(who: Who): void {
  assertMay(who, 'leads:read', 'To say where leads are told to');
}

type ReplayAsked =
  | { readonly delivery: string }
  | { readonly dead: true }
  | { readonly from: string; readonly to: string };

/** What is left out of a change stays as it is. */
function presentIn({
  name,
  url,
  types,
}: {
  name?: string | undefined;
  url?: string | undefined;
  types?: readonly string[] | null | undefined;
}) {
  return {
    ...(name === undefined ? {} : { name }),
    ...(url === undefined ? {} : { url }),
    ...(types === undefined ? {} : { types }),
  };
}

function viewOf(endpoint: Endpoint) {
  const { id, name, url, createdAt, since, failures, lastFailure } = endpoint;
  return {
    id,
    name,
    url,
    types: endpoint.types ?? null,
    createdAt,
    since,
    disabledAt: endpoint.disabledAt ?? null,
    disabledBecause: endpoint.disabledBecause ?? null,
    disabledBy: endpoint.disabledBy ?? null,
    failures,
    failingSince: endpoint.failingSince ?? null,
    restUntil: endpoint.restUntil ?? null,
    lastFailure: lastFailure ?? null,
    lastDeliveredAt: endpoint.lastDeliveredAt ?? null,
    formerSecretUntil: endpoint.former?.until ?? null,
    isReplaying: endpoint.replay !== undefined,
  };
}

function deliveryView(delivery: EndpointDelivery) {
  const { id, event, type, lead, knownAt, state, because = null, nextAttemptAt, settledAt = null } = delivery;
  return {
    id,
    event,
    type,
    lead,
    knownAt,
    state,
    because,
    nextAttemptAt: state === 'waiting' ? nextAttemptAt : null,
    settledAt,
  };
}
