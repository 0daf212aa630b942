import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { isPublic, literalAddress, publicLookup } from './public-address.js';
import { urlOf } from '../url.js';

/** What an address of Amazon's answered. */
export type Fetched = { readonly status: number; readonly text: string };

/** Gets one https address once. Rejects when no answer comes. */
export type Get = (url: URL) => Promise<Fetched>;

/** Amazon was not asked, or did not answer as it should. `isFinal`: it will not another time either, for what was sent is none of its own. */
export class SnsError extends Error {
  override readonly name = 'SnsError';
  readonly isFinal: boolean;

  constructor(what: string, isFinal: boolean, options?: ErrorOptions) {
    super(what, options);
    this.isFinal = isFinal;
  }
}

/** Amazon has a certificate for a year and more, and one for each region. */
const mostKept = 50;
/** Who knows the name of a topic could else have us ask Amazon for thousands. */
const mostInFlight = 4;

/**
 * What a call of Amazon SNS makes us ask of Amazon. Only addresses come here of which `src/event` has found that they are
 * Amazon's by their host and path; that they are https and of the public internet is looked at again, here where they are
 * called.
 */
export function openSns(get: Get = getOnce) {
  const certificates = new Map<string, string>();
  const inFlight = new Map<string, Promise<string>>();

  const fetchText = async (address: string): Promise<string> => {
    const url = urlOf(address);
    if (!url || url.protocol !== 'https:' || url.username || url.password || url.port || isPrivate(url))
      throw new SnsError('this address is none of Amazon SNS', true);
    const { status, text } = await get(url).catch((cause: unknown) => {
      throw new SnsError('Amazon SNS cannot be asked now', false, { cause });
    });
    if (status === 200) return text;
    // A redirect is never followed: it may lead anywhere.
    const isFinal = status >= 300 && status < 500 && status !== 429;
    throw new SnsError(`Amazon SNS answered our question with status ${status}`, isFinal);
  };
  const fetchCertificate = async (address: string): Promise<string> => {
    const text = await fetchText(address);
    const [oldest] = certificates.keys();
    if (certificates.size >= mostKept && oldest !== undefined) certificates.delete(oldest);
    certificates.set(address, text);
    return text;
  };

  return {
    /** The certificate at an address, in PEM; fetched once, also when many calls need it at the same time. */
    certificateOf: async (address: string): Promise<string> => {
      const known = certificates.get(address) ?? inFlight.get(address);
      if (known !== undefined) return known;
      if (inFlight.size >= mostInFlight)
        throw new SnsError('too many certificates are asked for at the same time', false);
      const coming = fetchCertificate(address).finally(() => inFlight.delete(address));
      inFlight.set(address, coming);
      return coming;
    },
    /** Says yes to a subscription. */
    confirm: async (address: string): Promise<void> => {
      await fetchText(address);
    },
  };
}
export type Sns = ReturnType<typeof openSns>;

function isPrivate(url: URL): boolean {
  const literal = literalAddress(url);
  return literal !== undefined && !isPublic(literal);
}

/** For all of it, from the look-up of the name to the last byte. */
const timeoutMs = 5000;
/** A certificate has 2 kB, the answer to a confirmation less. */
const longestAnswer = 64 * 1024;

/** Without redirects, proxies and cookies, over a connection of its own to a public address. */
const getOnce: Get = async (url) => {
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await new Promise<IncomingMessage>((answer, reject) => {
    const outgoing = request(url, { agent: false, signal, lookup: publicLookup() }, answer);
    outgoing.on('error', reject);
    outgoing.end();
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > longestAnswer) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() };
};
