import { useEffect, useState } from 'react';

/** Screen readers are told no oftener than this: each event by itself would never let them come to an end. */
const everyMs = 10_000;

/** How many came since the last time that it was said; changes every few seconds at the most. */
export function useSpoken(count: number): number {
  const [said, setSaid] = useState({ until: count, news: 0 });
  useEffect(() => {
    if (count === said.until) return;
    const wait = setTimeout(() => setSaid({ until: count, news: Math.max(0, count - said.until) }), everyMs);
    return () => clearTimeout(wait);
  }, [count, said.until]);
  return said.news;
}
