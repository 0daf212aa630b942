import { createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { watchMailbox } from '../src/inbox/imap.js';
import { readImapUrl } from '../src/inbox/imap-target.js';
import { eventually } from './support.js';

describe('the address of a mailbox', () => {
  test.each([
    [
      'imaps://replies:secret@mail.example.com/INBOX',
      { host: 'mail.example.com', port: 993, tls: 'always', user: 'replies', pass: 'secret', mailbox: ['INBOX'] },
    ],
    [
      'imap://replies%40in.example.com:p%40ss%2Fword@mail.example.com',
      { port: 143, tls: 'upgrade', user: 'replies@in.example.com', pass: 'p@ss/word', mailbox: ['INBOX'] },
    ],
    [
      'imap://a:b@10.0.0.5:1143/Sales/In%20%2B%20Out?requireTLS=false',
      { tls: 'offered', mailbox: ['Sales', 'In + Out'] },
    ],
    ['imap://a:b@mail.example.com/INBOX?requireTLS=true', { tls: 'upgrade' }],
    ['imaps://a:b@[2001:db8::1]:1993/', { host: '2001:db8::1', port: 1993 }],
  ])('is read: %s', (text, target) => {
    expect(readImapUrl(text)).toMatchObject(target);
  });

  test.each([
    ['imaps://mail.example.com/INBOX', 'the user or the password is missing'],
    ['imaps://replies@mail.example.com/INBOX', 'the user or the password is missing'],
    ['imaps://a:se%cret@mail.example.com', 'it has a % that begins no escape'],
    ['imaps://a:secret@mail.example.com:0', 'there is no port 0'],
    ['imaps://a:secret@mail.example.com/INBOX?tls=no', 'it has options that are none'],
    ['imaps://a:secret@mail.example.com/INBOX?requireTLS=no', 'it has options that are none'],
    ['imaps://a:pass#secret@mail.example.com', 'this is not an address'],
    ['imaps://a:b@mail.example.com/INBOX#secret', 'something stands behind the mailbox'],
    ['imaps://a:sec ret@mail example.com', 'this is not an address'],
    ['https://a:secret@mail.example.com', 'it does not begin with imap:// or imaps://'],
  ])('that is wrong is refused without a word of it: %s', (text, what) => {
    const read = (): unknown => readImapUrl(text);
    expect(read).toThrow(`IMAP_URL: ${what}`);
    expect(read).not.toThrow(/secret|mail\.example\.com/);
  });
});

describe('a mailbox whose server', () => {
  /** Watches what is at a port, until something is said of it. */
  async function saidOf(port: number): Promise<readonly string[]> {
    const said: string[] = [];
    const faults: unknown[] = [];
    const watcher = watchMailbox({
      target: readImapUrl(`imap://replies:secret@127.0.0.1:${port}/INBOX?requireTLS=false`),
      maxSize: 65_536,
      progress: { of: async () => 0, arrive: async () => {} },
      take: () => Promise.reject(new Error('there is no mail')),
      say: (line) => void said.push(line),
      onFault: (error) => void faults.push(error),
      patience: { firstMs: 1, mostMs: 10 },
    });
    await eventually(() => said.length > 0);
    await watcher.stop();
    expect(faults).toEqual([]);
    return said;
  }
  async function serverSaying(greeting: string): Promise<{ port: number; stop: () => void }> {
    const server = createServer((socket) => socket.on('error', () => {}).end(greeting));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    return { port: typeof address === 'object' && address ? address.port : 0, stop: () => void server.close() };
  }

  test('is not there is told once, and tried again', async () => {
    expect(await saidOf(1)).toEqual([
      'The mailbox at 127.0.0.1 cannot be read now (ECONNREFUSED). It is tried again, and nothing in it is lost.',
    ]);
  });

  test.each(['', '* BYE secret\r\n', 'HTTP/1.1 400 Bad Request\r\n\r\n', '* OK \0\xff\r\n'])(
    'says %j is told, and nothing of what it said',
    async (greeting) => {
      const server = await serverSaying(greeting);
      const said = await saidOf(server.port);
      server.stop();
      expect(said).toHaveLength(1);
      expect(said[0]).toMatch(/^The mailbox at 127\.0\.0\.1 cannot be read now \([\w ]+\)\./);
      expect(said[0]).not.toMatch(/secret|HTTP/);
    },
  );
});
