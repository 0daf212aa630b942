import { useSyncExternalStore } from 'react';

const narrow = matchMedia('(max-width: 47.99rem)');

function listen(tell: () => void): () => void {
  narrow.addEventListener('change', tell);
  return () => narrow.removeEventListener('change', tell);
}

/** Whether the window is as narrow as a phone; the style sheets draw the line at the same width. */
export function useIsNarrow(): boolean {
  return useSyncExternalStore(listen, () => narrow.matches);
}
