import { dayOf, wallAt } from '../sequence/wall-clock.js';
import type { ForetoldMail } from './forecast-batch.js';
import { type Limit, throughLimits } from './through-limits.js';

/** A lead whose future was played: its mailbox's domain, and the mails of each draw. */
export type PlayedLead = { readonly domain: string; readonly draws: readonly (readonly ForetoldMail[])[] };

/** Leads that are alike, and those of them whose futures were played. */
export type Stratum = { readonly leads: number; readonly played: readonly PlayedLead[] };

/** A lead that came lately, played as one that is expected; `weight`: of how many such it is one. */
export type ExpectedLead = PlayedLead & { readonly weight: number };

/** Mails in the outbox, which wait to be handed over. */
export type QueuedMails = ForetoldMail & { readonly mails: number };

export type Foretold = {
  readonly strata: readonly Stratum[];
  readonly expected: readonly ExpectedLead[];
  readonly queued: readonly QueuedMails[];
};

export type ForetellSetting = {
  readonly zone: string;
  readonly until: Date;
  /** What holds a mail up. */
  readonly limitsOf: (mail: Pick<ForetoldMail, 'sequence'> & { readonly domain: string }) => readonly Limit[];
  /** How long a mail waits for its turn before it is given up. */
  readonly lifeMs: number;
};

/** What is expected, and between which bounds it lies 19 times of 20. */
export type Estimate = { readonly expected: number; readonly low: number; readonly high: number };

export type ForetoldMails = {
  readonly days: ReadonlyMap<number, Estimate>;
  /** By day, sequence and step. */
  readonly mails: readonly (Estimate & { readonly day: number; readonly sequence: string; readonly step: string })[];
  readonly sequences: ReadonlyMap<string, Estimate>;
  /** By sequence and step, over all days. */
  readonly steps: ReadonlyMap<string, Estimate>;
  readonly total: Estimate;
  /** Leads that get at least one. */
  readonly leads: Estimate;
};

/** Adds up what was played: what is expected of everybody, and how far chance and sampling may lead away from it. */
export function foretell(foretold: Foretold, setting: ForetellSetting): ForetoldMails {
  const sums = openSums();
  const goes = whenTheyGo(foretold, setting);
  for (const [place, stratum] of foretold.strata.entries()) addStratum(sums, stratum, (lead) => goes(place, lead));
  for (const [i, { weight, draws }] of foretold.expected.entries())
    addExpected(
      sums,
      weight,
      draws.map((_, draw) => goes(expectedPlace, i)[draw] ?? new Map()),
    );
  for (const [i, { mails }] of foretold.queued.entries()) addQueued(sums, mails, goes(queuedPlace, i)[0] ?? new Map());
  return sums.told();
}

const expectedPlace = -1;
const queuedPlace = -2;

/** Counts by what is counted: "day 3", "mail 3 welcome/hello", "sequence welcome", "all", "leads". */
type Counts = Map<string, number>;

/** The counts of each draw of each lead, on the days on which its mails go by all limits. */
function whenTheyGo({ strata, expected, queued }: Foretold, setting: ForetellSetting) {
  const { zone, until, limitsOf, lifeMs } = setting;
  const flows = [
    ...strata.flatMap(({ leads, played }, place) =>
      played.flatMap((one, lead) => flowsOf(one, { place, lead, share: leads / played.length })),
    ),
    ...expected.flatMap((one, lead) => flowsOf(one, { place: expectedPlace, lead, share: one.weight })),
    ...queued.flatMap(({ mails, ...mail }, lead) =>
      flowsOf({ domain: '', draws: [[mail]] }, { place: queuedPlace, lead, share: mails }),
    ),
  ];
  const days = dayNumbers(zone);
  const counts = new Map<string, Counts[]>();
  for (const { of, at, mails } of throughLimits(flows, limitsOf, { until: until.getTime(), lifeMs })) {
    const draws = within(counts, `${of.place} ${of.lead}`, (): Counts[] => []);
    const own = (draws[of.draw] ??= new Map());
    // What went of it, in mails of one lead.
    const part = mails / of.share;
    const day = days(at);
    for (const key of [
      `day ${day}`,
      `mail ${day} ${of.sequence}/${of.step}`,
      `sequence ${of.sequence}`,
      `step ${of.sequence}/${of.step}`,
      'all',
    ])
      own.set(key, (own.get(key) ?? 0) + part);
    own.set('leads', Math.min(1, (own.get('leads') ?? 0) + part));
  }
  return (place: number, lead: number): readonly Counts[] => counts.get(`${place} ${lead}`) ?? [];
}

function flowsOf(
  { domain, draws }: PlayedLead,
  who: { readonly place: number; readonly lead: number; readonly share: number },
) {
  // Each draw is one of several futures: of the mails of all of them only a part goes.
  return draws.flatMap((mails, draw) =>
    mails.map((mail) => ({
      of: { ...mail, ...who, domain, draw, share: who.share / draws.length },
      at: mail.at,
      mails: who.share / draws.length,
    })),
  );
}

/** Days of a zone, looked up by the quarter of an hour: every zone's midnight falls on one. */
function dayNumbers(zone: string): (at: number) => number {
  const known = new Map<number, number>();
  return (at) => within(known, Math.floor(at / 900_000), () => dayOf(wallAt(new Date(at), zone)));
}

function within<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

type Sum = { expected: number; variance: number };
type Sums = ReturnType<typeof openSums>;

function openSums() {
  const sums = new Map<string, Sum>();
  return {
    add: (key: string, expected: number, variance: number): void => {
      const sum = within(sums, key, () => ({ expected: 0, variance: 0 }));
      sum.expected += expected;
      sum.variance += variance;
    },
    told: (): ForetoldMails => {
      const named = (kind: string) =>
        [...sums].flatMap(([key, sum]) =>
          key.startsWith(`${kind} `) ? [[key.slice(kind.length + 1), estimateOf(sum)] as const] : [],
        );
      return {
        days: new Map(named('day').map(([day, estimate]) => [Number(day), estimate])),
        mails: named('mail').map(([key, estimate]) => {
          const [, day = '', sequence = '', step = ''] = /^(-?\d+) ([^/]*)\/(.*)$/s.exec(key) ?? [];
          return { day: Number(day), sequence, step, ...estimate };
        }),
        sequences: new Map(named('sequence')),
        steps: new Map(named('step')),
        total: estimateOf(sums.get('all')),
        leads: estimateOf(sums.get('leads')),
      };
    },
  };
}

/** So many standard deviations to each side hold 19 of 20. */
const reach = 1.96;

function estimateOf({ expected, variance }: Sum = { expected: 0, variance: 0 }): Estimate {
  // Sums of thirds come to 2.9999999: that is three mails, and not "two to three".
  const exact = Math.round(expected * 1e6) / 1e6;
  const off = variance > 1e-9 ? reach * Math.sqrt(variance) : 0;
  return {
    expected: Math.round(exact * 10) / 10,
    low: Math.max(0, Math.floor(exact - off)),
    high: Math.ceil(exact + off),
  };
}

/**
 * A stratum of N leads of which n were played: the mean of these for all. What leads differ in counts as far as not all
 * were played; what chance does to one lead counts for each of the N, and for the n from which the mean is.
 */
function addStratum(sums: Sums, { leads, played }: Stratum, countsOf: (lead: number) => readonly Counts[]): void {
  const n = played.length;
  if (n === 0) return;
  const tallies = new Map<string, { sum: number; squares: number; chance: number }>();
  for (const [i, { draws }] of played.entries())
    for (const [key, { mean, chance }] of ofDraws(countsOf(i), draws.length)) {
      const tally = within(tallies, key, () => ({ sum: 0, squares: 0, chance: 0 }));
      tally.sum += mean;
      tally.squares += mean * mean;
      tally.chance += chance;
    }
  const unplayed = 1 - n / leads;
  for (const [key, { sum, squares, chance }] of tallies) {
    const mean = sum / n;
    // With one more that did what the others did not: what none of a sample did, or all of it, is not held for a law.
    const odd = mean < 0.5 ? 1 : 0;
    const between = unplayed > 0 ? (squares + odd - (sum + odd) ** 2 / (n + 1)) / n : 0;
    const draws = played[0]?.draws.length ?? 1;
    const chanceEach = chance / n;
    const variance =
      (leads ** 2 * unplayed * between) / n + leads * chanceEach + (leads ** 2 * chanceEach) / (n * draws);
    sums.add(key, leads * mean, variance);
  }
}

/** What the draws of one lead come to: their mean, and their variance about it. */
function ofDraws(counts: readonly Counts[], draws: number): ReadonlyMap<string, { mean: number; chance: number }> {
  const keys = new Set(counts.flatMap((own) => (own ? [...own.keys()] : [])));
  return new Map(
    [...keys].map((key) => {
      const values = Array.from({ length: draws }, (_, draw) => counts[draw]?.get(key) ?? 0);
      const mean = values.reduce((sum, value) => sum + value, 0) / draws;
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      return [key, { mean, chance: draws > 1 ? squares / (draws - 1) : 0 }];
    }),
  );
}

/** Who is expected comes by chance (Poisson), and how many come was itself learned from as few as came lately. */
function addExpected(sums: Sums, weight: number, draws: readonly Counts[]): void {
  for (const [key, { mean, chance }] of ofDraws(draws, draws.length))
    sums.add(key, weight * mean, (weight + weight ** 2) * (mean ** 2 + chance));
}

function addQueued(sums: Sums, mails: number, counts: Counts): void {
  for (const [key, share] of counts) if (key !== 'leads') sums.add(key, mails * share, 0);
  if (counts.has('leads')) sums.add('leads', mails, 0);
}
