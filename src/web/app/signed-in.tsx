import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { Redirect } from 'wouter';
import { navigate } from 'wouter/use-browser-location';
import { call, keepProof, whenSignedOut } from '../data/call.js';
import { queries } from '../data/query.js';
import { type Session, SessionContext } from '../data/session.js';
import { troubleOf } from '../data/trouble.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { here } from './scroll.js';
import { FrameSkeleton } from './frame-skeleton.js';

async function readSession(): Promise<Session> {
  const { who, email, role, csrf, now } = await call('GET /api/session');
  keepProof(csrf);
  return { who, email, role, rights: who.rights, aheadMs: Date.parse(now) - Date.now() };
}

/** Where one signs in, to come back here. */
function signInAddress(): string {
  return here() === '/' ? '/sign-in' : `/sign-in?${new URLSearchParams({ back: here() })}`;
}

/** Shows what is inside to whoever is signed in, and the way to sign in to everybody else. */
export function SignedIn({ children }: { readonly children: ReactNode }) {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['GET /api/session'],
    queryFn: readSession,
    staleTime: 5 * 60_000,
  });
  useEffect(() => {
    // A session that ends while somebody works: they come back to the same page with the same filters.
    whenSignedOut(() => {
      if (!queries.getQueryData(['GET /api/session'])) return;
      const to = signInAddress();
      queries.clear();
      navigate(to);
    });
  }, []);
  if (data) return <SessionContext value={data}>{children}</SessionContext>;
  if (isPending) return <FrameSkeleton />;
  const trouble = troubleOf(error);
  if (trouble.status === 401) return <Redirect to={signInAddress()} />;
  return (
    <main className="bare">
      <TroubleNote title="The pages cannot be shown" trouble={trouble} again={() => void refetch()} />
    </main>
  );
}
