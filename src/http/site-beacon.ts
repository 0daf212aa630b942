import * as z from 'zod';
import type { SiteEvent } from '../lead/site-events.js';
import { isVisitor, mayBrowserTell } from '../event/site-rules.js';
import { pageOf } from '../event/site-origin.js';
import { NamedValues, plain } from '../api/lead-body.js';
import { EventType } from '../api/event-body.js';
import { isObject } from '../schema.js';
import { ticketLength } from '../message/visit-ticket.js';

/** Events that one call of the script may have; it sends twenty at most. */
const mostEvents = 50;
/** Values that one event may carry. */
const mostValues = 20;
/** Longer ago than this nothing was, for whoever tells it. */
const longestAgoMs = 31 * 86_400_000;

/** What a page tells at one time. Other keys are let be: scripts of an older and a newer Rivulet are in caches. */
const Beacon = z.object({
  visitor: z.string().refine(isVisitor),
  events: z.array(z.unknown()).max(mostEvents).default([]),
  ticket: z.string().length(ticketLength).optional(),
  forget: z.literal(true).optional(),
});

const Event = z.object({
  id: z.string().regex(/^[\w-]{8,64}$/),
  type: EventType.refine(mayBrowserTell),
  page: z.string().max(2048),
  about: plain(500).min(1).optional(),
  data: NamedValues.refine((values) => Object.keys(values).length <= mostValues).optional(),
  ago: z.number().transform((ms) => Math.min(Math.max(0, ms), longestAgoMs)),
});

export type Beacon = {
  readonly visitor: string;
  readonly events: readonly SiteEvent[];
  /** Events that were not as they must be. */
  readonly wrong: number;
  readonly ticket?: string;
  readonly isFarewell: boolean;
};

/** Where a call says that it comes from, and the website whose own pages are named by their path alone. */
export type Site = { readonly origin: string; readonly website: string };

/** Reads what a page sent; undefined for what the script never writes. A wrong event keeps no other from being taken. */
export function readBeacon(body: Buffer, site: Site): Beacon | undefined {
  const result = Beacon.safeParse(readJson(body));
  if (!result.success) return undefined;
  const { visitor, events: written, ticket, forget } = result.data;
  const events = written.flatMap((one) => readEvent(one, site) ?? []);
  return {
    visitor,
    events,
    wrong: written.length - events.length,
    ...(ticket === undefined ? {} : { ticket }),
    isFarewell: forget === true,
  };
}

function readEvent(value: unknown, { origin, website }: Site): SiteEvent | undefined {
  const result = Event.safeParse(value);
  const page = result.success ? pageOf(result.data.page, origin, website) : undefined;
  if (!result.success || page === undefined || page.length > longestPage) return undefined;
  const { id, type, about, data, ago } = result.data;
  // A page that is viewed is what its address says, whatever else the caller would have it called.
  const what = type === 'page.viewed' ? page : (about ?? page);
  return { id, type, about: what, agoMs: ago, ...(data && isFull(data) ? { data } : {}) };
}

const longestPage = 800;

function isFull(values: object): boolean {
  return Object.keys(values).length > 0;
}

/** JSON in UTF-8; bytes that are none are nobody's words, and are not put right either. */
function readJson(body: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
