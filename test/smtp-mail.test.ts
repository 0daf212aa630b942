import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { recordEvent } from '../src/engine.js';
import { idFrom } from '../src/event/id.js';
import { addressKey } from '../src/message/address.js';
import { aProjectFolder, startTestRivulet, type TestRivulet } from './support.js';

describe('a mail that arrives', () => {
  type Arrived = { readonly mail: ParsedMail; readonly raw: string; readonly from: unknown; readonly to: string[] };
  const arrived: Arrived[] = [];
  let server: SMTPServer;
  let rivulet: TestRivulet;

  beforeAll(async () => {
    server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData: (stream, session, done) => {
        const { mailFrom, rcptTo } = session.envelope;
        const keep = async (): Promise<void> => {
          const raw = Buffer.concat(await stream.toArray());
          arrived.push({
            mail: await simpleParser(raw),
            raw: raw.toString('latin1'),
            from: mailFrom && mailFrom.address,
            to: rcptTo.map(({ address }) => address),
          });
          done();
        };
        void keep();
      },
    });
    const port = await new Promise<number>((resolve) => {
      const listener = server.listen(0, '127.0.0.1', () => {
        const address = listener.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
    rivulet = await startTestRivulet({
      SMTP_URL: `smtp://127.0.0.1:${port}`,
      PUBLIC_URL: 'https://rivulet.example.com',
      PROJECT_DIR: await aProjectFolder(),
    });
  });
  afterAll(async () => {
    await rivulet.close();
    await new Promise<void>((resolve) => server.close(resolve));
  });

  /** Puts a lead past the API, which would refuse most of these names, and gives back what it was sent. */
  async function mailTo(email: string, names: { firstName?: string; lastName?: string }): Promise<Arrived> {
    arrived.length = 0;
    const now = rivulet.clock.now;
    const { lead } = await rivulet.store.leads.upsert(
      { email, emailKey: addressKey(email), ...names },
      idFrom(email),
      'test',
      now,
    );
    const event = { id: idFrom('created', email), type: 'lead.created', lead: lead.id, at: now, source: 'test' };
    await recordEvent({ ...event, machine: false }, rivulet.engine);
    await rivulet.dispatcher.wake();
    const [first, ...more] = arrived;
    if (!first || more.length > 0) throw new Error(`${arrived.length} mails instead of one`);
    return first;
  }

  const unsubscribe = /^<https:\/\/rivulet\.example\.com\/u\/[\w-]{54}>$/;

  test('has the headers that standards and mailbox providers ask for', async () => {
    const { mail, from, to } = await mailTo('ada@example.org', { firstName: 'Ada', lastName: 'Byron' });
    const message = (await rivulet.store.messages.ofLead(idFrom('ada@example.org')))[0];

    expect([from, to]).toEqual(['mara@mail.example.com', ['ada@example.org']]);
    expect(mail.from?.value).toEqual([{ name: 'Mara Quay', address: 'mara@mail.example.com' }]);
    expect(addressesTo(mail)).toEqual([{ name: 'Ada Byron', address: 'ada@example.org' }]);
    expect(mail.subject).toBe('Hello Ada');
    expect(mail.messageId).toBe(`<${message?.id}@mail.example.com>`);
    expect(mail.date).toEqual(message?.plannedAt);
    const lines = new Map(mail.headerLines.map(({ key, line }) => [key, line.slice(line.indexOf(':') + 1).trim()]));
    expect(lines.get('list-unsubscribe')).toMatch(unsubscribe);
    expect(lines.get('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click');
    expect(lines.get('list-id')).toBe('<hello.mail.example.com>');
    expect(lines.get('feedback-id')).toBe('hello:hello:rivulet:mail.example.com');
    expect(lines.get('auto-submitted')).toBe('auto-generated');
    expect(lines.get('mime-version')).toBe('1.0');
    expect(lines.has('x-smtpapi')).toBe(false);
  });

  test('has a text part and an HTML part that say the same', async () => {
    const { mail } = await mailTo('grace@example.org', { firstName: 'Grace & "Co" <b>' });
    expect(mail.text).toMatch(/^Hello Grace & "Co" <b>, read on \(https:\/\/rivulet/);
    expect(mail.html).toContain('Hello Grace &amp; &quot;Co&quot; &lt;b&gt;, <a href="https://rivulet');
    expect(mail.headers.get('content-type')).toMatchObject({ value: 'multipart/alternative' });
  });

  test.each([
    ['Zoë', 'Müller-Straße'],
    ['李', '小龍'],
    ['محمد', 'علي'],
    ['Ольга', 'Ивановна'],
    ['😀', 'Ada'],
    ['Pat "Trick"', "O'Brien, Jr."],
    ['x'.repeat(200), 'y'.repeat(200)],
    ['字'.repeat(100), 'Ω'.repeat(100)],
  ])('says the name %s %s as it is', async (firstName, lastName) => {
    const { mail } = await mailTo(`${idFrom(firstName)}@example.org`, { firstName, lastName });
    expect(addressesTo(mail).map(({ name }) => name)).toEqual([`${firstName} ${lastName}`]);
    expect(mail.subject).toBe(`Hello ${firstName}`);
  });

  test.each([
    'Ada\r\nBcc: evil@example.com',
    'Ada\nSubject: evil',
    'Ada\rX-Evil: yes',
    'Ada\r\n\r\n<b>evil</b>',
    'Ada\r\n.\r\nMAIL FROM:<evil@example.com>',
    'Ada" <evil@example.com>, "Eve',
    'evil@example.com>, <evil@example.com',
    'evil@example.com,',
    'Ada\u2028X-Evil: yes\u0000\u001b',
  ])('goes to its lead alone, with no header more, when the name is %j', async (firstName) => {
    const { mail, raw, to } = await mailTo(`${idFrom(firstName)}@example.org`, { firstName });
    expect(to).toEqual([`${idFrom(firstName)}@example.org`]);
    expect(addressesTo(mail).map(({ address }) => address)).toEqual(to);
    expect(mail.headerLines.map(({ key }) => key).toSorted()).toEqual([
      'auto-submitted',
      'content-type',
      'date',
      'feedback-id',
      'from',
      'list-id',
      'list-unsubscribe',
      'list-unsubscribe-post',
      'message-id',
      'mime-version',
      'subject',
      'to',
    ]);
    expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
  });
});

function addressesTo(mail: ParsedMail): { name: string; address: string | undefined }[] {
  return [mail.to ?? []].flat().flatMap(({ value }) => value.map(({ name, address }) => ({ name, address })));
}
