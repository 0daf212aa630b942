/**
 * What turns a form away. `hidden-field`: what no person sees was filled in; `too-fast`: nobody reads so fast; `network`,
 * `address`: as often as those may lately (limits.ts); `address-kind`: the form refuses such addresses. Only the first, which no
 * person can be caught by, is told that all went well; the others get their form again, with all that stood in it.
 */
export const defences = ['hidden-field', 'too-fast', 'network', 'address', 'address-kind'] as const;
export type Defence = (typeof defences)[number];

/** What is hidden from people and from what reads pages to them, and is filled in by programs that fill in everything. */
export const hiddenName = '_reason';
