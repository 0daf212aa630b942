import type { NextFunction, Request, Response } from 'express';
import type * as z from 'zod';
import { FixableError } from '../errors.js';
import { isUnreachable } from '../store/database.js';

/** One thing wrong with a request, and where in its body (RFC 6901; "" is the whole of it). */
export type BodyProblem = { readonly pointer: string; readonly detail: string };

/** An answer of RFC 9457. `problems` names everything that is wrong with the body; `more` are extension members (§3.2). */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly problems: readonly BodyProblem[];
  readonly more: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    detail: string,
    problems: readonly BodyProblem[] = [],
    more: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
    this.status = status;
    this.problems = problems;
    this.more = more;
  }
}

/** Parses untrusted data; every problem of it becomes part of one answer 422. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw unfitFields(...problemsOf(result.error));
}

/** 422, with what is wrong and where. */
export function unfitFields(...problems: readonly BodyProblem[]): Problem {
  return new Problem(422, 'Some of what was sent is not as it must be.', problems);
}

/** What is wrong with a body, and where. */
export function problemsOf({ issues }: z.ZodError): readonly BodyProblem[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map(String);
    const detail = issue.message.replace('\n', '. ');
    const keys =
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ path: [...path, key], detail: 'is not a field here' }))
        : [{ path, detail }];
    return keys.map((one) => ({ pointer: pointerTo(one.path), detail: one.detail }));
  });
}

function pointerTo(path: readonly string[]): string {
  return path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** A stored thing, or 404. */
export function found<T>(thing: T | undefined, what: string): T {
  if (thing === undefined) throw new Problem(404, `There is no such ${what}.`);
  return thing;
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  412: 'Changed meanwhile',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Unprocessable content',
  428: 'Say which version',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available now',
};

/** The last handler: turns what was thrown into an answer, and never shows a stack. Our own faults go to `onFault`. */
export function answerProblems(onFault: (error: unknown) => void) {
  return (error: unknown, _request: Request, response: Response, next: NextFunction): void => {
    if (response.headersSent) return next(error);
    const { status, detail, problems } = meaning(error);
    if (status === 500) onFault(error);
    if (status === 401) response.set('WWW-Authenticate', 'Bearer');
    if (status === 503) response.set('Retry-After', '5');
    const body = {
      type: 'about:blank',
      title: titles[status] ?? 'Error',
      status,
      detail,
      ...(problems.length > 0 ? { problems } : {}),
      ...(error instanceof Problem ? error.more : {}),
    };
    response.status(status).type('application/problem+json').send(JSON.stringify(body));
  };
}

function meaning(error: unknown): { status: number; detail: string; problems: readonly BodyProblem[] } {
  if (error instanceof Problem) return { status: error.status, detail: error.message, problems: error.problems };
  if (error instanceof FixableError) return { status: 400, detail: error.message, problems: [] };
  if (isUnreachable(error))
    return { status: 503, detail: 'The database does not answer now. Nothing was lost; try again.', problems: [] };
  const parserStatus =
    typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number'
      ? error.status
      : 500;
  if (parserStatus === 413) return { status: 413, detail: 'The body is too large.', problems: [] };
  if (parserStatus >= 400 && parserStatus < 500)
    return { status: 400, detail: 'The request cannot be read; is its body valid JSON?', problems: [] };
  return { status: 500, detail: 'Something went wrong on our side. It has been noted.', problems: [] };
}
