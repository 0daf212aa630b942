import { createSocket, type Socket } from 'node:dgram';
import { afterEach, describe, expect, test } from '@jest/globals';
import { NoAnswer } from '../src/delivery/doctor.js';
import { openDns } from '../src/delivery/doctor-dns.js';

const types = { A: 1, NS: 2, PTR: 12, MX: 15, TXT: 16, AAAA: 28 } as const;
type Type = keyof typeof types;
/** Records by "TXT example.com", as the bytes after their length; or a code such as 2 (SERVFAIL). */
type Zone = Readonly<Record<string, readonly Buffer[] | number>>;

const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) await new Promise<void>((resolve) => socket.close(resolve));
});

/** A server of names (RFC 1035 §4.1) that says NXDOMAIN of all that it does not know. */
async function dnsWith(zone: Zone) {
  const socket = createSocket('udp4');
  sockets.push(socket);
  socket.on('message', (query, { port, address }) => socket.send(answerTo(query, zone), port, address));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return openDns([`127.0.0.1:${socket.address().port}`]);
}

function answerTo(query: Buffer, zone: Zone): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  const asked = query.readUInt16BE(at + 1);
  const type = Object.entries(types).find(([, number]) => number === asked)?.[0] ?? '';
  const found = zone[`${type} ${labels.join('.')}`] ?? 3;
  const [code, records] = typeof found === 'number' ? [found, []] : [0, found];
  const head = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80 + code, 0, 1, 0, records.length, 0, 0, 0, 0]);
  const answers = records.map((data) => {
    const fixed = Buffer.from([0xc0, 12, 0, asked, 0, 1, 0, 0, 0, 60, data.length >> 8, data.length & 0xff]);
    return Buffer.concat([fixed, data]);
  });
  return Buffer.concat([head, query.subarray(12, at + 5), ...answers]);
}

const strings = (...texts: readonly string[]): Buffer =>
  Buffer.concat(texts.map((text) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')])));
const host = (name: string): Buffer =>
  Buffer.concat([...name.split('.').map((label) => strings(label)), Buffer.alloc(1)]);
const record = (type: Type, name: string): string => `${type} ${name}`;

describe('what DNS answers', () => {
  test('is read as receivers read it', async () => {
    const dns = await dnsWith({
      [record('TXT', 'one._domainkey.example.com')]: [strings('v=DKIM1; p=', 'abc'), strings('other')],
      [record('MX', 'example.com')]: [Buffer.concat([Buffer.from([0, 10]), host('in.example.com')])],
      [record('A', 'in.example.com')]: [Buffer.from([192, 0, 2, 1])],
      [record('AAAA', 'in.example.com')]: [Buffer.from('20010db8000000000000000000000001', 'hex')],
      [record('PTR', '1.2.0.192.in-addr.arpa')]: [host('in.example.com')],
      [record('NS', 'com')]: [host('a.gtld-servers.net')],
    });
    expect(await dns.txt('one._domainkey.example.com')).toEqual(['v=DKIM1; p=abc', 'other']);
    expect(await dns.mx('example.com')).toEqual([
      expect.objectContaining({ exchange: 'in.example.com', priority: 10 }),
    ]);
    expect(await dns.addresses('in.example.com')).toEqual(['192.0.2.1', '2001:db8::1']);
    expect(await dns.names('192.0.2.1')).toEqual(['in.example.com']);
    expect(await dns.isReached()).toBe(true);
  });

  test('is an empty list where there is nothing', async () => {
    const dns = await dnsWith({ [record('TXT', 'empty.example.com')]: [] });
    expect(await dns.txt('nobody.example.com')).toEqual([]);
    expect(await dns.txt('empty.example.com')).toEqual([]);
    expect(await dns.mx('nobody.example.com')).toEqual([]);
    expect(await dns.addresses('nobody.example.com')).toEqual([]);
    expect(await dns.names('192.0.2.9')).toEqual([]);
    expect(await dns.isReached()).toBe(false);
  });

  test('is no answer where the server fails, which is not the same as nothing', async () => {
    const dns = await dnsWith({ [record('TXT', 'example.com')]: 2, [record('NS', 'com')]: 2 });
    await expect(dns.txt('example.com')).rejects.toBeInstanceOf(NoAnswer);
    expect(await dns.isReached()).toBe(false);
  });

  test('of one kind of address is enough where the other fails', async () => {
    const dns = await dnsWith({
      [record('A', 'example.com')]: [Buffer.from([192, 0, 2, 1])],
      [record('AAAA', 'example.com')]: 2,
      [record('A', 'nowhere.example.com')]: 2,
    });
    expect(await dns.addresses('example.com')).toEqual(['192.0.2.1']);
    await expect(dns.addresses('nowhere.example.com')).rejects.toBeInstanceOf(NoAnswer);
  });

  test('of a name that cannot be asked is nothing', async () => {
    const dns = await dnsWith({});
    expect(await dns.txt(`${'x'.repeat(80)}.example.com`)).toEqual([]);
  });
});
