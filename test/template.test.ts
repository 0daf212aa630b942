import { describe, expect, test } from '@jest/globals';
import { diagnosticLine } from '../src/diagnostic.js';
import { compileMerge, type MergeData, readMergeFields } from '../src/message/merge.js';
import { compileTemplate, type Template } from '../src/message/template.js';
import { composeMail, isMail, preheaderOf, type TemplateFiles } from '../src/message/template-source.js';
import { checkMergeFields } from '../src/sequence/check-merge.js';

const layout = [
  '<mjml>',
  '  <mj-head><mj-include path="preview" /></mj-head>',
  '  <mj-body><mj-include path="content" /><mj-include path="partials/footer" /></mj-body>',
  '</mjml>',
].join('\n');
const footer =
  '<mj-section><mj-column><mj-text><a href="{{unsubscribeUrl}}">Unsubscribe</a></mj-text></mj-column></mj-section>';

function templates(texts: Readonly<Record<string, string>>): TemplateFiles {
  const all = Object.entries({ layout, 'partials/footer': footer, ...texts });
  return new Map(all.map(([name, text]) => [name, { file: `${name}.mjml`, text }]));
}

/** A mail whose one text begins line 2. */
function mailOf(text: string): string {
  return `<mj-section><mj-column><mj-text>\n${text}\n</mj-text></mj-column></mj-section>`;
}

async function problemsIn(mail: string, others: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const { problems } = await compileTemplate('hello', templates({ hello: mail, ...others }));
  return problems.map(diagnosticLine);
}

async function compiled(mail: string): Promise<Template> {
  const { template, problems } = await compileTemplate('hello', templates({ hello: mail }));
  if (!template) throw new Error(problems.map(diagnosticLine).join('\n'));
  return template;
}

function dataOf(lead: MergeData['lead'] = {}): MergeData {
  return {
    lead: { email: 'ada@example.com', ...lead },
    brand: {},
    sequence: { name: 'Welcome' },
    links: ['https://track.example.com/0', 'https://track.example.com/1'],
    unsubscribeUrl: 'https://example.com/unsubscribe',
    preferencesUrl: 'https://example.com/preferences',
    pixelUrl: 'https://track.example.com/pixel',
  };
}

describe('composing a mail', () => {
  const composed = (texts: Readonly<Record<string, string>>) => {
    const { lines, problems } = composeMail('hello', templates({ layout: '<mj-include path="content" />', ...texts }));
    return { text: lines.map((line) => line.text).join(''), lines, problems };
  };

  test('puts it into the layout', () => {
    const { text } = composed({ layout: '[<mj-include path="content" />]', hello: 'Hello' });
    expect(text).toBe('[Hello]');
  });

  test('puts partials into it, also those inside of others, as often as they are named', () => {
    const texts = { 'partials/a': '(<mj-include path="partials/b" />)', 'partials/b': 'b' };
    const { text } = composed({ hello: '<mj-include path="partials/a" /> <mj-include path="partials/a" />', ...texts });
    expect(text).toBe('(b) (b)');
  });

  test('remembers where each piece of a line came from', () => {
    const { lines } = composed({ hello: 'Dear\nAda<mj-include path="partials/footer" />!', 'partials/footer': 'X' });
    expect(lines.filter(({ text }) => text !== '')).toEqual([
      { text: 'Dear', file: 'hello.mjml', line: 1, column: 1 },
      { text: 'Ada', file: 'hello.mjml', line: 2, column: 1 },
      { text: 'X', file: 'partials/footer.mjml', line: 1, column: 1 },
      { text: '!', file: 'hello.mjml', line: 2, column: 41 },
    ]);
  });

  test('moves its preheader to the head and keeps the lines below it where they are', () => {
    const { lines } = composed({
      layout: '<mj-include path="preview" />|<mj-include path="content" />',
      hello: '<mj-preview>Look\ninside</mj-preview>\nHello',
    });
    expect(lines.map(({ text, line }) => `${line} ${text}`.trim())).toEqual([
      '1',
      '1 <mj-preview>Look',
      '2 inside</mj-preview>',
      '1 |',
      '1',
      '2',
      '3 Hello',
      '1',
    ]);
  });

  test('takes layout and partials for no mails of their own', () => {
    expect(['layout', 'partials/footer', 'hello', 'welcome/hello'].filter(isMail)).toEqual(['hello', 'welcome/hello']);
  });

  test('finds the preheader on one line, or none', () => {
    const texts = ['<mj-preview>\n  Look\n  inside\n</mj-preview>', '<mj-text>Hello</mj-text>'];
    expect(texts.map(preheaderOf)).toEqual(['Look inside', '']);
  });
});

describe('an include', () => {
  test('of a partial that is not there is refused with the likely one', async () => {
    expect(await problemsIn('\n <mj-include path="partials/foter" />')).toEqual([
      'hello.mjml:2:2 error unknown-include: there is no partial "partials/foter". Did you mean "partials/footer"?',
    ]);
  });

  test('of a partial in itself is refused', async () => {
    expect(await problemsIn('', { 'partials/footer': '<mj-include path="partials/footer" />' })).toEqual([
      'partials/footer.mjml:1:1 error circular-include: "partials/footer" includes itself. Remove one of the includes.',
    ]);
  });

  test('of partials in a circle is refused where it closes', async () => {
    const circle = {
      'partials/a': '<mj-include path="partials/b" />',
      'partials/b': '\n<mj-include path="partials/a" />',
    };
    expect(await problemsIn('<mj-include path="partials/a" />', circle)).toEqual([
      'partials/b.mjml:2:1 error circular-include: "partials/a" includes itself. Remove one of the includes.',
    ]);
  });

  test.each([
    "<mj-include path='partials/footer' />",
    '<mj-include\npath="partials/footer" />',
    '<mj-include path="a.css" type="css" />',
  ])('written as %j, which would be dropped, is refused', async (written) => {
    expect(await problemsIn(written)).toEqual([
      'hello.mjml:1:1 error unreadable-include: this include cannot be read. Write <mj-include path="partials/…" /> on one line.',
    ]);
  });

  test('into a layout that is not there is refused', async () => {
    const { problems } = await compileTemplate(
      'hello',
      new Map([['hello', { file: 'hello.mjml', text: mailOf('Hi') }]]),
    );
    expect(problems.map(diagnosticLine)).toEqual([
      'templates/layout.mjml:1:1 error missing-file: this file is missing. It is the frame of every mail; write <mj-include path="content" /> where the mail goes.',
    ]);
  });
});

describe('the merge fields of a text', () => {
  test.each([
    ['without a default', 'Hi {{lead.firstName}}', [{ name: 'lead.firstName', line: 1, column: 6, isCovered: false }]],
    ['with a default', '{{lead.firstName "you"}}', [{ name: 'lead.firstName', line: 1, column: 3, isCovered: true }]],
    ['on a later line', 'Hi\n  {{lead.goal}}', [{ name: 'lead.goal', line: 2, column: 5, isCovered: false }]],
    [
      'guarded by a block on itself',
      '{{#if lead.goal}}{{lead.goal}}{{/if}}',
      [
        { name: 'lead.goal', line: 1, column: 7, isCovered: true },
        { name: 'lead.goal', line: 1, column: 20, isCovered: true },
      ],
    ],
    [
      'in the wrong half of a block',
      '{{#unless lead.goal}}{{lead.goal}}{{/unless}}',
      [
        { name: 'lead.goal', line: 1, column: 11, isCovered: true },
        { name: 'lead.goal', line: 1, column: 24, isCovered: false },
      ],
    ],
  ])('are found %s', (_, text, fields) => {
    expect(readMergeFields(text)).toEqual({ fields, problems: [] });
  });

  test.each([
    ['{{#if lead.goal}}x{{else}}{{lead.goal}}{{/if}}', [true, false]],
    ['{{#unless lead.goal}}x{{else}}{{lead.goal}}{{/unless}}', [true, true]],
    ['{{#if lead.goal}}{{lead.country}}{{/if}}', [true, false]],
    ['{{#if lead.goal}}x{{else if lead.country}}{{lead.country}}{{/if}}', [true, true, true]],
  ])('of %s are guarded one by one', (text, covered) => {
    expect(readMergeFields(text).fields.map(({ isCovered }) => isCovered)).toEqual(covered);
  });

  const howTo = "Write {{field}}, {{field 'default'}} or {{#if field}}…{{/if}}.";
  const ifOnly = 'Write {{#if field}} or {{#unless field}}.';
  const include = 'Write <mj-include path="partials/…" />.';

  test.each([
    ['{{foo bar baz}}', 1, '{{foo …}} is not something a mail can ask for', howTo],
    ['Hi {{lead.firstName lead.email}}', 4, '{{lead.firstName …}} is not something a mail can ask for', howTo],
    ['{{lead.firstName (lookup lead "x")}}', 1, '{{lead.firstName …}} is not something a mail can ask for', howTo],
    ['{{lead.firstName default="you"}}', 1, '{{lead.firstName …}} is not something a mail can ask for', howTo],
    ['{{"lead"}}', 1, '{{lead …}} is not something a mail can ask for', howTo],
    ['{{if lead.goal}}', 1, '{{if …}} is not something a mail can ask for', howTo],
    ['{{or lead.goal "x"}}', 1, '{{or …}} is not something a mail can ask for', howTo],
    ['{{{lead.goal}}}', 1, '{{{lead.goal}}} would put a value into the HTML as it is', 'Write {{lead.goal}}.'],
    ['{{&lead.goal}}', 1, '{{{lead.goal}}} would put a value into the HTML as it is', 'Write {{lead.goal}}.'],
    ['{{#each lead.tags}}x{{/each}}', 1, '{{#each}} is not something a mail can ask for', ifOnly],
    ['{{#lead.goal}}x{{/lead.goal}}', 1, '{{#lead.goal}} is not something a mail can ask for', ifOnly],
    ['{{#if lead.goal lead.country}}x{{/if}}', 1, '{{#if}} is not something a mail can ask for', ifOnly],
    ['{{#if lead.goal includeZero=true}}x{{/if}}', 1, '{{#if}} is not something a mail can ask for', ifOnly],
    ['{{> footer}}', 1, 'partials are not included with {{>}}', include],
    ['{{#> footer}}x{{/footer}}', 1, 'partials are not included with {{>}}', include],
    ['{{#*inline "x"}}y{{/inline}}', 1, '{{*}} is not something a mail can ask for', howTo],
    ['{{* log}}', 1, '{{*}} is not something a mail can ask for', howTo],
    ['{{lead.goal', 8, 'this merge field or block cannot be read', howTo],
    ['{{}}', 3, 'this merge field or block cannot be read', howTo],
    ['{{#if lead.goal}}x', 19, 'a block is opened and never closed', howTo],
    ['x{{/if}}', 2, 'this closes a block that was never opened', howTo],
    ['{{else}}', 1, '{{else}} stands outside of any block', howTo],
    ['{{#if lead.goal}}x{{/unless}}', 4, "this merge field or block cannot be read: if doesn't match unless", howTo],
  ])('are refused when written as %s', (text, column, message, hint) => {
    expect(readMergeFields(text).problems).toEqual([{ line: 1, column, message, hint }]);
  });

  test('are refused at their place however long the text before them is', () => {
    const text = 'A first line that is rather long\nand a second one, in which {{lead.goal <-';
    expect(readMergeFields(text).problems).toMatchObject([{ line: 2, column: 40 }]);
  });
});

describe('a merge field is checked against the fields of a lead:', () => {
  const names = { fields: new Map([['goal', 'text' as const]]) };
  const problemsOf = (text: string, known: Parameters<typeof checkMergeFields>[1] = names) =>
    checkMergeFields(
      readMergeFields(text).fields.map((field) => ({ ...field, file: 'hello.mjml' })),
      known,
      () => true,
    ).map(diagnosticLine);

  test('a name that nobody knows is refused with the likely one', () => {
    expect(problemsOf('Hi\n{{lead.fristName "you"}}')).toEqual([
      'hello.mjml:2:3 error unknown-merge-field: there is no merge field {{lead.fristName}}. Did you mean "lead.firstName"?',
    ]);
  });

  test('one that a lead may lack needs a default', () => {
    expect(problemsOf('{{lead.goal}}')).toEqual([
      "hello.mjml:1:3 error merge-field-may-be-missing: some leads have no lead.goal. Give it a default, {{lead.goal '…'}}, or put it into {{#if lead.goal}}…{{/if}}.",
    ]);
  });

  test.each([
    '{{lead.goal "none"}}',
    "{{lead.goal 'none'}}",
    '{{lead.goal 0}}',
    '{{#if lead.goal}}{{lead.goal}}{{/if}}',
    '{{lead.email}}',
    '{{brand.postalAddress}}',
    '{{sequence.name}}',
    '<a href="{{unsubscribeUrl}}">',
  ])('%s is right', (text) => {
    expect(problemsOf(text)).toEqual([]);
  });

  test('any name is a field while no lead.json says which there are', () => {
    expect(problemsOf('{{lead.shoeSize "?"}}', { fields: undefined })).toEqual([]);
  });

  test.each([
    '{{constructor}}',
    '{{lead.constructor}}',
    '{{lead.__proto__}}',
    '{{@root.lead.email}}',
    '{{this}}',
    '{{links.[0]}}',
  ])('%s is no field', (text) => {
    expect(problemsOf(text)).toMatchObject([expect.stringContaining('unknown-merge-field')]);
  });
});

describe('filling a text', () => {
  const filled = (text: string, lead: MergeData['lead'], escape: 'html' | 'none' = 'none') =>
    compileMerge(text, escape)(dataOf(lead));

  test.each([
    ['{{lead.firstName}}', { firstName: 'Ada' }, 'Ada'],
    ['{{lead.firstName "you"}}', { firstName: 'Ada' }, 'Ada'],
    ['{{lead.firstName "you"}}', {}, 'you'],
    ["{{lead.firstName 'you'}}", { firstName: '' }, 'you'],
    ['{{lead.score "none"}}', { score: 0 }, '0'],
    ['{{lead.score 5}}', {}, '5'],
    ['{{lead.vip "?"}}', { vip: false }, 'false'],
    ['{{#if lead.goal}}{{lead.goal}}{{else}}?{{/if}}', {}, '?'],
  ])('%s of %j is %j', (text, lead, result) => {
    expect(filled(text, lead)).toBe(result);
  });

  test('escapes values in HTML', () => {
    expect(filled('{{lead.goal}}', { goal: `<b> & "it's"` }, 'html')).toBe('&lt;b&gt; &amp; &quot;it&#x27;s&quot;');
  });

  test('escapes defaults in HTML', () => {
    expect(filled('{{lead.goal "R&D"}}', {}, 'html')).toBe('R&amp;D');
  });

  test('escapes nothing in subjects and plain text', () => {
    expect(filled('{{lead.goal}}', { goal: `<b> & "it's"` })).toBe(`<b> & "it's"`);
  });

  test('never reads a value as a template', () => {
    expect(filled('Hi {{lead.firstName}}', { firstName: '{{constructor}}{{lead.email}}' })).toBe(
      'Hi {{constructor}}{{lead.email}}',
    );
  });

  test.each([
    '{{constructor}}',
    '{{lead.constructor}}',
    '{{lead.constructor.name}}',
    '{{lead.__proto__}}',
    '{{__proto__.constructor}}',
    '{{lead.toString}}',
    '{{lead.email.constructor}}',
    '{{__defineGetter__}}',
  ])('prints nothing for %s', (text) => {
    expect(filled(text, {})).toBe('');
  });
});

describe('a compiled mail', () => {
  test('has its merge fields in HTML and text, escaped in HTML only', async () => {
    const { html, text } = await compiled(mailOf('Hi {{lead.firstName "you"}}!'));
    const data = dataOf({ firstName: '<img onerror=alert(1)>' });
    expect(html(data)).toContain('Hi &lt;img onerror&#x3D;alert(1)&gt;!');
    expect(html(data)).not.toContain('<img onerror');
    expect(text(data)).toContain('Hi <img onerror=alert(1)>!');
  });

  test('shows a lead named like a merge field by that name', async () => {
    const { html, text } = await compiled(mailOf('Hi {{lead.firstName "you"}}!'));
    const data = dataOf({ firstName: '{{lead.email}}' });
    expect(html(data)).toContain('Hi {{lead.email}}!');
    expect(text(data)).toContain('Hi {{lead.email}}!');
  });

  test('has its preheader in the HTML and not in the text', async () => {
    const { html, text, preheader } = await compiled(`<mj-preview>Look inside</mj-preview>\n${mailOf('Hello')}`);
    expect(html(dataOf())).toContain('Look inside');
    expect(text(dataOf())).not.toContain('Look inside');
    expect(preheader).toBe('Look inside');
  });

  test('counts each link target once, in order of appearance', async () => {
    const a = '<a href="https://example.com/a?x=1&amp;y=2">A</a>';
    const { links } = await compiled(mailOf(`${a} <a class="b" href='https://example.com/b'>B</a> ${a}`));
    expect(links.map((link) => link(dataOf()))).toEqual(['https://example.com/a?x=1&y=2', 'https://example.com/b']);
  });

  test('leads its links through the addresses it is given', async () => {
    const { html, text } = await compiled(mailOf('<a href="https://example.com/a">Read</a>'));
    expect(html(dataOf())).toContain('<a href="https://track.example.com/0">Read</a>');
    expect(text(dataOf())).toContain('Read (https://track.example.com/0)');
  });

  test('fills merge fields in link targets', async () => {
    const { links } = await compiled(mailOf(`<a href="https://example.com/?goal={{lead.goal 'none'}}">Read</a>`));
    expect(links.map((link) => link(dataOf({ goal: 'speed' })))).toEqual(['https://example.com/?goal=speed']);
  });

  test('fills defaults in double quotes in link targets', async () => {
    const { links, html } = await compiled(mailOf('<a href="https://example.com/?goal={{lead.goal "<a>"}}">Read</a>'));
    expect(links.map((link) => link(dataOf()))).toEqual(['https://example.com/?goal=<a>']);
    expect(html(dataOf())).toContain('<a href="https://track.example.com/0">Read</a>');
  });

  test('leaves unsubscribe, preferences, mail and telephone links alone', async () => {
    const { html, links } = await compiled(
      mailOf('<a href="{{preferencesUrl}}">P</a> <a href="mailto:a@example.com">M</a> <a href="tel:+1">T</a>'),
    );
    expect(links).toEqual([]);
    expect(html(dataOf())).toContain('<a href="https://example.com/unsubscribe">Unsubscribe</a>');
    expect(html(dataOf())).toContain('<a href="https://example.com/preferences">P</a>');
    expect(html(dataOf())).toContain('<a href="mailto:a@example.com">M</a> <a href="tel:+1">T</a>');
  });

  test('ends with the pixel that tells of an open', async () => {
    const { html } = await compiled(mailOf('Hello'));
    expect(html(dataOf())).toMatch(/<img src="https:\/\/track\.example\.com\/pixel"[^>]*><\/body>/);
  });

  test('keeps a default that looks like HTML, in HTML and text', async () => {
    const { html, text } = await compiled(mailOf('We {{lead.goal "<3"}} you'));
    expect([html(dataOf()), text(dataOf())]).toEqual([
      expect.stringContaining('We &lt;3 you'),
      expect.stringContaining('We <3 you'),
    ]);
  });

  test('has the same fields in headings of its text', async () => {
    const { text } = await compiled(mailOf('<h1>For {{lead.goal "all"}}</h1><h4>By {{lead.goal "all"}}</h4>'));
    expect(text(dataOf({ goal: 'speed' }))).toBe(
      'For speed\n\nBy speed\n\nUnsubscribe (https://example.com/unsubscribe)\n',
    );
  });

  test('shows blocks between components only to whom they are meant', async () => {
    const { text } = await compiled(`<mj-raw>{{#if lead.goal}}</mj-raw>${mailOf('Your goal')}<mj-raw>{{/if}}</mj-raw>`);
    const [known, unknown] = [text(dataOf({ goal: 'speed' })), text(dataOf())];
    expect([known.includes('Your goal'), unknown.includes('Your goal')]).toEqual([true, false]);
  });
});

describe('a mail that was compiled before', () => {
  const mail = '<mj-section><mj-column><mj-text>Hello {{lead.firstName}}</mj-text></mj-column></mj-section>';
  const other = mail.replace('Hello', 'Goodbye');
  const compiledOf = async (texts: Readonly<Record<string, string>>, name = 'hello') =>
    (await compileTemplate(name, templates(texts))).template;

  test('is the same again while nothing that it is made of has changed', async () => {
    const first = await compiledOf({ hello: mail });
    expect(await compiledOf({ hello: mail, goodbye: other })).toBe(first);
  });

  test.each([
    ['itself', { hello: other }],
    ['a partial in it', { hello: mail, 'partials/footer': footer.replace('Unsubscribe', 'Leave') }],
    ['its layout', { hello: mail, layout: layout.replace('<mj-body>', '<mj-body width="500px">') }],
    ['its preheader', { hello: `<mj-preview>News</mj-preview>${mail}` }],
  ])('is another once %s has changed', async (_, texts) => {
    const first = await compiledOf({ hello: mail });
    const then = await compiledOf(texts);
    expect(then).toBeDefined();
    expect(then).not.toBe(first);
  });
});

describe('the text of a mail', () => {
  test('has no gap where a block does not hold', async () => {
    const block = '<p>{{#if lead.goal}}Your goal: {{lead.goal}}{{/if}}</p>';
    const { text } = await compiled(mailOf(`<p>One</p>${block}${block}<p>Two</p>`));
    const rest = 'Two\n\nUnsubscribe (https://example.com/unsubscribe)\n';
    expect(text(dataOf())).toBe(`One\n\n${rest}`);
    const goal = 'Your goal: speed\n\n';
    expect(text(dataOf({ goal: 'speed' }))).toBe(`One\n\n${goal}${goal}${rest}`);
  });

  test('has no spaces at the end of a line', async () => {
    const { text } = await compiled(mailOf('<p>One {{#if lead.goal}}two{{/if}}<br>three {{lead.goal ""}}</p>'));
    expect(text(dataOf())).toMatch(/^One\nthree\n\n/);
  });
});

describe('a mail is refused', () => {
  test('for a block between components, which MJML would drop', async () => {
    expect(await problemsIn(`\n{{#if lead.goal}}\n${mailOf('x')}\n{{/if}}`)).toEqual([
      'hello.mjml:2:1 error mjml: text directly in <mj-body> would be dropped: {{#if lead.goal}}{{/if}}. Put {{#if}} between components into <mj-raw>, and text into <mj-text>.',
    ]);
  });

  test('for text directly in a column', async () => {
    expect(await problemsIn('<mj-section>\n<mj-column>\nHello</mj-column></mj-section>')).toEqual([
      'hello.mjml:3:1 error mjml: text directly in <mj-column> would be dropped: Hello. Put {{#if}} between components into <mj-raw>, and text into <mj-text>.',
    ]);
  });

  test('for a merge field in an attribute that MJML reads as a number', async () => {
    const image = '<mj-image src="https://example.com/a.png" width="{{lead.width 600}}" />';
    expect(await problemsIn(`<mj-section><mj-column>\n${image}</mj-column></mj-section>`)).toEqual([
      'hello.mjml:2:50 error mjml: {{lead.width 600}} is lost when MJML turns this into HTML. Move it into text or into an attribute that MJML keeps, such as href.',
    ]);
  });

  test('for an unknown tag', async () => {
    expect(await problemsIn('<mj-section>\n<mj-colum></mj-colum></mj-section>')).toEqual([
      "hello.mjml:2:1 error mjml: <mj-colum>: Element mj-colum doesn't exist or is not registered. See the MJML documentation of this tag.",
    ]);
  });

  test('for an unknown attribute', async () => {
    expect(await problemsIn('<mj-section colour="red"></mj-section>')).toEqual([
      'hello.mjml:1:1 error mjml: <mj-section>: Attribute colour is illegal. See the MJML documentation of this tag.',
    ]);
  });

  test('at the partial when that holds the mistake', async () => {
    expect(await problemsIn(mailOf('x'), { 'partials/footer': mailOf('Bye {{lead.goal') })).toEqual([
      "partials/footer.mjml:2:16 error merge-field: this merge field or block cannot be read. Write {{field}}, {{field 'default'}} or {{#if field}}…{{/if}}.",
    ]);
  });

  test('not for what is commented out', async () => {
    expect(await problemsIn(`${mailOf('x')}\n<!-- {{lead.goal "x"}}\n{{lead.goal "y"}} -->`)).toEqual([]);
  });
});
