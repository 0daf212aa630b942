import type { Role } from '../src/access/rights.js';
import { firstLink, linkFor } from '../src/account/links.js';
import { invite } from '../src/account/people.js';
import { parseAddress } from '../src/message/address.js';
import type { User } from '../src/store/users.js';
import { type HttpRivulet, readAnswer } from './support.js';

/** A password that nobody has anything to say against. */
export const goodPassword = 'harbour seventeen violet stairs';

export type Answer = Awaited<ReturnType<typeof readAnswer>>;
export type Browser = Awaited<ReturnType<typeof openBrowser>>;
type Sent = { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };

/** A browser with Rivulet's pages open: it keeps cookies, says where its requests come from, and its pages send their proof. */
export function openBrowser({ url }: Pick<HttpRivulet, 'url'>) {
  const cookies = new Map<string, string>();
  let csrf = '';
  /** A request as the browser would send it with exactly these headers and its cookies. */
  const send = async (method: string, path: string, { body, headers = {} }: Sent = {}): Promise<Answer> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url + path, {
      method,
      headers: { ...(cookie ? { Cookie: cookie } : {}), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value) cookies.set(name, value);
      else cookies.delete(name);
    }
    return readAnswer(response);
  };
  /** What a page of ours asks. */
  const page = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const own = { Origin: url, 'Sec-Fetch-Site': 'same-origin', 'X-CSRF-Token': csrf };
    const headers = {
      ...(method === 'GET' ? {} : own),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    };
    const answer = await send(method, path, { body, headers });
    if (typeof answer.body?.csrf === 'string') csrf = answer.body.csrf;
    return answer;
  };
  const signIn = (email: string, password = goodPassword) => page('POST', '/api/session', { email, password });
  return { cookies, csrf: () => csrf, send, page, signIn };
}

type Rivulet = Pick<HttpRivulet, 'url' | 'accounts'>;

/** The first admin, signed in. */
export async function firstAdmin(rivulet: Rivulet, email = 'mara@tallybay.example.com'): Promise<Browser> {
  const link = await firstLink(rivulet.accounts);
  if (!link) throw new Error('somebody has an account already');
  return welcomed(rivulet, link.token, { email });
}

/** Somebody with a role, and a browser in which they are signed in. */
export async function somebody(rivulet: Rivulet, email: string, role: Role): Promise<{ user: User; browser: Browser }> {
  const address = parseAddress(email);
  if (!address.ok) throw new Error(address.problem);
  const name = `${role} ${email.split('@')[0]}`;
  const invited = await invite({ ...address.value, name, role }, 'a test', rivulet.accounts);
  if (!invited) throw new Error(`${email} has an account`);
  return { user: invited.user, browser: await welcomed(rivulet, invited.link.token, { name }) };
}

/** Somebody who opens a new link. */
export async function welcomedAgain(rivulet: Rivulet, user: User): Promise<Browser> {
  const { token } = await linkFor(user, 'a test', rivulet.accounts);
  return welcomed(rivulet, token, {});
}

async function welcomed(rivulet: Rivulet, token: string, more: object): Promise<Browser> {
  const browser = openBrowser(rivulet);
  const body = { token, name: 'Mara Quay', password: goodPassword, ...more };
  const { status, text } = await browser.page('POST', '/api/session/link', body);
  if (status !== 200) throw new Error(`the link did not open: ${text}`);
  return browser;
}
