import * as z from 'zod';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { rightsTell } from '../access/rights.js';
import { contract } from './contract.js';
import type { Route } from './route.js';

/** A mistake, as RFC 9457 tells of it. */
export const ProblemView = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe('what is wrong, and what mends it'),
    problems: z
      .array(
        z.strictObject({
          pointer: z.string().describe('where in what was sent (RFC 6901); "" is the whole of it'),
          detail: z.string(),
        }),
      )
      .optional()
      .describe('everything that is wrong with what was sent'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

/** Which parts of the API there are, in the order of the document. A route belongs to the part that its path begins with. */
const parts: Readonly<Record<string, string>> = {
  leads: 'Leads',
  segments: 'Leads',
  imports: 'Leads',
  events: 'Events',
  activity: 'Events',
  sales: 'Sales',
  sequences: 'Sequences',
  previews: 'Sequences',
  simulations: 'Sequences',
  forecast: 'Reports',
  overview: 'Reports',
  reports: 'Reports',
  forms: 'Forms and site',
  site: 'Forms and site',
  files: 'Project',
  project: 'Project',
  schemas: 'Project',
  deliverability: 'Delivery',
  mailbox: 'Delivery',
  pauses: 'Delivery',
  suppressions: 'Delivery',
  webhooks: 'Delivery',
  endpoints: 'Webhooks out',
};
const otherPart = 'Access';

/** The OpenAPI 3.1 document of the API, made of the contract it is answered by. */
export function apiDocument({ url, version }: { readonly url: string; readonly version: string }): object {
  const routes = Object.entries<Route>(contract).toSorted(([a], [b]) => (placeOf(a) < placeOf(b) ? -1 : 1));
  const paths: ZodOpenApiPathsObject = {};
  for (const [name, route] of routes) {
    const { method, path, params } = readName(name);
    paths[path] = { ...paths[path], [method]: operationOf(name, route, params) };
  }
  const document: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: {
      title: 'Rivulet',
      version,
      description:
        'Leads, sequences, mails and what came of them. Mistakes are answered as RFC 9457 problems. Lists are read by cursor: `next` of one page is the `after` of the following. Answers carry an ETag, and `If-None-Match` gets a 304. A request with an `Idempotency-Key` that is made again within a day gets the answer of the first.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url }],
    tags: [...new Set([...Object.values(parts), otherPart])].map((tag) => ({ name: tag })),
    security: [{ key: [] }, { session: [], csrf: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'an API key' },
        session: { type: 'apiKey', in: 'cookie', name: 'rivulet', description: 'who signed in on a page' },
        csrf: {
          type: 'apiKey',
          in: 'header',
          name: 'X-CSRF-Token',
          description: 'with a session, on whatever changes something',
        },
      },
      schemas: { Problem: ProblemView },
    },
  };
  return createDocument(document);
}

function placeOf(name: string): string {
  const order = Object.keys(parts).indexOf(firstOf(name));
  const [, path = ''] = name.split(' ');
  return `${String(order < 0 ? 99 : order).padStart(2, '0')} ${path}`;
}

function firstOf(name: string): string {
  return /\/api\/([a-z-]+)/.exec(name)?.[1] ?? '';
}

function readName(name: string) {
  const [method = '', written = ''] = name.split(' ');
  const params = [...written.matchAll(/:(\w+)/g)].map(([, param = '']) => param);
  return { method: method.toLowerCase(), path: written.replace(/:(\w+)/g, '{$1}'), params };
}

/** What the client and the reference call a route: "GET /api/leads/:id" is getLeadsById. */
function operationId(name: string): string {
  const [method = '', path = ''] = name.split(' ');
  const words = path
    .replace('/api/', '')
    .split(/[/.-]/)
    .map((word) => (word.startsWith(':') ? `By${capital(word.slice(1))}` : capital(word)));
  return method.toLowerCase() + words.join('');
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function operationOf(name: string, route: Route, params: readonly string[]): ZodOpenApiOperationObject {
  const { does, more, right, query, idempotent } = route;
  const takes =
    right === 'anyone' || right === 'signed-in' ? [] : [`Takes the right \`${right}\`: ${rightsTell[right]}.`];
  return {
    operationId: operationId(name),
    summary: does,
    description: [more, ...takes].filter(Boolean).join('\n\n'),
    tags: [parts[firstOf(name)] ?? otherPart],
    ...(right === 'anyone' ? { security: [] } : {}),
    requestParams: {
      ...(params.length > 0 ? { path: z.object(Object.fromEntries(params.map((param) => [param, z.string()]))) } : {}),
      ...(query instanceof z.ZodObject ? { query } : {}),
      ...(idempotent ? { header: z.object({ 'Idempotency-Key': z.string().max(255).optional() }) } : {}),
    },
    ...requestOf(route),
    responses: { ...answersOf(route), ...problemsOf(route) },
  };
}

function requestOf({ body, bodyOptional, takes }: Route): Pick<ZodOpenApiOperationObject, 'requestBody'> {
  if (takes) return { requestBody: { required: true, content: { [takes]: { schema: z.string() } } } };
  return body ? { requestBody: { required: !bodyOptional, content: { 'application/json': { schema: body } } } } : {};
}

function answersOf({ answer, answers = 'application/json', status }: Route) {
  const statuses = status ?? [answer ? 200 : 204];
  return Object.fromEntries(
    statuses.map((one) => [
      String(one),
      { description: meaning[one] ?? 'Done', ...(answer ? { content: { [answers]: { schema: answer } } } : {}) },
    ]),
  );
}

const meaning: Readonly<Record<number, string>> = {
  200: 'Here it is',
  201: 'It is new',
  202: 'It has begun',
  204: 'Done; there is nothing to say',
};

function problemsOf({ problems = {} }: Route) {
  const content = { 'application/problem+json': { schema: ProblemView } };
  const named = Object.entries(problems).map(([status, description]) => [status, { description, content }]);
  return { ...Object.fromEntries(named), default: { description: 'What is wrong, and where', content } };
}
