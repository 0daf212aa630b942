import { Resolver } from 'node:dns/promises';
import { type Dns, NoAnswer } from './doctor.js';

/** The DNS of this machine, or of these servers. */
export function openDns(servers?: readonly string[]): Dns & { readonly isReached: () => Promise<boolean> } {
  const resolver = new Resolver({ timeout: 4000, tries: 2 });
  if (servers) resolver.setServers(servers);
  return {
    txt: async (name) => (await answer(() => resolver.resolveTxt(name))).map((strings) => strings.join('')),
    mx: (domain) => answer(() => resolver.resolveMx(domain)),
    addresses: async (host) => {
      const both = [answer(() => resolver.resolve4(host)), answer(() => resolver.resolve6(host))];
      const found = (await Promise.allSettled(both)).flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
      // Some servers never answer for IPv6; one kind of address is enough to know.
      return found.length > 0 ? found : (await Promise.all(both)).flat();
    },
    names: (address) => answer(() => resolver.reverse(address)),
    // Without a network some resolvers say that nothing exists. This name does.
    isReached: async () => {
      try {
        return (await answer(() => resolver.resolveNs('com'))).length > 0;
      } catch (error) {
        if (error instanceof NoAnswer) return false;
        throw error;
      }
    },
  };
}

/** Answers that there is nothing: no such name, no record of this kind, or a name that cannot be asked. */
const nothing: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

async function answer<T>(ask: () => Promise<T[]>): Promise<T[]> {
  try {
    return await ask();
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    if (nothing.has(code)) return [];
    throw new NoAnswer(`DNS gave no answer (${String(code ?? error)})`, { cause: error });
  }
}
