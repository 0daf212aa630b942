import { isMailEvent } from './canonical.js';
import { idFrom } from './id.js';
import { ownEvents } from './own-events.js';

/** A visitor as the site's script makes one up: 32 hexadecimal digits. A site's own backend may use ids of its own. */
const visitorShape = /^[\w-]{16,64}$/;

export function isVisitor(text: string): boolean {
  return visitorShape.test(text);
}

/** What a visitor is kept under. Whoever reads the database cannot speak for a browser by it. */
export function visitorKey(visitor: string): string {
  return idFrom('visitor', visitor);
}

/** Told twice, an event of a visitor is one, whether its lead was known the first time or not. */
export function visitorEventId(key: string, source: string, ...parts: readonly string[]): string {
  return idFrom('visitor event', key, source, ...parts);
}

/** Names that anybody's browser could use to change a lead by what only mails, forms and Rivulet itself can tell. */
const notOfBrowsers: readonly string[] = [...ownEvents, 'form.submitted'];

/** Whether the script on a page may tell this type of event: what happened on the site, and nothing else. */
export function mayBrowserTell(type: string): boolean {
  return !notOfBrowsers.includes(type) && !isMailEvent(type);
}

/**
 * When something happened that a browser tells of. Clocks of browsers are off by years, so it says how long ago; and what
 * was never heard of before its first sight cannot have done anything before it.
 */
export function timeOf(agoMs: number, firstAt: Date, now: Date): Date {
  return new Date(Math.min(now.getTime(), Math.max(firstAt.getTime(), now.getTime() - agoMs)));
}

/** How long somebody is still at what they did. */
const momentMs = 3_600_000;

/** Whether an event became known so long after it happened that the moment for answering it is over. */
export function isLate(at: Date, knownAt: Date): boolean {
  return knownAt.getTime() - at.getTime() > momentMs;
}
