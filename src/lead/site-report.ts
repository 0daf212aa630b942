import type { Store } from '../store/open-store.js';
import type { SiteCount } from '../store/site-counts.js';

/** How the site's script is doing. */
export type SiteReport = {
  /** Where pages load it from. */
  readonly script: string;
  /** The origins that may tell, and others that did, with when they were last heard and what they told in the last day. */
  readonly origins: readonly {
    readonly origin: string;
    readonly allowed: boolean;
    readonly lastAt: Date | null;
    readonly day: { readonly events: number; readonly pageViews: number };
  }[];
  /** What was not taken in the last day, and why; of foreign origins, what the last of them was. */
  readonly refused: readonly {
    readonly because: string;
    readonly count: number;
    readonly lastAt: Date;
    readonly from?: string;
  }[];
};

/** What the script told in the last day, when each origin was last heard, and what was refused and why. */
export async function reportSite(
  { siteCounts }: Pick<Store, 'siteCounts'>,
  { origins, publicUrl }: { readonly origins: readonly string[]; readonly publicUrl: string },
  now: Date,
): Promise<SiteReport> {
  const [day, all] = await Promise.all([siteCounts.ofDay(now), siteCounts.all(now)]);
  const heard = all.filter(({ of }) => of === 'origin');
  return {
    script: `${publicUrl}/site.js`,
    origins: [...new Set([...origins, ...heard.map(({ name }) => name)])].map((origin) => ({
      origin,
      allowed: origins.includes(origin),
      lastAt: heard.find(({ name }) => name === origin)?.lastAt ?? null,
      day: toldBy(origin, day),
    })),
    refused: day
      .filter(({ of }) => of === 'refused')
      .map(({ name, events, lastAt, from }) => ({ because: name, count: events, lastAt, ...(from ? { from } : {}) })),
  };
}

function toldBy(origin: string, counts: readonly SiteCount[]) {
  const { events = 0, pageViews = 0 } = counts.find(({ of, name }) => of === 'origin' && name === origin) ?? {};
  return { events, pageViews };
}
