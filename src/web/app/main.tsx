import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../parts/parts.css';
import { App } from './app.js';
import { watchScroll } from './scroll.js';

watchScroll();
const root = document.getElementById('app');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
