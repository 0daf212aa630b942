import { beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type ParsedMail, simpleParser } from 'mailparser';
import { idFrom } from '../src/event/id.js';
import { type MailOrder, type MailSetting, renderMail, toMime } from '../src/message/mail.js';
import { compileInMime, compileMerge, type MergeValue } from '../src/message/merge.js';
import { compileMime, type ReadyMail } from '../src/message/mime.js';
import type { Template } from '../src/message/template.js';
import { tidied } from '../src/message/tidy.js';
import { readProjectFolder } from '../src/project-folder.js';
import { type Project, readProject } from '../src/sequence/project.js';
import { at } from './builders.js';

const message = idFrom('message');
const setting: MailSetting = {
  brand: {
    name: 'Tallybay',
    website: 'https://example.com',
    postalAddress: '2100 Harbor Row, Toledo',
    logo: 'assets/logo.png',
    language: 'en-GB',
    logoAlt: 'Tallybay',
  },
  publicUrl: 'https://rivulet.example.com',
  keys: [{ id: 1, secret: Buffer.alloc(32, 1) }],
};

type Texts = { readonly html: string; readonly text: string; readonly links: readonly string[] };

/** A template as `compileTemplate` makes one, without MJML, so that its HTML and text may be anything. */
function aTemplate({ html = '<p>Hello</p>', text = 'Hello', links = [] }: Partial<Texts> = {}): Template {
  const fillText = compileMerge(text, 'none');
  return {
    name: 'hello',
    preheader: '',
    html: compileMerge(html, 'html'),
    text: (data) => tidied(fillText(data)),
    inMime: () => compileInMime(html, text),
    links: links.map((link) => compileMerge(link, 'none')),
    targets: links.map((link) => compileMerge(link, 'address')),
    htmlBytes: Buffer.byteLength(html),
  };
}

type Fields = Readonly<Record<string, MergeValue>>;

function anOrder(fields: Fields = {}, changes: Partial<MailOrder> & { readonly subjectText?: string } = {}): MailOrder {
  const { subjectText = 'Hello', ...rest } = changes;
  return {
    message,
    step: 'first',
    subject: compileMerge(subjectText, 'none'),
    from: 'Mara Quay <mara@mail.example.com>',
    sequence: { name: 'welcome', title: 'Welcome' },
    lead: { email: 'ada@example.org', name: 'Ada Byron', fields },
    plannedAt: at('2026-03-02T09:00Z'),
    ...rest,
  };
}

function mailOf(texts: Partial<Texts>, order = anOrder(), set = setting): ReadyMail {
  return compileMime(aTemplate(texts), order, set)(order);
}

function bytesOf({ head, body }: ReadyMail): Buffer {
  return Buffer.from(`${head}\r\n${body}`, 'latin1');
}

/** All that a reader gets of a mail. */
function read({ subject, from, to, replyTo, date, messageId, headers, html, text, attachments }: ParsedMail) {
  const list = headers.get('list');
  return { subject, from, to, replyTo, date, messageId, list, html, text, attachments };
}

/** Parsed as it is: what mailparser makes of it besides, no reader sees, and it takes its time. */
async function parsed(bytes: Buffer): Promise<ParsedMail> {
  return simpleParser(bytes, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true, skipTextLinks: true });
}

/** One mail as it is composed in no hurry, and as it is sent. */
async function bothWays(template: Template, order: MailOrder, set = setting) {
  const slow = await toMime(renderMail(template, order, set));
  const ready = compileMime(template, order, set)(order);
  const [composed, sent] = await Promise.all([parsed(slow), parsed(bytesOf(ready))]);
  const [slowHead = ''] = slow.toString('latin1').split('\r\n\r\n');
  return { composed: read(composed), sent: read(sent), slowHead: `${slowHead}\r\n`, ready };
}

function expectFitForTheWire(ready: ReadyMail): void {
  const bytes = bytesOf(ready).toString('latin1');
  expect(bytes.replaceAll('\r\n', '')).not.toMatch(/[^\t -~]/);
  const lines = bytes.split('\r\n');
  expect(lines.filter((line) => line.length > 998)).toEqual([]);
  const body = ready.body.split('\r\n');
  expect(body.filter((line) => line.length > 76 || /^\.|^From |[\t ]$/.test(line))).toEqual([]);
  expect(body.filter((line) => line.includes(`=_-${ready.id}`))).toHaveLength(3);
}

/** What a body is made of when somebody means harm, or writes in a script that we do not read. */
const oddText = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  fc.constantFrom(
    '.',
    '..',
    '\n.\n',
    '\r\n.\r\nMAIL FROM:<eve@example.org>\r\n',
    'From here',
    '\nFrom here',
    '=',
    '=3D',
    '=\r\n',
    '=?utf-8?Q?a_b?=',
    `--=_-${message}-Part_1`,
    '\t',
    'a \t\nb',
    ' \r\n ',
    '\r',
    '\n',
    '\n\n\n\n',
    ' ',
    'Zoë',
    'שלום עולם',
    '日本語のテキスト',
    '👩‍👩‍👧‍👦',
    '\u2028',
    '\ufeff',
    '\u00a0',
    '\u0000',
    '\ud83d',
    '"quoted", <b>&amp;</b> `tick`',
    'a, b; c: <d@example.org>',
    'word '.repeat(60),
    'x'.repeat(1200),
    '字'.repeat(400),
  ),
);
const value = fc.oneof(
  { weight: 6, arbitrary: oddText },
  { weight: 2, arbitrary: fc.array(oddText, { maxLength: 6 }).map((parts) => parts.join('')) },
  fc.constantFrom(undefined, 0, 12.5, true, false, 'y'.repeat(10_000), 'ñ.\r\n'.repeat(2500)),
);
const fields = fc.record({ a: value, b: value, c: value });

const name = fc.constantFrom('a', 'b', 'c');
/** Merge fields are written by the arbitraries below alone; Handlebars reads no text with NUL in it. */
const constantText = oddText.map((text) => text.replace(/[{}\\\0]/g, ''));
const placed = fc.oneof(
  name.map((field) => `{{lead.${field}}}`),
  name.map((field) => `{{lead.${field} "de. fault = ü"}}`),
  fc.constantFrom('{{brand.postalAddress}}', '{{links.[0]}}', '{{links.[1]}}', '{{pixelUrl}}', '{{unsubscribeUrl}}'),
);
const { template: anyText } = fc.letrec<{ template: string; block: string }>((tie) => ({
  block: fc
    .tuple(fc.constantFrom('if', 'unless'), name, tie('template'), tie('template'))
    .map(([kind, field, whole, other]) => `{{#${kind} lead.${field}}}${whole}{{else}}${other}{{/${kind}}}`),
  template: fc
    .array(
      fc.oneof(
        { maxDepth: 2 },
        { weight: 5, arbitrary: constantText },
        { weight: 4, arbitrary: placed },
        { weight: 1, arbitrary: tie('block') },
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join('')),
}));
const links = fc.constant(['https://example.com/{{lead.a}}?b={{lead.b "none"}}', 'https://example.com/fixed']);

describe('whatever template and lead there are', () => {
  const anyMail = fc.record({
    // No template is without HTML; the composer would leave that part out.
    texts: fc.record({ html: anyText.map((html) => `<p>${html}`), text: anyText, links }),
    fields,
    leadName: fc.oneof(fc.constantFrom('Ada Byron', '', 'Dr. "A." O’Neil', 'x'.repeat(300)), oddText),
    subjectText: anyText,
  });

  test('the mail that is sent reads as the one that is composed, and its header is the same to the byte', async () => {
    await fc.assert(
      fc.asyncProperty(anyMail, async ({ texts, fields: values, leadName, subjectText }) => {
        const lead = { email: 'ada@example.org', name: leadName, fields: values };
        const order = anOrder({}, { lead, subjectText, replyTo: 'Sales Ü <sales@example.com>' });
        const { composed, sent, slowHead, ready } = await bothWays(aTemplate(texts), order);
        expect(sent).toEqual(composed);
        expect(ready.head).toBe(slowHead);
      }),
      { numRuns: 100 },
    );
  });

  test('its bytes are fit for the wire, and the same on every attempt', () => {
    fc.assert(
      fc.property(anyMail, ({ texts, fields: values, leadName, subjectText }) => {
        const order = anOrder({}, { lead: { email: 'ada@example.org', name: leadName, fields: values }, subjectText });
        const template = aTemplate(texts);
        const compiled = compileMime(template, order, setting);
        const ready = compiled(order);
        expectFitForTheWire(ready);
        const again = [compiled(order), compileMime(template, order, setting)(order)];
        expect(again.map((other) => bytesOf(other).equals(bytesOf(ready)))).toEqual([true, true]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the shipped mails', () => {
  let project: Project;
  beforeAll(async () => {
    const report = await readProject(await readProjectFolder('.'));
    if (!report.project) throw new Error('the shipped project has problems');
    project = report.project;
  });

  const people: readonly MailOrder['lead'][] = [
    { email: 'noor@example.com', name: 'Noor Aziz', fields: { firstName: 'Noor', company: 'Cold Store 17 Ltd' } },
    { email: 'zoe@example.com', name: 'Zoë Müller-Lüdenscheidt', fields: { firstName: 'Zoë "Z" <b>' } },
    { email: 'li@xn--fiqs8s.example', name: '李小龍', fields: { firstName: '小龍', company: '字'.repeat(200) } },
    { email: 'nobody@example.com', name: '', fields: {} },
  ];

  test.each(people)('read the same both ways for $name <$email>', async (lead) => {
    const steps = [...project.programs].flatMap(([sequence, { title, steps: all }]) =>
      [...all.values()].flatMap((step) =>
        step.kind === 'send' || step.kind === 'notify' ? [{ step, sequence: { name: sequence, title } }] : [],
      ),
    );
    const sentTemplates = new Set<string>();
    for (const { step, sequence } of steps) {
      const template = project.templates.get(step.template);
      if (!template) throw new Error(`there is no template "${step.template}"`);
      sentTemplates.add(step.template);
      const order = anOrder(
        {},
        {
          lead: { ...lead, id: 'a lead', fields: { ...lead.fields, email: lead.email } },
          step: step.id,
          subjectText: step.subject,
          sequence,
          ...(step.kind === 'notify' ? { notice: step.asksConsent ? { asksLead: true } : { to: step.email } } : {}),
          ...(step.kind === 'send' && step.asset ? { asset: step.asset } : {}),
        },
      );
      const { composed, sent, slowHead, ready } = await bothWays(template, order, { ...setting, brand: project.brand });
      expect(sent).toEqual(composed);
      expect(ready.head).toBe(slowHead);
      expectFitForTheWire(ready);
    }
    expect(sentTemplates.size).toBeGreaterThan(40);
  });
});

describe('a compiled mail', () => {
  test('tells whom it goes to and where its links lead, as the composed one does', () => {
    const template = aTemplate({
      html: '<a href="{{links.[0]}}">{{lead.plan}}</a>',
      links: ['https://example.com/{{lead.plan}}'],
    });
    const order = anOrder({ plan: 'a/b' }, { subjectText: 'For {{lead.plan}}' });
    const { id, from, to, subject, date, links: targets } = renderMail(template, order, setting);
    expect(compileMime(template, order, setting)(order)).toMatchObject({ id, from, to, subject, date, links: targets });
    expect(targets).toEqual(['https://example.com/a%2Fb']);
  });

  test('serves lead after lead, none of which is seen in the mail of another', async () => {
    const template = aTemplate({ html: '<p>{{lead.a "nobody"}}', text: '{{lead.a "nobody"}}' });
    const compiled = compileMime(template, anOrder(), setting);
    const bodies = ['Ada', undefined, 'Zoë'].map((a, i) => compiled(anOrder({ a }, { message: idFrom(String(i)) })));
    const texts = await Promise.all(bodies.map(async (ready) => (await parsed(bytesOf(ready))).text));
    expect(texts).toEqual(['Ada\n', 'nobody\n', 'Zoë\n']);
  });

  test('of a notice goes to one of ours, follows nobody and has no way out', async () => {
    const texts = {
      html: '<a href="{{links.[0]}}">x</a>{{pixelUrl}}{{unsubscribeUrl}}',
      links: ['https://example.com/'],
    };
    const { head, to, links: tracked, body } = mailOf(texts, anOrder({}, { notice: { to: 'sales@example.com' } }));
    expect(to).toEqual({ name: '', address: 'sales@example.com' });
    expect(tracked).toEqual([]);
    expect(head).not.toMatch(/^List-|^Feedback-ID/m);
    expect(body).not.toContain('rivulet.example.com');
  });

  test('gives its id to who takes it once', async () => {
    const set = { ...setting, idempotencyHeader: 'Resend-Idempotency-Key' };
    const { slowHead, ready } = await bothWays(aTemplate(), anOrder(), set);
    expect(ready.head.split('\r\n')).toContain(`Resend-Idempotency-Key: ${message}`);
    expect(ready.head).toBe(slowHead);
  });

  test.each([
    ['short', 'Welcome, Ada'],
    ['as long as a line may be', `${'word '.repeat(13)}!`],
    ['longer', 'word '.repeat(30)],
    ['of one long word', 'w'.repeat(400)],
    ['in quotes', '"Welcome"'],
    ['with what looks encoded', 'see =?utf-8?Q?a?= and =?x'],
    ['in another script', 'Добро пожаловать на борт, дорогие друзья и коллеги'],
    ['of pictures', '🚚'.repeat(60)],
    ['with a control character', 'a\u0007b'],
    ['empty', ''],
  ])('has a subject that is %s as the composer writes it', async (_, subjectText) => {
    const { slowHead, ready, sent, composed } = await bothWays(aTemplate(), anOrder({}, { subjectText }));
    expect(ready.head).toBe(slowHead);
    expect(sent.subject).toBe(composed.subject);
  });

  test.each(['"Date: today" <mara@example.com>', 'Zoë Müller <zoe@example.com>', 'mara@bücher.example'])(
    'is from %s as the composer writes it',
    async (from) => {
      const { slowHead, ready } = await bothWays(aTemplate(), anOrder({}, { from, replyTo: from }));
      expect(ready.head).toBe(slowHead);
    },
  );

  describe.each([
    ['bounces', { returns: { local: 'bounces', domain: 'in.example.com' } }],
    ['answers', { replies: { local: 'replies', domain: 'in.example.com' } }],
    [
      'both',
      { returns: { local: 'b', domain: 'example.com' }, replies: { local: 'newsletter', domain: 'in.example.com' } },
    ],
  ])('whose %s come back to an address of its own', (_, waysBack) => {
    const set = { ...setting, waysBack };

    test.each(['Mara Quay <mara@mail.example.com>', 'mara@mail.example.com', '"Zoë, of Tallybay" <zoe@example.com>'])(
      'is written as the composer writes it, from %s',
      async (from) => {
        const { slowHead, ready, sent, composed } = await bothWays(aTemplate(), anOrder({}, { from }), set);
        expect(ready.head).toBe(slowHead);
        expect(sent).toEqual(composed);
        const { returnPath } = renderMail(aTemplate(), anOrder({}, { from }), set);
        expect(ready.returnPath).toBe(returnPath);
      },
    );

    test.each(['https://example.com', `https://${'long.'.repeat(30)}example.com/rivulet`])(
      'is folded as the composer folds it, with a server at %s',
      async (publicUrl) => {
        const { slowHead, ready } = await bothWays(aTemplate(), anOrder(), { ...set, publicUrl });
        expect(ready.head).toBe(slowHead);
      },
    );

    test('has addresses that no other mail has', () => {
      const compiled = compileMime(aTemplate(), anOrder(), set);
      const [one, other] = ['1', '2'].map((id) => compiled(anOrder({}, { message: idFrom(id) })));
      const tokens = [one, other].map((ready) =>
        Array.from(`${ready?.returnPath} ${ready?.head}`.matchAll(/\+[a-z2-7]{52}@/g), String),
      );
      expect(tokens[0]?.length).toBeGreaterThan(0);
      expect(tokens[0]?.filter((token) => tokens[1]?.includes(token))).toEqual([]);
    });
  });

  test('is answered to whom its step names, and to our address where it names nobody', () => {
    const set = { ...setting, waysBack: { replies: { local: 'replies', domain: 'in.example.com' } } };
    const named = mailOf({}, anOrder({}, { replyTo: 'Sales <sales@example.com>' }), set);
    expect(named.head).toContain('Reply-To: Sales <sales@example.com>\r\n');
    const unnamed = mailOf({}, anOrder(), set);
    expect(unnamed.head.replaceAll('\r\n ', ' ')).toMatch(
      /^Reply-To: Mara Quay <replies\+[a-z2-7]{52}@in\.example\.com>\r$/m,
    );
  });

  test('tells a way out by mail behind that of the web, which one-click unsubscribe wants first', () => {
    const set = { ...setting, waysBack: { replies: { local: 'replies', domain: 'in.example.com' } } };
    const head = mailOf({}, anOrder(), set).head.replaceAll('\r\n ', ' ');
    expect(head).toMatch(
      /^List-Unsubscribe: <https:\/\/rivulet\.example\.com\/u\/[\w-]{54}>, <mailto:replies\+[a-z2-7]{52}@in\.example\.com\?subject=unsubscribe>\r$/m,
    );
    expect(head).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n');
  });

  test('of a notice to one of ours has no address of its own', () => {
    const waysBack = {
      returns: { local: 'bounces', domain: 'in.example.com' },
      replies: { local: 'replies', domain: 'in.example.com' },
    };
    const notice = mailOf({}, anOrder({}, { notice: { to: 'sales@example.com' } }), { ...setting, waysBack });
    expect(notice).not.toHaveProperty('returnPath');
    expect(notice.head).not.toMatch(/in\.example\.com|^Reply-To/m);
  });

  test.each(['https://example.com', `https://${'long.'.repeat(30)}example.com/rivulet`])(
    'is folded as the composer folds it, with a server at %s',
    async (publicUrl) => {
      const { slowHead, ready } = await bothWays(aTemplate(), anOrder(), { ...setting, publicUrl });
      expect(ready.head).toBe(slowHead);
    },
  );
});

describe('what cannot be a mail', () => {
  test.each(['', 'ada@example.org', 'A'.repeat(32)])('is one with the id %j', (id) => {
    expect(() => mailOf({}, anOrder({}, { message: id }))).toThrow(`"${id}" is not a message id`);
  });

  test('is one from nobody, which is known before any lead is', () => {
    expect(() => compileMime(aTemplate(), anOrder({}, { from: 'nobody' }), setting)).toThrow('is not a sender');
  });

  test.each(['', 'ada', 'ada@example.org>\r\nRCPT TO:<eve@example.org'])('is one to %j', (email) => {
    const lead = { ...anOrder().lead, email };
    expect(() => mailOf({}, anOrder({}, { lead }))).toThrow('the address it goes to is none');
  });
});
