import { hkdfSync } from 'node:crypto';
import type { LeadEvent } from '../event/lead-event.js';
import type { Lead } from '../journey/facts.js';
import type { Endpoint } from '../store/endpoints.js';
import { signedPost, webhookSecret } from './call-request.js';
import type { PostRequest } from './post.js';

/** What an endpoint is told: what happened, and its lead as it is now. */
export type ToldEvent = { readonly event: LeadEvent; readonly lead: Lead; readonly score: number };

/** The secret of an endpoint, as the libraries of receivers take it. It is kept nowhere: it follows from the key of all. */
export function endpointSecret({ salt }: Pick<Endpoint, 'salt'>, key: Buffer): string {
  return webhookSecret(keyOf(salt, key));
}

/** One call of an endpoint, signed (Standard Webhooks 1.0) by its secret and, for a while, by the one before. */
export function endpointRequest(
  endpoint: Pick<Endpoint, 'salt' | 'former'>,
  message: { readonly id: string; readonly body: string },
  { key, now }: { readonly key: Buffer; readonly now: Date },
): PostRequest {
  const { salt, former } = endpoint;
  const salts = [salt, ...(former && former.until > now ? [former.salt] : [])];
  return signedPost(
    message,
    salts.map((one) => keyOf(one, key)),
    now,
  );
}

export function bodyOf({ event, lead, score }: ToldEvent): string {
  const { id, email, firstName, lastName, stage, tags, attributes } = lead;
  return JSON.stringify({
    type: event.type,
    timestamp: event.at,
    data: { event, lead: { id, email, firstName, lastName, stage, score, tags, attributes } },
  });
}

/** What a test call tells: an event of nobody. */
export function testBody(now: Date): string {
  const event = { id: 'test', type: 'test', lead: 'test', at: now, source: 'rivulet', machine: false };
  const lead = { id: 'test', email: 'ada@example.org', firstName: 'Ada', score: 0, tags: [], attributes: {} };
  return JSON.stringify({ type: 'test', timestamp: now, data: { event, lead } });
}

function keyOf(salt: string, key: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, 'endpoint', 32));
}
