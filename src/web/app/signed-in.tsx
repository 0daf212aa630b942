import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { Redirect } from 'wouter';
import { navigate } from 'wouter/use-browser-location';
import { whenSignedOut } from '../data/call.js';
import { queries } from '../data/query.js';
import { SessionContext, sessionQuery } from '../data/session.js';
import { troubleOf } from '../data/trouble.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { here } from './scroll.js';
import { FrameSkeleton } from './frame-skeleton.js';

/** Where one signs in, to come back here. */
function signInAddress(): string {
  return here() === '/' ? '/sign-in' : `/sign-in?${new URLSearchParams({ back: here() })}`;
}

/** Shows what is inside to whoever is signed in, and the way to sign in to everybody else. */
export function SignedIn({ children }: { readonly children: ReactNode }) {
  const { data, error, isPending, refetch } = useQuery(sessionQuery);
  useEffect(() => {
    // A session that ends while somebody works: they come back to the same page with the same filters.
    whenSignedOut(() => {
      if (!queries.getQueryData(sessionQuery.queryKey)) return;
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
