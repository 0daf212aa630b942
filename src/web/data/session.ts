import { createContext, useContext } from 'react';
import { mayDo, type Right, type Role } from '../../access/rights.js';

/** Who looks at the pages. */
export type Session = {
  readonly who: { readonly kind: 'user' | 'key' | 'operator'; readonly id: string; readonly name: string };
  readonly email: string | null;
  readonly role: Role | null;
  readonly rights: readonly Right[];
  /** How far the clock of Rivulet is ahead of the browser's, in ms: demos live in another time. */
  readonly aheadMs: number;
};

export const SessionContext = createContext<Session | undefined>(undefined);

/** Whoever is signed in; inside the shell somebody always is. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('this part stands outside of the shell');
  return session;
}

/** Whether the person who looks may do this: `useMay('leads:write')`. */
export function useMay(right: Right): boolean {
  return mayDo(useSession().rights, right);
}
