import { QueryClientProvider } from '@tanstack/react-query';
import { Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { queries } from '../data/query.js';
import { PageSkeleton } from '../parts/skeleton.js';
import { Toasts } from '../parts/toast.js';
import { Fallible } from './fallible.js';
import { type PageEntry, pages } from './pages.js';
import { Shell } from './shell.js';
import { SignedIn } from './signed-in.js';
import { wordsOf } from './words-of.js';

/** All pages: those for everybody stand alone, the others in the shell, for whoever is signed in. */
export function App() {
  return (
    <QueryClientProvider client={queries}>
      <Switch>
        {pages.filter(({ isBare }) => isBare).map(bare)}
        <Route>
          <SignedIn>
            <Shell />
          </SignedIn>
        </Route>
      </Switch>
      <Toasts />
    </QueryClientProvider>
  );
}

function bare({ path, page: Shown, skeleton }: PageEntry) {
  return (
    <Route key={path} path={path}>
      {(params) => (
        <main id="main" className="bare">
          <Fallible>
            <Suspense fallback={<PageSkeleton kind={skeleton} />}>
              <Shown params={wordsOf(params)} />
            </Suspense>
          </Fallible>
        </main>
      )}
    </Route>
  );
}
