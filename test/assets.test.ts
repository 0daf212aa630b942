import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { assetLinkOf, offeredAsset } from '../src/http/asset-links.js';
import { assetUrl, readAsset, signAsset } from '../src/message/asset-token.js';
import { signToken } from '../src/message/token.js';
import { readProjectFolder } from '../src/project-folder.js';
import { diagnosticLine } from '../src/diagnostic.js';
import { readProject } from '../src/sequence/project.js';
import { aConsentFolder, aForm, consentFiles, formOf } from './consent-project.js';
import { aProjectFolder, aSequenceFile, type HttpRivulet, readAnswer, startHttpRivulet } from './support.js';

const day = 86_400_000;
const asset = 'downloads/paper.txt';
const web = 'https://files.example.com/paper.pdf';
const mailWithLink =
  '<mj-section><mj-column><mj-text><a href="{{assetUrl}}">Your paper</a></mj-text></mj-column></mj-section>';

let folder: string;
let rivulet: HttpRivulet;

beforeAll(async () => {
  folder = await aConsentFolder({
    'sequences/hello.json': aSequenceFile([{ id: 'paper', send: 'paper', subject: 'Your paper', asset }], {
      enroll: { on: 'lead.created' },
    }),
    'sequences/forms/web.json': aForm({ asset: web }),
    'sequences/forms/gone.json': aForm({ asset: 'downloads/deep/grüße an alle.txt' }),
    'templates/paper.mjml': mailWithLink,
    'templates/downloads/deep/grüße an alle.txt': 'Hello',
  });
  rivulet = await startHttpRivulet({ PROJECT_DIR: folder });
});
afterAll(async () => {
  await rivulet.close();
  await rm(folder, { recursive: true });
});

let count = 0;
async function aLead(): Promise<string> {
  count += 1;
  return (await rivulet.api('/api/leads', { email: `kit${count}@example.org` })).body.id;
}

const browser = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  Accept: 'text/html,application/xhtml+xml',
  'Accept-Language': 'en',
};

function link(lead: string, of = asset, at = rivulet.clock.now): string {
  return assetUrl({ lead, asset: of, at }, { publicUrl: rivulet.url, keys: rivulet.keys });
}

async function get(
  url: string,
  { headers, method }: { headers?: Readonly<Record<string, string>>; method?: string } = {},
) {
  const init = { redirect: 'manual', headers: { ...browser, ...headers }, ...(method ? { method } : {}) } as const;
  return readAnswer(await fetch(url, init));
}

/** Downloads that were noted of a lead; those of machines with what gave them away. */
async function downloads(lead: string): Promise<readonly string[]> {
  const events = await rivulet.store.events.ofLead(lead);
  const noted = events.filter(({ type }) => type === 'asset.downloaded');
  return noted.map(({ about, machine }) => `${about}${machine ? ' by a machine' : ''}`);
}

describe('a link to an asset', () => {
  test('hands the file out, as a file, to be kept by nobody and found by no search', async () => {
    const { status, headers, text } = await get(link(await aLead()));
    expect([status, text]).toEqual([200, '124 minutes.\n']);
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="?paper\.txt"?$/);
    expect(headers.get('x-robots-tag')).toBe('noindex, nofollow');
    expect(headers.get('cache-control')).toBe('private, no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('hands out a file of any name under a name that no header can be broken with', async () => {
    const { status, headers } = await get(link(await aLead(), 'downloads/deep/grüße an alle.txt'));
    expect(status).toBe(200);
    expect(headers.get('content-disposition')).toMatch(
      /^attachment; filename="[\x20-\x7e]+"; filename\*=UTF-8''gr%C3%BC/,
    );
  });

  test('leads on to an asset that is somewhere on the web', async () => {
    const lead = await aLead();
    const { status, headers } = await get(link(lead, web));
    expect([status, headers.get('location')]).toEqual([302, web]);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(await downloads(lead)).toEqual([web]);
  });

  test('hands out a part of the file', async () => {
    const { status, text, headers } = await get(link(await aLead()), { headers: { Range: 'bytes=4-10' } });
    expect([status, text, headers.get('content-range')]).toEqual([206, 'minutes', 'bytes 4-10/13']);
  });

  test('works for two weeks, and then says so kindly', async () => {
    const url = link(await aLead());
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 14 * day - 1000);
    expect((await get(url)).status).toBe(200);
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 1000);
    const { status, text } = await get(url);
    expect(status).toBe(410);
    expect(text).toContain('too old');
  });

  test.each([
    ['of another key', (url: string) => url.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
    ['that is cut off', (url: string) => url.slice(0, -4)],
    ['with something behind it', (url: string) => `${url}AAAA`],
    ['that is no token', (url: string) => url.replace(/\/d\/.*/, '/d/paper.txt')],
    ['with a way up', (url: string) => url.replace(/\/d\/.*/, '/d/..%2fdownloads%2fpaper.txt')],
    ['that is long beyond measure', (url: string) => url.replace(/\/d\/.*/, `/d/${'A'.repeat(4000)}`)],
  ])('%s leads nowhere', async (_, broken) => {
    expect((await get(broken(link(await aLead())))).status).toBe(404);
  });

  test('is the only way to a file of templates/downloads/', async () => {
    for (const path of ['/downloads/paper.txt', '/assets/paper.txt', '/assets/../downloads/paper.txt', '/d/'])
      expect((await get(rivulet.url + path)).status).toBe(404);
  });

  test('of somebody who has been forgotten leads nowhere', async () => {
    expect((await get(link('00000000-0000-4000-8000-000000000000'))).status).toBe(404);
  });

  test('of an asset that no form and no mail gives any more leads nowhere', async () => {
    expect((await get(link(await aLead(), 'downloads/secret.txt'))).status).toBe(404);
  });

  test('to a file that has gone says so, and tells the operator', async () => {
    await rm(join(folder, 'templates/downloads/deep'), { recursive: true });
    const { status, text } = await get(link(await aLead(), 'downloads/deep/grüße an alle.txt'));
    expect(status).toBe(404);
    expect(text).toContain('does not lead anywhere');
    expect(rivulet.faults.splice(0).map(String)).toEqual([
      'Error: the asset downloads/deep/grüße an alle.txt cannot be handed out',
    ]);
  });
});

describe('a download', () => {
  test('by a person is noted once for each link and day', async () => {
    const lead = await aLead();
    const url = link(lead);
    await Promise.all([get(url), get(url), get(url)]);
    expect(await downloads(lead)).toEqual([asset]);
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + day);
    await get(url);
    expect(await downloads(lead)).toEqual([asset, asset]);
  });

  test('page by page is one, from its first page', async () => {
    const lead = await aLead();
    await get(link(lead), { headers: { Range: 'bytes=5-' } });
    expect(await downloads(lead)).toEqual([]);
    await get(link(lead), { headers: { Range: 'bytes=0-3' } });
    expect(await downloads(lead)).toEqual([asset]);
  });

  test('is not what asks for the head alone', async () => {
    const lead = await aLead();
    const { status, text } = await get(link(lead), { method: 'HEAD' });
    expect([status, text]).toEqual([200, '']);
    expect(await downloads(lead)).toEqual([]);
  });

  test.each([
    ['that calls itself by its name', { 'User-Agent': 'Mozilla/5.0 (compatible; bingbot/2.0)' }],
    ['that fetches ahead', { 'Sec-Purpose': 'prefetch' }],
    ['that has no name', { 'User-Agent': '' }],
    ['that is no browser', { 'User-Agent': 'curl/8.5.0', Accept: '*/*', 'Accept-Language': '' }],
  ])('by a machine %s is kept as one', async (_, headers) => {
    const lead = await aLead();
    expect((await get(link(lead), { headers })).status).toBe(200);
    expect(await downloads(lead)).toEqual([`${asset} by a machine`]);
  });
});

describe('a mail whose step names an asset', () => {
  test('leads each lead to it by a link of its own, whose click counts', async () => {
    const { id, mail } = await rivulet.welcome('mail@example.org');
    const response = await rivulet.reader.clicks(mail.links[0]);
    const target = response.headers.get('location') ?? '';
    expect(readAsset(target.split('/d/')[1] ?? '', rivulet.keys)).toMatchObject({ lead: id });
    expect((await get(target)).text).toBe('124 minutes.\n');
    expect(await downloads(id)).toEqual([asset]);
    const events = await rivulet.store.events.ofLead(id);
    expect(events.map(({ type }) => type)).toContain('clicked');
  });
});

describe('a token', () => {
  const ticket = { lead: 'a lead', asset, until: new Date('2026-03-16T09:00:00Z') };

  test('says who, what and until when, and is read back under older keys', () => {
    const old = { id: 1, secret: Buffer.alloc(32, 1) };
    const token = signAsset(ticket, [old]);
    expect(readAsset(token, [{ id: 2, secret: Buffer.alloc(32, 2) }, old])).toMatchObject({
      lead: 'a lead',
      until: ticket.until,
    });
    expect(readAsset(token, [{ id: 1, secret: Buffer.alloc(32, 3) }])).toBeUndefined();
  });

  test('of a mail serves for no asset', () => {
    const message = 'a'.repeat(32);
    for (const purpose of ['open', 'unsubscribe', 'preferences'] as const)
      expect(readAsset(signToken(purpose, { message, link: 0 }, rivulet.keys), rivulet.keys)).toBeUndefined();
  });

  test('that was changed in any place is none', () => {
    const token = Buffer.from(signAsset(ticket, rivulet.keys), 'base64url');
    for (let at = 0; at < token.length; at += 1) {
      const changed = Buffer.from(token);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(readAsset(changed.toString('base64url'), rivulet.keys)).toBeUndefined();
    }
  });
});

describe('what a form gives', () => {
  const setting = () => ({ publicUrl: rivulet.url, keys: rivulet.keys });

  test('is offered at once where nobody must agree to anything for it', async () => {
    const lead = await aLead();
    const at = rivulet.clock.now;
    const expected = assetLinkOf(lead, { asset }, at, setting());
    expect(offeredAsset({ kind: 'taken', lead, isNew: true }, formOf(rivulet, 'paper'), at, setting())).toBe(expected);
    expect(offeredAsset({ kind: 'confirm', lead }, formOf(rivulet, 'paper'), at, setting())).toBe(expected);
  });

  test('waits for the confirmation where somebody must, and is nothing where a form gives nothing', async () => {
    const lead = await aLead();
    const at = rivulet.clock.now;
    expect(offeredAsset({ kind: 'confirm', lead }, formOf(rivulet, 'club'), at, setting())).toBeUndefined();
    expect(offeredAsset({ kind: 'taken', lead, isNew: true }, formOf(rivulet, 'call'), at, setting())).toBeUndefined();
  });
});

describe('an asset in a file', () => {
  /** What is wrong with a project whose form or mail names an asset. */
  async function problemsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
    const dir = await aProjectFolder({ ...consentFiles, 'templates/paper.mjml': mailWithLink, ...files });
    const { diagnostics } = await readProject(await readProjectFolder(dir));
    await rm(dir, { recursive: true });
    return diagnostics.map((one) => diagnosticLine(one).replace(/^(\S+?):\d+:\d+ error /, '$1 '));
  }
  const formWith = (named: string) => ({ 'sequences/forms/paper.json': aForm({ doubleOptIn: true, asset: named }) });
  const mailWith = (step: object) => ({
    'sequences/hello.json': aSequenceFile([{ subject: 'Your paper', ...step }], { enroll: { on: 'lead.created' } }),
  });

  test.each([
    [
      'that is not there',
      formWith('downloads/papr.txt'),
      'sequences/forms/paper.json unknown-asset: there is no file "downloads/papr.txt". Did you mean "downloads/paper.txt"?',
    ],
    [
      'that is not there, of a mail',
      mailWith({ send: 'paper', asset: 'downloads/papr.txt' }),
      'sequences/hello.json unknown-asset: there is no file "downloads/papr.txt". Did you mean "downloads/paper.txt"?',
    ],
    [
      'to which its mail does not lead',
      mailWith({ send: 'mail', asset }),
      'sequences/hello.json asset-without-link: the mail "mail" has no link to its asset. Write <mj-button href="{{assetUrl}}"> in the template, or take "asset" out.',
    ],
    [
      'that a mail leads to and its step does not name',
      mailWith({ send: 'paper' }),
      'sequences/hello.json no-asset: the mail "paper" leads to {{assetUrl}}, and this step names no asset. Add "asset": "downloads/…" to the step, or put the link into {{#if assetUrl}}…{{/if}}.',
    ],
  ])('%s is a mistake', async (_, files, problem) => {
    expect(await problemsOf(files)).toEqual([problem]);
  });

  test.each([
    'assets/paper.txt',
    'downloads/../sequences/lead.json',
    'downloads/.env',
    '/etc/passwd',
    'http://example.com/a.pdf',
    'downloads/',
    'downloads\\paper.txt',
  ])('is not called %s', async (named) => {
    expect(await problemsOf(formWith(named))).toEqual([
      'sequences/forms/paper.json wrong-value: the asset is neither a file of templates/downloads/ nor an address. Write "downloads/white-paper.pdf", or "https://…".',
    ]);
  });

  test('may be an address of the web, and a link to it may stand where some steps name none', async () => {
    const covered = mailWithLink.replace('<a', '{{#if assetUrl}}<a').replace('</a>', '</a>{{/if}}Hello');
    expect(
      await problemsOf({ ...formWith(web), ...mailWith({ send: 'paper' }), 'templates/paper.mjml': covered }),
    ).toEqual([]);
  });
});

test('nothing of ours went wrong on the way', () => {
  expect(rivulet.faults).toEqual([]);
});
