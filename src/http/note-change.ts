import type { Store } from '../store/open-store.js';
import type { Change } from './answering.js';

export type Noting = { readonly store: Pick<Store, 'auditLog' | 'erasures'>; readonly now: () => Date };

/** Puts changes that were made over the API into the audit log. */
export function noteChangesIn({ store, now }: Noting): (change: Change) => Promise<void> {
  /** A lead that was erased meanwhile, or by this very change, is known by its erasure alone. */
  const thing = async (name: string, value: string) => {
    const erasure = await store.erasures.of(value);
    return erasure ? { name: 'erasure', value: erasure.id } : { name, value };
  };
  return async ({ who: { kind, id, name }, route, params, fields, status }) => {
    const things = await Promise.all(Object.entries(params).map(([key, value]) => thing(key, value)));
    await store.auditLog.note({ at: now(), who: { kind, id, name }, route, things, fields, status });
  };
}
