import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Request, type Response, Router } from 'express';

/** Where `npm run build` puts the application; the same folder from `src` and from `dist`. */
const builtApp = fileURLToPath(new URL('../../dist/web', import.meta.url));

/** The addresses of its pages, by their beginnings; those of src/web/app/addresses.ts. */
export const appPlaces = [
  'sequences',
  'simulator',
  'forecast',
  'leads',
  'deliverability',
  'mailbox',
  'forms',
  'reports',
  'activity',
  'editor',
  'endpoints',
  'settings',
  'sign-in',
  'welcome',
] as const;

/**
 * What the pages of the application may do: run our own scripts and ask our own API, nothing else. Pictures come from
 * wherever a mail's pictures do, frames from here (mails, under a policy of their own).
 */
export const appPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: https:",
  "connect-src 'self'",
  "font-src 'self'",
  "frame-src 'self' blob:",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The reference of the API is made by a library that writes markup, cleaned, by itself; its page runs nothing else. */
const docsPolicy = appPolicy
  .split('; ')
  .filter((rule) => !rule.includes('trusted-types'))
  .join('; ');

const appHeaders = {
  'Content-Security-Policy': appPolicy,
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
};

/** Serves the built application: its files under their own names, and its one page for every address of a page. */
export function webApp(folder = builtApp): Router {
  const router = Router();
  // Looked at with every request: whoever builds while Rivulet runs need not start it anew.
  router.use((_request, _response, next) => next(existsSync(join(folder, 'index.html')) ? undefined : 'router'));
  router.get(/^\/app\/[\w.-]+\.(?:js|css|svg|woff2)$/, (request, response) =>
    sendBuilt(folder, request.path, { request, response, isHashed: true }),
  );
  router.get(['/theme.js', '/rivulet.svg'], (request, response) =>
    sendBuilt(folder, request.path, { request, response, isHashed: false }),
  );
  router.get('/docs', (request, response) => {
    response.set({ ...appHeaders, 'Content-Security-Policy': docsPolicy });
    return sendBuilt(folder, '/docs.html', { request, response, isHashed: false });
  });
  router.get(['/', ...appPlaces.map((place) => `/${place}{/*rest}`)], (request, response) => {
    response.set(appHeaders);
    return sendBuilt(folder, '/index.html', { request, response, isHashed: false });
  });
  return router;
}

type Asked = { readonly request: Request; readonly response: Response; readonly isHashed: boolean };

/** A file as the browser takes it best. A name with a hash in it means the same for ever; the others are asked for anew. */
async function sendBuilt(folder: string, name: string, { request, response, isHashed }: Asked): Promise<void> {
  // Asked one by one: of several that are equally welcome, a browser would be given the one it names first.
  const encodings = [request.acceptsEncodings('br') && 'br', request.acceptsEncodings('gzip') && 'gz'].filter(
    (one) => one !== false,
  );
  const whole = join(folder, name);
  const compressed = encodings.find((ending) => existsSync(`${whole}.${ending}`));
  const file = await readFile(compressed ? `${whole}.${compressed}` : whole).catch(() => undefined);
  if (!file) {
    // A page that was loaded before the last build asks for files that are gone; it says so, and is loaded anew.
    response.status(404).type('text').set('Cache-Control', 'no-store').send('This file is gone. Load the page again.');
    return;
  }
  response
    .set('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    .vary('Accept-Encoding')
    .type(extname(name))
    .send(sent(response, file, compressed));
}

function sent(response: Response, file: Buffer, compressed: string | undefined): Buffer {
  if (compressed) response.set('Content-Encoding', compressed === 'gz' ? 'gzip' : 'br');
  return file;
}
