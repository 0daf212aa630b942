import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { importMails } from '../src/inbox/import-mails.js';
import { mailsInMbox } from '../src/inbox/mbox.js';
import { captureLead } from '../src/lead/capture.js';
import { addressKey } from '../src/message/address.js';
import { aBounce, aComplaint, aReply } from './returning-mail.js';
import { aProjectFolder, startTestRivulet, type TestRivulet } from './support.js';

let folder: string;
let rivulet: TestRivulet;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rivulet-import-'));
  rivulet = await startTestRivulet({
    PROJECT_DIR: await aProjectFolder(),
    RETURN_ADDRESS: 'bounces@in.example.com',
    REPLY_ADDRESS: 'replies@in.example.com',
  });
});
afterAll(async () => {
  await rivulet.close();
  await rm(folder, { recursive: true, force: true });
});

/** Puts a lead in, sends its mail, and answers the Message-ID of that. */
async function mailed(email: string): Promise<{ id: string; about: string }> {
  const capture = { email, emailKey: addressKey(email) };
  const { lead } = await captureLead(capture, 'test', rivulet.store, rivulet.engine, () => email);
  await rivulet.dispatcher.wake();
  const [message] = await rivulet.store.messages.ofLead(lead.id);
  return { id: lead.id, about: `<${message?.id}@mail.example.com>` };
}
/** Writes files below a folder of their own. */
async function files(name: string, texts: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(texts)) {
    const file = join(folder, name, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, 'latin1');
  }
  return join(folder, name);
}
function imported(path: string, setting: { maxSize?: number; isDryRun?: boolean } = {}) {
  return importMails(path, rivulet.reception, {
    maxSize: 1_000_000,
    isDryRun: false,
    onProgress: () => {},
    ...setting,
  });
}
const mbox = (...mails: readonly string[]): string =>
  mails
    .map(
      (mail) =>
        `From mara@example.com Mon Mar  2 09:00:00 2026\n${mail.replaceAll('\r\n', '\n').replace(/^(>*From )/gm, '>$1')}\n`,
    )
    .join('');

describe('mails are taken in', () => {
  test.each([
    ['an mbox file', 'mbox'],
    ['a Maildir', 'maildir'],
    ['a folder of files', 'folder'],
  ])('from %s, and each counts once, however often', async (_, kind) => {
    const [ada, bea, cor] = await Promise.all(
      ['ada', 'bea', 'cor'].map((name) => mailed(`${name}@${kind}.example.org`)),
    );
    const mails = [
      aBounce({ lead: 'x@example.net', about: ada?.about ?? '', id: `<1@${kind}>` }),
      aComplaint({ lead: 'y@example.net', about: bea?.about ?? '', id: `<2@${kind}>` }),
      aReply({
        from: `cor@${kind}.example.org`,
        about: cor?.about ?? '',
        id: `<3@${kind}>`,
        text: 'Yes.\n\nFrom here on.',
      }),
    ];
    const [bounce = '', complaint = '', reply = ''] = mails;
    const path = await files(
      kind,
      kind === 'mbox'
        ? { 'all.mbox': mbox(...mails) }
        : kind === 'folder'
          ? { 'one.eml': bounce, 'more/two.eml': complaint, 'more/rest.mbox': mbox(reply) }
          : {
              'cur/1.host:2,S': bounce,
              'new/2.host': complaint,
              'cur/3.host:2,': reply,
              'tmp/4.host': aReply({ id: '<half@x>' }),
              'dovecot-uidlist': '3 V1 N4',
              '.Sent/cur/5.host': aReply({ id: '<sent@x>' }),
            },
    );
    const first = await imported(path);
    expect(first).toMatchObject({ mails: 3, recorded: 3, known: 0, stray: 0, ignored: 0, unreadable: [] });
    expect(first.classes).toMatchObject({ 'hard-bounce': 1, complaint: 1, reply: 1, other: 0 });
    expect(await imported(path)).toMatchObject({ mails: 3, recorded: 0, known: 3 });
    const of = (name: string) => rivulet.store.suppressions.of(`${name}@${kind}.example.org`);
    expect(await Promise.all(['ada', 'bea', 'cor'].map(of))).toEqual(['hard-bounced', 'complained', undefined]);
    const events = await rivulet.store.events.ofLead(cor?.id ?? '');
    expect(events.find(({ type }) => type === 'replied')).toMatchObject({
      at: new Date('2026-03-02T10:00:00Z') > rivulet.clock.now ? rivulet.clock.now : new Date('2026-03-02T10:00:00Z'),
      why: 'Yes.\n\nFrom here on.',
    });
  });

  test('the same mail by the mail server and from a file counts once, though it has other lines above and line ends', async () => {
    const { id, about } = await mailed('dan@example.org');
    const raw = aReply({ from: 'dan@example.org', about, id: '' });
    await rivulet.reception.takeOnly({ raw: Buffer.from(raw), recipients: ['replies@in.example.com'] });
    const path = await files('same', { 'x.eml': `Received: from a by b;\n${raw.replaceAll('\r\n', '\n')}` });
    expect(await imported(path)).toMatchObject({ mails: 1, recorded: 0, known: 1 });
    const events = await rivulet.store.events.ofLead(id);
    expect(events.filter(({ type }) => type === 'replied')).toHaveLength(1);
  });

  test('two answers without an id, to the same mail, are two', async () => {
    const { id, about } = await mailed('eva@example.org');
    const texts = ['Yes please.', 'And what does it cost?'];
    const path = await files('two', {
      'a.mbox': mbox(...texts.map((text) => aReply({ from: 'eva@example.org', about, id: '', text }))),
    });
    expect(await imported(path)).toMatchObject({ mails: 2, recorded: 2 });
    expect((await rivulet.store.events.ofLead(id)).filter(({ type }) => type === 'replied')).toHaveLength(2);
  });

  test('a delay and the end after it, which carry the id of the mail that they report, are two', async () => {
    const { id, about } = await mailed('fay@example.org');
    const end = aBounce({ about, id: about });
    const delay = end
      .replace('Action: failed', 'Action: delayed')
      .replaceAll('5.1.1', '4.4.1')
      .replaceAll('550', '450')
      .replace('Undelivered Mail Returned to Sender', 'Delayed Mail (still being retried)');
    expect(await imported(await files('delay', { 'a.mbox': mbox(delay, end) }))).toMatchObject({ recorded: 2 });
    const types = (await rivulet.store.events.ofLead(id)).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['deferred', 'bounced']));
  });

  test('and what is about nobody here is counted', async () => {
    const path = await files('strays', {
      'a.eml': aBounce({ id: '<s1@x>' }),
      'b.eml': aReply({ from: 'stranger@example.net', id: '<s2@x>' }),
    });
    expect(await imported(path)).toMatchObject({ mails: 2, recorded: 0, stray: 2 });
  });

  test('without a trace in a dry run', async () => {
    const { about } = await mailed('gus@example.org');
    const path = await files('dry', { 'a.eml': aBounce({ about, id: '<dry@x>' }) });
    expect(await imported(path, { isDryRun: true })).toMatchObject({ mails: 1, recorded: 0, known: 0, stray: 0 });
    expect(await rivulet.store.suppressions.of('gus@example.org')).toBeUndefined();
    expect(await imported(path)).toMatchObject({ mails: 1, recorded: 1 });
  });

  test('of any bytes, and an empty file is named while the others go on', async () => {
    const path = await files('odd', {
      'a.eml': '',
      'b.eml': '\0\0\0\xff\xfe',
      'c.eml': 'no header at all',
      'd.eml': aReply({ from: 'x@example.net', id: '<odd@x>' }),
    });
    const { mails, unreadable } = await imported(path);
    expect(mails).toBe(3);
    expect(unreadable).toEqual([{ where: join(path, 'a.eml'), why: 'it is empty' }]);
  });

  test('from a path that is there', async () => {
    await expect(imported(join(folder, 'nothing'))).rejects.toThrow('this file or folder cannot be read');
  });

  test('larger than the limit by their beginning', async () => {
    const { about } = await mailed('hal@example.org');
    const large = aBounce({ about, id: '<large@x>' }).replace('--b--', `${'x'.repeat(200_000)}\r\n--b--`);
    const path = await files('large', { 'a.mbox': mbox(large, aBounce({ about, id: '<after@x>' })) });
    const report = await imported(path, { maxSize: 65_536 });
    expect(report.classes['hard-bounce']).toBe(2);
    expect(await rivulet.store.suppressions.of('hal@example.org')).toBe('hard-bounced');
  });

  test('and how far it has come is told', async () => {
    const path = await files('progress', { 'a.eml': aReply({ id: '<p1@x>' }), 'b.eml': aReply({ id: '<p2@x>' }) });
    const told: (readonly [number, number])[] = [];
    const onProgress = (share: number, mails: number): void => void told.push([share, mails]);
    await importMails(path, rivulet.reception, { maxSize: 1000, isDryRun: true, onProgress });
    expect(told.at(-1)).toEqual([1, 2]);
  });
});

describe('an mbox file', () => {
  async function split(text: string, sizes: readonly number[], maxSize = 1_000_000): Promise<readonly string[]> {
    const bytes = Buffer.from(text, 'latin1');
    async function* pieces(): AsyncGenerator<Buffer> {
      for (let at = 0, i = 0; at < bytes.length; i += 1) {
        const size = sizes[i % Math.max(1, sizes.length)] ?? bytes.length;
        yield bytes.subarray(at, at + size);
        at += size;
      }
    }
    const mails: string[] = [];
    for await (const mail of mailsInMbox(pieces(), maxSize)) mails.push(mail.toString('latin1'));
    return mails;
  }

  test('gives the mails that were put into it, wherever its pieces are cut', async () => {
    const line = fc.constantFrom(
      'From here on',
      '>From there',
      '>>From',
      'From: x',
      'x',
      '',
      'From a@b Mon Mar  2 09:00:00 2026',
      '>',
      'Fro',
    );
    const mail = fc.array(line, { maxLength: 6 }).map((lines) => `Subject: x\n\n${lines.join('\n')}\n`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(mail, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 }),
        async (mails, sizes) => {
          expect(await split(mbox(...mails), sizes)).toEqual(mails.map((one) => `${one}\n`));
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each([
    ['Thunderbird', 'From - Mon Mar 02 09:00:00 2026\nSubject: x\n\ny\n'],
    ['Gmail', 'From 1234567890@xxx Mon Mar 02 09:00:00 +0000 2026\r\nSubject: x\r\n\r\ny\r\n'],
    ['a server, with its zone', 'From "a b"@example.org Mon Mar  2 09:00:00 GMT 2026\nSubject: x\n\ny\n'],
  ])('of %s is read', async (_, text) => {
    const [mail = '', ...others] = await split(text + text, [7]);
    expect(mail.replaceAll('\r', '')).toBe('Subject: x\n\ny\n');
    expect(others).toEqual([mail]);
  });

  test('whose lines are not escaped is not cut where a sentence begins with "From"', async () => {
    const text =
      'From a@b Mon Mar  2 09:00:00 2026\nSubject: x\n\nFrom here on we walked, and in\nFrom 1990 we rode.\n';
    expect(await split(text, [5])).toHaveLength(1);
  });

  test('of one line without an end is one mail, of which no more than the limit is held', async () => {
    const mails = await split(`From a@b Mon Mar  2 09:00:00 2026\nSubject: x\n\n${'x'.repeat(100_000)}`, [4096], 1000);
    expect(mails.map(({ length }) => length)).toEqual([1000]);
  });

  test('that is empty has no mails', async () => {
    expect(await split('', [])).toEqual([]);
    expect(await split('\n\n', [1])).toEqual([]);
  });
});
