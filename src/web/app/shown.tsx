import { Suspense, useState } from 'react';
import { PageSkeleton } from '../parts/skeleton.js';
import { Fallible } from './fallible.js';
import type { PageEntry, PageProps } from './pages.js';

/** A page by its entry; until its code is there, something of its size. */
export function Shown({ entry, params }: PageProps & { readonly entry: PageEntry }) {
  // Stays what it was at first: a page that is replaced by itself would forget what was done in it.
  const [Inside] = useState(entry.page);
  return (
    <Fallible>
      <Suspense fallback={<PageSkeleton kind={entry.skeleton} />}>
        <Inside params={params} />
      </Suspense>
    </Fallible>
  );
}
