import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../parts/parts.css';
import { App } from './app.js';
import { loadAhead } from './pages.js';
import { watchScroll } from './scroll.js';

watchScroll();
// It is known which page this is before it is known who looks.
loadAhead(location.pathname);
const root = document.getElementById('app');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
