import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { recordEvent } from '../src/engine.js';
import type { EventValue, LeadEvent } from '../src/event/lead-event.js';
import { recipientOf } from '../src/journey/recipient.js';
import { triggerOf } from '../src/journey/trigger-event.js';
import { captureLead } from '../src/lead/capture.js';
import { compileMerge, noAddresses } from '../src/message/merge.js';
import { aLead, anEvent, at } from './builders.js';
import { aSequence, problemsIn, aProject as projectOf } from './project-texts.js';
import { aProjectFolder, aSequenceFile, type HttpRivulet, startHttpRivulet } from './support.js';

const monday = at('2026-03-02T09:00Z');

describe('of an event a notice may say', () => {
  test('what it was, when, what about, what was written, and which mail it answers', () => {
    const event = anEvent('replied', { why: 'Yes.', about: 'Re: Hello', sequence: 'welcome', step: 'hello' });
    expect(triggerOf(event)).toEqual({
      type: 'replied',
      at: monday,
      about: 'Re: Hello',
      text: 'Yes.',
      mail: 'welcome/hello',
    });
    expect(triggerOf(anEvent('trial.started'))).toEqual({ type: 'trial.started', at: monday });
  });

  test.each([
    ['line breaks of every kind as one', 'a\r\nb\rc\nd', 'a\nb\nc\nd'],
    ['tabs', 'a\tb', 'a\tb'],
    ['no other control character', 'a\u0000b\u001b[31mc\u0085d\u007f', 'ab[31mcd'],
    [
      'what people write in their own letters',
      'Ça va? 你好 👋🏽 \u200f\u05e9\u05dc\u05d5\u05dd',
      'Ça va? 你好 👋🏽 \u200f\u05e9\u05dc\u05d5\u05dd',
    ],
    ['HTML as it stands, for the mail escapes it', '<b>&amp;</b>', '<b>&amp;</b>'],
    ['nothing of blanks around it', '\n\n  yes \n', 'yes'],
  ])('%s', (_, why, text) => {
    expect(triggerOf(anEvent('replied', { why })).text).toBe(text);
  });

  test('no text where nothing can be read', () => {
    expect(triggerOf(anEvent('replied', { why: '\r\n \u0000' }))).not.toHaveProperty('text');
  });

  test('as much of 100 kB as anybody reads', () => {
    const { text = '' } = triggerOf(anEvent('replied', { why: 'word '.repeat(20_000) }));
    expect(text.length).toBeLessThan(10_010);
    expect(text.endsWith('word […]')).toBe(true);
  });
});

test('what a stranger wrote cannot change where a link leads', () => {
  const fill = compileMerge('https://crm.example.com/find?q={{event.text}}', 'address');
  const data = { lead: {}, brand: {}, sequence: { name: '' }, event: { text: 'a&b=c/#d\n' }, ...noAddresses };
  expect(fill(data)).toBe('https://crm.example.com/find?q=a%26b%3Dc%2F%23d%0A');
});

describe('of a lead is told', () => {
  const step = { email: 'sales@example.com', owner: 'owner' };
  test.each<[string, Readonly<Record<string, EventValue>>, string]>([
    ['the one whom its field names', { owner: 'Dana@Example.com' }, 'Dana@example.com'],
    ['the one in the file where it names nobody', {}, 'sales@example.com'],
    [
      'the one in the file where it names several',
      { owner: 'dana@example.com, mara@example.com' },
      'sales@example.com',
    ],
    ['the one in the file where it holds no address', { owner: 'Dana' }, 'sales@example.com'],
    ['the one in the file where it holds a number', { owner: 7 }, 'sales@example.com'],
    ['the one in the file, and never the lead itself', { owner: 'ADA@example.com' }, 'sales@example.com'],
  ])('%s', (_, attributes, to) => {
    expect(recipientOf(step, aLead({ attributes }))).toBe(to);
  });

  test('the one in the file where it asks for no field', () => {
    expect(recipientOf({ email: 'sales@example.com' }, aLead({ attributes: { owner: 'dana@example.com' } }))).toBe(
      'sales@example.com',
    );
  });
});

describe('a notice', () => {
  const notify = (more: object) =>
    `{ "notify": ${JSON.stringify({ email: 'sales@example.com', template: 'told', ...more })} }`;
  const told =
    '<mj-section><mj-column><mj-text>{{event.type}} {{event.at}} {{event.text "?"}}</mj-text></mj-column></mj-section>';
  const lead = '{ "fields": { "owner": { "type": "text" }, "size": { "type": "number" } } }';
  const form =
    '{ "title": "F", "fields": [{ "name": "email", "label": "E", "type": "email" }, { "name": "owner", "label": "Who?" }], "submit": "Go" }';

  test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, readonly unknown[]]>([
    [
      'may tell of its event, in its template and its subject',
      { 'a.json': aSequence(notify({ subject: 'On {{event.at}}: {{event.text "?"}}' })) },
      { told },
      [],
    ],
    [
      'may lack a text, and must say what stands for it',
      { 'a.json': aSequence(notify({ subject: '{{event.about}}' })) },
      { told },
      [
        "sequences/a.json:3:70 error merge-field-may-be-missing: some events have no about. Give it a default, {{event.about '…'}}, or put it into {{#if event.about}}…{{/if}}.",
      ],
    ],
    [
      'has no other field of an event',
      { 'a.json': aSequence(notify({})) },
      { told: told.replace('event.text', 'event.txt') },
      [
        'templates/told.mjml:1:63 error unknown-merge-field: there is no merge field {{event.txt}}. Did you mean "event.text"?',
      ],
    ],
    [
      'shares its template with no mail to leads that could not be filled',
      { 'a.json': aSequence(notify({}), '{ "id": "x", "send": "told", "subject": "Hi" }') },
      { told: told.replace('{{event.type}} {{event.at}} ', '') },
      [
        'templates/told.mjml:1:35 error unknown-merge-field: {{event.text}} is known in notices only. Take it out; only what a "notify" step sends can tell of an event.',
      ],
    ],
    [
      'lends nothing to a mail to leads through a partial',
      { 'a.json': aSequence(notify({}), '{ "send": "hello", "subject": "Hi" }') },
      {
        told,
        'partials/about': '{{event.type}}',
        hello:
          '<mj-section><mj-column><mj-text><mj-include path="partials/about" /></mj-text></mj-column></mj-section>',
      },
      [
        'templates/partials/about.mjml:1:3 error unknown-merge-field: {{event.type}} is known in notices only. Take it out; only what a "notify" step sends can tell of an event.',
      ],
    ],
    [
      'is what a subject of a mail to leads is not',
      { 'a.json': aSequence('{ "send": "hello", "subject": "{{event.type}}" }') },
      {},
      [
        'sequences/a.json:3:31 error unknown-merge-field: {{event.type}} is known in notices only. Take it out; only what a "notify" step sends can tell of an event.',
      ],
    ],
    [
      'may go to whom a field names',
      { 'a.json': aSequence(notify({ email: { field: 'owner', else: 's@example.com' } })), 'lead.json': lead },
      { told },
      [],
    ],
    [
      'goes to nobody whom no field could name',
      {
        'a.json': aSequence(
          notify({ email: { field: 'owenr', else: 's@example.com' } }),
          notify({ email: { field: 'size', else: 's@example.com' } }),
          notify({ email: { field: 'email', else: 's@example.com' } }),
        ),
        'lead.json': lead,
      },
      { told },
      [
        expect.stringContaining('unknown-field: leads have no field "owenr". Did you mean "owner"?'),
        expect.stringContaining('wrong-type: "size" is declared as number and used as text.'),
        expect.stringContaining('notice-to-lead: "email" is the address of the lead itself.'),
      ],
    ],
    [
      'needs somebody for leads without one',
      { 'a.json': aSequence(notify({ email: { field: 'owner' } })) },
      { told },
      [expect.stringContaining('"else"')],
    ],
    [
      'takes no list of people',
      { 'a.json': aSequence(notify({ email: ['a@example.com'] })) },
      { told },
      [
        expect.stringContaining(
          'this names nobody. Write "sales@example.com", or { "field": "lead.owner", "else": "sales@example.com" }.',
        ),
      ],
    ],
    [
      'has its answers go to the lead or to its sender, and nowhere else',
      { 'a.json': aSequence(notify({ replyTo: 'led' })) },
      { told },
      [expect.stringContaining('replyTo cannot be "led". Did you mean "lead"?')],
    ],
    [
      'is not addressed by strangers who fill in a form',
      {
        'a.json': aSequence(notify({ email: { field: 'owner', else: 's@example.com' } })),
        'lead.json': lead,
        'forms/f.json': form,
      },
      { told },
      [expect.stringContaining('owner-from-form: whoever fills in "owner" chooses who is mailed')],
    ],
  ])('%s', async (_, sequences, templates, problems) => {
    expect(await problemsIn(projectOf(sequences, templates))).toEqual(problems);
  });
});

describe('a reply', () => {
  let project: string;
  let rivulet: HttpRivulet;
  let ids = 0;

  beforeAll(async () => {
    const tell = {
      email: { field: 'owner', else: 'sales@example.com' },
      template: 'told',
      replyTo: 'lead',
      subject: 'From {{lead.firstName "somebody"}}: {{event.text "?"}}',
    };
    project = await aProjectFolder({
      'sequences/hello.json': aSequenceFile(
        [{ send: 'hello', subject: 'Hello' }, { wait: '3 days' }, { id: 'more', send: 'hello', subject: 'More' }],
        {
          enroll: { on: 'lead.created' },
        },
      ),
      'sequences/kept.json': aSequenceFile([{ wait: '3 days' }, { send: 'hello', subject: 'Kept' }], {
        enroll: { on: 'lead.created' },
        exit: { on: [] },
      }),
      'sequences/receipt.json': aSequenceFile([{ wait: '2 days' }, { send: 'hello', subject: 'A receipt' }], {
        enroll: { on: 'lead.created' },
        send: { from: 'mara@mail.example.com', urgent: true },
        exit: { on: [] },
      }),
      'sequences/answered.json': aSequenceFile([{ id: 'tell', notify: tell }], {
        enroll: { on: 'replied', again: 'always' },
      }),
      'templates/told.mjml':
        '<mj-section><mj-column><mj-text><p>{{event.type}} {{event.at}}, {{event.mail "no mail"}}</p><pre>{{event.text "nothing"}}</pre><a href="mailto:{{lead.email}}?body={{event.text \'\'}}">Write</a></mj-text></mj-column></mj-section>',
    });
    rivulet = await startHttpRivulet({ PROJECT_DIR: project });
  });
  beforeEach(() => {
    rivulet.clock.now = monday;
  });
  afterAll(async () => {
    await rivulet.close();
    await rm(project, { recursive: true });
  });

  const aPerson = async (attributes: Readonly<Record<string, string>> = {}) => {
    const email = `person-${(ids += 1)}@example.org`;
    const { store, engine } = rivulet;
    const input = { email, emailKey: email, firstName: 'Ada', lastName: 'Quill', attributes };
    const { lead } = await captureLead(input, 'test', store, engine, () => `person-${ids}`);
    await rivulet.dispatcher.wake();
    return { id: lead.id, email };
  };
  const tell = async (lead: string, type: string, more: Partial<LeadEvent> = {}): Promise<void> => {
    const event = { id: `${type}-${(ids += 1)}`, type, lead, at: rivulet.clock.now, source: 'test', machine: false };
    await recordEvent({ ...event, ...more }, rivulet.engine);
  };
  const noticesOf = async (lead: string) =>
    (await rivulet.store.messages.ofLead(lead)).filter(({ to }) => to !== undefined);
  const runsOf = async (lead: string) =>
    Object.fromEntries(
      (await rivulet.store.enrollments.ofLead(lead)).map((run) => [run.sequence, run.endedBecause ?? 'active']),
    );
  const lastTo = async (to: string): Promise<{ text: string; html: string; raw: string }> => {
    const [mail] = (await rivulet.store.mailbox.page(1, undefined, to)).items;
    const { text, html } = (await rivulet.api(`/api/mailbox/${mail?.id}`)).body;
    return { text, html, raw: (await rivulet.store.mailbox.byId(mail?.id ?? ''))?.raw.toString() ?? '' };
  };

  test('ends what says nothing of it, leaves the rest, and is told to the one who looks after the lead', async () => {
    const lead = await aPerson({ owner: 'dana@example.com' });
    await tell(lead.id, 'replied', { why: 'Yes, call me.', sequence: 'hello', step: 'hello' });
    await rivulet.dispatcher.wake();
    expect(await runsOf(lead.id)).toEqual({
      hello: 'replied',
      kept: 'active',
      receipt: 'active',
      answered: 'finished',
    });
    const mail = await lastTo('dana@example.com');
    expect(mail.text).toContain('replied Monday, 2 March 2026 at 09:00 UTC, hello/hello');
    expect(mail.text).toContain('Yes, call me.');
    const { raw } = mail;
    expect(raw).toContain(`\r\nReply-To: Ada Quill <${lead.email}>\r\n`);
    expect(raw).toContain('\r\nSubject: From Ada: Yes, call me.\r\n');
    expect(raw).not.toMatch(/List-Unsubscribe/i);
  });

  test('of a lead whom nobody looks after is told to the one in the file', async () => {
    const lead = await aPerson();
    await tell(lead.id, 'replied', { why: 'Hello?' });
    await rivulet.dispatcher.wake();
    expect(await noticesOf(lead.id)).toMatchObject([{ to: 'sales@example.com', state: 'accepted' }]);
  });

  test('told twice is one notice; two replies are two, and be it at one instant', async () => {
    const lead = await aPerson();
    await tell(lead.id, 'replied', { id: 'the-same', why: 'One' });
    await tell(lead.id, 'replied', { id: 'the-same', why: 'One' });
    await tell(lead.id, 'replied', { why: 'Two' });
    await rivulet.dispatcher.wake();
    await rivulet.dispatcher.wake();
    expect(await noticesOf(lead.id)).toHaveLength(2);
    await tell(lead.id, 'replied', { why: 'Three' });
    await rivulet.dispatcher.wake();
    expect(await noticesOf(lead.id)).toHaveLength(3);
  });

  test.each([
    ['has unsubscribed', 'unsubscribed', {}],
    ['has complained', 'complained', {}],
    ['was suppressed by hand', 'suppressed', { about: 'manual' }],
  ])('of somebody who %s is heard all the same, and answered by nobody but us', async (_, type, more) => {
    const lead = await aPerson();
    await tell(lead.id, type, more);
    const mails = await rivulet.mailsTo(lead.email);
    await tell(lead.id, 'replied', { why: 'I meant the other list!' });
    await rivulet.playUntil(at('2026-03-12T09:00Z'));
    expect(await noticesOf(lead.id)).toMatchObject([{ state: 'accepted' }]);
    expect(await rivulet.mailsTo(lead.email)).toHaveLength(mails.length);
  });

  test('of somebody who never consented is heard', async () => {
    const lead = await aPerson();
    const consent = { status: 'denied', source: 'telephone', at: monday } as const;
    await rivulet.store.leads.upsert({ email: lead.email, emailKey: lead.email, consent }, lead.id, 'test', monday);
    await tell(lead.id, 'replied', { why: 'Who are you?' });
    await rivulet.dispatcher.wake();
    expect(await noticesOf(lead.id)).toHaveLength(1);
  });

  test('with HTML, line breaks and header fields in it is text in the notice, and nothing else', async () => {
    const lead = await aPerson({ owner: 'html@example.com' });
    const why = 'Hi\r\nBcc: all@example.com\r\n\r\n<script>alert(1)</script> & {{lead.email}} "quoted"\r.\r\n.\r\n';
    await tell(lead.id, 'replied', { why });
    await rivulet.dispatcher.wake();
    const mail = await lastTo('html@example.com');
    expect(mail.html).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{lead.email}} &quot;quoted&quot;');
    expect(mail.html).not.toContain('<script>');
    expect(mail.text).toContain('Bcc: all@example.com\n\n<script>');
    const [head = ''] = mail.raw.split('\r\n\r\n');
    expect(head).toMatch(/^Subject: =\?UTF-8\?Q\?From_Ada=3A_Hi_Bcc=3A/m);
    expect(head).not.toMatch(/^Bcc:/im);
  });

  test('of 100 kB is cut to what fits into a mail', async () => {
    const lead = await aPerson({ owner: 'long@example.com' });
    await tell(lead.id, 'replied', { why: 'Ü<&'.repeat(34_000) });
    await rivulet.dispatcher.wake();
    const mail = await lastTo('long@example.com');
    expect(mail.text).toContain('[…]');
    expect(Buffer.byteLength(mail.html ?? '')).toBeLessThan(250_000);
    const { items } = await rivulet.store.mailbox.page(1, undefined, 'long@example.com');
    expect(items[0]?.subject.length).toBeLessThanOrEqual(500);
  });

  test('that a machine wrote holds the mails to its person, all but the urgent ones, and tells nobody', async () => {
    const lead = await aPerson();
    rivulet.clock.now = at('2026-03-02T12:00Z');
    await tell(lead.id, 'auto-replied', { why: 'I am away.', data: { returnsAt: '2026-03-11T00:00:00.000Z' } });
    await rivulet.playUntil(at('2026-03-20T09:00Z'));
    expect(await noticesOf(lead.id)).toEqual([]);
    const mails = await rivulet.store.messages.ofLead(lead.id);
    expect(mails.map(({ sequence, step, settledAt }) => [sequence, step, settledAt])).toEqual([
      ['hello', 'hello', monday],
      ['receipt', 'hello', at('2026-03-04T09:00Z')],
      ['hello', 'more', at('2026-03-11T09:00Z')],
      ['kept', 'hello', at('2026-03-11T09:00Z')],
    ]);
    const run = (await rivulet.store.enrollments.ofLead(lead.id)).find(({ sequence }) => sequence === 'kept');
    expect(run?.history.map(({ did, because }) => `${did}: ${because}`)).toContain(
      'held back: the lead to be back on 2026-03-11',
    );
  });

  test('of a machine that names an earlier day than before lets the mails go on that day', async () => {
    const lead = await aPerson();
    await tell(lead.id, 'auto-replied', { data: { returnsAt: '2026-03-30' } });
    await rivulet.playUntil(at('2026-03-06T09:00Z'));
    await tell(lead.id, 'auto-replied', { data: { returnsAt: '2026-03-09' } });
    await rivulet.playUntil(at('2026-03-09T12:00Z'));
    const mails = await rivulet.store.messages.ofLead(lead.id);
    expect(mails.filter(({ settledAt }) => settledAt?.getTime() === at('2026-03-09T09:00Z').getTime())).toHaveLength(2);
  });
});
