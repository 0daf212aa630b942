import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { isPublic, literalAddress, notPublic, publicLookup, type Resolve } from './public-address.js';
import { urlOf } from '../url.js';

export type PostSetting = {
  /** For all of it, from the look-up of the name to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Lets it call machines behind the firewall, and this one. */
  readonly allowPrivate: boolean;
  readonly resolve?: Resolve;
  /** Reads what a refusal says, too: for whoever shows it. */
  readonly readsRefusals?: boolean;
};

export type PostRequest = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

/** What came of posting. Nothing in it tells more of the address than its host: the rest may be a secret. */
export type Posted =
  /** `text` is missing where nobody needs it, or when it is longer than we read. */
  | { readonly kind: 'answered'; readonly status: number; readonly text?: string; readonly retryAfter?: string }
  | { readonly kind: 'silent'; readonly error: string }
  /** Nobody was called, and it makes no sense to try again. */
  | { readonly kind: 'refused'; readonly error: string };

const longestAnswer = 64 * 1024;

/** Whether a status settles a call: a success, or a no that will stay one. Any other is worth another try, or leads elsewhere. */
export function isAnswer(status: number): boolean {
  if (status >= 200 && status < 300) return true;
  return status >= 400 && status < 500 && ![408, 425, 429].includes(status);
}

/** Posts once, without redirects, proxies and cookies, to public addresses only unless told otherwise. Never throws. */
export async function post(address: string, request: PostRequest, setting: PostSetting): Promise<Posted> {
  const url = urlOf(address);
  if (!url || !/^https?:$/.test(url.protocol)) return { kind: 'refused', error: 'its address is none of the web' };
  const literal = literalAddress(url);
  if (literal && !setting.allowPrivate && !isPublic(literal)) return refused(url);

  const signal = AbortSignal.timeout(setting.timeoutMs);
  try {
    return await read(await send(url, request, setting, signal), setting);
  } catch (error) {
    if (signal.aborted) return { kind: 'silent', error: `no answer within ${setting.timeoutMs / 1000} seconds` };
    const code = codeOf(error);
    return code === notPublic ? refused(url) : { kind: 'silent', error: inWords(code) };
  }
}

function refused({ host }: URL): Posted {
  return { kind: 'refused', error: `${host} is no address of the public internet, and WEBHOOK_ALLOW_PRIVATE is off` };
}

function send(
  url: URL,
  { headers, body }: PostRequest,
  { allowPrivate, resolve }: PostSetting,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestSecurely : requestPlain;
  return new Promise((answer, reject) => {
    const options = {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      // A connection of its own for each call: none can have been opened without the check below.
      agent: false,
      signal,
      ...(allowPrivate ? {} : { lookup: publicLookup(resolve) }),
    };
    const outgoing = request(url, options, answer);
    outgoing.on('error', reject);
    // Node says no more than this of a receiver that wants to switch protocols.
    outgoing.on('close', () => reject(Object.assign(new Error('closed without an answer'), { code: 'ECONNRESET' })));
    outgoing.end(body);
  });
}

async function read(
  response: IncomingMessage,
  { readsRefusals = false }: Pick<PostSetting, 'readsRefusals'>,
): Promise<Posted> {
  const { statusCode: status = 0, headers } = response;
  const retryAfter = headers['retry-after'];
  const answered = { kind: 'answered', status, ...(retryAfter ? { retryAfter } : {}) } as const;
  if (!isAnswer(status) && !readsRefusals) {
    response.destroy();
    return answered;
  }
  const text = await textOf(response);
  return text === undefined ? answered : { ...answered, text };
}

/** The text of an answer, undefined when it is longer than we read; leaving the loop closes the connection. */
async function textOf(response: AsyncIterable<unknown>): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    chunks.push(chunk);
    size += chunk.length;
    if (size > longestAnswer) return undefined;
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke off',
  EPIPE: 'the connection broke off',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be looked up now',
  EHOSTUNREACH: 'it cannot be reached',
  ENETUNREACH: 'it cannot be reached',
  ETIMEDOUT: 'it cannot be reached',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
};

/** Messages of Node may hold what the other side sent; their codes do not. */
function inWords(code: string): string {
  return words[code] ?? `the call failed (${code})`;
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
}
