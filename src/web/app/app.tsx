import { QueryClientProvider } from '@tanstack/react-query';
import { Route, Switch } from 'wouter';
import { queries } from '../data/query.js';
import { Toasts } from '../parts/toast.js';
import { type PageEntry, pages } from './pages.js';
import { Shell } from './shell.js';
import { Shown } from './shown.js';
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

function bare(entry: PageEntry) {
  return (
    <Route key={entry.path} path={entry.path}>
      {(params) => (
        <main id="main" className="bare">
          <Shown entry={entry} params={wordsOf(params)} />
        </main>
      )}
    </Route>
  );
}
