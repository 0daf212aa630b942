import type { Fate } from '../sequence/in-flight.js';

/** Leads at one step, and what an edit does to them. `dueAtOnce`: those who need not wait any longer because of it. */
export type Affected = { readonly fate: Fate; readonly count: number; readonly dueAtOnce: number };

/** "goes on there in the new revision; 7 are due at once": what an edit does to those at a step. */
export function fateInWords({ fate, count, dueAtOnce }: Affected): string {
  const s = count === 1 ? 's' : '';
  const es = count === 1 ? 'es' : '';
  switch (fate.kind) {
    case 'go-on':
      return `go${es} on there in the new revision${dueAtOnce > 0 ? `; ${dueAtOnce === count ? '' : `${dueAtOnce} `}${dueAtOnce === 1 ? 'is' : 'are'} due at once` : ''}`;
    case 'come-over': {
      const at = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(fate.at.map((id) => `“${id}”`));
      return `finish${es} the old revision as far as ${at}, which is in both, and go${es} on in the new one`;
    }
    case 'finish':
      return `finish${es} the old revision`;
    case 'stand-still':
      return `stand${s} still: the revision they are on cannot be read by this version of Rivulet`;
  }
}
