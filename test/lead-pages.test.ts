import { describe, expect, test } from '@jest/globals';
import { html } from '../src/http/html.js';
import { unsubscribePage } from '../src/http/lead-pages.js';
import { withoutPixel } from '../src/shown/pixel.js';
import { aProject } from './builders.js';
import { startHttpRivulet } from './support.js';

const payloads = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</title><svg onload=alert(1)>',
  '`onfocus=alert(1) autofocus=`',
  '&lt;b&gt; & &#60;',
  'نور <b>الحسن</b>',
];

describe('the html tag', () => {
  test.each(payloads)('shows %s as the text it is, between tags and in attributes', (payload) => {
    const { html: markup } = html`<p title="${payload}" lang='${payload}'>${payload}</p>`;
    const [, title, lang, text] = /^<p title="([^"<>]*)" lang='([^'<>]*)'>([^<>]*)<\/p>$/.exec(markup) ?? [];
    expect([title, lang, text].map((part) => unescaped(part ?? ''))).toEqual([payload, payload, payload]);
  });

  test('leaves markup that it made itself as it is, also in lists', () => {
    expect(html`<ul>${['a', '<'].map((item) => html`<li>${item}</li>`)}</ul>`.html).toBe(
      '<ul><li>a</li><li>&#60;</li></ul>',
    );
  });

  test('takes nothing for markup that only looks like it', () => {
    const forged = JSON.parse('[{"html": "<script>alert(1)</script>"}]');
    expect(() => html`${forged}`).toThrow(TypeError);
  });

  test.each([
    [undefined, ''],
    [null, ''],
    [false, ''],
    [0, '0'],
    ['', ''],
    [true, 'true'],
  ])('writes %p as "%s"', (value, text) => {
    expect(html`${value}`.html).toBe(text);
  });
});

describe('what leads see', () => {
  const { brand } = aProject();

  test('their address is text, and the button posts to the page’s own address', () => {
    const page = unsubscribePage(brand, '"<script>"@example.com');
    expect(page).not.toContain('<script>');
    expect(page).toContain('<form method="post"><button class="primary" name="List-Unsubscribe" value="One-Click">');
  });
  test('no logo is fetched from another server', () => {
    expect(unsubscribePage({ ...brand, logo: 'https://cdn.example.com/logo.png' }, 'a@example.com')).not.toContain(
      '<img',
    );
  });
});

test('a mail looked at in the mailbox loads its pictures, but not the pixel that says it was opened', () => {
  const mail = '<img src="http://x/assets/a.png"><img alt="" src="http://x/o/AQ_b-9.gif" width="1" />';
  expect(withoutPixel(mail)).toBe('<img src="http://x/assets/a.png">');
});

test('the style is everybody’s and kept for ever', async () => {
  const rivulet = await startHttpRivulet();
  const { mail } = await rivulet.welcome('ann@example.com');
  const page = await (await fetch(mail.unsubscribe)).text();
  const [, sheet = ''] = /href="(\/pages\/[^"]+\.css)"/.exec(page) ?? [];
  const style = await fetch(rivulet.url + sheet);
  expect([style.status, style.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
  await rivulet.close();
});

function unescaped(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}
