import type { Facets } from '../sequence/step-words.js';

/** One thing that an edit changes, in words. `was` and `is` are what stood and what stands there, if both can be said in short. */
export type Change = {
  readonly mark: 'new' | 'gone' | 'changed' | 'moved';
  /** How deep it stands inside another new or gone step. */
  readonly depth: number;
  readonly what: string;
  readonly was?: string;
  readonly is?: string;
};

/** A change as a sentence has it. */
export function changeInWords({ what, was, is }: Change): string {
  if (was !== undefined && is !== undefined) return `${what}: ${was} → ${is}`;
  if (is !== undefined) return `${what}: now ${is}`;
  return was === undefined ? what : `${what}: no longer ${was}`;
}

/** The same for programs. */
export function changeJson(change: Change) {
  const { mark, what, was, is } = change;
  return { mark, what, was: was ?? null, is: is ?? null, words: changeInWords(change) };
}

/** One facet that is other than it was. */
export type FacetChange = { readonly facet: string; readonly was?: string; readonly is?: string };

/** What differs between the facets of one thing before and after, in the order in which it says them. */
export function facetChanges(before: Facets, after: Facets): readonly FacetChange[] {
  const names = [...new Set([...after.keys(), ...before.keys()])];
  return names.flatMap((facet) => {
    const [was, is] = [before.get(facet), after.get(facet)];
    if (was === is) return [];
    return [{ facet, ...(was === undefined ? {} : { was }), ...(is === undefined ? {} : { is }) }];
  });
}

/** Says of what it is that a facet has changed. */
export function ofThing({ facet, ...sides }: FacetChange, name: string): Change {
  return { mark: 'changed', depth: 0, what: facet === '' ? name : `${facet} of ${name}`, ...sides };
}

/** What has come, gone and changed among things that have names. */
export function thingsChanged(
  before: ReadonlyMap<string, Facets>,
  after: ReadonlyMap<string, Facets>,
  nameOf: (name: string) => string,
): readonly Change[] {
  const names = [...new Set([...after.keys(), ...before.keys()])];
  return names.flatMap((name): readonly Change[] => {
    const [was, is] = [before.get(name), after.get(name)];
    if (!was) return [{ mark: 'new', depth: 0, what: withValue(nameOf(name), is) }];
    if (!is) return [{ mark: 'gone', depth: 0, what: withValue(nameOf(name), was) }];
    return facetChanges(was, is).map((change) => ofThing(change, nameOf(name)));
  });
}

function withValue(name: string, facets: Facets | undefined): string {
  const parts = [...(facets ?? [])].map(([facet, words]) => (facet === '' ? words : `${facet} ${words}`));
  return parts.length === 0 ? name : `${name}: ${parts.join(', ')}`;
}
