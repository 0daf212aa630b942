import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import * as z from 'zod';
import { visitorKey } from '../../src/event/site-rules.js';
import { joinVisitor } from '../../src/lead/join-visitor.js';
import { aProjectFolder, eventually, type HttpRivulet, startHttpRivulet } from '../support.js';
import { openBrowser } from './reading.js';

// The site's script in a real browser, on pages of another origin. Run by `npm run test:browser`; see preferences.test.ts.

/** No browser of people calls itself headless. */
const userAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

let rivulet: HttpRivulet;
let browser: Browser;
let pages: Server;
let site: string;
let number = 0;

/** What stands on the pages of the site, by path; others have the script alone. */
const bodies = new Map([
  [
    '/form',
    '<form action="/thanks"><input name="email"><input type="hidden" name="visitor"><button>Go</button></form>',
  ],
]);
/** What the script's tag says besides, and what stands before it, by the first part of the path. */
const tags = new Map([
  ['required', 'data-consent="required"'],
  ['twice', 'data-twice'],
]);

beforeAll(async () => {
  pages = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site');
    const tag = tags.get(pathname.split('/')[1] ?? '') ?? '';
    const script = `<script src="${rivulet.url}/site.js" ${tag} async></script>`;
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    // As strict as a policy can be: the two sources that docs/site-tracking.md asks for, and nothing else.
    response.setHeader(
      'Content-Security-Policy',
      `default-src 'none'; img-src data:; script-src ${rivulet.url}; connect-src ${rivulet.url}; form-action 'self'; require-trusted-types-for 'script'`,
    );
    response.end(
      `<!doctype html><title>Tallybay</title><link rel="icon" href="data:,">${script}${tag === 'data-twice' ? script : ''}${bodies.get(pathname) ?? '<h1>Docks</h1>'}`,
    );
  });
  const port = await new Promise<number>((resolve) => {
    pages.listen(0, '127.0.0.1', () => {
      const address = pages.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
  site = `http://127.0.0.1:${port}`;
  const project = await aProjectFolder({
    'templates/hello.mjml': `<mj-section><mj-column><mj-text><a href="${site}/landing?plan=team#top">read</a> <a href="{{unsubscribeUrl}}">unsubscribe</a></mj-text></mj-column></mj-section>`,
    'templates/brand.json': JSON.stringify({
      name: 'Tallybay',
      website: site,
      postalAddress: '2100 Harbor Row, Toledo',
      logo: 'logo.png',
      logoAlt: 'Tallybay',
    }),
  });
  rivulet = await startHttpRivulet({ PROJECT_DIR: project });
  // As an option of the whole browser: what a page sends as it goes away does not know what is set for the page.
  browser = await openBrowser(`--user-agent=${userAgent}`);
});
afterAll(async () => {
  await browser.close();
  pages.closeAllConnections();
  await new Promise((resolve) => pages.close(resolve));
  await rivulet.close();
});

type Visit = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What pages complained of: mistakes of the script, and what a policy kept from happening. */
  readonly complaints: string[];
  /** Calls of the script that left the browser. */
  readonly calls: string[];
};

async function visiting(work: (visit: Visit) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
  const context = await browser.newContext(options);
  const complaints: string[] = [];
  const calls: string[] = [];
  try {
    const page = await context.newPage();
    await page.clock.install();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    context.on('request', (request) => {
      if (request.url() === `${rivulet.url}/t`) calls.push(request.postData() ?? '');
    });
    await work({ page, context, complaints, calls });
  } finally {
    await context.close();
  }
}

const markOf = async (context: BrowserContext) =>
  (await context.cookies(site)).find(({ name }) => name === 'rivulet_visitor')?.value;
const waitingOf = async (mark: string | undefined) =>
  mark === undefined ? [] : rivulet.store.visitors.waiting(visitorKey(mark));
const pathsOf = async (mark: string | undefined) => (await waitingOf(mark)).map(({ about }) => about);
/** What the events of a browser's visitor are about, once there are so many. */
const told = async (context: BrowserContext, count: number) => {
  await eventually(async () => (await pathsOf(await markOf(context))).length >= count);
  return pathsOf(await markOf(context));
};
const visitsOf = async (lead: string) =>
  (await rivulet.store.events.ofLead(lead))
    .filter(({ source }) => source === 'site')
    .map(({ type, about }) => `${type} ${about}`);
const ready = (page: Page) => page.waitForFunction('window.rivulet && rivulet.on');
/** Lets all be sent that the script may have in mind to send: its timers run at once. */
const aWhile = async (page: Page) => {
  await page.clock.runFor(60_000);
  await page.evaluate('0');
};

describe('a page', () => {
  test('is told by its path, with where its visitor came from, and nothing else of its address', async () => {
    await visiting(async ({ page, context, complaints }) => {
      await page.goto(`${site}/pricing?utm_source=news&utm_campaign=spring&email=ada@example.org#top`);
      expect(await told(context, 1)).toEqual(['/pricing']);
      expect(await waitingOf(await markOf(context))).toMatchObject([
        { type: 'page.viewed', data: { source: 'news', campaign: 'spring' }, at: rivulet.clock.now },
      ]);
      expect(JSON.stringify(await waitingOf(await markOf(context)))).not.toContain('ada@');
      expect(await markOf(context)).toMatch(/^[0-9a-f]{32}$/);
      expect(complaints).toEqual([]);
    });
  });

  test('of an application is told each time its path changes, and not when only its state does', async () => {
    await visiting(async ({ page, context, complaints }) => {
      await page.goto(`${site}/app`);
      await ready(page);
      await page.evaluate("history.pushState({}, '', '/app/docks')");
      await page.evaluate("history.replaceState({ scroll: 10 }, '', '/app/docks?tab=2')");
      await page.evaluate("history.pushState({}, '', '#part')");
      await page.evaluate("history.pushState({}, '', '/app/carriers')");
      await page.goBack();
      await page.goBack();
      expect(await told(context, 4)).toEqual(['/app', '/app/docks', '/app/carriers', '/app/docks']);
      expect(complaints).toEqual([]);
    });
  });

  test('that goes away at once still says what happened on it', async () => {
    await visiting(async ({ page, context }) => {
      await page.goto(`${site}/one`);
      await ready(page);
      await page.evaluate("rivulet('converted', { value: 40 })");
      await page.goto('about:blank');
      expect(await told(context, 2)).toEqual(['/one', '/one']);
      expect((await waitingOf(await markOf(context)))[1]).toMatchObject({ type: 'converted', data: { value: 40 } });
    });
  });

  test('with the tag twice is told once', async () => {
    await visiting(async ({ page, context }) => {
      await page.goto(`${site}/twice`);
      await ready(page);
      await aWhile(page);
      expect(await told(context, 1)).toEqual(['/twice']);
    });
  });

  test('that a browser fetches ahead is told when somebody sees it', async () => {
    await visiting(async ({ page, context, calls }) => {
      await page.addInitScript("Object.defineProperty(document, 'prerendering', { value: true })");
      await page.goto(`${site}/ahead`);
      await page.waitForFunction('window.rivulet');
      await page.evaluate("rivulet('converted')");
      await aWhile(page);
      expect([await markOf(context), calls]).toEqual([undefined, []]);
      await page.evaluate("document.dispatchEvent(new Event('prerenderingchange'))");
      expect(await told(context, 2)).toEqual(['/ahead', '/ahead']);
    });
  });

  test('may call before the script is there', async () => {
    await visiting(async ({ page, context }) => {
      await page.addInitScript(
        "window.rivulet = function () { (rivulet.q = rivulet.q || []).push(arguments); }; rivulet('video.played', { seconds: 30 }, 'intro')",
      );
      await page.goto(`${site}/early`);
      expect(await told(context, 2)).toEqual(['/early', 'intro']);
    });
  });

  test('many events go in calls of twenty, and none is lost', async () => {
    await visiting(async ({ page, context, calls }) => {
      await page.goto(`${site}/busy`);
      await ready(page);
      await page.evaluate("for (let i = 0; i < 49; i += 1) rivulet('seen', { i }, 'thing ' + i)");
      await eventually(async () => (await pathsOf(await markOf(context))).length === 50);
      expect(calls.map((call) => JSON.parse(call).events.length)).toEqual([20, 20, 10]);
    });
  });
});

describe('whoever does not want to be watched', () => {
  const wishes = new Map([
    ['Do Not Track', "Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' })"],
    [
      'Global Privacy Control',
      "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })",
    ],
    ['no cookies', "Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set: () => {} })"],
  ]);
  test.each([...wishes.keys()])('is not, by %s: nothing is stored and nothing sent', async (name) => {
    await visiting(async ({ page, context, calls, complaints }) => {
      await context.addInitScript(wishes.get(name) ?? '');
      for (const path of ['/a', '/required/a']) {
        await page.goto(site + path);
        await ready(page);
        await page.evaluate("rivulet('consent', true); rivulet('converted'); history.pushState({}, '', '/b')");
        await aWhile(page);
        await page.evaluate("rivulet('consent', false)");
      }
      await page.goto('about:blank');
      expect([calls, await context.cookies(), complaints]).toEqual([[], [], []]);
      expect(await page.evaluate('localStorage.length').catch(() => 0)).toBe(0);
    });
  });

  test('and says so later loses the mark that was there', async () => {
    await visiting(async ({ page, context, calls }) => {
      await page.goto(`${site}/before`);
      expect(await told(context, 1)).toEqual(['/before']);
      await context.addInitScript(wishes.get('Global Privacy Control') ?? '');
      const sent = calls.length;
      await page.goto(`${site}/after`);
      await ready(page);
      await aWhile(page);
      expect([await markOf(context), calls.length]).toEqual([undefined, sent]);
    });
  });

  test('says so once, and is let alone from then on', async () => {
    await visiting(async ({ page, context, calls }) => {
      await page.goto(`${site}/one`);
      expect(await told(context, 1)).toEqual(['/one']);
      const mark = await markOf(context);
      await page.evaluate("rivulet('consent', false)");
      await eventually(async () => (await rivulet.store.visitors.byId(visitorKey(mark ?? ''))) === undefined);
      expect(await pathsOf(mark)).toEqual([]);
      const sent = calls.length;
      await page.goto(`${site}/two`);
      await ready(page);
      await aWhile(page);
      expect([await markOf(context), calls.length]).toEqual(['no', sent]);
      await page.evaluate("rivulet('consent', true)");
      expect(await told(context, 1)).toEqual(['/two']);
    });
  });
});

describe('where visitors must agree first', () => {
  test('nothing is stored or sent before, and what was done before is not told afterwards', async () => {
    await visiting(async ({ page, context, calls }) => {
      await page.goto(`${site}/required/one`);
      await ready(page);
      await page.evaluate("rivulet('converted'); history.pushState({}, '', '/required/two')");
      await aWhile(page);
      expect([await markOf(context), calls]).toEqual([undefined, []]);
      await page.evaluate("rivulet('consent', true)");
      expect(await told(context, 1)).toEqual(['/required/two']);
    });
  });

  test('a no forgets: the mark, what waits here, and what waits there', async () => {
    await visiting(async ({ page, context, calls }) => {
      await page.goto(`${site}/required/one`);
      await ready(page);
      await page.evaluate("rivulet('consent', true)");
      expect(await told(context, 1)).toEqual(['/required/one']);
      const mark = await markOf(context);
      await page.evaluate("rivulet('seen'); rivulet('consent', false)");
      await eventually(async () => (await rivulet.store.visitors.byId(visitorKey(mark ?? ''))) === undefined);
      await aWhile(page);
      expect([await markOf(context), await pathsOf(mark)]).toEqual([undefined, []]);
      expect(calls.filter((call) => call.includes('seen'))).toEqual([]);
    });
  });
});

describe('a click in a mail', () => {
  const aReader = () => rivulet.welcome(`reader-${(number += 1)}@example.org`);
  const pass = (ms: number) => {
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + ms);
  };

  test('joins the browser with the lead, and leaves nothing in the address bar', async () => {
    const { id, mail } = await aReader();
    pass(120_000);
    await visiting(async ({ page, context, complaints }) => {
      await page.goto(`${site}/pricing`);
      expect(await told(context, 1)).toEqual(['/pricing']);
      await page.goto(mail.links[0] ?? '');
      await page.waitForFunction("!location.href.includes('rv=')");
      expect(page.url()).toBe(`${site}/landing?plan=team#top`);
      expect(await told(context, 2)).toEqual(['/pricing', '/landing']);
      await rivulet.judged();
      expect(await visitsOf(id)).toEqual(['page.viewed /pricing', 'page.viewed /landing']);
      await page.evaluate("rivulet('converted', { value: 40 })");
      await eventually(async () => (await visitsOf(id)).length === 3);
      expect(complaints).toEqual([]);
    });
  });

  test('of whoever does not want to be watched carries nothing along', async () => {
    const { mail } = await aReader();
    pass(120_000);
    await visiting(
      async ({ page, calls }) => {
        await page.goto(mail.links[0] ?? '');
        expect(page.url()).toBe(`${site}/landing?plan=team#top`);
        await page.addInitScript(
          "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })",
        );
        await page.goto(`${site}/landing?rv=${'x'.repeat(60)}&plan=team`);
        await page.waitForFunction("!location.href.includes('rv=')");
        expect([page.url(), calls.filter((call) => call.includes('xxx'))]).toEqual([`${site}/landing?plan=team`, []]);
      },
      { extraHTTPHeaders: { 'Sec-GPC': '1' } },
    );
  });

  test('waits for consent where that is asked for, and joins then', async () => {
    const { id, mail } = await aReader();
    pass(120_000);
    const answer = await rivulet.click(mail.links[0]);
    const ticket = /rv=([\w-]+)/.exec(answer.headers.get('location') ?? '')?.[1];
    await visiting(async ({ page, context, calls }) => {
      await page.goto(`${site}/required/landing?rv=${ticket}`);
      await ready(page);
      await aWhile(page);
      expect([page.url(), calls]).toEqual([`${site}/required/landing`, []]);
      await page.evaluate("rivulet('consent', true)");
      expect(await told(context, 1)).toEqual(['/required/landing']);
      await rivulet.judged();
      expect(await visitsOf(id)).toEqual(['page.viewed /required/landing']);
    });
  });
});

describe('a form', () => {
  test('gets the visitor into its hidden field, also one that comes later, and joins by it', async () => {
    await visiting(async ({ page, context }) => {
      await page.goto(`${site}/form`);
      expect(await told(context, 1)).toEqual(['/form']);
      const mark = await markOf(context);
      expect(await page.inputValue('[name=visitor]')).toBe(mark);
      await page.evaluate(`(() => {
        const form = document.querySelector('form').cloneNode(true);
        form.id = 'later';
        form.elements.visitor.value = '';
        document.body.append(form);
      })()`);
      await page.click('#later button');
      await page.waitForURL(/thanks/);
      expect(new URL(page.url()).searchParams.get('visitor')).toBe(mark);
      const { id } = await rivulet.welcome(`reader-${(number += 1)}@example.org`);
      await joinVisitor(mark, id, { store: rivulet.store, engine: rivulet.engine });
      expect(await visitsOf(id)).toContain('page.viewed /form');
    });
  });

  test('of a visitor who did not agree keeps its field empty', async () => {
    await visiting(async ({ page }) => {
      bodies.set('/required/form', bodies.get('/form') ?? '');
      await page.goto(`${site}/required/form`);
      await ready(page);
      await page.click('button');
      await page.waitForURL(/thanks/);
      expect(new URL(page.url()).searchParams.get('visitor')).toBe('');
    });
  });
});

describe('while Rivulet is away', () => {
  test('the page goes on, and what was to be told is told later, once', async () => {
    await visiting(async ({ page, context, calls }) => {
      let isAway = true;
      const statuses: number[] = [];
      await context.route(`${rivulet.url}/t`, async (route) => {
        if (isAway && statuses.length === 0)
          return (
            void statuses.push(503), route.fulfill({ status: 503, headers: { 'Access-Control-Allow-Origin': site } })
          );
        if (isAway) return void statuses.push(0), route.abort();
        return route.continue();
      });
      await page.goto(`${site}/away`);
      await ready(page);
      await page.clock.runFor(1500);
      await eventually(() => statuses.length === 1);
      await page.clock.runFor(6000);
      await eventually(() => statuses.length === 2);
      isAway = false;
      await page.clock.runFor(11_000);
      expect(await told(context, 1)).toEqual(['/away']);
      expect(await page.textContent('h1')).toBe('Docks');
      const ids = calls.map((call) =>
        z.object({ events: z.array(z.object({ id: z.string() })) }).parse(JSON.parse(call)),
      );
      expect(new Set(ids.flatMap(({ events }) => events.map(({ id }) => id))).size).toBe(1);
    });
  });

  test('it gives up after three more tries', async () => {
    await visiting(async ({ page, context }) => {
      let tries = 0;
      await context.route(`${rivulet.url}/t`, async (route) => {
        tries += 1;
        await route.abort();
      });
      await page.goto(`${site}/away`);
      await ready(page);
      for (let i = 0; i < 20; i += 1) {
        await page.clock.runFor(20_000);
        await page.evaluate('1');
      }
      expect(tries).toBe(4);
    });
  });
});

test('a page of a site that is not yours is not heard', async () => {
  await visiting(async ({ page, context, calls }) => {
    await page.goto(site.replace('127.0.0.1', 'localhost'));
    await eventually(() => calls.length > 0);
    await aWhile(page);
    const mark = (await context.cookies()).find(({ name }) => name === 'rivulet_visitor')?.value;
    expect(await pathsOf(mark)).toEqual([]);
  });
});

test('nothing of all this was a fault', () => {
  expect(rivulet.faults).toEqual([]);
});
