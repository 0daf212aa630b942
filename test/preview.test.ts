import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inboxLine } from '../src/shown/inbox.js';
import { hasDarkStyle, inLook } from '../src/shown/look.js';
import { leadOfFile } from '../src/preview/lead-of-file.js';
import { emptyLead, madeUpLead, toPreviewLead } from '../src/shown/preview-lead.js';
import { renderShown } from '../src/shown/render.js';
import { findMail, mailNamed, stepMails } from '../src/shown/shown-mail.js';
import { readFolder, type Reading } from '../src/preview/watch.js';
import { writeOut } from '../src/preview/write-out.js';
import { aLead, at } from './builders.js';
import { aProjectFolder, aSequenceFile } from './support.js';

const text = (content: string): string =>
  `<mj-section><mj-column><mj-text>${content}</mj-text></mj-column></mj-section>`;

const files = {
  'sequences/lead.json':
    '{ "fields": { "company": { "type": "text" }, "size": { "type": "number" }, "isCustomer": { "type": "yes/no" }, "site": { "type": "text" } } }',
  'sequences/welcome.json': aSequenceFile([
    { send: 'welcome/hello', subject: 'Hello {{lead.firstName "you"}}' },
    { wait: '1 day' },
    { id: 'again', send: 'welcome/hello', subject: 'Once more', from: 'Ben <ben@mail.example.com>' },
    { id: 'tell', notify: { email: 'sales@example.com', template: 'internal/call', subject: 'Call {{lead.email}}' } },
  ]),
  'templates/layout.mjml':
    '<mjml><mj-head><mj-include path="preview" /></mj-head><mj-body><mj-section><mj-column><mj-image src="{{brand.logoUrl}}" /></mj-column></mj-section><mj-include path="content" /></mj-body></mjml>',
  'templates/welcome/hello.mjml': `<mj-preview>Short &amp; sweet for {{lead.firstName "you"}}</mj-preview>\n${text(
    `{{lead.company "Your company"}}{{#if lead.size}} of {{lead.size}}{{/if}}: <a href="https://example.com/more?for={{lead.email}}&amp;a=b">read on</a>, <a href="{{lead.site 'none'}}">your site</a>, <a href="{{unsubscribeUrl}}">unsubscribe</a>, <a href="{{preferencesUrl}}">preferences</a>`,
  )}`,
  'templates/internal/call.mjml': text('Call {{lead.email}}: <a href="https://example.com/more">more</a>'),
  'templates/unused.mjml': text('Nobody sends {{lead.firstName "this"}}.'),
};

const now = at('2026-03-02T09:00:00Z');
let folder: string;
let reading: Extract<Reading, { kind: 'ready' }>;

beforeAll(async () => {
  folder = await aProjectFolder(files);
  const read = await readFolder(folder, async (project, texts) => madeUpLead(project, texts));
  if (read.kind !== 'ready') throw new Error(JSON.stringify(read));
  reading = read;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const rendered = (what: string, lead = reading.lead) =>
  renderShown(mailNamed(what, reading.project), {
    project: reading.project,
    lead,
    assetsUrl: 'http://localhost:4000',
    testMailUrl: 'http://localhost:4000/test-mail',
    now,
  });

describe('a mail is named', () => {
  test.each([
    ['welcome/hello', 'welcome/hello'],
    ['templates/welcome/hello.mjml', 'welcome/hello'],
    ['./templates/welcome/hello.mjml', 'welcome/hello'],
    ['welcome:hello', 'welcome:hello'],
    ['welcome.json:again', 'welcome:again'],
    ['sequences/welcome.json:again', 'welcome:again'],
    ['unused', 'unused'],
  ])('by what "%s" says: %s', (what, name) => {
    expect(findMail(what, reading.project)?.name).toBe(name);
  });

  test('and where a template and a step could be meant, the template is', () => {
    const { project } = reading;
    const step = stepMails(project)[0];
    const template = project.templates.get('unused');
    if (!step || !template) throw new Error('the project has both');
    const both = { ...project, templates: new Map([[step.name, template]]) };
    expect(findMail(step.name, both)).toMatchObject({ template: step.name, isStandIn: true });
  });

  test.each([
    ['welcome/helo', 'Did you mean "welcome/hello"?'],
    ['welcome:agian', 'Did you mean "welcome:again"?'],
    [
      'nothing like it',
      'Use one of: hello, internal/call, unused, welcome/hello, hello:hello, welcome:hello, welcome:again, welcome:tell.',
    ],
  ])('and "%s", which there is not, is refused: %s', (what, hint) => {
    expect(() => mailNamed(what, reading.project)).toThrow(
      `${what}: there is no such template, and no such step of a sequence. ${hint}`,
    );
  });

  test('a template has the subject and sender of the first step that sends it, a step its own', () => {
    expect(rendered('welcome/hello').mail).toMatchObject({ subject: 'Hello Ada', from: { name: 'Mara Quay' } });
    expect(rendered('welcome:again').mail).toMatchObject({ subject: 'Once more', from: { name: 'Ben' } });
  });

  test('a mail about the lead goes to whom its step names, as it is sent: without tracking, and with no way out', () => {
    const { mail } = rendered('welcome:tell');
    expect(mail).toMatchObject({ subject: 'Call ada.quill@example.com', to: { address: 'sales@example.com' } });
    expect(mail.headers).not.toHaveProperty('List-Unsubscribe');
    expect(mail.html).toContain('href="https://example.com/more"');
    expect(rendered('internal/call').mail.to.address).toBe('sales@example.com');
  });

  test('a template that no step sends stands in with its name and some sender', () => {
    expect(mailNamed('unused', reading.project).isStandIn).toBe(true);
    expect(rendered('unused').mail).toMatchObject({ subject: 'unused', from: { address: 'mara@mail.example.com' } });
  });
});

describe('the lead', () => {
  test('that is made up has a value in every declared field, of its type', () => {
    expect(reading.lead.fields).toMatchObject({
      firstName: 'Ada',
      timezone: 'Europe/Paris',
      company: 'Pell & Rowan',
      size: 7,
      isCustomer: true,
      site: 'sample site',
    });
    const { html, text: plain } = rendered('welcome:hello').mail;
    expect(html).toContain('Pell &amp; Rowan of 7');
    expect(plain).toContain('Pell & Rowan of 7');
  });

  test('that is made up has the fields that mails name, where no file declares any', async () => {
    const bare = await aProjectFolder({ 'templates/hello.mjml': text('{{lead.shoeSize "?"}}') });
    const read = await readFolder(bare, async (project, texts) => madeUpLead(project, texts));
    expect(read).toMatchObject({ lead: { fields: { shoeSize: 'sample shoeSize', firstName: 'Ada' } } });
  });

  test('without any fields shows what the defaults do', () => {
    const { mail } = rendered('welcome:hello', emptyLead(reading.lead));
    expect(mail).toMatchObject({ subject: 'Hello you', to: { name: '', address: 'ada.quill@example.com' } });
    expect(mail.text).toMatch(/^Your company: /);
  });

  test('of the database is shown with all that mails know of it', () => {
    const lead = aLead({ firstName: 'Grace', lastName: 'Hopper', attributes: { size: 7 } });
    const { mail } = rendered('welcome:hello', toPreviewLead(lead, 'from the database', reading.project));
    expect(mail).toMatchObject({ subject: 'Hello Grace', to: { name: 'Grace Hopper', address: 'ada@example.com' } });
    expect(mail.text).toContain('Your company of 7');
  });

  test('of a file is written as the API takes it', async () => {
    const file = join(folder, 'grace.json');
    await writeFile(file, '{ "email": "Grace@Example.com", "firstName": "Grace", "attributes": { "size": 7 } }');
    expect(await leadOfFile(file, reading.project)).toMatchObject({
      email: 'Grace@example.com',
      fields: { firstName: 'Grace', size: 7 },
    });
  });

  test.each([
    ['{ "email": "grace", "firstName": 7 }', /: email: an e-mail address looks like .*; firstName: .*body of POST/],
    ['{ "email": ', /: this is not JSON\. Write for example/],
    [undefined, /: this file cannot be read\. Name a JSON file, or the address of a lead/],
  ])('of the file %j is refused, with the mend', async (content, refusal) => {
    const file = join(folder, content === undefined ? 'gone.json' : 'broken.json');
    if (content !== undefined) await writeFile(file, content);
    await expect(leadOfFile(file, reading.project)).rejects.toThrow(refusal);
  });
});

describe('what is shown is nobody’s message', () => {
  const grace = {
    email: 'grace+1@example.com',
    name: '',
    fields: { site: 'https://grace.example.com' },
    origin: 'test',
  };

  test('links lead straight to their targets, and away from the lead’s pages', () => {
    const { mail } = rendered('welcome:hello', grace);
    const targets = [...mail.html.matchAll(/<a\b[^>]*?href="([^"]*)"/g)].map(([, target = '']) => target);
    // A value becomes a part of an address, never an address: what a lead typed cannot lead elsewhere.
    expect(targets).toEqual([
      'https://example.com/more?for=grace%2B1%40example.com&#38;a=b',
      '',
      'http://localhost:4000/test-mail',
      'http://localhost:4000/test-mail',
    ]);
    expect(mail.text).toContain('read on (https://example.com/more?for=grace%2B1%40example.com&a=b)');
    expect(mail.text).toContain('unsubscribe (http://localhost:4000/test-mail)');
  });

  test('nothing tells of its being opened, and no address of ours is left', () => {
    const { mail } = rendered('welcome:hello');
    const all = JSON.stringify(mail);
    expect(all).not.toMatch(/\/[ocup]\/[\w-]{54}/);
    expect(all).not.toContain('rivulet.invalid');
    expect(mail.html).toContain('src="http://localhost:4000/logo.png"');
    expect(mail.headers['List-Unsubscribe']).toBe('<http://localhost:4000/test-mail>');
  });

  test('its id is no message’s, so that an answer to it is not one to a mail', () => {
    expect(rendered('welcome:hello').mail.id).toMatch(/^test[a-z2-7]{32}$/);
  });

  test('its size is that of the mail as it is sent, with tracked links and pixel', () => {
    const { mail, htmlBytes } = rendered('welcome:hello');
    expect(htmlBytes).toBeGreaterThan(Buffer.byteLength(mail.html));
  });
});

describe('the line in the inbox', () => {
  test('is the preheader, and then the first words of the mail', () => {
    const line = inboxLine(rendered('welcome:hello').mail.html);
    expect(line.preheader).toBe('Short & sweet for Ada');
    expect(line.whole).toMatch(/^Short & sweet for Ada Pell & Rowan of 7: read on, your site, unsubscribe/);
  });
  test('without a preheader is the first words alone', () => {
    expect(inboxLine(rendered('unused').mail.html)).toEqual({ preheader: '', whole: 'Nobody sends Ada.' });
  });
  test('has none of the unseen characters that keep first words out', () => {
    expect(inboxLine('<body><div style="display:none">Hi &#847;&zwnj;&nbsp;&#847;&zwnj;</div>').preheader).toBe('Hi');
  });
});

describe('looks', () => {
  const mail =
    '<head><meta name="color-scheme" content="light dark"><style>:root { color-scheme: light dark; } @media (prefers-color-scheme: dark) { p { color: white } } @media ( prefers-color-scheme:light ) { b { color: black } }</style></head><p>About (prefers-color-scheme: dark)</p><source media="(prefers-color-scheme: dark)" srcset="a.png">';

  test('dark: what the mail says of dark programs holds, whatever this browser prefers', () => {
    expect(inLook(mail, 'dark')).toBe(
      '<head><meta name="color-scheme" content="dark"><style>:root { color-scheme: dark; } @media (min-width:0) { p { color: white } } @media (max-width:0) { b { color: black } }</style></head><p>About (prefers-color-scheme: dark)</p><source media="(min-width:0)" srcset="a.png">',
    );
  });
  test('light: it never does', () => {
    expect(inLook(mail, 'light')).toContain('@media (max-width:0) { p { color: white } } @media (min-width:0)');
    expect(inLook(mail, 'light')).toContain('<meta name="color-scheme" content="light">');
  });
  test('a mail without a dark style stays light in dark programs', () => {
    const plain = '<head><meta name="color-scheme" content="light dark"></head><p>Hello';
    expect(hasDarkStyle(plain)).toBe(false);
    expect(inLook(plain, 'dark')).toBe(inLook(plain, 'light'));
  });
  test('by force: colours turn round, pictures do not', () => {
    expect(inLook(mail, 'inverted')).toMatch(/html\{[^}]*invert\(1\)[^}]*\}img,[^{]*\{filter:invert\(1\)/);
    expect(inLook(mail, 'inverted')).toContain('content="light"');
  });
});

test('files are written as the mail is: HTML, text, and the whole of it', async () => {
  const out = await mkdtemp(join(tmpdir(), 'rivulet-out-'));
  const paths = await writeOut(join(out, 'new', 'folder'), 'welcome:hello', rendered('welcome:hello'));
  const { mail } = rendered('welcome:hello');
  const names = ['welcome-hello.eml', 'welcome-hello.html', 'welcome-hello.txt'];
  expect((await readdir(join(out, 'new', 'folder'))).toSorted()).toEqual(names);
  const [html, plain, eml] = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  expect(html).toBe(mail.html);
  expect(plain).toBe(mail.text);
  expect(eml).toMatch(/^Subject: Hello Ada\r$/m);
  expect(eml).toMatch(/^Content-Type: multipart\/alternative;/m);
  await rm(out, { recursive: true });
});
