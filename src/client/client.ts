import type * as z from 'zod';
import type { Contract } from '../api/contract.js';
import type { ParamsOf } from '../api/route.js';

type Name = keyof Contract;
type Of<N extends Name, Key extends string> =
  Contract[N] extends Readonly<Record<Key, infer Schema>> ? Schema : undefined;
type Sent<N extends Name, Key extends 'query' | 'body'> =
  Of<N, Key> extends z.ZodType ? z.input<Of<N, Key>> : undefined;

/** What a route takes: `params` of its path, `query`, `body`; each only where the route has it, and only so far as it must be there. */
export type Ask<N extends Name> = (keyof ParamsOf<N> extends never ? object : { readonly params: ParamsOf<N> }) &
  Part<'query', Sent<N, 'query'>> &
  Part<'body', Sent<N, 'body'>> & {
    /** Makes a call that is made again come to the same: draft-ietf-httpapi-idempotency-key-header. */
    readonly idempotencyKey?: string;
    /** More headers, such as `If-Match`. */
    readonly headers?: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal;
  };
type Part<Key extends string, T> = T extends undefined
  ? object
  : object extends T
    ? { readonly [K in Key]?: T }
    : { readonly [K in Key]: T };

/** What a route answers. */
export type Told<N extends Name> = Of<N, 'answer'> extends z.ZodType ? z.output<Of<N, 'answer'>> : undefined;

/** Calls one route of the API: `await call('GET /api/leads/:id', { params: { id } })`. */
export type Call = <N extends Name>(
  name: N,
  ...ask: object extends Ask<N> ? [ask?: Ask<N>] : [ask: Ask<N>]
) => Promise<Told<N>>;

export type ClientSetting = {
  /** Where Rivulet answers; '' for the same origin as the page. */
  readonly url: string;
  /** Headers of every call: `Authorization` of a program, `X-CSRF-Token` of a page. */
  readonly headers?: () => Readonly<Record<string, string>>;
  readonly fetch?: typeof fetch;
};

/** A mistake that the API tells of (RFC 9457): what is wrong, and where in what was sent. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly problems: readonly { readonly pointer: string; readonly detail: string }[];
  /** The whole of what was answered, for problems that say more, such as a conflict with what stands there now. */
  readonly body: unknown;

  constructor(status: number, detail: string, body: unknown) {
    super(detail);
    this.status = status;
    this.body = body;
    this.problems = problemsIn(body);
  }
}

/**
 * Opens a client of the API, typed by the contract it is made of. Throws an `ApiProblem` for what Rivulet refuses, and what
 * `fetch` throws when it cannot be reached.
 */
export function openClient({ url, headers = () => ({}), fetch: ask = fetch }: ClientSetting): Call {
  const call = async (name: string, given: Given = {}): Promise<unknown> => {
    const [method = 'GET', path = ''] = name.split(' ');
    const response = await ask(url + addressOf(path, given), {
      method,
      headers: {
        Accept: 'application/json',
        ...(given.body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(given.idempotencyKey === undefined ? {} : { 'Idempotency-Key': given.idempotencyKey }),
        ...headers(),
        ...given.headers,
      },
      ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
      ...(given.signal ? { signal: given.signal } : {}),
    });
    const told = await readBody(response);
    if (response.ok) return told;
    throw new ApiProblem(response.status, detailOf(told) ?? `The answer was ${response.status}.`, told);
  };
  // What comes is what the contract says: the server is held to it, answer by answer, by its tests.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return call as Call;
}

type Given = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};

/** The address of a call, everything in it escaped. */
export function addressOf(path: string, { params = {}, query = {} }: Pick<Given, 'params' | 'query'>): string {
  const filled = path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(params[key] ?? ''));
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined && one !== null) search.append(key, one instanceof Date ? one.toISOString() : String(one));
  return search.size > 0 ? `${filled}?${search.toString()}` : filled;
}

async function readBody(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const text = await response.text();
  return /\bjson\b/.test(response.headers.get('content-type') ?? '') && text !== '' ? JSON.parse(text) : text;
}

function detailOf(body: unknown): string | undefined {
  return isRecord(body) && typeof body['detail'] === 'string' ? body['detail'] : undefined;
}

function problemsIn(body: unknown): readonly { pointer: string; detail: string }[] {
  if (!isRecord(body) || !Array.isArray(body['problems'])) return [];
  return body['problems'].flatMap((one: unknown) =>
    isRecord(one) ? [{ pointer: String(one['pointer']), detail: String(one['detail']) }] : [],
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
