import { lookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, isIPv4, type LookupFunction } from 'node:net';

/** Finds the addresses of a host. */
export type Resolve = (
  host: string,
  tell: (error: NodeJS.ErrnoException | null, found: readonly LookupAddress[]) => void,
) => void;

/** What an error of `publicLookup` carries as its code. */
export const notPublic = 'ERR_NOT_PUBLIC';

/** Networks that are not the internet (IANA's special-purpose registries), and so are whatever stands behind our firewall. */
const closed = blockList([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10', // shared by a provider's customers (RFC 6598); some clouds keep their metadata here
  '127.0.0.0/8',
  '169.254.0.0/16', // link-local, and the metadata of most clouds
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4', // multicast
  '240.0.0.0/4',
  '168.63.129.16/32', // looks public, and is what machines on Azure ask about themselves
  '2001::/23', // protocols, among them Teredo, which carries an IPv4 address
  '2001:db8::/32',
  '2002::/16', // 6to4 (RFC 3056), which carries an IPv4 address
  '3fff::/20',
]);
/** The part of IPv6 that is given out. Loopback, link-local, unique local, multicast, v4-mapped and NAT64 lie outside. */
const givenOut = blockList(['2000::/3']);

/** Whether an IP address is one of the public internet. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !closed.check(address, 'ipv4');
  return isIP(address) === 6 && givenOut.check(address, 'ipv6') && !closed.check(address, 'ipv6');
}

/** The address that a host is without asking anybody. URLs bring 0x7f.1 and 2130706433 to 127.0.0.1 by themselves. */
export function literalAddress({ hostname }: URL): string | undefined {
  if (/(^|\.)localhost\.?$/.test(hostname)) return '127.0.0.1'; // RFC 6761 §6.3, whatever a server of names says
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) === 0 ? undefined : bare;
}

/**
 * A look-up for a connection that gives it public addresses only. The connection goes to what was checked here and nobody
 * asks again, so a name that changes its answer in between (DNS rebinding) changes nothing.
 */
export function publicLookup(resolve: Resolve = resolveHost): LookupFunction {
  return (host, options, tell) =>
    resolve(host, (error, found) => {
      if (error) return tell(error, []);
      const allowed = found.filter(({ address }) => isPublic(address));
      const [first] = allowed;
      if (!first) return tell(Object.assign(new Error(`${host} has no public address`), { code: notPublic }), []);
      return options.all ? tell(null, allowed) : tell(null, first.address, first.family);
    });
}

const resolveHost: Resolve = (host, tell) => lookup(host, { all: true }, tell);

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return list;
}
