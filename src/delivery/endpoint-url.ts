import { isPublic, literalAddress } from './public-address.js';

/** Why an address may be none of an endpoint; undefined when it may. What its name leads to is looked at with each call. */
export function refusedUrl(url: string, allowPrivate: boolean): string | undefined {
  const literal = literalAddress(new URL(url));
  if (literal === undefined || allowPrivate || isPublic(literal)) return undefined;
  return 'is no address of the public internet; WEBHOOK_ALLOW_PRIVATE lets endpoints be inside your network';
}
