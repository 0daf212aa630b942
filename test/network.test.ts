import { BlockList } from 'node:net';
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { isWithin, readAddress, readNetwork, shortened } from '../src/event/network.js';

const within = (ip: string, network: string): boolean | undefined => {
  const [address, of] = [readAddress(ip), readNetwork(network)];
  return address && of && isWithin(address, of);
};

test.each([
  ['192.0.2.0', '192.0.2.0/24', true],
  ['192.0.2.255', '192.0.2.0/24', true],
  ['192.0.3.0', '192.0.2.0/24', false],
  ['192.0.1.255', '192.0.2.0/24', false],
  ['40.93.255.255', '40.92.0.0/15', true],
  ['40.94.0.0', '40.92.0.0/15', false],
  ['198.51.100.7', '198.51.100.7', true],
  ['198.51.100.8', '198.51.100.7/32', false],
  ['203.0.113.9', '0.0.0.0/0', true],
  ['2001:db8:40::1', '2001:db8:40::/48', true],
  ['2001:db8:41::1', '2001:db8:40::/48', false],
  ['2001:DB8:40:0:0:0:0:1', '2001:db8:40::/48', true],
  ['fe80::1%eth0', 'fe80::/10', true],
  ['::1', '::/0', true],
  // Version 4, however it is written, is version 4: "::ffff:" is how servers that listen on both see it.
  ['::ffff:192.0.2.7', '192.0.2.0/24', true],
  ['::ffff:c000:207', '192.0.2.0/24', true],
  ['192.0.2.7', '::ffff:192.0.2.0/120', true],
  ['192.0.2.7', '::/0', false],
  ['2001:db8::1', '0.0.0.0/0', false],
])('%s within %s: %s', (ip, network, expected) => {
  expect(within(ip, network)).toBe(expected);
});

test.each([
  '192.0.2.1/24',
  '2001:db8:40::1/48',
  '192.0.2.0/33',
  '192.0.2.0/',
  '192.0.2.0/-1',
  '192.0.2.0/08x',
  '2001:db8::/129',
  '::ffff:192.0.2.0/24',
  '192.0.2',
  '192.0.2.0/24/8',
  '',
  'localhost',
  `192.0.2.0/${'0'.repeat(100)}`,
])('"%s" is no network', (text) => {
  expect(readNetwork(text)).toBeUndefined();
});

test.each([
  '192.0.2.256',
  '192.0.2.01',
  '192.0.2.1.',
  '1.2.3',
  '0x7f.0.0.1',
  '2130706433',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::8:9',
  'g::1',
  '12345::1',
  '1:2:3:4:5:6:7:1.2.3.4',
  '::1.2.3.256',
  '1.2.3.4::',
  '',
])('"%s" is no address', (text) => {
  expect(readAddress(text)).toBeUndefined();
});

test('what is kept of an address is the household’s street, not its house', () => {
  expect(shortened('192.0.2.77')).toBe('192.0.2.0/24');
  expect(shortened('::ffff:192.0.2.77')).toBe('192.0.2.0/24');
  expect(shortened('2001:db8:40:1:2:3:4:5')).toBe('2001:db8:40::/48');
  expect(shortened('nobody')).toBe('');
});

test('any address lies in any network exactly when Node says so', () => {
  const anIp4 = fc.ipV4();
  const anIp6 = fc.ipV6();
  fc.assert(
    fc.property(
      fc.oneof(
        fc.record({ ip: anIp4, base: anIp4, prefix: fc.nat(32), family: fc.constant('ipv4' as const) }),
        fc.record({ ip: anIp6, base: anIp6, prefix: fc.nat(128), family: fc.constant('ipv6' as const) }),
      ),
      fc.boolean(),
      ({ ip, base, prefix, family }, isNear) => {
        const network = networkAt(base, prefix);
        const asked = isNear ? base : ip;
        const list = new BlockList();
        list.addSubnet(base, prefix, family);
        // Node knows version 4 in version 6 only on one side.
        fc.pre(family === 'ipv4' || readAddress(asked)?.bits === readAddress(base)?.bits);
        expect(network && within(asked, network)).toBe(network && list.check(asked, family));
      },
    ),
    { numRuns: 2000 },
  );
});

/** The network of an address; undefined where that would be of both versions. */
function networkAt(base: string, prefix: number): string | undefined {
  const address = readAddress(base);
  if (!address || (base.includes(':') && address.bits === 32)) return undefined;
  const rest = BigInt(address.bits - prefix);
  const value = (address.value >> rest) << rest;
  if (address.bits === 32) return `${[24n, 16n, 8n, 0n].map((by) => (value >> by) & 255n).join('.')}/${prefix}`;
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  return `${groups.join(':')}/${prefix}`;
}
