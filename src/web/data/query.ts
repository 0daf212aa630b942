import {
  type InfiniteData,
  QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useMemo } from 'react';
import { toast } from '../parts/toast.js';
import { type Ask, callAny, type Name, type Stated, type Told } from './call.js';
import { type Trouble, troubleOf } from './trouble.js';

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What Rivulet refuses it refuses again; what did not arrive may.
      retry: (count, error) => count < 2 && [0, 502, 503, 504].includes(troubleOf(error).status),
    },
  },
});

export type Reading<Answer> = {
  readonly data: Answer | undefined;
  readonly trouble: Trouble | undefined;
  /** Nothing was answered yet. */
  readonly isLoading: boolean;
  /** What is shown answers an earlier question (`keep`), and the new answer is on its way. */
  readonly isStale: boolean;
  readonly again: () => void;
};

export type ReadOptions = {
  /** Asked again every so many milliseconds while the page is looked at. */
  readonly every?: number | undefined;
  /** false: not asked at all yet. */
  readonly when?: boolean;
  /** While another thing is asked, what was answered before stays on the page. */
  readonly keep?: boolean;
};

/** What a hook is given after the name: what is asked, if the route has to be asked something, and how. */
type Rest<N extends Name, Options> =
  object extends Ask<N> ? [asked?: Stated<N>, options?: Options] : [asked: Stated<N>, options?: Options];

/** Reads one thing of the API and keeps it fresh: `useRead('GET /api/leads/:id', { params: { id } })`. */
export function useRead<N extends Name>(name: N, ...[asked, options = {}]: Rest<N, ReadOptions>): Reading<Told<N>> {
  const { every, when = true, keep = false } = options;
  const { data, error, isPending, isPlaceholderData, refetch } = useQuery<Told<N>>({
    queryKey: [name, asked ?? {}],
    queryFn: ({ signal }) => callAny(name, { ...asked, signal }),
    enabled: when,
    ...(every === undefined ? {} : { refetchInterval: every }),
    ...(keep ? { placeholderData: (before) => before } : {}),
  });
  const trouble = error ? troubleOf(error) : undefined;
  return { data, trouble, isLoading: isPending && when, isStale: isPlaceholderData, again: () => void refetch() };
}

type CursorPage = { readonly items: readonly unknown[]; readonly next: string | null };
/** One of what a list holds. */
export type ItemOf<N extends Name> = Told<N> extends { readonly items: readonly (infer Item)[] } ? Item : never;

export type CursorReading<Item, Page = unknown> = {
  readonly items: readonly Item[];
  /** The first page, with what it told besides its items. */
  readonly first: Page | undefined;
  readonly trouble: Trouble | undefined;
  readonly isLoading: boolean;
  readonly isStale: boolean;
  readonly isLoadingMore: boolean;
  readonly hasMore: boolean;
  readonly more: () => void;
  readonly again: () => void;
};

/** Reads a list page by page; what was read stays, so that a reader who comes back finds the place. */
export function useCursorList<N extends Name>(
  name: N,
  ...[asked, options = {}]: Rest<N, ReadOptions>
): CursorReading<ItemOf<N>, Told<N>> {
  type Page = Told<N> & CursorPage;
  const { every, when = true, keep = true } = options;
  const query: object = asked && 'query' in asked && typeof asked.query === 'object' && asked.query ? asked.query : {};
  const found = useInfiniteQuery<Page, Error, InfiniteData<Page, string>, readonly unknown[], string>({
    queryKey: [name, asked ?? {}, 'page by page'],
    queryFn: ({ pageParam, signal }) =>
      callAny(name, { ...asked, query: { ...query, ...(pageParam ? { after: pageParam } : {}) }, signal }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
    enabled: when,
    // For whoever has read on, all pages would be asked for each time.
    ...(every === undefined
      ? {}
      : { refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : every) }),
    ...(keep ? { placeholderData: (before) => before } : {}),
  });
  const items = useMemo(() => itemsOf<N>(found.data?.pages ?? []), [found.data]);
  return {
    items,
    first: found.data?.pages[0],
    trouble: found.error ? troubleOf(found.error) : undefined,
    isLoading: found.isPending && when,
    isStale: found.isPlaceholderData,
    isLoadingMore: found.isFetchingNextPage,
    hasMore: found.hasNextPage,
    more: () => void found.fetchNextPage(),
    again: () => void found.refetch(),
  };
}

function itemsOf<N extends Name>(pages: readonly CursorPage[]): readonly ItemOf<N>[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a list holds is what its name says; no type can follow that
  return pages.flatMap(({ items }) => items as readonly ItemOf<N>[]);
}

export type Writing<N extends Name> = {
  /** Sends it; resolves to the answer, or to undefined where there was trouble (which is told). */
  readonly send: (
    ...asked: object extends Ask<N> ? [asked?: Stated<N>] : [asked: Stated<N>]
  ) => Promise<Told<N> | undefined>;
  readonly isSending: boolean;
  readonly trouble: Trouble | undefined;
  readonly clear: () => void;
};

export type WriteOptions = {
  /** What is said once it is done. */
  readonly says?: string;
  /** Reads that are asked anew afterwards, by the beginning of their names; left out: all of them. */
  readonly refreshes?: readonly string[];
  /** The page shows the trouble at its fields by itself. */
  readonly isQuiet?: boolean;
  /** What comes next once it is done: the only way to know it of a route that answers nothing. */
  readonly then?: () => void;
};

/** Changes something by the API: `const { send } = useWrite('PUT /api/leads/:id/owner', { says: 'Saved' })`. */
export function useWrite<N extends Name>(
  name: N,
  { says, refreshes, isQuiet = false, then }: WriteOptions = {},
): Writing<N> {
  const client = useQueryClient();
  const { mutateAsync, isPending, error, reset } = useMutation<Told<N>, Error, object>({
    mutationFn: (asked) => callAny(name, asked),
    onSuccess: () => {
      if (says) toast(says);
      // Nobody waits for what is only shown anew.
      void client.invalidateQueries({
        predicate: ({ queryKey: [key] }) => !refreshes || refreshes.some((start) => String(key).startsWith(start)),
      });
      then?.();
    },
    onError: (thrown) => {
      if (!isQuiet) toast({ tone: 'bad', text: troubleOf(thrown).message });
    },
  });
  return {
    send: (...[asked]) => mutateAsync(asked ?? {}).catch(() => undefined),
    isSending: isPending,
    trouble: error ? troubleOf(error) : undefined,
    clear: reset,
  };
}
