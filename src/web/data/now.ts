import { useContext, useSyncExternalStore } from 'react';
import { SessionContext } from './session.js';

const beatMs = 15_000;
const listeners = new Set<() => void>();
let last = Date.now();
let beat: ReturnType<typeof setInterval> | undefined;

function listen(tell: () => void): () => void {
  if (listeners.size === 0) beat = setInterval(strike, beatMs);
  listeners.add(tell);
  return () => {
    listeners.delete(tell);
    if (listeners.size === 0) clearInterval(beat);
  };
}

function strike(): void {
  last = Date.now();
  for (const tell of listeners) tell();
}

/** While nobody listens nothing strikes: who looks first sets the clock. */
function look(): number {
  if (listeners.size === 0 && Date.now() - last > beatMs) last = Date.now();
  return last;
}

/** Now by the clock of Rivulet, which is another one in a demo; moves on every quarter of a minute. */
export function useNow(): Date {
  const aheadMs = useContext(SessionContext)?.aheadMs ?? 0;
  return new Date(useSyncExternalStore(listen, look) + aheadMs);
}
