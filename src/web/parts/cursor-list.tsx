import { type ReactNode, useEffect, useEffectEvent, useRef } from 'react';
import type { CursorReading } from '../data/query.js';
import { Button } from './button.js';
import { Skeleton } from './skeleton.js';
import { TroubleNote } from './trouble-note.js';

type ListParts<Item> = {
  readonly list: CursorReading<Item>;
  /** What is shown when there is nothing: why, and what to do next. */
  readonly empty: ReactNode;
  /** Shows what was read so far. */
  readonly children: (items: readonly Item[]) => ReactNode;
};

/** A list that is read page by page: it reads on when its end comes near, and by a button. */
export function CursorList<Item>({ list, empty, children }: ListParts<Item>) {
  const { items, trouble, isLoading, isLoadingMore, hasMore, more, again } = list;
  const end = useRef<HTMLDivElement>(null);
  const readOn = useEffectEvent(() => {
    if (hasMore && !isLoadingMore && !trouble) more();
  });
  useEffect(() => {
    if (!end.current) return;
    const watch = new IntersectionObserver(([seen]) => seen?.isIntersecting && readOn(), { rootMargin: '400px' });
    watch.observe(end.current);
    return () => watch.disconnect();
    // Observed anew after every page: an end that is still in sight tells nothing by itself.
  }, [items.length, hasMore, isLoadingMore]);
  if (isLoading) return <Skeleton lines={12} />;
  if (items.length === 0 && trouble) return <TroubleNote trouble={trouble} again={again} />;
  if (items.length === 0 && !hasMore) return empty;
  return (
    <>
      {items.length > 0 ? children(items) : <p className="quiet">Nothing so far; looking further…</p>}
      {trouble && <TroubleNote trouble={trouble} again={again} />}
      <div ref={end} className="list-end">
        {hasMore ? (
          <Button isBusy={isLoadingMore} onClick={more}>
            Load more
          </Button>
        ) : (
          items.length > 20 && <p className="quiet">That is all.</p>
        )}
      </div>
    </>
  );
}
