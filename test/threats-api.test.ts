import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as z from 'zod';
import { contract } from '../src/api/contract.js';
import { apiDocument } from '../src/api/document.js';
import type { Route } from '../src/api/route.js';
import { type HttpRivulet, startHttpRivulet } from './support.js';

/**
 * Every route of the contract, every field of its body and its query, against what a stranger would put there. The routes are
 * read from the contract, so a new one is tried without anybody thinking of it.
 */
const Body = z.looseObject({ properties: z.record(z.string(), z.unknown()) });
const Document = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        requestBody: z
          .looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.unknown() })) })
          .optional(),
        parameters: z.array(z.looseObject({ in: z.string(), name: z.string() })).optional(),
      }),
    ),
  ),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});
const document = Document.parse(JSON.parse(JSON.stringify(apiDocument({ url: 'http://localhost', version: '0' }))));

const routes = Object.entries<Route>(contract).map(([name, route]) => {
  const [method = '', path = ''] = name.split(' ');
  const operation = document.paths[path.replace(/[:*](\w+)/g, '{$1}')]?.[method.toLowerCase()];
  return { name, route, method, address: path.replace(/[:*]\w+/g, 'x'), operation };
});
const withBody = routes.flatMap(({ operation, ...rest }) => {
  const schema = operation?.requestBody?.content['application/json']?.schema;
  const body = Body.safeParse(resolved(schema));
  return body.success ? [{ ...rest, fields: Object.entries(body.data.properties) }] : [];
});

function resolved(schema: unknown): unknown {
  const { $ref = '' } = z.looseObject({ $ref: z.string().optional() }).catch({}).parse(schema);
  return $ref === '' ? schema : document.components.schemas[$ref.split('/').at(-1) ?? ''];
}

/** Whether a field takes a value by its own schema, as one that may hold anything does: its own tests look at what becomes of it. */
function takes(property: unknown, value: unknown): boolean {
  const schema = { ...z.looseObject({}).parse(property), components: document.components };
  return new Ajv2020({ strict: false, validateFormats: false, logger: false }).compile(schema)(value);
}

let rivulet: HttpRivulet;
let before: unknown;
beforeAll(async () => {
  rivulet = await startHttpRivulet({ EDIT: '1' });
  await rivulet.api('/api/leads', { email: 'ann@example.com' });
  await rivulet.dispatcher.wake();
  before = await counts();
});
afterAll(() => rivulet.close());

/** How many rows of each kind there are: what was refused must have left none. */
async function counts(): Promise<unknown> {
  const { db } = rivulet.store;
  const names = (await db.listCollections().toArray()).map(({ name }) => name).toSorted();
  const kept = names.filter((name) => !/^(heartbeats|clock|cursors|throttles?|requests|auditLog)$/.test(name));
  return Promise.all(kept.map(async (name) => [name, await db.collection(name).countDocuments()]));
}

const payloads: readonly (readonly [string, unknown])[] = [
  ['an operator', { $gt: '' }],
  ['another operator', { $ne: null }],
  ['code', { $where: 'sleep(1000)' }],
  ['a list of operators', [{ $gt: '' }]],
];

describe('threat 7: what would be a question to the database in a body', () => {
  test.each(withBody)('is refused by $name in every field', async ({ method, address, fields }) => {
    for (const [field, property] of fields) {
      for (const [, payload] of payloads.filter(([, one]) => !takes(property, one))) {
        const answer = await rivulet.api(address, { [field]: payload }, method);
        const at: readonly { pointer: string }[] = answer.body.problems ?? [];
        const isRefused = at.some(({ pointer }) => pointer === `/${field}` || pointer.startsWith(`/${field}/`));
        expect({ field, property, payload, status: answer.status, isRefused }).toMatchObject({
          status: 422,
          isRefused: true,
        });
      }
    }
  });

  test.each(routes)('is refused by $name in its query', async ({ method, address, operation }) => {
    const names = (operation?.parameters ?? []).filter((one) => one.in === 'query').map(({ name }) => name);
    for (const name of [...names, 'limit', '$where']) {
      const answer = await rivulet.api(`${address}?${encodeURIComponent(`${name}[$gt]`)}=`, undefined, method);
      expect({ name, isRefused: [400, 404, 415, 422].includes(answer.status) }).toEqual({ name, isRefused: true });
    }
  });

  test.each(routes.filter(({ name }) => name.includes(':')))(
    'is the name of nothing to $name',
    async ({ method, name }) => {
      const [, path = ''] = name.split(' ');
      const address = path.replace(/:\w+/g, encodeURIComponent('{"$gt":""}'));
      const answer = await rivulet.api(address, method === 'GET' ? undefined : {}, method);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    },
  );
});

describe('threat 8: fields that are stored, and nobody may set', () => {
  const stored = [
    '_id',
    'id',
    'entries',
    'score',
    'segments',
    'thresholds',
    'personKey',
    'emailKey',
    'createdAt',
    'updatedAt',
    'erasing',
    'rights',
    'hash',
  ];

  test.each(withBody)('are refused by $name', async ({ method, address, fields }) => {
    const own = new Set(fields.map(([field]) => field));
    for (const field of stored.filter((one) => !own.has(one))) {
      const answer = await rivulet.api(address, { [field]: 'x' }, method);
      expect({ status: answer.status, problems: answer.body.problems }).toMatchObject({
        status: 422,
        problems: expect.arrayContaining([{ pointer: `/${field}`, detail: 'is not a field here' }]),
      });
    }
  });
});

describe('threat 27: keys that would reach what all objects share', () => {
  const texts = [
    '{"__proto__": {"polluted": true}}',
    '{"constructor": {"prototype": {"polluted": true}}}',
    '{"\\u005f_proto__": {"polluted": true}}',
  ];

  test.each(withBody)('change nothing by $name', async ({ method, address }) => {
    for (const text of texts) {
      const answer = await rivulet.api(address, text, method);
      expect({ text, isRefused: [400, 404, 422].includes(answer.status) }).toEqual({ text, isRefused: true });
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});

test('of all that was refused nothing was kept', async () => {
  expect(await counts()).toEqual(before);
  expect(rivulet.faults).toEqual([]);
});
