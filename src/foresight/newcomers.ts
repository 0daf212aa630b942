import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { type Lead, zoneOf } from '../journey/facts.js';
import { domainOf } from '../message/address.js';
import { dayMs } from '../sequence/wall-clock.js';
import type { ForetoldLead } from '../simulation/forecast-batch.js';
import type { Store } from '../store/open-store.js';

/** Somebody who came lately, as one who is expected. */
export type Newcomer = { readonly lead: ForetoldLead; readonly domain: string; readonly weight: number };

export type Newcomers = {
  readonly expected: readonly Newcomer[];
  /** How many a day came by themselves, and over how many days that was looked at. */
  readonly perDay: number;
  readonly days: number;
};

type Setting = {
  readonly store: Pick<Store, 'futures' | 'leads'>;
  readonly now: Date;
  readonly until: Date;
  readonly defaultTimeZone: string;
};

/** So far back is looked for how many come. Whole weeks, as fewer come on Sundays. */
const mostDays = 28;
/** So many comings are played: over a longer time each of them comes more often, and fewer are looked at. */
const mostComings = 300;
const fewest = 60;

/**
 * Who will come is taken to be like who came: each of them comes once more on the same weekday at the same time, and does
 * again what it did by itself then. Those that somebody imported are no sign of more to come.
 */
export async function newcomers(setting: Setting): Promise<Newcomers> {
  const { store, now, until } = setting;
  const first = await store.futures.firstLeadAt();
  const days = first ? daysOf((now.getTime() - first.getTime()) / dayMs) : 0;
  if (days === 0) return { expected: [], perDay: 0, days };
  const weeks = Math.max(1, (until.getTime() - now.getTime()) / (7 * dayMs));
  const most = Math.max(fewest, Math.round(mostComings / weeks));
  const { count, some } = await store.futures.newcomers(new Date(now.getTime() - days * dayMs), most);
  const [leads, doings] = await Promise.all([store.leads.byIds(some), store.futures.ownDoings(some)]);
  const known = [...leads.values()].flatMap((lead) => {
    const own = doings.get(lead.id) ?? [];
    return own.some(({ type }) => type === 'lead.created') ? [{ lead, own }] : [];
  });
  const share = some.length > 0 ? count / some.length : 0;
  const expected = known.flatMap(({ lead, own }) => comings(lead, own, { ...setting, days, share }));
  return { expected, perDay: (known.length * share) / days, days };
}

/** Whole weeks as far as there are any. */
function daysOf(age: number): number {
  const days = Math.min(mostDays, Math.floor(age));
  return days >= 7 ? days - (days % 7) : days;
}

type Span = Setting & { readonly days: number; readonly share: number };

function comings(lead: Lead, own: readonly LeadEvent[], { days, share, now, until, defaultTimeZone }: Span) {
  const periodDays = Math.min(days, 7);
  const periods = Math.ceil((until.getTime() - lead.createdAt.getTime()) / (periodDays * dayMs));
  return Array.from({ length: periods }, (_, i) => (i + 1) * periodDays * dayMs).flatMap(
    (laterMs): readonly Newcomer[] => {
      const from = new Date(lead.createdAt.getTime() + laterMs);
      if (from < now || from >= until) return [];
      const again = { ...asItCame(lead, own, from), id: idFrom('expected', lead.id, String(laterMs)) };
      const known = {
        facts: {
          lead: again,
          timeZone: zoneOf(again, defaultTimeZone),
          mails: new Map(),
          events: [],
          calls: new Map(),
          received: new Map(),
          recent: [],
        },
        running: [],
        runs: [],
        mails: new Map(),
        calls: new Map(),
      };
      const script = own.map((event) => later(event, again.id, laterMs)).filter(({ at }) => at < until);
      const weight = (share * periodDays) / days;
      return [{ lead: { known, from, script }, domain: domainOf(lead.email), weight }];
    },
  );
}

/** A lead as it was when it came: without what it got and became since. */
function asItCame(lead: Lead, own: readonly LeadEvent[], createdAt: Date): Lead {
  const { stage: _, segments: __, thresholds: ___, thresholdTurns: ____, awayUntil: _____, ...rest } = lead;
  const asked = own.some(({ type }) => type === 'consent.asked');
  const consent = { ...lead.consent, at: createdAt, ...(asked ? { status: 'pending' as const } : {}) };
  return { ...rest, consent, entries: [], createdAt };
}

function later(event: LeadEvent, lead: string, ms: number): LeadEvent {
  return { ...event, id: idFrom('again', event.id, lead), lead, at: new Date(event.at.getTime() + ms) };
}
