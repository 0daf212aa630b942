/** What is counted of mails that were handed over, and of those that came back. */
export const deliveryFacts = [
  'accepted',
  'uncertain',
  'rejected',
  'failed',
  'deferred',
  'hardBounced',
  'softBounced',
  'complained',
] as const;
export type DeliveryFact = (typeof deliveryFacts)[number];

/** What each means, in a sentence that pages print. */
export const deliveryMeanings: Readonly<Record<DeliveryFact, string>> = {
  accepted: 'the server took it',
  uncertain: 'handed over, and the answer went unheard',
  rejected: 'the server refused it for good',
  failed: 'never handed over: it could not be made, or its time ran out',
  deferred: 'put off at least once before it came to its end',
  hardBounced: 'told back that the address is no good; counted on the day it was told',
  softBounced: 'told back that it could not be delivered then; counted on the day it was told',
  complained: 'reported as spam; counted on the day it was told',
};

export type DeliveryCounts = Readonly<Partial<Record<DeliveryFact, number>>>;
/** Counts by the name of what they are of: a transport, or a receiving domain. */
export type ByName = ReadonlyMap<string, DeliveryCounts>;

/** What was counted in an hour or a day. */
export type DeliveryTally = {
  readonly transports: ByName;
  readonly domains: ByName;
  /** Of domains that are not named. */
  readonly others: DeliveryCounts;
  /** Mails handed over by the domain that they are from. */
  readonly senders: ReadonlyMap<string, number>;
};

export const noTally: DeliveryTally = { transports: new Map(), domains: new Map(), others: {}, senders: new Map() };

/** Domains that are named of a day: the others together are "others", and so is one of few mails, which may be one person's. */
export const mostNamed = 200;
export const fewestNamed = 3;

export function sum(one: DeliveryCounts, other: DeliveryCounts): DeliveryCounts {
  const all = deliveryFacts.map((fact) => [fact, (one[fact] ?? 0) + (other[fact] ?? 0)] as const);
  return Object.fromEntries(all.filter(([, n]) => n > 0));
}

export function sumByName(all: readonly ByName[]): ByName {
  const sums = new Map<string, DeliveryCounts>();
  for (const counts of all) for (const [name, own] of counts) sums.set(name, sum(sums.get(name) ?? {}, own));
  return sums;
}

/** Tallies of times that do not overlap, as one. */
export function together(all: readonly DeliveryTally[]): DeliveryTally {
  const senders = new Map<string, number>();
  for (const tally of all) for (const [name, n] of tally.senders) senders.set(name, (senders.get(name) ?? 0) + n);
  return {
    transports: sumByName(all.map(({ transports }) => transports)),
    domains: sumByName(all.map(({ domains }) => domains)),
    others: all.map(({ others }) => others).reduce(sum, {}),
    senders,
  };
}

/** Which domains keep their names: so many, and none smaller than that unless it was `known` by its name before. */
export type Naming = { readonly most?: number; readonly fewest?: number; readonly known?: ReadonlySet<string> };

/** Leaves the largest domains their names, and puts the rest together. */
export function withFewNamed(
  tally: DeliveryTally,
  { most = mostNamed, fewest = fewestNamed, known = new Set() }: Naming = {},
): DeliveryTally {
  const ranked = [...tally.domains].toSorted(([a, one], [b, other]) => sizeOf(other) - sizeOf(one) || (a < b ? -1 : 1));
  const named = ranked.filter(([name, counts], i) => i < most && (sizeOf(counts) >= fewest || known.has(name)));
  const rest = ranked.filter((one) => !named.includes(one));
  return {
    ...tally,
    domains: new Map(named),
    others: rest.map(([, counts]) => counts).reduce(sum, tally.others),
  };
}

/** How much is known of something: whatever came to its end, or came back. */
function sizeOf(counts: DeliveryCounts): number {
  const { failed = 0, hardBounced = 0, softBounced = 0, complained = 0 } = counts;
  return handedOver(counts) + failed + hardBounced + softBounced + complained;
}

/** Mails that a server had to answer: of them the rates are shares. */
export function handedOver({ accepted = 0, uncertain = 0, rejected = 0 }: DeliveryCounts): number {
  return accepted + uncertain + rejected;
}

/** A share of what was handed over; null where nothing was. */
export function rateOf(fact: DeliveryFact, counts: DeliveryCounts): number | null {
  const whole = handedOver(counts);
  return whole === 0 ? null : (counts[fact] ?? 0) / whole;
}
