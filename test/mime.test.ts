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
  tagsForSendgrid: false,
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
  return Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), body]);
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
  const body = ready.body.toString('latin1').split('\r\n');
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
      { numRuns: 150 },
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
        expect(bytesOf(compiled(order))).toEqual(bytesOf(ready));
        expect(bytesOf(compileMime(template, order, setting)(order))).toEqual(bytesOf(ready));
      }),
      { numRuns: 150 },
    );
  });
});
