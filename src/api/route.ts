import * as z from 'zod';
import type { Right } from '../access/rights.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A route as the contract names it: its method and its path, with `:name` for what varies. */
export type RouteName = `${Method} /${string}`;

/** What a route takes and answers. Everything else that is known of the API (document, client, checks) is made of this. */
export type Route = {
  /** What it does, in one line. */
  readonly does: string;
  /** What one should know besides. */
  readonly more?: string;
  /** What it takes to ask; `anyone` needs no sign-in, `signed-in` no right in particular. */
  readonly right: Right | 'anyone' | 'signed-in';
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** A body may be left out. */
  readonly bodyOptional?: true;
  /** Most bytes of a body, where 256 KB are not the right measure. */
  readonly bodyBytes?: number;
  /** The body is a stream of this media type, which the route reads by itself. */
  readonly takes?: string;
  /** What is answered when all went well; undefined: 204, nothing. */
  readonly answer: z.ZodType | undefined;
  /** With which status, when not 200 (204 without an answer); the first is the usual one. */
  readonly status?: readonly number[];
  /** The answer is of this media type instead of JSON; its schema then is a string. */
  readonly answers?: string;
  /** Which problems belong to it, besides those every route may answer. */
  readonly problems?: Readonly<Record<number, string>>;
  /** Takes an Idempotency-Key. */
  readonly idempotent?: true;
  /** Changes nothing, though it is no GET: it stays out of the audit log. */
  readonly asks?: true;
};

export type Routes = Readonly<Record<RouteName, Route>>;

type Names<Path extends string> = Path extends `${string}:${infer Rest}`
  ? Rest extends `${infer Name}/${infer More}`
    ? Named<Name> | Names<`/${More}`>
    : Named<Rest>
  : never;
type Named<Text extends string> = Text extends `${infer Name}.${string}` ? Name : Text;

/** What varies in a path: `{ id }` of '/api/leads/:id'. */
export type ParamsOf<Name extends string> = { readonly [Key in Names<Name>]: string };

/** A moment as JSON writes it. */
export const Instant = z
  .string()
  .meta({ format: 'date-time', description: 'ISO 8601, UTC', example: '2026-03-02T09:00:00.000Z' });

/** One thing of a path: bounded, and without what a text cannot hold. */
export const PathPart = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[^\p{Cc}]*$/u, { error: 'holds control characters' });

/** A page of a list; `next` is the `after` of the page that follows, null at the end. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z.array(item),
    next: z.string().nullable().describe('the `after` of the next page; null at the end'),
  });
}

/** A whole list, which is short by its nature. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item) });
}

/** Which part of a list is asked for. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('how many at most'),
  after: z
    .string()
    .regex(/^\d{1,15}_[\w-]{1,120}$/, { error: 'this is no "next" of an earlier page' })
    .optional()
    .describe('`next` of the page before'),
};
