import { ApiProblem, type Ask, type Call, openClient } from '../../client/client.js';
import type { Contract } from '../../api/contract.js';
import { Trouble } from './trouble.js';

export type { Ask, Told } from '../../client/client.js';

/** A route of the API, such as "GET /api/leads/:id". */
export type Name = Extract<keyof Contract, string>;

let csrf = '';
let onSignedOut: () => void = () => undefined;

/** The proof that a write comes from our own pages; the session tells it. */
export function keepProof(token: string): void {
  csrf = token;
}

/** What is done once an answer says that nobody is signed in. */
export function whenSignedOut(then: () => void): void {
  onSignedOut = then;
}

/** Headers that every call of these pages carries. */
export function ownHeaders(): Readonly<Record<string, string>> {
  return csrf ? { 'X-CSRF-Token': csrf } : {};
}

const client: Call = openClient({ url: '', headers: ownHeaders });

/** A call whose name and parts are put together by the hooks; their own types bind them to the contract. */
type AnyCall = (name: string, given: object) => Promise<never>;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the client itself is made so, under its types
const anyClient: AnyCall = client as never;

/** Asks the API, whatever the route; throws `Trouble` for every answer that is none. */
export const callAny: AnyCall = async (name, given) => {
  try {
    return await anyClient(name, given);
  } catch (error) {
    throw told(error, given);
  }
};

/** Asks the API, typed by its contract: `await call('GET /api/leads/:id', { params: { id } })`. Throws `Trouble`. */
export const call: Call = (name, ...asked) => callAny(name, asked[0] ?? {});

function told(error: unknown, given: object): unknown {
  if (error instanceof ApiProblem) {
    if (error.status === 401) onSignedOut();
    return new Trouble(error.status, error.message, error.problems, error.body);
  }
  const isGivenUp = 'signal' in given && given.signal instanceof AbortSignal && given.signal.aborted;
  return isGivenUp
    ? error
    : new Trouble(0, 'Rivulet does not answer. Is it running, and is this machine online? Try again.');
}

/** The part of a call that a page states; the rest is ours. */
export type Stated<N extends Name> = Omit<Ask<N>, 'signal' | 'headers'>;
