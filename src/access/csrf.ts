import { digestOf } from './secret.js';

/**
 * The proof that a write comes from a page of ours, which alone can read it. It follows from the token in the cookie, which
 * no page can read and no database holds, so that nothing more has to be kept.
 */
export function csrfOf(sessionToken: string): string {
  return digestOf(`csrf ${sessionToken}`);
}
