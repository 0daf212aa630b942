import { queryOptions } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { mayDo, type Right, type Role } from '../../access/rights.js';
import { call, keepProof } from './call.js';

/** Who looks at the pages. */
export type Session = {
  readonly who: { readonly kind: 'user' | 'key' | 'operator'; readonly id: string; readonly name: string };
  readonly email: string | null;
  readonly role: Role | null;
  readonly rights: readonly Right[];
  /** How far the clock of Rivulet is ahead of the browser's, in ms: demos live in another time. */
  readonly aheadMs: number;
};

/** Asks who looks, and keeps the proof that what these pages write comes from them. */
export const sessionQuery = queryOptions({
  queryKey: ['GET /api/session'],
  queryFn: async (): Promise<Session> => {
    const { who, email, role, csrf, now } = await call('GET /api/session');
    keepProof(csrf);
    return { who, email, role, rights: who.rights, aheadMs: Date.parse(now) - Date.now() };
  },
  staleTime: 5 * 60_000,
});

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
