import { randomUUID } from 'node:crypto';
import pc from 'picocolors';
import { endpointRoutes, mostEndpoints } from '../api/endpoints.js';
import { type Config, readConfig } from '../config.js';
import { endpointSecret } from '../delivery/endpoint-request.js';
import { refusedUrl } from '../delivery/endpoint-url.js';
import { didYouMean } from '../diagnostic.js';
import { FixableError } from '../errors.js';
import type { Endpoint } from '../store/endpoints.js';
import type { Store } from '../store/open-store.js';
import { deriveSecrets, keptSecret } from '../store/secrets.js';
import { counted, instant, say } from './terminal.js';
import { note } from './user.js';
import { withStore } from './with-store.js';

/** Lists the systems that are told of events, and how it stands with each. */
export async function listEndpoints({ json }: { json?: boolean }): Promise<void> {
  await withStore(readConfig(process.env), async (store) => {
    const all = await store.endpoints.all();
    if (json) return say(JSON.stringify(all.map(shown), null, 2));
    if (all.length === 0)
      return say('No other system is told of events. To tell one: rivulet endpoint create <name> <url>');
    for (const endpoint of all) for (const line of await linesOf(endpoint, store)) say(line);
  });
}

/** Tells another system of events from now on, and prints its secret this once. */
export async function createEndpoint(name: string, url: string, { type }: { type?: string[] }): Promise<void> {
  const config = readConfig(process.env);
  const plan = checked({ name, url, ...(type ? { types: type } : {}) }, config);
  await withStore(config, async (store) => {
    if ((await store.endpoints.count()) >= mostEndpoints)
      throw fixable(name, `there are ${mostEndpoints} endpoints already`, 'Remove one that nobody needs');
    const now = new Date();
    const endpoint = { id: randomUUID(), ...plan, since: now, createdAt: now, salt: randomUUID() };
    await store.endpoints.add(endpoint);
    await note('rivulet endpoint create', endpoint, { store, now: () => now });
    const { secret } = await keptSecret(config.DATA_DIR, 'signing-secret', config.SIGNING_SECRET);
    say(
      `${pc.green('✔')} ${pc.bold(name)} is told of ${plan.types?.join(', ') ?? 'all events'} from now on. Its id: ${endpoint.id}`,
    );
    say(`  Its secret, which is shown this once: ${endpointSecret(endpoint, deriveSecrets(secret).webhookKey)}`);
  });
}

export type ReplayOptions = { delivery?: string; dead?: boolean; from?: string; to?: string };

/** Has an endpoint told again: one delivery, all dead letters, or a span. The running Rivulet makes the calls. */
export async function replayEndpoint(id: string, options: ReplayOptions): Promise<void> {
  const asked = replayIn(options);
  await withStore(readConfig(process.env), async (store) => {
    const { disabledAt, name } = await endpointIn(id, store);
    if (disabledAt) throw fixable(name, 'it is switched off', 'Switch it on first, under Settings → Webhooks');
    const now = new Date();
    if ('from' in asked) {
      const span = { id: randomUUID(), from: new Date(asked.from), to: new Date(asked.to) };
      if (!(await store.endpoints.askReplay(id, span)))
        throw fixable(name, 'a span is being told again already', 'Ask for the next when it is done');
      await note('rivulet endpoint replay', { id }, { store, now: () => now });
      return say(`${pc.green('✔')} What became known in this time is told ${name} again.`);
    }
    const count =
      'dead' in asked
        ? await store.endpointDeliveries.againDead(id, now)
        : Number(await againOne(id, asked.delivery, { store, now }));
    await note('rivulet endpoint replay', { id }, { store, now: () => now });
    say(`${pc.green('✔')} ${count} ${count === 1 ? 'delivery' : 'deliveries'} told ${name} again.`);
  });
}

async function againOne(id: string, delivery: string, { store, now }: { store: Store; now: Date }): Promise<boolean> {
  const known = await store.endpointDeliveries.byId(delivery);
  if (known?.endpoint === id) return store.endpointDeliveries.again(delivery, now);
  throw fixable(delivery, 'there is no such delivery to this endpoint', 'Look for it under Settings → Webhooks');
}

async function endpointIn(id: string, { endpoints }: Store): Promise<Endpoint> {
  const endpoint = await endpoints.byId(id);
  if (endpoint) return endpoint;
  const known = (await endpoints.all()).map((one) => one.id);
  throw fixable(id, 'there is no such endpoint', known.length > 0 ? didYouMean(id, known) : 'rivulet endpoint list');
}

/** By the very rules of the API. */
function checked(body: object, config: Config) {
  const { success, data, error } = endpointRoutes['POST /api/endpoints'].body.safeParse(body);
  if (!success) {
    const what = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    throw fixable('endpoint', what, 'See rivulet endpoint create --help');
  }
  const flaw = refusedUrl(data.url, config.WEBHOOK_ALLOW_PRIVATE);
  if (flaw) throw fixable(data.url, flaw, 'Give it a public address');
  const { name, url, types } = data;
  return { name, url, ...(types ? { types } : {}) };
}

function replayIn({ delivery, dead, from, to }: ReplayOptions) {
  const asked = {
    ...(delivery === undefined ? {} : { delivery }),
    ...(dead ? { dead } : {}),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
  const { success, data, error } = endpointRoutes['POST /api/endpoints/:id/replay'].body.safeParse(asked);
  if (success) return data;
  throw fixable(
    'command line',
    error.issues.map(({ message }) => message).join('; '),
    'Use one of: --delivery <webhook-id>, --dead, --from <instant> --to <instant>',
  );
}

function fixable(where: string, what: string, fix: string): FixableError {
  return new FixableError({ code: 'bad-endpoint', where, what, fix });
}

/** Without what its secret follows from. */
function shown(endpoint: Endpoint): object {
  return Object.fromEntries(Object.entries(endpoint).filter(([key]) => key !== 'salt' && key !== 'former'));
}

async function linesOf(endpoint: Endpoint, { endpointDeliveries: deliveries }: Store): Promise<readonly string[]> {
  const { id, name, url, types, disabledAt, disabledBecause, failures, lastFailure, lastDeliveredAt } = endpoint;
  const [waiting, dead] = await Promise.all([deliveries.countOf(id, 'waiting'), deliveries.countOf(id, 'dead')]);
  const sign = disabledAt ? pc.red('✖') : failures > 0 ? pc.yellow('!') : pc.green('●');
  const last = lastDeliveredAt ? `took its last call ${instant(lastDeliveredAt, 'UTC')} UTC` : 'took no call yet';
  return [
    `${sign} ${pc.bold(name)}  ${url}  ${pc.dim(id)}`,
    `    ${types?.join(', ') ?? 'all events'}; ${last}; ${waiting} waiting, ${dead} dead letters`,
    ...(disabledAt
      ? [`    ${pc.red(`switched off ${instant(disabledAt, 'UTC')} UTC: ${disabledBecause ?? ''}`)}`]
      : []),
    ...(!disabledAt && failures > 0 && lastFailure
      ? [`    ${pc.yellow(`${counted(failures, 'call')} in a row not taken: ${lastFailure.why}`)}`]
      : []),
  ];
}
