import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { appPlaces, appPolicy, webApp } from '../src/http/web-app.js';
import { addresses } from '../src/web/app/addresses.js';
import { type HttpRivulet, startHttpRivulet } from './support.js';

// Threat 18: what is shown runs no script but ours, and nobody puts our pages into a frame of theirs.

let rivulet: HttpRivulet;
let folder: string;
let server: Server;
let built: string;
const script = 'export const answer = 42;\n'.repeat(50);

beforeAll(async () => {
  rivulet = await startHttpRivulet();
  folder = await mkdtemp(join(tmpdir(), 'rivulet-web-'));
  await mkdir(join(folder, 'app'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Rivulet</title>');
  await writeFile(join(folder, 'app/index-abc123.js'), script);
  await writeFile(join(folder, 'app/index-abc123.js.br'), brotliCompressSync(script));
  await writeFile(join(folder, 'app/index-abc123.js.gz'), gzipSync(script));
  await writeFile(join(folder, 'app/plain-abc123.css'), 'p{}');
  await writeFile(join(folder, 'secret.txt'), 'nothing of yours');
  const app = express().use(webApp(folder));
  server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
  });
  const address = server.address();
  built = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterAll(async () => {
  await rivulet.close();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

const rulesOf = (policy: string | null): ReadonlyMap<string, string> =>
  new Map((policy ?? '').split('; ').map((rule) => [rule.split(' ')[0] ?? '', rule.split(' ').slice(1).join(' ')]));

describe('every answer', () => {
  test.each([
    ['the API', '/api/leads'],
    ['a mistake', '/api/leads/nobody'],
    ['nothing at all', '/nowhere'],
    ['a foreign key', '/api/keys'],
    ['health', '/healthz'],
    ['a form', '/f/newsletter'],
    ['a bad link', '/u/no-such-token'],
    ['a page', '/'],
    ['a page of old', '/leads'],
  ])('of %s is taken for what it says it is, and is in no frame of others', async (_, path) => {
    const { headers } = await fetch(rivulet.url + path);
    const rules = rulesOf(headers.get('content-security-policy'));
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('referrer-policy')).toMatch(/^(?:same-origin|no-referrer|strict-origin)/);
    expect(rules.get('base-uri')).toBe("'none'");
    expect(rules.has('default-src')).toBe(true);
    for (const name of ['default-src', 'script-src']) expect(rules.get(name) ?? '').not.toMatch(/unsafe|\*|https:/);
  });

  test.each(['/', '/api/leads', '/healthz', '/u/no-such-token'])('of %s lets no stranger frame it', async (path) => {
    const { headers } = await fetch(rivulet.url + path);
    expect(rulesOf(headers.get('content-security-policy')).get('frame-ancestors')).toMatch(/^'(?:self|none)'$/);
    expect(headers.get('x-frame-options')).toMatch(/^(?:DENY|SAMEORIGIN)$/);
  });
});

describe('the pages', () => {
  test.each(['/', '/leads', '/leads/42', '/editor/sequences/welcome.json', '/settings?x=1'])(
    'at %s are the application, under its strict policy',
    async (path) => {
      const answer = await fetch(built + path);
      expect(await answer.text()).toContain('<title>Rivulet</title>');
      expect(answer.headers.get('content-security-policy')).toBe(appPolicy);
      expect(answer.headers.get('cache-control')).toBe('no-cache');
      expect(answer.headers.get('x-frame-options')).toBe('DENY');
    },
  );

  test('run no inline script, no inline style, no eval and no markup made of text', () => {
    expect(appPolicy).not.toMatch(/unsafe-inline|unsafe-eval|\*/);
    expect(rulesOf(appPolicy).get('script-src')).toBe("'self'");
    expect(rulesOf(appPolicy).get('style-src')).toBe("'self'");
    expect(rulesOf(appPolicy).get('frame-ancestors')).toBe("'none'");
    expect(rulesOf(appPolicy).get('require-trusted-types-for')).toBe("'script'");
  });

  test('have nothing inline in the page that they are made from', async () => {
    const page = await readFile('src/web/index.html', 'utf8');
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
  });

  test('are answered at every address that the application knows', () => {
    const known = addresses.flatMap((address) => address.split('/')[1] || []);
    expect([...new Set(known)].toSorted()).toEqual([...appPlaces].toSorted());
  });

  test('that were never built leave the way to others', async () => {
    const empty = express().use(webApp(join(folder, 'nowhere')), (_request, response) => void response.send('others'));
    const other = empty.listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : 0;
    expect(await (await fetch(`http://127.0.0.1:${port}/leads`)).text()).toBe('others');
    await new Promise((resolve) => other.close(resolve));
  });
});

describe('their files', () => {
  test.each([
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['gzip, br', 'br'],
    ['identity', null],
  ])('come as a browser takes them: %s', async (accepted, encoding) => {
    const answer = await fetch(`${built}/app/index-abc123.js`, { headers: { 'Accept-Encoding': accepted } });
    expect(answer.headers.get('content-encoding')).toBe(encoding);
    expect(answer.headers.get('content-type')).toContain('javascript');
    expect(answer.headers.get('vary')).toContain('Accept-Encoding');
    expect(await answer.text()).toBe(script);
  });

  test('are kept for ever by browsers, since their names change with them', async () => {
    const { headers } = await fetch(`${built}/app/plain-abc123.css`);
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  });

  test('that are gone are not kept as gone', async () => {
    const answer = await fetch(`${built}/app/index-old000.js`);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([404, 'no-store']);
  });

  test.each(['/app/../secret.txt', '/app/%2e%2e/secret.txt', '/app/..%2fsecret.txt', '/secret.txt', '/app/index.html'])(
    'are those of the application alone: not %s',
    async (path) => {
      const answer = await fetch(built + path);
      expect(answer.status).toBe(404);
      expect(await answer.text()).not.toContain('nothing of yours');
    },
  );
});
