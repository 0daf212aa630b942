import { cp, mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as z from 'zod';
import { type Contract, contract } from '../src/api/contract.js';
import { apiDocument } from '../src/api/document.js';
import { type Ask, openClient } from '../src/client/client.js';
import { type HttpRivulet, startHttpRivulet } from './support.js';

const Operation = z.looseObject({
  operationId: z.string(),
  parameters: z.array(z.looseObject({ in: z.string(), name: z.string() })).optional(),
  responses: z.record(z.string(), z.looseObject({ content: z.record(z.string(), z.unknown()).optional() })),
});
const Document = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.record(z.string(), Operation)) });
type Name = keyof Contract;

/** What the calls need that come after others: ids of what is there, and what the answers before told. */
type Scene = {
  readonly lead: string;
  readonly other: string;
  readonly gone: string;
  readonly mail: string;
  readonly receiver: string;
  readonly owner: string;
  readonly revision: string;
  readonly told: ReadonlyMap<string, unknown>;
};
type Asks = { readonly [N in Name]: (scene: Scene) => object extends Ask<N> ? Ask<N> | undefined : Ask<N> };

const welcome = { name: 'welcome' };
const file = { path: 'sequences/journeys/contract.journey.json' };
const journey = (name: string): string =>
  JSON.stringify({ name, lead: {}, sequence: 'welcome', from: '2026-03-02T09:00:00Z', expect: [] });
const told = (scene: Scene, name: Name, key: string): string =>
  String(z.looseObject({}).parse(scene.told.get(name))[key]);
const endpoint = (scene: Scene) => ({ id: told(scene, 'POST /api/endpoints', 'id') });
const Invited = z.looseObject({ user: z.looseObject({ id: z.string() }), link: z.looseObject({ url: z.string() }) });
const invited = ({ told: answers }: Scene) => Invited.parse(answers.get('POST /api/users'));
const token = (scene: Scene): string => invited(scene).link.url.split('#')[1] ?? '';
const Deliveries = z.looseObject({ items: z.array(z.looseObject({ id: z.string() })) });
const password = 'harbour seventeen violet stairs';

/** Each route as it is asked, in this order. One that is not here does not compile. */
const asks: Asks = {
  'GET /api/session/setup': () => undefined,
  'POST /api/leads': () => ({ body: { email: 'new@example.com' } }),
  'POST /api/leads/batch': () => ({ body: { leads: [{ email: 'cleo@example.com' }, { email: 'none' }] } }),
  'GET /api/leads': () => ({ query: { limit: 2 } }),
  'GET /api/leads/search': () => ({ query: { text: 'bea', sort: 'score' } }),
  'GET /api/leads/count': () => ({ query: { suppressed: 'no' } }),
  'GET /api/leads/choices': () => undefined,
  'POST /api/leads/bulk': ({ lead }) => ({ body: { deed: { kind: 'tag', tag: 'fair' }, leads: [lead] } }),
  'GET /api/leads/bulk': () => undefined,
  'GET /api/leads/bulk/:id': (scene) => ({ params: { id: told(scene, 'POST /api/leads/bulk', 'id') } }),
  // Our own may be over already.
  'DELETE /api/leads/bulk/:id': () => ({ params: { id: 'long' } }),
  'POST /api/leads/export': ({ lead }) => ({ body: { leads: [lead], fields: ['email'] } }),
  'GET /api/leads/:id': ({ lead }) => ({ params: { id: lead } }),
  'GET /api/leads/:id/timeline': ({ lead }) => ({ params: { id: lead } }),
  'GET /api/leads/:id/why': ({ lead }) => ({ params: { id: lead }, query: { sequence: 'welcome' } }),
  'GET /api/leads/:id/score': ({ lead }) => ({ params: { id: lead } }),
  'POST /api/leads/:id/score': ({ lead }) => ({ params: { id: lead }, body: { rules: { engagement: { rules: [] } } } }),
  'PUT /api/leads/:id/preferences': ({ lead }) => ({ params: { id: lead }, body: { frequency: 'weekly' } }),
  'GET /api/leads/:id/consent': ({ lead }) => ({ params: { id: lead } }),
  'GET /api/leads/:id/export': ({ lead }) => ({ params: { id: lead } }),
  'DELETE /api/leads/:id': ({ gone }) => ({ params: { id: gone } }),
  'POST /api/leads/:id/merge': ({ lead }) => ({ params: { id: lead }, body: { with: 'bea@example.com' } }),
  'POST /api/events': ({ lead }) => ({ body: { type: 'page.viewed', lead, about: '/pricing' } }),
  'POST /api/events/batch': ({ lead }) => ({ body: { events: [{ type: 'page.viewed', lead }, {}] } }),
  'POST /api/imports': () => ({}),
  'GET /api/imports': () => undefined,
  'GET /api/imports/:id': (scene) => ({ params: { id: told(scene, 'POST /api/imports', 'id') } }),
  'GET /api/imports/:id/broken.csv': (scene) => ({ params: { id: told(scene, 'POST /api/imports', 'id') } }),
  'GET /api/leads/export': () => ({ query: { fields: 'email' } }),
  'GET /api/segments/:segment/audience': () => ({ params: { segment: 'customers' }, query: { for: 'google' } }),
  'GET /api/sales': () => undefined,
  'GET /api/leads/:id/sales-answers': ({ lead }) => ({ params: { id: lead } }),
  'POST /api/leads/:id/sales-answers': ({ lead }) => ({ params: { id: lead }, body: { answer: 'contacted' } }),
  'PUT /api/leads/:id/owner': ({ lead, owner }) => ({ params: { id: lead }, body: { owner } }),
  'GET /api/segments': () => undefined,
  'GET /api/segments/:name': () => ({ params: { name: 'customers' } }),
  'GET /api/segments/:name/leads': () => ({ params: { name: 'quiet' } }),
  'GET /api/reports': () => undefined,
  'GET /api/reports/:name.csv': () => ({ params: { name: 'kpi' } }),
  'GET /api/reports/:name': () => ({ params: { name: 'funnel' } }),
  'GET /api/forms': () => undefined,
  'GET /api/forms/:name': () => ({ params: { name: 'blog' } }),
  'GET /api/site': () => undefined,
  'GET /api/overview': () => undefined,
  'GET /api/forecast': () => ({ query: { days: 2 } }),
  'GET /api/sequences': () => undefined,
  'GET /api/sequences/:name': () => ({ params: welcome }),
  'POST /api/sequences/:name/enroll': ({ lead }) => ({ params: { name: 'feedback' }, body: { lead } }),
  'GET /api/sequences/:name/revisions': () => ({ params: welcome }),
  'GET /api/sequences/:name/diff': ({ revision }) => ({ params: welcome, query: { from: revision } }),
  'POST /api/sequences/:name/what-if': () => ({ params: welcome, body: { text: null } }),
  'GET /api/sequences/:name/mails/:step': () => ({ params: { ...welcome, step: 'hello' } }),
  'GET /api/sequences/:name/mails/:step/mail.html': () => ({ params: { ...welcome, step: 'hello' } }),
  'POST /api/previews': () => ({ body: { mail: 'welcome:hello' } }),
  'POST /api/simulations': () => ({ body: { sequence: 'welcome' } }),
  'POST /api/simulations/journey-file': () => ({ body: { name: 'a try', simulation: { sequence: 'welcome' } } }),
  'GET /api/project': () => undefined,
  'GET /api/files': () => undefined,
  'POST /api/files/check': () => ({ body: { files: { 'sequences/welcome.json': '{' } } }),
  'PUT /api/files/:path': () => ({
    params: file,
    body: { text: journey('kept') },
    headers: { 'If-None-Match': '*' },
  }),
  'GET /api/files/:path': () => ({ params: file }),
  'DELETE /api/files/:path': (scene) => ({
    params: file,
    headers: { 'If-Match': `"${told(scene, 'GET /api/files/:path', 'etag')}"` },
  }),
  'GET /api/schemas': () => undefined,
  'GET /api/schemas/:kind': () => ({ params: { kind: 'sequence' } }),
  'GET /api/completions': () => undefined,
  'GET /api/deliverability': () => undefined,
  'GET /api/deliverability/doctor': () => undefined,
  'GET /api/webhooks': () => undefined,
  'GET /api/mailbox': () => ({ query: { limit: 1 } }),
  'GET /api/mailbox/:id': ({ mail }) => ({ params: { id: mail } }),
  'GET /api/mailbox/:id.eml': ({ mail }) => ({ params: { id: mail } }),
  'GET /api/mailbox/:id.html': ({ mail }) => ({ params: { id: mail } }),
  'GET /api/pauses': () => undefined,
  'PUT /api/pauses/:what': () => ({ params: { what: 'sequence:welcome' }, body: { because: 'a try' } }),
  'DELETE /api/pauses/:what': () => ({ params: { what: 'sequence:welcome' } }),
  'GET /api/suppressions': () => undefined,
  'POST /api/suppressions': () => ({ body: { address: 'never@example.com' } }),
  'GET /api/suppressions/:address': () => ({ params: { address: 'never@example.com' } }),
  'DELETE /api/suppressions/:address': () => ({
    params: { address: 'never@example.com' },
    query: { because: 'it was a try' },
  }),
  'POST /api/endpoints': ({ receiver }) => ({ body: { name: 'CRM', url: receiver } }),
  'GET /api/endpoints': () => undefined,
  'GET /api/endpoints/:id': (scene) => ({ params: endpoint(scene) }),
  'PATCH /api/endpoints/:id': (scene) => ({ params: endpoint(scene), body: { name: 'The CRM' } }),
  'POST /api/endpoints/:id/secret': (scene) => ({ params: endpoint(scene) }),
  'POST /api/endpoints/:id/test': (scene) => ({ params: endpoint(scene) }),
  'GET /api/endpoints/:id/deliveries': (scene) => ({ params: endpoint(scene) }),
  'GET /api/endpoints/:id/deliveries/:delivery': (scene) => {
    const [first] = Deliveries.parse(scene.told.get('GET /api/endpoints/:id/deliveries')).items;
    return { params: { ...endpoint(scene), delivery: first?.id ?? 'none' } };
  },
  'POST /api/endpoints/:id/replay': (scene) => ({ params: endpoint(scene), body: { dead: true } }),
  'DELETE /api/endpoints/:id': (scene) => ({ params: endpoint(scene) }),
  'GET /api/events': () => ({ query: { limit: 3 } }),
  'GET /api/events/types': () => undefined,
  'GET /api/activity': () => undefined,
  'GET /api/roles': () => undefined,
  'POST /api/users': () => ({ body: { email: 'ed@tallybay.example.com', name: 'Ed', role: 'editor' } }),
  'GET /api/users': () => undefined,
  'PATCH /api/users/:id': (scene) => ({ params: { id: invited(scene).user.id }, body: { role: 'viewer' } }),
  'POST /api/session/link/look': (scene) => ({ body: { token: token(scene) } }),
  'POST /api/session/link': (scene) => ({ body: { token: token(scene), name: 'Ed', password } }),
  'POST /api/users/:id/link': (scene) => ({ params: { id: invited(scene).user.id } }),
  'POST /api/session': () => ({ body: { email: 'ed@tallybay.example.com', password } }),
  'GET /api/session': () => undefined,
  'POST /api/session/password': () => ({ body: { current: password, password: `${password} and more` } }),
  'DELETE /api/session': () => undefined,
  'POST /api/keys': () => ({ body: { name: 'a try', rights: ['leads:read'] } }),
  'GET /api/keys': () => undefined,
  'DELETE /api/keys/:id': (scene) => ({
    params: { id: Keyed.parse(scene.told.get('POST /api/keys')).key.id },
  }),
  'GET /api/audit-log': () => undefined,
};
/** The calls and what they take, no longer told apart by their routes. */
type AnyCall = { call(name: string, ask?: unknown): Promise<unknown> }['call'];
type AnyAsk = { ask(scene: Scene): unknown }['ask'];
const anyAsks: Readonly<Record<string, AnyAsk | undefined>> = asks;
const Keyed = z.looseObject({ key: z.looseObject({ id: z.string() }) });

const document = Document.parse(JSON.parse(JSON.stringify(apiDocument({ url: 'http://localhost', version: '0' }))));
const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false, formats: { 'date-time': true, date: true } });
ajv.addSchema(document, 'api');

/** How an answer differs from what the document promises under its status and media type. */
function promised(name: string, { status, type, body }: { status: number; type: string; body: unknown }) {
  const [method = '', path = ''] = name.split(' ');
  const address = path.replace(/:(\w+)/g, '{$1}');
  const responses = document.paths[address]?.[method.toLowerCase()]?.responses ?? {};
  const media = Object.keys(responses[String(status)]?.content ?? { '': {} });
  if (!responses[String(status)] || !media.includes(type)) return [{ status, type, media }];
  if (type !== 'application/json') return [];
  const at = ['paths', address, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema'];
  const pointer = at.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/');
  const check = ajv.compile({ $ref: `api#/${pointer}` });
  return check(body) ? [] : check.errors;
}

describe('the document', () => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      path,
      operation,
    })),
  );

  test('is OpenAPI 3.1 and has every route', () => {
    expect(document.openapi).toBe('3.1.0');
    const names = Object.keys(contract).map((name) => name.replace(/:(\w+)/g, '{$1}'));
    expect(operations.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
  });

  test('calls no two routes alike', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids).toEqual([...new Set(ids)]);
  });

  test.each(operations)('names what varies in $name', ({ path, operation }) => {
    const inPath = (operation.parameters ?? []).filter((one) => one.in === 'path').map(({ name }) => name);
    expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
  });
});

describe('what is really answered is what the document promises', () => {
  let rivulet: HttpRivulet;
  let receiver: ReturnType<typeof createServer>;
  const answers = new Map<string, unknown>();
  const cookies: string[] = [];
  let scene: Scene;
  let anyCall: AnyCall;
  let last: { status: number; type: string } | undefined;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rivulet-contract-'));
    for (const part of ['sequences', 'templates']) await cp(part, join(folder, part), { recursive: true });
    receiver = createServer((_request, response) => response.end('taken')).listen(0, '127.0.0.1');
    rivulet = await startHttpRivulet({ PROJECT_DIR: folder, EDIT: '1', WEBHOOK_ALLOW_PRIVATE: '1' });
    const { id: lead } = await rivulet.welcome('ann@example.com', {
      firstName: 'Ann',
      attributes: { company: 'Quay' },
    });
    const { body: other } = await rivulet.api('/api/leads', { email: 'bea@example.com' });
    const { body: gone } = await rivulet.api('/api/leads', { email: 'gone@example.com' });
    const deed = JSON.stringify({ kind: 'tag', tag: 'fair' });
    const underWay = { id: 'long', deed, by: 'Ann', run: 'another process', leads: [lead], total: 1 };
    await rivulet.store.bulkJobs.begin(underWay, rivulet.clock.now);
    // Hers, as whoever is erased takes the mails with them.
    const { items } = await rivulet.store.mailbox.page(1, undefined, 'ann@example.com');
    scene = {
      lead,
      other: other.id,
      gone: gone.id,
      mail: items[0]?.id ?? '',
      owner: rivulet.project().sales?.owners[0]?.email ?? '',
      revision: rivulet.project().programs.get('welcome')?.revision ?? '',
      receiver: `http://127.0.0.1:${Receiver.parse(receiver.address()).port}/`,
      told: answers,
    };
    anyCall = openClient({
      url: rivulet.url,
      headers: () => ({ Authorization: `Bearer ${rivulet.apiKey}` }),
      fetch: noting,
    });
  });
  afterAll(async () => {
    receiver.close();
    await rivulet.close();
  });

  const noting: typeof fetch = async (address, init) => {
    const response = await fetch(address, init);
    last = { status: response.status, type: (response.headers.get('content-type') ?? '').split(';')[0] ?? '' };
    cookies.push(...response.headers.getSetCookie());
    return response;
  };
  /** What no client of JSON sends or reads: a file, a stream that has no end, and what takes the session of a page. */
  const raw: Readonly<Record<string, () => Promise<unknown>>> = {
    'POST /api/imports': async () => {
      const headers = { Authorization: `Bearer ${rivulet.apiKey}`, 'Content-Type': 'text/csv' };
      const body = 'email\nfay@example.com\nnone\n';
      return (await noting(`${rivulet.url}/api/imports`, { method: 'POST', headers, body })).json();
    },
    'GET /api/activity': async () => {
      const ending = new AbortController();
      const headers = { Authorization: `Bearer ${rivulet.apiKey}` };
      await noting(`${rivulet.url}/api/activity`, { headers, signal: ending.signal });
      ending.abort();
      return '';
    },
    'POST /api/session/password': () =>
      asPage('POST', '/api/session/password', asks['POST /api/session/password'](scene)),
    'DELETE /api/session': () => asPage('DELETE', '/api/session', undefined),
  };
  const somethingIsTold = async (): Promise<void> => {
    await rivulet.api('/api/events', { type: 'page.viewed', lead: scene.lead, about: '/new' });
    await rivulet.teller.look();
  };
  const asPage = async (
    method: string,
    path: string,
    ask: { readonly body: unknown } | undefined,
  ): Promise<unknown> => {
    const Cookie = cookies.at(-1)?.split(';')[0] ?? '';
    const csrf = told(scene, 'POST /api/session', 'csrf');
    const headers = { Cookie, Origin: rivulet.url, 'X-CSRF-Token': csrf, 'Content-Type': 'application/json' };
    const body = ask ? { body: JSON.stringify(ask.body) } : {};
    return (await noting(`${rivulet.url}${path}`, { method, headers, ...body })).text();
  };

  test.each(Object.keys(asks))('%s', async (name) => {
    // What endpoints are told is looked for in rounds.
    if (name === 'GET /api/endpoints/:id/deliveries') await somethingIsTold();
    const body = await (raw[name]?.() ?? anyCall(name, anyAsks[name]?.(scene)));
    answers.set(name, body);
    expect(promised(name, { status: last?.status ?? 0, type: last?.type ?? '', body })).toEqual([]);
  });

  test('nothing of it was a fault of ours', () => {
    expect(rivulet.faults).toEqual([]);
  });
});

const Receiver = z.object({ port: z.number() });
