import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type MailboxSetting, watchMailbox } from '../../src/inbox/imap.js';
import { readImapUrl } from '../../src/inbox/imap-target.js';
import type { Taken } from '../../src/inbox/reception.js';
import { captureLead } from '../../src/lead/capture.js';
import { addressKey } from '../../src/message/address.js';
import { aBounce, aReply } from '../returning-mail.js';
import { aProjectFolder, eventually, startTestRivulet, type TestRivulet } from '../support.js';
import { startCuttingRelay } from './cutting-relay.js';
import { type Dovecot, openDovecot } from './dovecot.js';

// What a real IMAP server has in a mailbox arrives at the leads: all of it, and once.

jest.setTimeout(60_000);

let project: string;
let dovecot: Dovecot;
let rivulet: TestRivulet;
let watcher: ReturnType<typeof watchMailbox> | undefined;

beforeAll(async () => {
  project = await aProjectFolder();
});
beforeEach(async () => {
  dovecot = await openDovecot();
  rivulet = await startTestRivulet({
    PROJECT_DIR: project,
    RETURN_ADDRESS: 'bounces@in.example.com',
    REPLY_ADDRESS: 'replies@in.example.com',
    IMAP_URL: dovecot.url(),
  });
});
afterEach(async () => {
  await watcher?.stop();
  watcher = undefined;
  await rivulet.close();
  await dovecot.close();
});

/** Puts a lead in, sends its mail, and answers the Message-ID of that. */
async function mailed(email: string): Promise<{ email: string; id: string; about: string }> {
  const capture = { email, emailKey: addressKey(email) };
  const { lead } = await captureLead(capture, 'test', rivulet.store, rivulet.engine, () => email);
  await rivulet.dispatcher.wake();
  const [message] = await rivulet.store.messages.ofLead(lead.id);
  return { email, id: lead.id, about: `<${message?.id}@mail.example.com>` };
}
const told = async (id: string): Promise<readonly string[]> =>
  (await rivulet.store.events.ofLead(id)).filter(({ source }) => source === 'inbound').map(({ type }) => type);
const isTold = (id: string, type: string) => async (): Promise<boolean> => (await told(id)).includes(type);

/** Reads the mailbox as Rivulet does, with less patience; a test may stand in the way. */
function watch(changes: Partial<MailboxSetting> & { readonly url?: string } = {}): readonly Taken[] {
  const taken: Taken[] = [];
  const { url = dovecot.url(), ...setting } = changes;
  watcher = watchMailbox({
    target: readImapUrl(url),
    maxSize: 1_000_000,
    progress: rivulet.store.mailboxProgress,
    take: async (arrived) => {
      const one = await rivulet.reception.take(arrived);
      taken.push(one);
      return one;
    },
    say: (line) => void rivulet.said.push(line),
    onFault: (error) => void rivulet.faults.push(error),
    // Only what the server tells by itself is heard in time.
    patience: { firstMs: 1, mostMs: 50, lookMs: 3_600_000, pollMs: 3_600_000 },
    ...setting,
  });
  return taken;
}

test('what is in the mailbox when Rivulet starts, and what comes while it runs, arrives at the lead once', async () => {
  const [ada, bea, cor] = [
    await mailed('ada@example.org'),
    await mailed('bea@example.org'),
    await mailed('cor@example.org'),
  ];
  await dovecot.deliver(aBounce({ about: ada.about, id: '<1@x>' }));
  const running = await rivulet.run();
  await eventually(isTold(ada.id, 'bounced'));
  await dovecot.deliver(aReply({ from: 'bea@example.org', about: bea.about, id: '<2@x>' }));
  await eventually(isTold(bea.id, 'replied'));
  await dovecot.deliver(
    aReply({ from: 'cor@example.org', about: cor.about, id: '<3@x>', headers: ['Auto-Submitted: auto-replied'] }),
  );
  await eventually(isTold(cor.id, 'auto-replied'));
  await running.stop();

  expect(await Promise.all([ada, bea, cor].map(({ id }) => told(id)))).toEqual([
    ['bounced'],
    ['replied'],
    ['auto-replied'],
  ]);
  expect(await rivulet.store.suppressions.of('ada@example.org')).toBe('hard-bounced');
  expect(rivulet.faults).toEqual([]);
});

test('nothing is moved or deleted: all is marked as read by Rivulet, and as seen only what nobody need open', async () => {
  const ada = await mailed('ada@example.org');
  await dovecot.deliver(aBounce({ about: ada.about, id: '<1@x>' }));
  await dovecot.deliver(aBounce({ lead: 'nobody@example.org', id: '<2@x>' }));
  await dovecot.deliver(aReply({ from: 'stranger@example.net', id: '<3@x>' }));
  watch();
  await eventually(async () => (await dovecot.marks()).filter((marks) => marks.includes('Rivulet')).length === 3);
  expect((await dovecot.marks()).toSorted()).toEqual(['Rivulet', 'Rivulet', 'S Rivulet']);
});

test('a connection that is cut off anywhere, again and again, neither loses a mail nor takes one twice', async () => {
  const leads: Awaited<ReturnType<typeof mailed>>[] = [];
  for (let i = 0; i < 6; i += 1) leads.push(await mailed(`lead-${i}@example.org`));
  for (const { email, about } of leads) await dovecot.deliver(aBounce({ lead: email, about, id: `<${email}>` }));
  // Each connection lives a little longer than the one before it, and a few bytes of a mail may be all that it brings.
  const relay = await startCuttingRelay(dovecot.port, (nth) => 200 + nth * 97);
  const taken = watch({ url: dovecot.url(relay.port) });
  const isDone = async (): Promise<boolean> =>
    (await Promise.all(leads.map(({ id }) => told(id)))).every((types) => types.length > 0);
  await eventually(isDone);
  await watcher?.stop();
  await relay.stop();
  expect(relay.connections()).toBeGreaterThan(10);
  expect(await Promise.all(leads.map(({ id }) => told(id)))).toEqual(leads.map(() => ['bounced']));
  // A mail may be recorded, and the connection cut before its mark; it is passed all the same.
  expect(taken.filter(({ attribution }) => attribution.known > 0)).toEqual([]);
  expect(rivulet.faults).toEqual([]);
});

test('a restart goes on where it was: it reads no mail again, and skips none that came meanwhile', async () => {
  const leads: Awaited<ReturnType<typeof mailed>>[] = [];
  for (let i = 0; i < 4; i += 1) leads.push(await mailed(`lead-${i}@example.org`));
  const [first, second, ...others] = leads;
  for (const one of [first, second]) await dovecot.deliver(aBounce({ about: one?.about ?? '', id: `<${one?.email}>` }));
  const before = watch();
  await eventually(isTold(second?.id ?? '', 'bounced'));
  await watcher?.stop();
  expect(before).toHaveLength(2);
  for (const { email, about } of others) await dovecot.deliver(aBounce({ about, id: `<${email}>` }));
  const after = watch();
  await eventually(isTold(others.at(-1)?.id ?? '', 'bounced'));
  await watcher?.stop();
  expect(after).toHaveLength(2);
  expect(await Promise.all(leads.map(({ id }) => told(id)))).toEqual(leads.map(() => ['bounced']));
});

test('a process that ended after a mail was recorded and before it was passed reads it again, and knows it', async () => {
  const ada = await mailed('ada@example.org');
  await dovecot.deliver(aBounce({ about: ada.about, id: '<1@x>' }));
  const { mailboxProgress: progress } = rivulet.store;
  let isFirst = true;
  // As if the process had been killed between the two: the mail is recorded, and the word of it never written.
  const dying = {
    ...progress,
    arrive: async (...place: Parameters<typeof progress.arrive>): Promise<void> => {
      if (!isFirst) return progress.arrive(...place);
      isFirst = false;
      throw Object.assign(new Error('ended here'), { code: 'EPIPE' });
    },
  };
  const taken = watch({ progress: dying });
  await eventually(() => taken.length === 2);
  expect(taken.map(({ attribution }) => attribution)).toMatchObject([{ recorded: 1 }, { recorded: 0, known: 1 }]);
  expect(await told(ada.id)).toEqual(['bounced']);
});

test('a server that gives its mails new UIDs has them read again, and each still counts once', async () => {
  const ada = await mailed('ada@example.org');
  await dovecot.deliver(aBounce({ about: ada.about, id: '<1@x>' }));
  const first = watch();
  await eventually(() => first.length === 1);
  await watcher?.stop();
  await dovecot.forget();
  const again = watch();
  await eventually(() => again.length === 1);
  expect(again[0]?.attribution).toMatchObject({ recorded: 0, known: 1 });
  expect(await told(ada.id)).toEqual(['bounced']);
});

test('of a mail that is larger than the limit only the beginning is fetched', async () => {
  const ada = await mailed('ada@example.org');
  await dovecot.deliver(aBounce({ about: ada.about, id: '<1@x>' }).replace('--b--', `${'x'.repeat(300_000)}\r\n--b--`));
  const sizes: number[] = [];
  const take = async (arrived: Parameters<MailboxSetting['take']>[0]): Promise<Taken> => {
    sizes.push(arrived.raw.length);
    return rivulet.reception.take(arrived);
  };
  watch({ maxSize: 65_536, take });
  await eventually(isTold(ada.id, 'bounced'));
  expect(sizes).toEqual([65_536]);
});

describe('a mailbox that cannot be read', () => {
  test('because its server is away is told once, and once when it is back; what came meanwhile arrives', async () => {
    const ada = await mailed('ada@example.org');
    watch();
    await eventually(async () => /Login: user/.test(await dovecot.log()));
    await dovecot.stop();
    await dovecot.deliver(aBounce({ about: ada.about, id: '<1@x>' }));
    await eventually(() => rivulet.said.some((line) => line.includes('cannot be read now')));
    await dovecot.start();
    await eventually(isTold(ada.id, 'bounced'));
    await eventually(() => rivulet.said.length > 1);
    expect(rivulet.said).toEqual([
      'The mailbox at 127.0.0.1 cannot be read now (ECONNREFUSED). It is tried again, and nothing in it is lost.',
      'The mailbox at 127.0.0.1 can be read again.',
    ]);
    expect(rivulet.faults).toEqual([]);
  });

  test('because the login is wrong is told without the login', async () => {
    watch({ url: dovecot.url().replace(encodeURIComponent(dovecot.login.pass), 'wrong-secret') });
    await eventually(() => rivulet.said.length > 0);
    await watcher?.stop();
    expect(rivulet.said).toEqual([
      'The mailbox at 127.0.0.1 cannot be read now (the login is refused). It is tried again, and nothing in it is lost.',
    ]);
    expect(JSON.stringify([rivulet.said, rivulet.faults])).not.toMatch(/wrong-secret|replies@/);
  });

  test('because there is no such folder is told', async () => {
    watch({ url: dovecot.url(dovecot.port, 'Nothing') });
    await eventually(() => rivulet.said.some((line) => line.includes('there is no such folder in it')));
    expect(rivulet.faults).toEqual([]);
  });

  test('because it would have to be unencrypted is told, and the login is not said', async () => {
    watch({ url: dovecot.url().replace('?requireTLS=false', '') });
    await eventually(() => rivulet.said.some((line) => line.includes('cannot be encrypted')));
    expect(await dovecot.log()).not.toContain('Login: user');
  });

  test('for one mail of it that its server does not give out has that one told once, and the others read', async () => {
    const [ada, bea] = [await mailed('ada@example.org'), await mailed('bea@example.org')];
    await dovecot.deliver(aBounce({ about: ada.about, id: '<1@x>' }));
    const [file = ''] = await readdir(join(dovecot.maildir, 'new'));
    await chmod(join(dovecot.maildir, 'new', file), 0o000);
    await dovecot.deliver(aBounce({ about: bea.about, id: '<2@x>' }));
    watch();
    await eventually(isTold(bea.id, 'bounced'));
    await watcher?.stop();
    watch();
    await eventually(async () => ((await dovecot.log()).match(/Login: user/g) ?? []).length > 1);
    expect(rivulet.said.filter((line) => line.startsWith('One mail'))).toEqual([
      'One mail in the mailbox at 127.0.0.1, UID 1, is left unread: its server does not give it out.',
    ]);
    expect(await told(ada.id)).toEqual([]);
  });

  test('for one mail because of a mistake of ours has that one told, and the others read', async () => {
    const [ada, bea] = [await mailed('ada@example.org'), await mailed('bea@example.org')];
    for (const { about, email } of [ada, bea]) await dovecot.deliver(aBounce({ about, id: `<${email}>` }));
    const mistake = new Error('a mistake');
    let isFirst = true;
    const take = (arrived: Parameters<MailboxSetting['take']>[0]): Promise<Taken> => {
      if (!isFirst) return rivulet.reception.take(arrived);
      isFirst = false;
      return Promise.reject(mistake);
    };
    watch({ take });
    await eventually(isTold(bea.id, 'bounced'));
    expect(rivulet.faults).toEqual([mistake]);
    expect(rivulet.said).toEqual([
      'One mail in the mailbox at 127.0.0.1, UID 1, is left unread: a fault in Rivulet, which is shown above.',
    ]);
  });
});

test('it stops at once, whatever it waits for', async () => {
  watch();
  await eventually(async () => /Login: user/.test(await dovecot.log()));
  await watcher?.stop();
  // On a busy machine the goodbye may take too long, and is not waited for.
  await eventually(async () => /Logged out|Connection closed|Disconnected/.test(await dovecot.log()));
  expect(rivulet.said).toEqual([]);
  watch({ url: dovecot.url(1), patience: { firstMs: 3_600_000 } });
  await eventually(() => rivulet.said.length > 0);
  await watcher?.stop();
});
