import { gzipSync } from 'node:zlib';
import { raw, type Request, type Response, Router } from 'express';
import { machineBehind } from '../event/machine.js';
import { shortened } from '../event/network.js';
import { visitorKey } from '../event/site-rules.js';
import { type SiteCall, takeSiteCall } from '../lead/site-events.js';
import { readVisit } from '../message/visit-ticket.js';
import { type Beacon, readBeacon } from './site-beacon.js';
import type { SiteDesk } from './site-desk.js';
import { openLimiter } from './site-limits.js';
import { siteScript } from './site-script.js';
import type { Services } from './services.js';

/** Browsers send no more when a page goes away (Fetch, "keepalive": 64 kibibytes). */
const bodyLimit = '64kb';
/** Calls and new visitors in a minute from one network of 256 addresses, behind which a large company may sit. */
const callLimit = { perMinute: 600 };
const visitorLimit = { perMinute: 120 };

/** The site's script, and what pages tell by it. */
export function siteTracking(services: Services, desk: SiteDesk): Router {
  const router = Router();
  const packed = gzipSync(siteScript, { level: 9 });
  router.get('/site.js', (request, response, next) => {
    if (desk.origins().length === 0) return next();
    response.set({
      'Content-Type': 'text/javascript; charset=utf-8',
      'Cache-Control': 'public, max-age=3600',
      // For pages that want to know what they load (COEP), or have it checked against a hash (SRI).
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'Access-Control-Allow-Origin': '*',
      Vary: 'Accept-Encoding',
    });
    if (!request.acceptsEncodings('gzip')) return void response.send(siteScript);
    return void response.set('Content-Encoding', 'gzip').send(packed);
  });

  const calls = openLimiter(callLimit);
  const visitors = openLimiter(visitorLimit);
  router.options('/t', (request, response) => {
    const isOurs = allow(request, response, desk);
    if (isOurs) response.set({ 'Access-Control-Allow-Headers': 'Content-Type', 'Access-Control-Max-Age': '86400' });
    response.status(isOurs ? 204 : 403).end();
  });
  router.post(
    '/t',
    // Whoever may not speak is not read either.
    (request, response, next) => {
      if (!allow(request, response, desk)) {
        desk.noteRefused('foreign-origin', 1, request.get('origin') ?? 'nowhere');
        return void response.status(403).end();
      }
      if (!calls.mayPass(shortened(request.ip ?? ''), services.engine.now())) {
        desk.noteRefused('too-many-calls');
        return void response.status(429).set('Retry-After', '60').end();
      }
      return next();
    },
    raw({ type: () => true, limit: bodyLimit, inflate: false }),
    async (request, response) => {
      const network = shortened(request.ip ?? '');
      const mayBegin = (): boolean => visitors.mayPass(network, services.engine.now());
      response.status(await take(request, { ...services, desk, mayBegin })).end();
    },
  );
  return router;
}

/** Lets the browser show the answer to pages of our sites; false for any others. */
function allow(request: Request, response: Response, desk: SiteDesk): boolean {
  const origin = request.get('origin');
  response.set({ Vary: 'Origin', 'Cache-Control': 'no-store' });
  if (origin === undefined || !desk.origins().includes(origin)) return false;
  response.set('Access-Control-Allow-Origin', origin);
  return true;
}

type Counter = Pick<Services, 'store' | 'engine' | 'project' | 'keys' | 'wake'> & {
  readonly desk: SiteDesk;
  readonly mayBegin: () => boolean;
};

/** Takes what a page of ours sent; answers the status. Nobody reads more of it than whether to send it again. */
async function take(request: Request, counter: Counter): Promise<number> {
  const { store, project, desk } = counter;
  const site = { origin: request.get('origin') ?? '', website: project().brand.website };
  if (isUnwatched(request)) return noteAnd(desk, 'do-not-track', 204);
  const body: unknown = request.body;
  const beacon = Buffer.isBuffer(body) ? readBeacon(body, site) : undefined;
  if (!beacon) return noteAnd(desk, 'unreadable', 400);
  if (beacon.isFarewell) {
    await store.visitors.forget(visitorKey(beacon.visitor));
    return noteAnd(desk, 'consent-withdrawn', 204);
  }
  if (beacon.wrong > 0) desk.noteRefused('wrong-event', beacon.wrong);
  const call = toCall(beacon, request, counter);
  const answer = await takeSiteCall(call, counter.mayBegin, counter);
  if (answer.because && answer.refused > 0) desk.noteRefused(answer.because, answer.refused);
  const views = call.events.slice(0, answer.kept).filter(({ type }) => type === 'page.viewed').length;
  desk.noteKept(site.origin, answer.kept, views);
  if (answer.kept > 0) counter.wake();
  return 204;
}

function noteAnd(desk: SiteDesk, because: string, status: number): number {
  desk.noteRefused(because);
  return status;
}

/** The browser says that its person wants not to be watched (DNT §5; Global Privacy Control §3.1); the script would not even call. */
export function isUnwatched(request: Request): boolean {
  return request.get('dnt') === '1' || request.get('sec-gpc') === '1';
}

function toCall(beacon: Beacon, request: Request, { keys, engine, project }: Counter): SiteCall {
  const { visitor, events, ticket } = beacon;
  const userAgent = request.get('user-agent')?.slice(0, longestAgent) ?? '';
  const click = ticket === undefined ? undefined : readVisit(ticket, keys, engine.now());
  const visit = { kind: 'click', userAgent, ip: request.ip ?? '' } as const;
  const evidence = userAgent === '' ? ['it does not say what it is'] : machineBehind(visit, project().machines);
  return { visitor, events, ...(click ? { click } : {}), ...(evidence ? { evidence } : {}) };
}

const longestAgent = 400;
