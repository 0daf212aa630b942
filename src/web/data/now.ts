import { useContext, useSyncExternalStore } from 'react';
import { SessionContext } from './session.js';

const beatMs = 15_000;
let last = Date.now();

function listen(tell: () => void): () => void {
  const beat = setInterval(() => {
    last = Date.now();
    tell();
  }, beatMs);
  return () => clearInterval(beat);
}

/** Now by the clock of Rivulet, which is another one in a demo; moves on every quarter of a minute. */
export function useNow(): Date {
  const aheadMs = useContext(SessionContext)?.aheadMs ?? 0;
  return new Date(useSyncExternalStore(listen, () => last) + aheadMs);
}
