import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { playDemo } from '../../src/demo/play.js';
import { openBrowser } from '../browser/reading.js';
import { type Shot, shotsOf } from './shots.js';

/** `npm run screenshots -- --out <dir>`: the main pages on the demo's data, light and dark, on a desktop and on a phone. */
const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    only: { type: 'string', default: '' },
    leads: { type: 'string', default: '200' },
    days: { type: 'string', default: '45' },
    data: { type: 'string', default: './data/screenshots' },
  },
});
if (!values.out) {
  console.error('Say where they go: npm run screenshots -- --out shots (and perhaps --only overview)');
  process.exit(2);
}
const out = resolve(values.out);
await mkdir(out, { recursive: true });

const looks = ['light', 'dark'] as const;
const sizes = {
  desktop: { viewport: { width: 1360, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
} as const;

// Files may be changed in it, so it is a copy.
const projectDir = await mkdtemp(join(tmpdir(), 'rivulet-screenshots-'));
for (const part of ['sequences', 'templates']) await cp(part, join(projectDir, part), { recursive: true });

const demo = await playDemo({
  seed: 7,
  days: Number(values.days),
  from: new Date('2026-09-07T06:00:00Z'),
  dataDir: values.data,
  projectDir,
  edit: true,
  leadsFile: 'src/demo/leads.csv',
  people: Number(values.leads),
  port: 0,
  onProgress: (share, note) => {
    if (process.stderr.isTTY) process.stderr.write(`\rPlaying the demo: ${Math.round(share * 100)} %, ${note}   `);
  },
  say: () => {},
  onFault: (error) => console.error(error),
});
const browser = await openBrowser();
let count = 0;
try {
  const state = await signIn(browser);
  const shots = (await shotsOf(demo.url, state)).filter(({ name }) => name.includes(values.only));
  const wanted = Object.entries(sizes).flatMap(([size, setting]) => looks.map((look) => ({ size, setting, look })));
  for (const { size, setting, look } of wanted) {
    const context = await browser.newContext({ ...setting, storageState: state, colorScheme: look });
    for (const shot of shots) count += await take(context, shot, join(out, `${shot.name}-${size}-${look}.png`));
    await context.close();
  }
  console.log(`${count} pictures are in ${out}`);
} finally {
  await browser.close();
  await demo.stop();
  await rm(projectDir, { recursive: true });
}

/** Goes in by the one-time link, as the first admin of a fresh Rivulet does. */
async function signIn(opened: Browser): ReturnType<BrowserContext['storageState']> {
  const link = await demo.firstLink();
  if (!link) throw new Error('the demo has people with accounts already');
  const context = await opened.newContext();
  const page = await context.newPage();
  await page.goto(link);
  await page.getByLabel('E-mail address').fill('mara@tallybay.example.com');
  await page.getByLabel('Your name').fill('Mara Quay');
  await page
    .getByLabel(/^Password/)
    .first()
    .fill('harbour seventeen violet stairs');
  await page.getByRole('button', { name: 'Open my account' }).click();
  await page.getByRole('navigation').first().waitFor();
  const state = await context.storageState();
  await context.close();
  return state;
}

async function take(context: BrowserContext, shot: Shot, file: string): Promise<number> {
  const page = await context.newPage();
  const said: string[] = [];
  page.on('pageerror', ({ message }) => void said.push(message));
  page.on('console', (message) => void (message.type() === 'error' && said.push(message.text())));
  try {
    await page.goto(`${demo.url}${shot.path}`);
    await settled(page);
    await shot.before?.(page);
    await settled(page);
    await page.screenshot({ path: file, fullPage: false });
    for (const line of said) console.error(`${shot.path}: ${line}`);
    return 1;
  } finally {
    await page.close();
  }
}

/** Waits until nothing is loading any more. */
async function settled(page: Page): Promise<void> {
  await page.getByRole('main').first().waitFor();
  for (const waiting of ['[aria-busy="true"]', '.bone'])
    await page.locator(waiting).first().waitFor({ state: 'hidden' });
  // Charts and frames are drawn in the next instants.
  await page.waitForTimeout(500);
}
