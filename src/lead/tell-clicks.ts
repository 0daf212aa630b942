import type { Store } from '../store/open-store.js';
import { type LinkPattern, linkOf } from '../shown/click-map.js';

/** What was clicked in the mails of a step, by people. */
export type Clicks = {
  /** Leads who clicked each link of the mail, by its number. */
  readonly people: ReadonlyMap<number, number>;
  /** Links that the mail has no more, the most frequent first. */
  readonly others: readonly { readonly target: string; readonly people: number }[];
};

/** Links of earlier versions of a mail that are told. */
const mostOthers = 50;
/** Where every lead's link was another, the rarest are forgotten on the way, so that memory stays small. */
const mostKept = 2000;

/** Counts clicks by link: what a lead's own values made of an address counts for the link that it came of. */
export async function tellClicks(
  { sequence, step }: { readonly sequence: string; readonly step: string },
  patterns: readonly LinkPattern[],
  { messages }: Pick<Store, 'messages'>,
): Promise<Clicks> {
  const people = new Map<number, number>();
  let others: { target: string; people: number }[] = [];
  for await (const click of messages.clicks(sequence, step)) {
    const link = linkOf(click.link, patterns);
    if (link !== undefined) people.set(link, (people.get(link) ?? 0) + click.people);
    else others.push({ target: click.link, people: click.people });
    if (others.length > mostKept) others = mostFrequent(others, mostOthers);
  }
  return { people, others: mostFrequent(others, mostOthers) };
}

function mostFrequent<T extends { readonly target: string; readonly people: number }>(
  all: readonly T[],
  most: number,
): T[] {
  return all.toSorted((a, b) => b.people - a.people || (a.target < b.target ? -1 : 1)).slice(0, most);
}
