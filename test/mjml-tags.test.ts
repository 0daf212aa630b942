import { beforeAll, describe, expect, test } from '@jest/globals';
import { diagnosticLine } from '../src/diagnostic.js';
import { openComment, tagProblems, textTags } from '../src/message/mjml-tags.js';
import { compileTemplate, type Template } from '../src/message/template.js';
import { isMail, type TemplateFiles } from '../src/message/template-source.js';
import { readProjectFolder } from '../src/project-folder.js';

function problemsIn(source: string): readonly string[] {
  return tagProblems(source).map(({ line, column, message, hint }) => `${line}:${column} ${message}. ${hint}`);
}

/** A mail whose one text begins in column 10 of line 2. */
function textOf(text: string): string {
  return `<mj-section><mj-column>\n<mj-text>${text}</mj-text>\n</mj-column></mj-section>`;
}

test('the tags that hold text are those that MJML itself does not read further', async () => {
  await import('mjml');
  const { components } = await import('mjml-core');
  const holding = Object.entries(components).filter(
    ([, made]) => made && 'endingTag' in made && made.endingTag === true,
  );
  expect(holding.map(([name]) => name).toSorted()).toEqual(textTags);
});

describe('MJML’s own tags', () => {
  test.each([
    ['a section', '\n <mj-section><mj-column></mj-column>', '2:2', 'mj-section'],
    ['a column', '<mj-section>\n<mj-column><mj-text>A</mj-text></mj-section>', '2:1', 'mj-column'],
    ['the first of two texts', '<mj-column><mj-text>A\n<mj-text>B</mj-text></mj-column>', '1:12', 'mj-text'],
    ['a preheader', '<mj-preview>A\n<mj-section></mj-section>', '1:1', 'mj-preview'],
  ])('are closed: %s', (_, source, place, name) => {
    expect(problemsIn(source)).toEqual([`${place} <${name}> is never closed. Write </${name}> where it ends.`]);
  });

  test.each(['mj-image', 'mj-divider', 'mj-spacer'])('may end themselves, as <%s /> does', (name) => {
    expect(problemsIn(`<mj-column><${name} /></mj-column>`)).toEqual([]);
    expect(problemsIn(`<mj-column><${name}></mj-column>`)).toEqual([
      `1:12 <${name}> is never closed. Write /> at its end.`,
    ]);
  });

  test('are closed by their own name', () => {
    expect(problemsIn('<mj-column><mj-text>A</mj-txt></mj-column>')).toEqual([
      '1:12 <mj-text> is never closed. Write </mj-text> where it ends.',
      '1:22 </mj-txt> closes what was never opened. Remove it, or write <mj-txt> where it begins.',
    ]);
  });

  test('do not stand inside of a text', () => {
    expect(problemsIn(textOf('Hi\n<mj-image src="a.png" />'))).toEqual([
      '3:1 <mj-image> stands inside <mj-text>, which holds only text. Write </mj-text> before it.',
    ]);
  });

  test('are written in small letters, or MJML leaves their text out', () => {
    expect(problemsIn('<mj-column><mj-text>A</MJ-TEXT></mj-column>')[0]).toBe(
      '1:12 <mj-text> is never closed. Write </mj-text> where it ends.',
    );
    expect(problemsIn('<mj-column><MJ-TEXT>A</MJ-TEXT></mj-column>')).toEqual([
      '1:12 <MJ-TEXT> is written in capitals. Write <mj-text>.',
      '1:22 </MJ-TEXT> is written in capitals. Write </mj-text>.',
    ]);
  });

  test('may stand in comments as they like', () => {
    expect(problemsIn(`<!-- <mj-section>\n"it's --> ${textOf('A')}`)).toEqual([]);
  });
});

describe('a tag that is cut off', () => {
  test.each([
    ['its name', '<mj-secti', '1:1 the tag <mj-secti has no end.'],
    ['an attribute', '<mj-section padding="0"\n<mj-column>', '1:1 the tag <mj-section has no end.'],
    ['its closing', '<mj-text>A</mj-te\n</mj-column>', '1:11 the tag </mj-te has no end.'],
    ['its slash', '<mj-text>A</\n</mj-column>', '1:11 the tag </ has no end.'],
    ['a comment', '<!- oh\n<mj-text>', '1:1 the tag <!- oh has no end.'],
    ['HTML', textOf('a <b and'), '2:12 the tag <b has no end.'],
  ])('in %s is shown where it begins', (_, source, problem) => {
    expect(problemsIn(source)).toEqual([`${problem} Write > where it ends, or &lt; for a “<” that begins no tag.`]);
  });

  test.each([
    ['at the end of the file', '<mj-text>A</mj-text><mj-button href="https://exa', '1:21', 'mj-button'],
    ['so that it ends at the next one', '<a href="https://example.com>A</a> <b title="B">', '1:1', 'a'],
  ])('in a quote is shown where it begins: %s', (_, source, place, name) => {
    expect(problemsIn(source)).toEqual([
      `${place} a quote in <${name}> is never closed. Write the same quote after the value.`,
    ]);
  });
});

describe('HTML in a text', () => {
  test.each([
    '<p>One<p>Two<ul><li>A<li>B</ul><br><img src="a.png" alt="a">',
    '<a href=https://example.com/>A</a><br/>, 1 < 2, <3 & x > y, it’s "so" <b title=\'don"t\'>it\'s</b>',
    '<table><tr><td>A<td>B</table>',
    '<!--[if mso]><table><tr><td><![endif]-->A<!--[if !mso]><!--><b>B</b><!--<![endif]-->',
    '<a href="https://example.com/?a={{lead.goal "<a>"}}">A</a> {{lead.goal "it\'s <a"}}',
    '{{#if lead.goal}}<a href="1">{{else}}<a href="2">{{/if}}A</a>',
    '{{#if lead.goal}}<a href="1">{{/if}}A{{#if lead.goal}}</a>{{/if}}',
    '<a href="1">A{{#if lead.goal}}B</a>{{else}}C</a>{{/if}}',
    '<A HREF="1">A</a><![CDATA[ <a "]]>',
    '<mj-include path="partials/sentence" />',
  ])('follows the rules of HTML: %s', (text) => {
    expect(problemsIn(textOf(text))).toEqual([]);
  });

  test.each([
    ['<a href="1">A', '2:10', 'a'],
    ['<a href="1">A <a href="2">B</a>', '2:10', 'a'],
    ['{{#if lead.goal}}<a href="1">A{{/if}}', '2:27', 'a'],
    ['{{#if lead.goal}}<a href="1">A</a>{{else}}<a href="2">B{{/if}}', '2:52', 'a'],
    ['<table><tr><td>A', '2:10', 'table'],
    ['<table><tr><td><a href="1">A</table>', '2:25', 'a'],
  ])('closes its links and tables: %s', (text, place, name) => {
    expect(problemsIn(textOf(text))).toEqual([`${place} <${name}> is never closed. Write </${name}> where it ends.`]);
  });

  test('closes no table of the frame around it', () => {
    expect(problemsIn(textOf('A</table>'))).toEqual([
      '2:11 </table> closes what was never opened. Remove it, or write <table> where it begins.',
    ]);
  });

  test('may be opened in one <mj-raw> and closed in the next', () => {
    const raw = (html: string) => `<mj-raw>${html}</mj-raw>`;
    expect(problemsIn(`${raw('<table><tr><td>')}${textOf('A')}${raw('</td></tr></table>')}`)).toEqual([]);
  });
});

test('a comment that never ends is found in its own file, before another one ends it', () => {
  expect(openComment('<!-- a --> <p>\n <!-- b')).toEqual([
    { line: 2, column: 2, message: 'this comment is never closed', hint: 'Write --> where it ends.' },
  ]);
  expect(openComment('<!-- a -->')).toEqual([]);
});

describe('a shipped mail', () => {
  let templates: TemplateFiles;
  beforeAll(async () => {
    ({ templates } = await readProjectFolder('.'));
  });

  const compiled = (name: string, file: string, text: string) =>
    compileTemplate(name, new Map([...templates, [file, { file: `templates/${file}.mjml`, text }]]));
  const textIn = (file: string): string => templates.get(file)?.text ?? '';
  const shown = (template: Template | undefined): string | undefined => template?.html(nobody);

  test.each([0, 0.25, 0.5, 0.75, 0.9])('of which only the first %d is there is refused', async (share) => {
    const text = textIn('welcome/hello');
    const { template, problems } = await compiled('welcome/hello', 'welcome/hello', text.slice(0, text.length * share));
    expect(template).toBeUndefined();
    expect(problems[0]).toMatchObject({ file: 'templates/welcome/hello.mjml', line: share ? 3 : 1 });
  });

  test('cut anywhere is refused, unless it is as good as whole or ends with a whole component', async () => {
    const wrong: string[] = [];
    for (const name of [...templates.keys()].filter(isMail)) {
      const bytes = Buffer.from(textIn(name));
      const whole = shown((await compiled(name, name, textIn(name))).template);
      for (let end = 0; end < bytes.length; end += 20) {
        const text = bytes.subarray(0, end).toString();
        const { template, problems } = await compiled(name, name, text);
        // What is left may be a mail that somebody meant.
        const isComplete = /(?:<\/mj-section>|<mj-include [^<>]*\/>)\s*$/.test(text) || shown(template) === whole;
        if (template ? !isComplete : problems.length === 0) wrong.push(`${name} cut at ${end}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test.each([
    ['the layout', 'layout'],
    ['the footer', 'partials/footer'],
    ['the signature', 'partials/signature'],
  ])('is refused when %s is cut anywhere', async (_, file) => {
    const text = textIn(file);
    const whole = shown((await compiled('welcome/hello', file, text)).template);
    const wrong: number[] = [];
    for (let end = 0; end < text.length; end += 20) {
      const { template } = await compiled('welcome/hello', file, text.slice(0, end));
      if (template && shown(template) !== whole) wrong.push(end);
    }
    expect(wrong).toEqual([]);
  });

  test('without a word in it is refused', async () => {
    const nothing =
      '<mj-preview>Look inside</mj-preview>\n<mj-section><mj-column><mj-text>&nbsp;</mj-text></mj-column></mj-section>';
    const { problems } = await compiled('welcome/hello', 'welcome/hello', nothing);
    expect(problems.map(diagnosticLine)).toEqual([
      'templates/welcome/hello.mjml:1:1 error empty-mail: there is nothing to see in this mail. Write a text or a picture.',
    ]);
  });

  test('is refused when its layout has no place for it, or its footer is empty', async () => {
    const layout = textIn('layout').replace('<mj-include path="content" />', '<!-- <mj-include path="content" /> -->');
    const unplaced = await compiled('welcome/hello', 'layout', layout);
    const unfooted = await compiled('welcome/hello', 'partials/footer', '\n');
    expect([...unplaced.problems, ...unfooted.problems].map(diagnosticLine)).toEqual([
      'templates/layout.mjml:1:1 error no-content: this layout has no place for the mail. Write <mj-include path="content" /> inside <mj-body>.',
      'templates/partials/footer.mjml:1:1 error empty-partial: there is nothing in this file. Take its <mj-include> out of the mails, or write in it what belongs there.',
    ]);
  });
});

const nobody = {
  lead: {},
  brand: {},
  sequence: { name: 'Welcome' },
  links: [],
  unsubscribeUrl: 'https://example.com/unsubscribe',
  preferencesUrl: 'https://example.com/preferences',
  pixelUrl: 'https://example.com/pixel',
};
