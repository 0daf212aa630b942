import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { type HttpRivulet, startHttpRivulet } from '../support.js';
import { onPage, openBrowser } from './reading.js';

// Threat 17: what stands in a mail runs nothing and tells nobody that it is looked at. In a real browser, in frames of the
// real pages: `npm run test:browser`, which builds them.

let rivulet: HttpRivulet;
let browser: Browser;
let canary: Server;
let canaryUrl: string;
/** What was asked of the canary: every line is somebody who got out. */
const heard: string[] = [];

beforeAll(async () => {
  canary = createServer((request, response) => {
    heard.push(request.url ?? '');
    response.end();
  }).listen(0, '127.0.0.1');
  await once(canary, 'listening');
  const address = canary.address();
  canaryUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  rivulet = await startHttpRivulet();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await rivulet.close();
  canary.close();
});

/** What gets out of a careless preview; `%` is the canary. */
const payloads: readonly string[] = [
  '<script>alert(1);fetch("%/script")</script>',
  '<img src="nowhere:" onerror="alert(1);fetch(\'%/onerror\')">',
  '<svg onload="alert(1);fetch(\'%/svg\')"></svg>',
  '<body onload="alert(1)"><p>body</p></body>',
  '<iframe src="javascript:parent.alert(1)"></iframe>',
  '<iframe src="%/iframe"></iframe>',
  '<iframe srcdoc="<script>top.alert(1)</script>"></iframe>',
  '<object data="%/object"></object>',
  '<embed src="%/embed">',
  '<link rel="stylesheet" href="%/sheet.css">',
  '<link rel="prefetch" href="%/prefetch"><link rel="preload" as="script" href="%/preload">',
  '<link rel="icon" href="%/icon">',
  '<style>@import url("%/import.css");</style>',
  '<style>@font-face{font-family:x;src:url("%/font.woff2")}p{font-family:x}</style><p>font</p>',
  '<style>p{background:url("%/background")}</style><p>background</p>',
  '<p style="background-image:url(\'%/inline\')">inline</p>',
  '<p style="list-style:url(\'%/list\');display:list-item">list</p>',
  '<img src="%/pixel" width="1" height="1">',
  '<img srcset="%/srcset 1x, %/srcset2 2x">',
  '<picture><source srcset="%/source"><img alt=""></picture>',
  '<video src="%/video" autoplay></video><audio src="%/audio" autoplay></audio>',
  '<video poster="%/poster"></video>',
  '<meta http-equiv="refresh" content="0;url=%/refresh">',
  '<meta http-equiv="Content-Security-Policy" content="default-src *; script-src \'unsafe-inline\'"><script>alert(1)</script>',
  '<base href="%/base/"><img src="relative"><script src="x.js"></script>',
  '<form action="%/form" method="post" id="f"><input name="x" autofocus onfocus="document.forms[0].submit()"></form>',
  '<input autofocus onfocus="alert(1)"><details open ontoggle="alert(1)"><summary>x</summary></details>',
  '<a href="javascript:alert(1)" id="a">x</a><marquee onstart="alert(1)">x</marquee>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
  '<template shadowrootmode="open"><script>alert(1)</script><link rel="stylesheet" href="%/shadow"></template>',
  '<svg><use href="data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><image href=%/use></svg>#x"></use><animate attributeName="href" values="javascript:alert(1)"></animate></svg>',
  '<img src="data:image/svg+xml,%3Csvg xmlns=%27http://www.w3.org/2000/svg%27 onload=%27alert(1)%27/%3E">',
];

/** Text of an address is percent-encoded by itself, so that the canary is put in only where it stands alone. */
function bait(payload: string): string {
  return payload.replaceAll(/%(?=\/)/g, canaryUrl);
}

/** A page of the application, for the key of the operator; the dialogs that came up on it. */
function onOwnPage(work: (page: Page, dialogs: readonly string[]) => Promise<void>): Promise<void> {
  const extraHTTPHeaders = { Authorization: `Bearer ${rivulet.apiKey}` };
  return onPage(browser, { extraHTTPHeaders }, async (page) => {
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await page.goto(rivulet.url);
    await work(page, dialogs);
  });
}

/** Frames what an address answers, as the pages do, and waits until it is there with all that it asks for. */
const frameOf = `(src) => new Promise((done) => {
  const frame = Object.assign(document.createElement('iframe'), { src, onload: () => done() });
  frame.setAttribute('sandbox', '');
  document.body.append(frame);
})`;

/** Sends a draft into a frame, as the pages do with what is being written. */
const draftInto = `([html, look, name]) => new Promise((done) => {
  const frame = Object.assign(document.createElement('iframe'), { name });
  frame.setAttribute('sandbox', '');
  const form = Object.assign(document.createElement('form'), { method: 'post', action: '/frames/mail?look=' + look, target: name });
  form.append(Object.assign(document.createElement('textarea'), { name: 'html', value: html }));
  document.body.append(frame, form);
  frame.addEventListener('load', () => done());
  form.submit();
})`;

/** A mail of this markup in the local mailbox. */
async function caught(html: string, id: string): Promise<string> {
  const raw = Buffer.from(
    `From: a@example.com\r\nSubject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${html}\r\n`,
  );
  const [to, from, subject] = ['grace@example.org', 'a@example.com', 'x'];
  await rivulet.store.mailbox.keep({ id, at: rivulet.clock.now, to, from, subject, raw });
  return `/api/mailbox/${id}.html`;
}

const letters = 'abcdefghijklmnopqrstuvwxyz234567';
const idOf = (number: number): string => `mail${letters[number % 32]}${letters[Math.floor(number / 32)]}`;

test('the thirty ways out of a preview are more than thirty', () => {
  expect(new Set(payloads).size).toBeGreaterThanOrEqual(30);
});

test('a caught mail runs nothing and reaches nobody, framed and by itself', async () => {
  await onOwnPage(async (page, dialogs) => {
    for (const [number, payload] of payloads.entries()) {
      const path = await caught(bait(payload), idOf(number));
      await page.evaluate(`(${frameOf})(${JSON.stringify(path)})`);
    }
    await page.waitForLoadState('networkidle');
    expect(page.frames().length).toBeGreaterThan(payloads.length);
    for (const number of payloads.keys()) {
      await page.goto(`${rivulet.url}/api/mailbox/${idOf(number)}.html`, { waitUntil: 'networkidle' });
    }
    expect({ dialogs, heard }).toEqual({ dialogs: [], heard: [] });
  });
}, 240_000);

test.each(['light', 'dark', 'inverted'])(
  'a draft runs nothing and reaches nobody, in its %s look',
  async (look) => {
    await onOwnPage(async (page, dialogs) => {
      for (const [number, payload] of payloads.entries()) {
        await page.evaluate(`(${draftInto})(${JSON.stringify([bait(payload), look, idOf(number)])})`);
      }
      await page.waitForLoadState('networkidle');
      expect(page.frames().filter((frame) => frame.url().includes('/frames/mail')).length).toBe(payloads.length);
      expect({ dialogs, heard }).toEqual({ dialogs: [], heard: [] });
    });
  },
  240_000,
);

test('the canary does hear what asks for it: a page of no policy gets through to it', async () => {
  await onPage(browser, {}, async (page) => {
    await page.setContent(bait('<img src="%/heard">'), { waitUntil: 'networkidle' });
  });
  expect(heard.splice(0)).toEqual(['/heard']);
});

test('a mail cannot read the page around it, nor what the page keeps', async () => {
  await onOwnPage(async (page) => {
    const path = await caught('<p id="inside">inside</p>', 'mailwho');
    await page.evaluate(`(${frameOf})(${JSON.stringify(path)})`);
    const reached = await page.evaluate('document.querySelector("iframe").contentDocument');
    expect(reached).toBeNull();
    const frame = page.frames().find((one) => one.url().endsWith(path));
    expect(await frame?.evaluate('window.origin')).toBe('null');
  });
});

test('a page of somebody else cannot have its markup shown from our address', async () => {
  const response = await fetch(`${rivulet.url}/frames/mail`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'cross-site' },
    body: new URLSearchParams({ html: '<h1>Sign in here</h1>' }),
  });
  expect(response.status).toBe(403);
});
