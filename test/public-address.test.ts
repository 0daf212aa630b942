import type { LookupAddress } from 'node:dns';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { post, type Posted } from '../src/delivery/post.js';
import { isPublic, type Resolve } from '../src/delivery/public-address.js';
import { type Receiver, startReceiver } from './receiver.js';

describe('an address of the public internet', () => {
  test.each(['1.1.1.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '172.15.255.255', '172.32.0.0'])(
    'is %s',
    (address) => expect(isPublic(address)).toBe(true),
  );
  test.each(['192.167.255.255', '192.169.0.0', '198.17.255.255', '198.20.0.0', '223.255.255.255', '168.63.129.15'])(
    'is %s',
    (address) => expect(isPublic(address)).toBe(true),
  );
  test.each(['2001:200::1', '2606:4700:4700::1111', '2a00:1450:4001::1', '2003::1', '3ffe::1'])('is %s', (address) =>
    expect(isPublic(address)).toBe(true),
  );
});

describe('no address of the public internet', () => {
  test.each([
    ['this host', '0.0.0.0', '0.255.255.255', '::'],
    ['loopback', '127.0.0.1', '127.255.255.255', '::1'],
    ['private', '10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'],
    ['unique local', 'fc00::1', 'fdff:ffff::1', 'fec0::1'],
    ['link-local', '169.254.0.1', 'fe80::1', 'febf::1', 'fe80::1%lo'],
    ['metadata of a cloud', '169.254.169.254', 'fd00:ec2::254', '100.100.100.200', '192.0.0.192', '168.63.129.16'],
    ['shared by customers of a provider', '100.64.0.0', '100.127.255.255'],
    ['multicast', '224.0.0.1', '239.255.255.255', 'ff02::1'],
    ['kept for later', '240.0.0.1', '255.255.255.255', '4000::1', '5f00::1'],
    ['for documents and tests', '192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '2001:db8::1', '3fff::1'],
    ['IPv4 mapped into IPv6, be it public', '::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '::ffff:1.1.1.1', '::127.0.0.1'],
    ['IPv4 inside of 6to4', '2002:7f00:1::', '2002:a9fe:a9fe::1', '2002:101:101::1'],
    ['IPv4 inside of NAT64', '64:ff9b::7f00:1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::1'],
    ['IPv4 inside of Teredo', '2001::1', '2001:0:7f00:1::1'],
    ['no address at all', '', 'localhost', '127.1', '[::1]', '1.1.1.1:80'],
  ])('%s', (_kind, ...addresses) => {
    expect(addresses.filter((address) => isPublic(address))).toEqual([]);
  });
});

describe('a call to what is not public', () => {
  let listener: Receiver;
  beforeAll(async () => {
    // On every address that this machine has, so that any connection to it is counted.
    listener = await startReceiver('0.0.0.0');
  });
  beforeEach(() => {
    listener.counts.connections = 0;
  });
  afterAll(() => listener.stop());

  const call = (url: string, setting: { allowPrivate?: boolean; resolve?: Resolve } = {}): Promise<Posted> =>
    post(url.replace('PORT', String(listener.port)), { headers: {}, body: '{}' }, { ...quick, ...setting });
  const quick = { allowPrivate: false, timeoutMs: 500 };
  const ownAddresses = Object.values(networkInterfaces()).flatMap((found = []) =>
    found.filter(({ address, family }) => family === 'IPv4' && !isPublic(address)).map(({ address }) => address),
  );

  test.each([
    ...ownAddresses.map((address) => `http://${address}:PORT/`),
    'http://localhost:PORT/',
    'http://localhost.:PORT/',
    'http://LOCALHOST:PORT/',
    'http://crm.localhost:PORT/',
    'http://127.0.0.1.:PORT/',
    'http://127.1:PORT/',
    'http://127.255.255.254:PORT/',
    'http://0x7f.1:PORT/',
    'http://0x7f000001:PORT/',
    'http://2130706433:PORT/',
    'http://0177.0.0.1:PORT/',
    'http://017700000001:PORT/',
    'http://①②⑦.0.0.1:PORT/',
    'http://127。0。0。1:PORT/',
    'http://%31%32%37.0.0.1:PORT/',
    'http://0:PORT/',
    'http://0.0.0.0:PORT/',
    'http://1.1.1.1@127.0.0.1:PORT/',
    'http://127.0.0.1:PORT\\@1.1.1.1/',
    'http://[::]:PORT/',
    'http://[::1]:PORT/',
    'http://[0:0:0:0:0:0:0:1]:PORT/',
    'http://[::127.0.0.1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::ffff:7f00:1]:PORT/',
    'http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/',
    'http://[64:ff9b::127.0.0.1]:PORT/',
    'http://[2002:7f00:1::]:PORT/',
    'http://[fe80::1]:PORT/',
    'https://localhost:PORT/',
    'https://127.0.0.1:PORT/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[::ffff:169.254.169.254]/latest/meta-data/',
    'http://[fd00:ec2::254]/latest/meta-data/',
    'http://100.100.100.200/latest/meta-data/',
    'http://2852039166/',
    'http://10.0.0.1/',
    'http://192.168.1.1/',
  ])('%s is refused, and nobody is called', async (url) => {
    expect(await call(url)).toMatchObject({ kind: 'refused', error: expect.stringContaining('public internet') });
    expect(listener.counts.connections).toBe(0);
  });

  test.each([
    'file:///etc/passwd',
    'ftp://127.0.0.1:PORT/',
    'data:text/plain,x',
    'unix:/run/docker.sock',
    'crm/hook',
    '',
  ])('"%s" is refused, as it is no address of the web', async (url) => {
    expect(await call(url)).toEqual({ kind: 'refused', error: 'its address is none of the web' });
    expect(listener.counts.connections).toBe(0);
  });

  test.each<[string, readonly string[]]>([
    ['private', ['127.0.0.1']],
    ['private in IPv6', ['::1']],
    ['private, written as IPv6', ['::ffff:127.0.0.1']],
    ['private, all of several', ['10.0.0.1', '127.0.0.1', 'fe80::1']],
    ['nothing', []],
  ])('a name that stands for %s is refused', async (_what, addresses) => {
    expect(await call('http://crm.example.com:PORT/', { resolve: finding(addresses) })).toMatchObject({
      kind: 'refused',
      error: expect.stringMatching(/^crm\.example\.com:\d+ is no address of the public internet/),
    });
    expect(listener.counts.connections).toBe(0);
  });

  test('a name that stands for something else when it is asked again (DNS rebinding) is asked once', async () => {
    const asked: string[] = [];
    const resolve: Resolve = (host, tell) => {
      asked.push(host);
      // Public at first, and nobody's: the 6bone, closed in 2006.
      finding([asked.length === 1 ? '3ffe::1' : '127.0.0.1'])(host, tell);
    };
    const url = 'http://rebinding.example.com:PORT/';
    expect(await call(url, { resolve })).toMatchObject({ kind: 'silent' });
    expect(asked).toEqual(['rebinding.example.com']);
    // Another call is another look-up, which is checked like the first.
    expect(await call(url, { resolve })).toMatchObject({ kind: 'refused' });
    expect(listener.counts.connections).toBe(0);
  });

  test('a name that stands for both goes to its public address', async () => {
    expect(await call('http://both.example.com:PORT/', { resolve: finding(['127.0.0.1', '3ffe::1']) })).toMatchObject({
      kind: 'silent',
    });
    expect(listener.counts.connections).toBe(0);
  });

  test.each(['http://127.0.0.1:PORT/', 'http://localhost:PORT/', 'http://0x7f.1:PORT/'])(
    '%s is made where the operator allows it',
    async (url) => {
      expect(await call(url, { allowPrivate: true })).toMatchObject({ kind: 'answered', status: 200 });
      expect(listener.counts.connections).toBe(1);
    },
  );
});

function finding(addresses: readonly string[]): Resolve {
  const found = addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_host, tell) => tell(null, found);
}
