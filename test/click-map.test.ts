import { describe, expect, test } from '@jest/globals';
import { compileTemplate } from '../src/message/template.js';
import { linkOf, linkPatterns, placesIn, withLabels } from '../src/shown/click-map.js';
import { aProject } from './builders.js';

const brand = aProject();
const sequence = { name: 'hello', title: 'Hello' };

async function patternsOf(...hrefs: readonly string[]) {
  const links = hrefs.map((href) => `<a href="${href}">x</a>`).join(' ');
  const files = new Map([
    ['layout', { file: 'l', text: '<mjml><mj-body><mj-include path="content" /></mj-body></mjml>' }],
    ['m', { file: 'm', text: `<mj-section><mj-column><mj-text>${links}</mj-text></mj-column></mj-section>` }],
  ]);
  const { template, problems } = await compileTemplate('m', files);
  if (!template) throw new Error(JSON.stringify(problems));
  return linkPatterns(template, { sequence }, brand, 'https://mail.example.com');
}

describe('a clicked address', () => {
  test('belongs to the link that it came of, whatever a lead’s own values made of it', async () => {
    const patterns = await patternsOf(
      'https://example.com/a',
      'https://example.com/for/{{lead.plan}}/more?who={{lead.email}}',
      'https://example.com/for/{{lead.plan}}',
      '{{assetUrl}}',
    );
    expect(linkOf('https://example.com/a', patterns)).toBe(0);
    expect(linkOf('https://example.com/for/Business/more?who=ada%40example.com', patterns)).toBe(1);
    expect(linkOf('https://example.com/for/Business', patterns)).toBe(2);
    expect(linkOf('https://mail.example.com/d/AbC-123', patterns)).toBe(3);
  });

  test('of a link that the mail has no more belongs to none', async () => {
    const patterns = await patternsOf('https://example.com/a', 'https://example.com/for/{{lead.plan}}/more');
    expect(linkOf('https://example.com/ab', patterns)).toBeUndefined();
    expect(linkOf('https://example.com/for/x', patterns)).toBeUndefined();
    expect(linkOf('', patterns)).toBeUndefined();
  });

  test('that fits several links belongs to the one that says most of it', async () => {
    const patterns = await patternsOf('{{lead.link}}', 'https://example.com/{{lead.plan}}', 'https://example.com/x');
    expect(linkOf('https://example.com/x', patterns)).toBe(2);
    expect(linkOf('https://example.com/y', patterns)).toBe(1);
    expect(linkOf('https://elsewhere.example.org/y', patterns)).toBe(0);
  });

  test('with parts that overlap is not taken for one that holds both', async () => {
    const patterns = await patternsOf('https://example.com/ab{{lead.plan}}bc');
    expect(linkOf('https://example.com/abc', patterns)).toBeUndefined();
    expect(linkOf('https://example.com/abbc', patterns)).toBe(0);
  });
});

describe('the places of links', () => {
  const html = `<html><head></head><body><a href="https://x.example/u">out</a>
<A class="b" href="https://x.example/a?b=1&#38;c=2"><b>Read</b> &amp;
 go on</A><a href="https://x.example/a?b=1&#38;c=2"><img alt="A &quot;dock&quot;" src="p.png"></a></body></html>`;
  const targets = ['https://x.example/a?b=1&c=2'];

  test('are counted from the top, with what their reader sees', () => {
    expect(placesIn(html, targets)).toEqual([
      { link: 0, nth: 2, words: 'Read & go on' },
      { link: 0, nth: 3, words: 'A "dock"' },
    ]);
  });

  test('get a label at each, and everything else stays as it is', () => {
    const marked = withLabels(html, targets, new Map([[0, '3 · 60 %']]));
    expect(marked.match(/3 · 60 %/g)).toHaveLength(2);
    expect(marked).toContain('<a href="https://x.example/u">out</a>');
    const bare = marked
      .replaceAll(/<span style="position:relative[^>]*><span[^>]*>[^<]*<\/span><\/span>/g, '')
      .replace(/<style>.*?<\/style>/, '')
      .replaceAll('<a data-clicks class', '<A class')
      .replaceAll('<a data-clicks', '<a');
    expect(bare).toBe(html);
  });

  test('of a mail without tracked links are none, and it gets no label', () => {
    expect(placesIn('<p>Hello</p>', targets)).toEqual([]);
    expect(withLabels('<a href="https://y.example">y</a>', targets, new Map([[0, '1']]))).not.toContain('span');
  });
});
