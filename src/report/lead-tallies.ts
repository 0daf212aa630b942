import { creditOf, isTouch } from './credit.js';
import { binOf } from './durations.js';
import { grouped } from '../grouping.js';
import { type History, inOrderOfTime } from './history.js';
import { mailTallies } from './mail-tallies.js';
import {
  chain,
  cohortMilestones,
  currencyIn,
  isWorth,
  milestones,
  type Milestones,
  milestonesOf,
  valueIn,
  wasTaken,
} from './milestones.js';
import { splitTallies } from './split-tallies.js';
import { type Counted, countedOf, type Series, type Tally } from './tally.js';

/** Counted up whenever something is counted otherwise: all leads are then gone through once more. */
export const definitions = 1;

/** All that a lead counts for. The same history comes to the same, in whatever order it was told. */
export function countLead(told: History): Counted {
  const history = { ...told, happenings: inOrderOfTime(told.happenings) };
  const reached = milestonesOf(history);
  return countedOf([
    ...happeningTallies(history, reached),
    ...cohortTallies({ kind: 'source', of: sourceOf(history) }, reached.created, reached),
    ...stageTallies(history, reached),
    ...sequenceTallies(history, reached),
    ...mailTallies(history),
    ...splitTallies(history),
  ]);
}

/** A name of a source that is longer was never meant as one. */
const longestSource = 80;

/** Where the lead came from: what its attribute says, else who told of it first. */
export function sourceOf({ lead, happenings }: Pick<History, 'lead' | 'happenings'>): string {
  const told = lead.source?.trim() || happenings.find(({ type }) => type === 'lead.created')?.source;
  return (told ?? '').slice(0, longestSource) || 'unknown';
}

/** Milestones and money when they came: for the source, the sequence that gets the credit, and the stage of then. */
function happeningTallies(history: History, reached: Milestones): readonly Tally[] {
  const source = sourceOf(history);
  const { sequenceAt, stageAt } = creditOf(history);
  const along = (at: Date): readonly Series[] => [
    { kind: 'source', of: source },
    { kind: 'sequence', of: sequenceAt(at) },
    { kind: 'stage', of: stageAt(at) },
  ];
  const times = milestones.flatMap((milestone): readonly Tally[] => {
    const at = reached[milestone];
    return at ? along(at).map((series) => ({ series, at, group: 'k', key: milestone, n: 1 })) : [];
  });
  const money = history.happenings.filter(isWorth).flatMap(({ at, data }): readonly Tally[] => {
    const n = inThousandths(valueIn(data));
    return along(at).map((series) => ({ series, at, group: 'v', key: currencyIn(data) || noCurrency, n }));
  });
  return [...times, ...money];
}

/** Where nobody said a currency; reports take it for the one of costs.json. */
export const noCurrency = '-';

/** Sums of whole numbers are exact, whatever is added and taken back in which order. */
export function inThousandths(value: number): number {
  return Math.round(value * 1000);
}

const weekMs = 7 * 86_400_000;
/** Later than that is the last week. */
const lastWeek = 52;

/**
 * Milestones of somebody who came in at `base`, counted there: how many of them came how far, and how long it took. Of
 * leads from step to step, and by the week; of those who came into a stage or a sequence from then on.
 */
function cohortTallies(series: Series, base: Date | undefined, reached: Milestones): readonly Tally[] {
  if (!base) return [];
  const isOfLeads = series.kind === 'source';
  const at = (group: 'f' | 'c' | 't', key: string): Tally => ({ series, at: base, group, key, n: 1 });
  const came = milestones.flatMap((milestone): readonly Tally[] => {
    const when = reached[milestone];
    if (!when) return [];
    return [
      at('f', milestone),
      ...(isOfLeads && cohortMilestones.includes(milestone) ? [at('c', `${milestone}/${weekOf(when, base)}`)] : []),
    ];
  });
  const steps = chain.flatMap((milestone, i): readonly Tally[] => {
    const before = chain[i - 1];
    if (!before || (!isOfLeads && before === 'created')) return [];
    const from = isOfLeads ? reached[before] : base;
    const to = reached[milestone];
    return from && to ? [at('t', `${milestone}/${binOf(to.getTime() - from.getTime())}`)] : [];
  });
  return [...came, ...steps];
}

function weekOf(when: Date, base: Date): number {
  return Math.min(lastWeek, Math.max(0, Math.floor((when.getTime() - base.getTime()) / weekMs)));
}

/** What counts for those who came into something at `base`: from then on, and that as their beginning. */
function since(base: Date, reached: Milestones): Milestones {
  const later = Object.entries(reached).filter(([, at]) => at >= base);
  return { ...Object.fromEntries(later), created: base };
}

/** Each stage that the lead entered, counted when it first did: how many went on to another, and what they came to. */
function stageTallies({ happenings }: History, reached: Milestones): readonly Tally[] {
  const entries = happenings.filter(({ type, about }) => type === 'stage.entered' && about !== undefined);
  const firsts = [...grouped(entries, ({ about = '' }) => about)].flatMap(([of, [first]]) =>
    first ? [{ of, first }] : [],
  );
  return firsts.flatMap(({ of, first }) => {
    const series = { kind: 'stage', of } as const;
    const next = entries.slice(entries.indexOf(first) + 1).find(({ about }) => about !== of);
    const onward = (group: 'f' | 't', key: string): Tally => ({ series, at: first.at, group, key, n: 1 });
    const took = next ? next.at.getTime() - first.at.getTime() : 0;
    return [
      ...cohortTallies(series, first.at, since(first.at, reached)),
      ...(next ? [onward('f', 'onward'), onward('t', `onward/${binOf(took)}`)] : []),
    ];
  });
}

/** Each sequence that mailed the lead, counted at its first mail; of interest only what its own mails brought counts. */
function sequenceTallies({ happenings, mails }: History, reached: Milestones): readonly Tally[] {
  const taken = mails.filter(wasTaken).toSorted((a, b) => a.at.getTime() - b.at.getTime());
  return [...grouped(taken, ({ sequence }) => sequence)].flatMap(([of, own]) => {
    const base = own[0]?.at;
    if (!base) return [];
    const ids = new Set(mails.flatMap(({ id, sequence }) => (sequence === of ? [id] : [])));
    const touch = happenings.find((one) => isTouch(one) && ids.has(one.message ?? ''))?.at;
    const { interested: _, ...later } = since(base, reached);
    const came = { ...later, reached: base, ...(touch ? { interested: touch } : {}) };
    return cohortTallies({ kind: 'sequence', of }, base, came);
  });
}
