import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useSyncExternalStore } from 'react';

type Told = { readonly id: number; readonly tone: 'good' | 'bad'; readonly text: string };

let told: readonly Told[] = [];
let number = 0;
const listeners = new Set<() => void>();

function set(next: readonly Told[]): void {
  told = next;
  for (const tell of listeners) tell();
}

const drop = (id: number): void => set(told.filter((one) => one.id !== id));

/** Says that something was done, or that it was not. What went wrong stays until it is put away. */
export function toast(what: string | { readonly tone: 'good' | 'bad'; readonly text: string }): void {
  const { tone, text } = typeof what === 'string' ? { tone: 'good' as const, text: what } : what;
  const id = (number += 1);
  set([...told.filter((one) => one.text !== text), { id, tone, text }].slice(-4));
  if (tone === 'good') setTimeout(() => drop(id), 5000);
}

function listen(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

export function Toasts() {
  const all = useSyncExternalStore(listen, () => told);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {all.map(({ id, tone, text }) => (
        <div key={id} className={`toast ${tone}`}>
          {tone === 'good' ? <CircleCheck size={18} aria-hidden /> : <CircleAlert size={18} aria-hidden />}
          <p>{text}</p>
          <button type="button" className="icon" aria-label="Put away" onClick={() => drop(id)}>
            <X size={16} aria-hidden />
          </button>
        </div>
      ))}
    </div>
  );
}
