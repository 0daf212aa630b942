import { useSyncExternalStore } from 'react';

export const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const key = 'rivulet.theme';
const listeners = new Set<() => void>();

function read(): Theme {
  const { theme } = document.documentElement.dataset;
  return theme === 'light' || theme === 'dark' ? theme : 'auto';
}

/** Chooses a theme and keeps it for the next visit (`public/theme.js` reads it before the first paint). */
export function chooseTheme(theme: Theme): void {
  if (theme === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  try {
    localStorage.setItem(key, theme);
  } catch {
    // A browser that keeps nothing shows the choice until the page is left.
  }
  for (const tell of listeners) tell();
}

const system = matchMedia('(prefers-color-scheme: dark)');

function listen(tell: () => void): () => void {
  listeners.add(tell);
  system.addEventListener('change', tell);
  return () => {
    listeners.delete(tell);
    system.removeEventListener('change', tell);
  };
}

export function useTheme(): Theme {
  return useSyncExternalStore(listen, read);
}

/** Whether the page is dark now; charts draw their colours by it. */
export function useIsDark(): boolean {
  return useSyncExternalStore(listen, () => (read() === 'auto' ? system.matches : read() === 'dark'));
}
