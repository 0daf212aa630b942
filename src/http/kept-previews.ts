/** So long a preview can be looked at, and so many are kept: each is a mail of an editor who has gone on typing. */
const keptMs = 10 * 60_000;
const mostKept = 40;

type Kept = { readonly html: string; readonly until: Date };

/** Previews that frames are about to show. In memory alone: they may hold what is known of a lead, and nobody misses them. */
export function openKeptPreviews() {
  const kept = new Map<string, Kept>();
  return {
    keep: (id: string, html: string, now: Date): void => {
      kept.set(id, { html, until: new Date(now.getTime() + keptMs) });
      const [oldest] = kept.keys();
      if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    },
    /** Undefined for one that is kept no more. */
    html: (id: string, now: Date): string | undefined => {
      const found = kept.get(id);
      return found && found.until > now ? found.html : undefined;
    },
  };
}
