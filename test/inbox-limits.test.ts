import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createTransport } from 'nodemailer';
import { type Listener, type ListenerSetting, openListener } from '../src/inbox/listener.js';
import type { Arrived } from '../src/inbox/reception.js';
import { openTalk } from './smtp-talk.js';
import { testCertificate, testKey } from './test-certificate.js';

const arrived: Arrived[] = [];
const faults: unknown[] = [];
let folder: string;
let listener: Listener | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rivulet-tls-'));
  await writeFile(join(folder, 'cert.pem'), testCertificate);
  await writeFile(join(folder, 'key.pem'), testKey);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(async () => {
  await listener?.stop();
  listener = undefined;
  arrived.length = 0;
  faults.length = 0;
});

/** A mail server that knows the mailbox "replies" alone, and greets. */
async function listen(setting: Partial<ListenerSetting> = {}) {
  listener = await openListener({
    host: '127.0.0.1',
    port: 0,
    name: 'in.example.com',
    maxSize: 1000,
    read: (address) => (address.startsWith('replies') ? { purpose: 'reply' } : undefined),
    take: async (one) => void arrived.push(one),
    now: () => new Date('2026-03-02T09:00:00Z'),
    onFault: (error) => void faults.push(error),
    ...setting,
  });
  return listener.port;
}

async function greeted(port: number) {
  const talk = await openTalk(port);
  await talk.say('EHLO mx.example.net');
  return talk;
}

describe('a mail', () => {
  test('is handed on as it came, with whom its envelope named and when it came', async () => {
    const talk = await greeted(await listen());
    const answers = await talk.mail('', 'replies@in.example.com', 'Subject: x\r\n\r\n.leading\r\nZo\xeb\r\n');
    expect(answers.at(-1)).toBe('250 2.6.0 Taken');
    expect(arrived).toEqual([
      {
        raw: Buffer.from('Subject: x\r\n\r\n.leading\r\nZo\xeb\r\n', 'latin1'),
        recipients: ['replies@in.example.com'],
        at: new Date('2026-03-02T09:00:00Z'),
      },
    ]);
    talk.cut();
  });

  test('that cannot be taken because of a mistake of ours is to come again, and the mistake is told', async () => {
    const mistake = new Error('a mistake');
    const talk = await greeted(await listen({ take: () => Promise.reject(mistake) }));
    const answers = await talk.mail('', 'replies@in.example.com', 'Subject: x\r\n\r\n');
    expect(answers.at(-1)).toBe('451 4.3.0 Something went wrong here, come back later');
    expect(faults).toEqual([mistake]);
    talk.cut();
  });

  test('that breaks off before its dot is none', async () => {
    const port = await listen();
    const talk = await greeted(port);
    await talk.say('MAIL FROM:<>');
    await talk.say('RCPT TO:<replies@in.example.com>');
    await talk.say('DATA');
    talk.send('Subject: half\r\n\r\nhalf of i');
    talk.cut();
    const other = await greeted(port);
    await other.mail('', 'replies@in.example.com', 'Subject: whole\r\n\r\n');
    expect(arrived.map(({ raw }) => raw.toString())).toEqual(['Subject: whole\r\n\r\n']);
    expect(faults).toEqual([]);
    other.cut();
  });

  test('that comes while too many others are in memory is to come later', async () => {
    const port = await listen({ limits: { largestAtOnce: 0.5 } });
    const talk = await greeted(port);
    const answers = await talk.mail('', 'replies@in.example.com', `Subject: x\r\n\r\n${'x'.repeat(700)}\r\n`);
    expect(answers.at(-1)).toMatch(/^451 4\.3\.0 Too much mail/);
    const small = await talk.mail('', 'replies@in.example.com', 'Subject: small\r\n\r\n');
    expect(small.at(-1)).toMatch(/^250 /);
    talk.cut();
  });

  test('that is too large leaves the memory as it was for others', async () => {
    const talk = await greeted(await listen({ limits: { largestAtOnce: 1.1 } }));
    const large = `Subject: x\r\n\r\n${'x'.repeat(5000)}\r\n`;
    for (let i = 0; i < 3; i += 1)
      expect((await talk.mail('', 'replies@in.example.com', large)).at(-1)).toMatch(/^552 5\.3\.4 /);
    expect((await talk.mail('', 'replies@in.example.com', 'Subject: small\r\n\r\n')).at(-1)).toMatch(/^250 /);
    expect(arrived).toHaveLength(1);
    talk.cut();
  });
});

describe('a connection', () => {
  test('is encrypted where there is a certificate, and a mail comes over it', async () => {
    const tls = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
    const port = await listen({ tls });
    const transport = createTransport({
      host: '127.0.0.1',
      port,
      requireTLS: true,
      tls: { ca: testCertificate, servername: 'in.example.com' },
    });
    const info = await transport.sendMail({
      envelope: { from: 'ada@example.org', to: 'replies@in.example.com' },
      raw: 'Subject: x\r\n\r\nhello\r\n',
    });
    transport.close();
    expect(info.response).toMatch(/^250 /);
    expect(arrived).toHaveLength(1);
  });

  test('is not offered encryption where there is no certificate, and never the one that a library brings along', async () => {
    const talk = await openTalk(await listen());
    expect(await talk.say('EHLO mx.example.net')).not.toContain('STARTTLS');
    expect(await talk.say('STARTTLS')).toMatch(/^5/);
    talk.cut();
  });

  test('ends after its longest time, whatever it is busy with', async () => {
    const talk = await openTalk(await listen({ limits: { longestMs: 300 } }));
    talk.send('E');
    await talk.ended;
    expect(talk.greeting).toMatch(/^220 /);
  });

  test('ends when nothing is said for too long', async () => {
    const talk = await openTalk(await listen({ limits: { idleMs: 200 } }));
    await talk.ended;
    expect(await talk.answer()).toMatch(/^421 /);
  });

  test('beyond the most that there may be is to come later', async () => {
    const port = await listen({ limits: { connections: 1 } });
    const first = await openTalk(port);
    const second = await openTalk(port);
    expect(second.greeting).toMatch(/^421 /);
    await second.ended;
    first.cut();
  });
});

describe('the mail server', () => {
  test('does not end before what it took in is recorded', async () => {
    const said: string[] = [];
    let begun = (): void => {};
    const isTaking = new Promise<void>((resolve) => {
      begun = resolve;
    });
    let finish = (): void => {};
    const take = async (): Promise<void> => {
      begun();
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      said.push('recorded');
    };
    const talk = await greeted(await listen({ take }));
    void talk.mail('', 'replies@in.example.com', 'Subject: x\r\n\r\n');
    await isTaking;
    const stopped = listener?.stop().then(() => said.push('stopped'));
    talk.cut();
    await talk.ended;
    finish();
    await stopped;
    listener = undefined;
    expect(said).toEqual(['recorded', 'stopped']);
  });

  test('says what to do when its port is taken', async () => {
    const port = await listen();
    const own = listener;
    await expect(listen({ port })).rejects.toThrow(
      `INBOUND_SMTP 127.0.0.1:${port}: this port is in use by another program. Stop it, or set INBOUND_SMTP to another port`,
    );
    listener = own;
  });

  test('says which file of its certificate cannot be read', async () => {
    const tls = { cert: join(folder, 'cert.pem'), key: join(folder, 'nothing.pem') };
    await expect(listen({ tls })).rejects.toThrow('INBOUND_TLS_KEY: this file cannot be read');
  });
});
