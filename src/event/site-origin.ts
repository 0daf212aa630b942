import { urlOf } from '../url.js';

/** The origin of an address of the web: scheme, host and port in the one spelling that browsers send. Undefined for none. */
export function originOf(address: string): string | undefined {
  return pageUrl(address)?.origin;
}

/** Longer addresses are no page's. */
const longest = 2048;

function pageUrl(address: string): URL | undefined {
  return address.length <= longest && /^https?:\/\//i.test(address) ? urlOf(address) : undefined;
}

/** The origins of a website: as it is written, and with or without "www.", which most sites answer to as well. */
export function originsOf(website: string): readonly string[] {
  const url = pageUrl(website);
  if (!url) return [];
  const { origin, host, protocol } = url;
  // A name of one part, or an address of numbers, has no such twin.
  if (!/\.[a-z]/i.test(host)) return [origin];
  const twin = host.startsWith('www.') ? host.slice(4) : `www.${host}`;
  return [origin, `${protocol}//${twin}`];
}

/**
 * What a page is called in events: its path on the website itself, "/pricing", and with its origin on another of your sites.
 * Neither its query nor what stands behind "#", which often hold what is nobody's business. Undefined when the page is not
 * one of the origin that speaks of it.
 */
export function pageOf(address: string, origin: string, website: string): string | undefined {
  const url = pageUrl(address);
  if (url?.origin !== origin) return undefined;
  return originsOf(website).includes(origin) ? url.pathname : origin + url.pathname;
}
