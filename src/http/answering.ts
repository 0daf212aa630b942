import { json, type Request, type RequestHandler, type Response, Router } from 'express';
import * as z from 'zod';
import type { Who } from '../access/who.js';
import { type Method, type ParamsOf, PathPart, type Route, type RouteName, type Routes } from '../api/route.js';
import { idempotent } from './idempotency.js';
import { parse, Problem } from './problem.js';
import type { Services } from './services.js';
import { whoMay } from './who.js';

/** What a route is given: who asks, and everything that was sent, read by its schemas. */
export type Asked<Name extends string, R extends Route> = {
  readonly params: ParamsOf<Name>;
  readonly query: R['query'] extends z.ZodType ? z.output<R['query']> : object;
  readonly body: R['body'] extends z.ZodType ? z.output<R['body']> : undefined;
  readonly who: Who;
  readonly request: Request;
  readonly response: Response;
};

/** A value on its way into JSON: a Date becomes its text, and what is undefined is left out. */
export type Sendable<T> = T extends string
  ? T | Date
  : T extends readonly (infer Item)[]
    ? readonly Sendable<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Sendable<T[Key]> | (undefined extends T[Key] ? undefined : never) }
      : T;

/** What a route answers; nothing, if it wrote into the response by itself. */
type Answer<R extends Route> = R['answer'] extends z.ZodType ? Sendable<z.output<R['answer']>> | undefined : void;

/** What answers each route of a contract. */
export type Answers<R extends Routes> = {
  readonly [Name in keyof R & RouteName]: (asked: Asked<Name, R[Name]>) => Promise<Answer<R[Name]>> | Answer<R[Name]>;
};

/** What somebody changed over the API: which route, which thing, and the names (never the values) of what was sent. */
export type Change = {
  readonly who: Who;
  readonly route: RouteName;
  readonly params: Readonly<Record<string, string>>;
  readonly fields: readonly string[];
  readonly status: number;
};

export type AnsweredRoute = { readonly name: RouteName; readonly steps: readonly RequestHandler[] };
type AnyAsked = {
  readonly params: Readonly<Record<string, string>>;
  readonly query: unknown;
  readonly body: unknown;
  readonly who: Who;
  readonly request: Request;
  readonly response: Response;
};
/** What answers some route. Written as a method, as each of them takes more than this says: what its own schemas have read. */
type AnyAnswer = { answer(asked: AnyAsked): unknown }['answer'];

/** The routes of a contract with what answers them: rights are looked at first, then what was sent is read. */
export function answering<const R extends Routes>(
  routes: R,
  services: Services,
  answers: Answers<R>,
): readonly AnsweredRoute[] {
  const all: Readonly<Record<string, AnyAnswer | undefined>> = answers;
  return Object.entries<Route>(routes).map(([key, route]) => {
    const answer = all[key];
    if (!answer || !isRouteName(key)) throw new Error(`nothing answers ${key}`);
    const name = key;
    return { name, steps: [...before(route, services), answerWith(answer, { name, route, services })] };
  });
}

/** One router for all. What is spelled out goes before what varies, wherever it was declared; another method is a 405. */
export function routerOf(all: readonly AnsweredRoute[]): Router {
  const router = Router();
  const named = all.map((one) => ({ ...one, ...partsOf(one.name) }));
  const paths = [...new Set(named.map(({ path }) => path))].toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
  for (const path of paths) {
    const here = named.filter((one) => one.path === path);
    for (const { verb, steps } of here) router[verb](path, ...steps);
    router.all(path, notThatWay(here.map(({ method }) => method)));
  }
  return router;
}

const verbs = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

function isRouteName(text: string): text is RouteName {
  return methods.some((method) => text.startsWith(`${method} /`));
}

function partsOf(name: RouteName) {
  const [written, path = ''] = name.split(' ');
  const method = methods.find((one) => one === written) ?? 'GET';
  return { method, verb: verbs[method], path };
}

/** Sorts "/leads/export" before "/leads/:id", and "/reports/:name.csv" before "/reports/:name". */
function rank(path: string): string {
  return `${path}:`.replaceAll(':', '\u{10ffff}');
}

function notThatWay(here: readonly Method[]): RequestHandler {
  const allowed = [...here, ...(here.includes('GET') ? ['HEAD'] : [])].toSorted().join(', ');
  return ({ method }, response) => {
    response.set('Allow', allowed);
    throw new Problem(405, `${method} is not for this address. Use one of: ${allowed}.`);
  };
}

function before(route: Route, services: Services): readonly RequestHandler[] {
  const allowed: RequestHandler = (request, _response, next) => {
    whoMay(request, route);
    next();
  };
  const body = route.body ? [json({ limit: route.bodyBytes ?? usualBytes })] : [];
  return [allowed, ...body, ...(route.idempotent ? [idempotent(services)] : [])];
}

const usualBytes = 256 * 1024;

type Named = { readonly name: RouteName; readonly route: Route; readonly services: Services };

function answerWith(answer: AnyAnswer, { name, route, services }: Named): RequestHandler {
  const isChange = !name.startsWith('GET ') && !route.asks;
  return async (request, response) => {
    const who = whoMay(request, route);
    const params = paramsOf(request);
    const query = parse(route.query ?? z.strictObject({}), request.query);
    const asked = { params, query, body: bodyOf(request, route), who, request, response };
    response.status(route.status?.[0] ?? (route.answer ? 200 : 204)).set('Cache-Control', 'private, no-cache');
    const said = await answer(asked);
    if (isChange) {
      const fields = Object.keys(
        z
          .record(z.string(), z.unknown())
          .catch({})
          .parse(request.body ?? {}),
      );
      const things = { ...madeIn(response), ...params };
      await services.noteChange({ who, route: name, params: things, fields, status: response.statusCode });
    }
    send(said, route, response);
  };
}

/** What came of it, as far as the route said where it is: the last part of that address. */
function madeIn(response: Response): { readonly id?: string } {
  const last = response.get('Location')?.split('/').at(-1);
  return last ? { id: decodeURIComponent(last) } : {};
}

/** A name that no thing can have is one that nothing has. */
function paramsOf({ params }: Request): Readonly<Record<string, string>> {
  const read = z.record(z.string(), PathPart).safeParse(params);
  if (read.success) return read.data;
  throw new Problem(404, 'There is nothing of this name.');
}

/** A body without its content type is not read at all, and its sender would look for the fault in the body. */
function bodyOf(request: Request, { body, bodyOptional }: Route): unknown {
  if (!body) return undefined;
  if (request.body === undefined && !bodyOptional)
    throw new Problem(415, 'Send JSON, with the header "Content-Type: application/json".');
  return parse(body, request.body ?? {});
}

function send(said: unknown, { answer, answers }: Route, response: Response): void {
  if (response.headersSent || response.destroyed) return;
  if (!answer) response.end();
  else if (answers) response.type(answers).send(said);
  else response.json(said);
}
