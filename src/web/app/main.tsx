import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../parts/parts.css';
import { queries } from '../data/query.js';
import { sessionQuery } from '../data/session.js';
import { App } from './app.js';
import { loadAhead, pageAt } from './pages.js';
import { watchScroll } from './scroll.js';

watchScroll();
const root = document.getElementById('app');
if (root) await openAt(root);

/** Who looks and what they look at are asked for at once. Until both are there stands what index.html draws. */
async function openAt(place: HTMLElement): Promise<void> {
  const entry = pageAt(location.pathname);
  await Promise.all([loadAhead(entry), entry?.isBare ? undefined : queries.prefetchQuery(sessionQuery)]);
  createRoot(place).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
