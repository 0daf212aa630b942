import { expect } from '@jest/globals';
import { type HttpRivulet, readAnswer } from './support.js';

export type Fields = Readonly<Record<string, string | readonly string[]>>;

export function bodyOf(fields: Fields): URLSearchParams {
  return new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one])),
  );
}

/** Characters that stand in markup by their numbers. */
export function unescaped(markup: string): string {
  return markup.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

/** What a page sends along unseen. */
export function unseenIn(page: string): Readonly<Record<string, string>> {
  const inputs = page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g);
  return Object.fromEntries([...inputs].map(([, name = '', value = '']) => [name, unescaped(value)]));
}

type Headers = Readonly<Record<string, string>>;

/** What people, scripts and programs do with the forms of a Rivulet. */
export function visitorOf(rivulet: Pick<HttpRivulet, 'url' | 'clock'>) {
  const pass = (ms: number): void => {
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + ms);
  };
  /** The page of a form, as a browser gets it. */
  const open = async (form: string, query = '', headers: Headers = {}) => {
    const answer = await readAnswer(await fetch(`${rivulet.url}/f/${form}${query}`, { headers, redirect: 'manual' }));
    return { ...answer, unseen: unseenIn(answer.text) };
  };
  const send = async (form: string, body: URLSearchParams | string | Buffer, headers: Headers = {}) => {
    const request = {
      method: 'POST',
      redirect: 'manual' as const,
      body: body instanceof URLSearchParams ? String(body) : body,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    };
    const answer = await readAnswer(await fetch(`${rivulet.url}/forms/${form}`, request));
    return { ...answer, to: answer.headers.get('location'), unseen: unseenIn(answer.text) };
  };
  /** A person opens the page, reads it, fills it in and presses the button. */
  const fillIn = async (form: string, fields: Fields, headers: Headers = {}) => {
    const { unseen } = await open(form);
    pass(20_000);
    return send(form, bodyOf({ ...unseen, ...fields }), headers);
  };
  const sendJson = async (form: string, body: unknown, headers: Headers = {}) =>
    send(form, JSON.stringify(body), { 'Content-Type': 'application/json', ...headers });
  return { pass, open, send, fillIn, sendJson };
}

/** What a form came to that was taken at once. */
export function expectTaken(answer: { readonly status: number; readonly to: string | null }, form: string): void {
  expect([answer.status, answer.to]).toEqual([303, `/f/${form}/thanks`]);
}
