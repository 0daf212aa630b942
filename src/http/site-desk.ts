import { setTimeout as pause } from 'node:timers/promises';
import { originOf, originsOf } from '../event/site-origin.js';
import { reportSite, type SiteReport } from '../lead/site-report.js';
import { type Click, signVisit } from '../message/visit-ticket.js';
import type { SiteCount } from '../store/site-counts.js';
import type { Services } from './services.js';

export type SiteDesk = ReturnType<typeof openSiteDesk>;

/** Between two writes of counts, and between two looks at those of other processes. */
const writeEveryMs = 1000;
const lookEveryMs = 60_000;
/** What refused pages say of where they are, as far as it is kept. */
const longestFrom = 200;

/** What the site's script is about: which origins may speak, which do, and how much they tell. */
export function openSiteDesk({ store, engine, project, keys, siteOrigins }: Services) {
  const heard = new Map<string, Date>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  let pending = new Map<string, SiteCount>();
  let writing: Promise<void> | undefined;

  const origins = (): readonly string[] => siteOrigins ?? originsOf(project().brand.website);
  const write = async (): Promise<void> => {
    const counts = [...pending.values()];
    pending = new Map();
    // Numbers for people to look at: nothing is worse for losing some.
    await store.siteCounts.add(counts).catch(() => {});
  };
  const writeSoon = async (): Promise<void> => {
    await pause(writeEveryMs, undefined, { ref: false });
    writing = undefined;
    await write();
  };
  const note = (count: Omit<SiteCount, 'lastAt'>): void => {
    const key = `${count.of} ${count.name}`;
    const was = pending.get(key);
    const events = count.events + (was?.events ?? 0);
    const pageViews = count.pageViews + (was?.pageViews ?? 0);
    pending.set(key, { ...was, ...count, events, pageViews, lastAt: engine.now() });
    writing ??= writeSoon();
  };
  const look = async (): Promise<void> => {
    if (performance.now() - lookedAt < lookEveryMs) return;
    lookedAt = performance.now();
    for (const { of, name, lastAt } of await store.siteCounts.all(engine.now()))
      if (of === 'origin') heard.set(name, lastAt);
  };

  return {
    origins,
    /** Notes what came of a call of an origin. */
    noteKept: (origin: string, events: number, pageViews: number): void => {
      heard.set(origin, engine.now());
      note({ of: 'origin', name: origin, events, pageViews });
    },
    noteRefused: (because: string, events = 1, from?: string): void =>
      note({
        of: 'refused',
        name: because,
        events,
        pageViews: 0,
        ...(from === undefined ? {} : { from: from.slice(0, longestFrom) }),
      }),

    /**
     * Where a click leads: with a ticket for the script, if it is to a page of ours whose site has the script. Others would
     * only carry it about in their addresses. In doubt the link stays as it is.
     */
    withTicket: async (target: string, click: Click): Promise<string> => {
      const origin = originOf(target);
      if (origin === undefined || !origins().includes(origin)) return target;
      await look().catch(() => {});
      if (!heard.has(origin)) return target;
      const [, page = '', fragment = ''] = /^([^#]*)(#.*)?$/s.exec(target) ?? [];
      return `${page}${page.includes('?') ? '&' : '?'}rv=${signVisit(click, keys)}${fragment}`;
    },

    /** How the script is doing, by now. */
    report: async (publicUrl: string): Promise<SiteReport> => {
      await write();
      return reportSite(store, { origins: origins(), publicUrl }, engine.now());
    },
  };
}
