import type { Store } from '../store/open-store.js';
import type { Transport } from './transport.js';

/** Keeps every mail on this machine: the default, so that trying out reaches nobody by mistake. */
export function openLocalMailbox(mailbox: Store['mailbox']): Transport {
  return {
    name: 'local mailbox (nothing leaves this machine)',
    connections: 20,
    deliver: async ({ id, from, to, subject, at, mime }) => {
      await mailbox.keep({ id, from, to, subject, at, raw: mime });
      return { kind: 'accepted', reply: 'kept in the local mailbox' };
    },
    check: async () => undefined,
    stop: async () => {},
  };
}
