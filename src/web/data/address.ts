import { useSearchParams } from 'wouter';

/** What the address bar asks (`?tag=fair`): kept there, so that a list can be shared, marked and gone back to. */
export function useAsked() {
  const [search, setSearch] = useSearchParams();
  return {
    get: (name: string): string => search.get(name) ?? '',
    all: (name: string): readonly string[] => search.getAll(name),
    /** Sets what is given; an empty value goes away. Writing goes on in the same entry of the history. */
    set: (values: Readonly<Record<string, string | readonly string[] | undefined>>): void =>
      setSearch(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [name, value] of Object.entries(values)) {
            next.delete(name);
            for (const one of typeof value === 'string' ? [value] : (value ?? [])) if (one) next.append(name, one);
          }
          return next;
        },
        { replace: true },
      ),
  };
}
