import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import * as z from 'zod';
import { browserAt } from './browser-at.js';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** A real browser, the one at CHROMIUM if that is set; `args`: options of it besides ours. */
export function openBrowser(...args: readonly string[]): Promise<Browser> {
  const executablePath = browserAt();
  if (executablePath === undefined) throw new Error('there is no browser: install one, or name yours by CHROMIUM');
  return chromium.launch({
    executablePath,
    // Painting by a processor that plays a graphics card takes most of the time of all, and so does what moves.
    args: ['--no-sandbox', '--disable-gpu', '--force-prefers-reduced-motion', ...args],
  });
}

/** A page of its own, which is gone afterwards with all that it kept. */
export async function onPage(
  browser: Browser,
  options: BrowserContextOptions,
  work: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options);
  try {
    await work(await context.newPage());
  } finally {
    await context.close();
  }
}

const Violations = z.object({
  violations: z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) })),
});
const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** What keeps somebody from reading a page. Of a mail it is not asked what only pages can have, such as landmarks. */
export async function violationsOn(page: Page, isMail = false): Promise<readonly string[]> {
  // Not as a script of the page, which strict policies forbid.
  await page.evaluate(readFileSync(axe, 'utf8'));
  const tags = [...wcag, ...(isMail ? [] : ['best-practice'])];
  const found = await page.evaluate(`axe.run({ runOnly: ${JSON.stringify(tags)} })`);
  return Violations.parse(found).violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

/** Whether it has to be moved sideways to be read. */
export async function isTooWide(page: Page): Promise<boolean> {
  const sizes = await page.evaluate('[document.documentElement.scrollWidth, innerWidth]');
  const [wide, width] = z.tuple([z.number(), z.number()]).parse(sizes);
  return wide > width;
}

/** What has the focus, by what it is called. */
export async function focused(page: Page): Promise<string> {
  const called =
    '(() => { const at = document.activeElement; return (at.labels?.[0] ?? at).textContent.trim() || at.getAttribute("aria-label") || at.tagName; })()';
  return z.string().parse(await page.evaluate(called));
}
