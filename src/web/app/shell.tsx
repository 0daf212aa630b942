import { useState } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { useSession } from '../data/session.js';
import { Empty } from '../parts/empty.js';
import { Page } from '../parts/page.js';
import { mayDo } from '../../access/rights.js';
import { wordsOf } from './words-of.js';
import { KeysDialog } from './keys-dialog.js';
import { useKeys } from './keys.js';
import { type PageEntry, pages } from './pages.js';
import { Shown } from './shown.js';
import { BottomBar, Sidebar } from './sidebar.js';
import './shell.css';

/** Navigation beside the page; on a phone, under it. */
export function Shell() {
  const [showsKeys, setShowsKeys] = useState(false);
  const [address] = useLocation();
  useKeys(() => setShowsKeys(true));
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Sidebar address={address} showKeys={() => setShowsKeys(true)} />
      <main id="main" className="main" tabIndex={-1}>
        <Switch>
          {pages
            .filter(({ isBare }) => !isBare)
            .map((entry) => (
              <Route key={entry.path} path={entry.path}>
                {(params) => <Allowed entry={entry} params={wordsOf(params)} address={address} />}
              </Route>
            ))}
          <Route>
            <NotFound />
          </Route>
        </Switch>
      </main>
      <BottomBar address={address} />
      <KeysDialog isOpen={showsKeys} close={() => setShowsKeys(false)} />
    </div>
  );
}

type AllowedPage = {
  readonly entry: PageEntry;
  readonly params: Readonly<Record<string, string>>;
  readonly address: string;
};

function Allowed({ entry, params, address }: AllowedPage) {
  const { rights, who } = useSession();
  const { right, title } = entry;
  if (right && !mayDo(rights, right)) {
    return (
      <Page title={title}>
        <Empty title="You may not see this page">
          It takes the right “{right}”, which {who.name} does not have. An admin can give it under Settings.
        </Empty>
      </Page>
    );
  }
  return <Shown key={address} entry={entry} params={params} />;
}

function NotFound() {
  return (
    <Page title="Nothing here">
      <Empty title="There is no page at this address" action={{ label: 'Go to the overview', to: '/' }}>
        Perhaps it was moved, or the address was cut short.
      </Empty>
    </Page>
  );
}
