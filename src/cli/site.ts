import { resolve } from 'node:path';
import Table from 'cli-table3';
import pc from 'picocolors';
import { type Config, readConfig } from '../config.js';
import { FixableError } from '../errors.js';
import { originsOf } from '../event/site-origin.js';
import { reportSite, type SiteReport } from '../lead/site-report.js';
import { Brand } from '../message/brand.js';
import { readProjectFolder } from '../project-folder.js';
import { readPart } from '../sequence/project-files.js';
import { mistakesIn } from './folder.js';
import { counted, instant, say } from './terminal.js';
import { publicUrlOf } from './webhook.js';
import { withStore } from './with-store.js';

type SiteOptions = { dir: string };

/** Prints the tag that pages get, and how to see whether it works. */
export async function siteSnippet({ dir }: SiteOptions): Promise<void> {
  const config = readConfig(process.env);
  const origins = await originsIn(dir, config);
  const [first = ''] = origins;
  const script = `${publicUrlOf(config)}/site.js`;
  for (const line of [
    `For the ${pc.bold('<head>')} of every page of ${origins.join(', ')}:`,
    '',
    `  <script src="${script}" async></script>`,
    '',
    'Where a visitor must agree first, nothing is stored or sent until your banner says so:',
    '',
    `  <script src="${script}" async data-consent="required"></script>`,
    `  rivulet('consent', true)     ${pc.dim("and rivulet('consent', false) to forget")}`,
    '',
    'It tells of page views by itself. What else happens, your pages say:',
    '',
    "  rivulet('converted', { value: 40, currency: 'EUR' })",
    "  rivulet('video.played', { seconds: 30 }, 'intro')",
    '',
    'Code that may run before the script is loaded puts this before it:',
    '',
    '  window.rivulet = window.rivulet || function () { (rivulet.q = rivulet.q || []).push(arguments); };',
    '',
    `If your pages have a Content-Security-Policy: ${pc.bold(`script-src ${origin(script)}; connect-src ${origin(script)}`)}`,
    '',
    `${pc.bold('To test it')}: open ${first} in a browser, then ${pc.bold('npx rivulet site show')}. Or without a browser:`,
    '',
    `  curl -i ${publicUrlOf(config)}/t -H 'Origin: ${first}' -A 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' \\`,
    `    -d '{"visitor":"a-visitor-to-test","events":[{"id":"event-01","type":"page.viewed","page":"${first}/","ago":0}]}'`,
    '',
    'It answers 204. What to tell your visitors: docs/site-tracking.md',
    ...troubleOf(config, origins).map(pc.yellow),
  ])
    say(line);
}

function origin(address: string): string {
  return new URL(address).origin;
}

/** What would keep the tag from working on these sites. */
function troubleOf(config: Config, origins: readonly string[]): readonly string[] {
  if (!config.PUBLIC_URL)
    return [
      '',
      'Browsers of other people cannot load it from this machine: set PUBLIC_URL to the address that they can reach.',
    ];
  const isMixed = config.PUBLIC_URL.startsWith('http:') && origins.some((one) => one.startsWith('https:'));
  return isMixed ? ['', 'Pages of https:// load no script from http://: set PUBLIC_URL to an address with https.'] : [];
}

type ShowOptions = SiteOptions & { json?: boolean };

/** Shows which sites tell something, how much, and what was refused. */
export async function siteShow({ dir, json }: ShowOptions): Promise<void> {
  const config = readConfig(process.env);
  const origins = await originsIn(dir, config);
  const place = { origins, publicUrl: publicUrlOf(config) };
  const report = await withStore(config, (store) => reportSite(store, place, new Date()));
  if (json) return say(JSON.stringify(report, null, 2));
  for (const line of linesOf(report, config.DEFAULT_TIMEZONE)) say(line);
}

function linesOf({ origins, refused }: SiteReport, zone: string): readonly string[] {
  const table = new Table({
    head: ['site', 'last heard', 'page views', 'events'].map((title) => pc.bold(title)),
    // Colours of its own would also go into files.
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'left', 'right', 'right'],
  });
  // "www." is allowed beside a website in any case; of one that never was heard nobody asks.
  const shown = origins.filter(({ lastAt }, i) => i === 0 || lastAt);
  for (const { origin: site, lastAt, day, allowed } of shown) {
    const heard = lastAt ? instant(lastAt, zone) : 'never';
    table.push([allowed ? site : `${site}\nnot in SITE_ORIGINS any more`, heard, day.pageViews, day.events]);
  }
  const isSilent = origins.every(({ lastAt }) => !lastAt);
  return [
    table.toString(),
    'Page views and all events of the last 24 hours.',
    ...refused.map((one) => pc.yellow(`Not taken: ${counted(one.count, 'time')} ${words(one)}`)),
    ...(isSilent ? ['Nothing has come yet. "rivulet site snippet" prints the tag, and how to test it.'] : []),
  ];
}

const reasons: Readonly<Record<string, string>> = {
  'foreign-origin': 'from a page that is not of your sites; add its origin to SITE_ORIGINS if it is',
  'too-many-calls': 'too many calls from one network within a minute',
  'too-many-visitors': 'too many new visitors from one network within a minute',
  'too-many-events': 'more events of one visitor than a person makes in a day',
  unreadable: 'what the script does not write',
  'wrong-event': 'an event with a name, page or data that cannot be; see docs/site-tracking.md',
  'do-not-track': 'the browser says that its person wants not to be watched',
  'no-consent': 'the lead denied its consent, or objected',
  'no-lead': 'the lead is gone',
  closed: 'the lead denied its consent, objected, or was erased',
  machine: 'a crawler or another machine',
};

function words({ because, from }: SiteReport['refused'][number]): string {
  return `${reasons[because] ?? because}${from ? ` (the last: ${from})` : ''}`;
}

/** The sites whose pages may tell something. */
async function originsIn(dir: string, { SITE_ORIGINS }: Config): Promise<readonly string[]> {
  const origins = SITE_ORIGINS ?? originsOf(await websiteIn(dir));
  if (origins.length > 0) return origins;
  throw new FixableError({
    code: 'site-off',
    where: 'SITE_ORIGINS',
    what: 'it is "none", so no page may tell what is done on it',
    fix: 'Leave it out to take what pages of your website tell, or name their origins',
  });
}

/** The website of the brand. Mistakes in other files are none of its business. */
async function websiteIn(dir: string): Promise<string> {
  const { brand } = await readProjectFolder(resolve(dir));
  const { value, problems } = readPart(Brand, brand.file, brand.text);
  if (value) return value.website;
  throw mistakesIn(brand.file, problems);
}
