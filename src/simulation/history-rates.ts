import type { MailFact } from '../report/mail-tallies.js';
import { factsOfStep } from '../report/mails.js';
import { type Bucket, partsIn, sumBy } from '../report/sums.js';
import type { Period } from '../report/period.js';
import { type MailRates, type Rates, usualRates } from './rates-file.js';
import type { Project } from '../sequence/project.js';

/** Fewer mails than this say nothing of how people read. */
const fewest = 50;
/** The rates of all mails count for those of one as so many mails of its own would. */
const pull = 30;

const facts = {
  opened: 'opened',
  clicked: 'clicked',
  replied: 'replied',
  unsubscribed: 'unsubscribed',
  complained: 'complained',
  bounced: 'hard-bounced',
} as const;
type Kind = keyof typeof facts;
type Shares = Readonly<Record<Kind, number>>;
type Told = Readonly<Record<Kind | 'sent', number>>;

/** How people read, by what they did with the mails of a period. `mails`: of how many that is known. */
export type HistoryRates = { readonly rates: Rates; readonly mails: number; readonly isUsual: boolean };

/** The rates of each mail, drawn towards those of all where it went seldom; common ones where hardly any mail went. */
export function ratesIn(
  buckets: readonly Bucket[],
  period: Period,
  { programs }: Pick<Project, 'programs'>,
): HistoryRates {
  const sums = sumBy(
    buckets.flatMap((bucket) => partsIn(bucket, period, true)),
    ({ series }) => series.of,
  );
  const mails = [...programs.values()].flatMap(({ name, steps }) =>
    [...steps.values()].flatMap(({ id, kind }) => {
      if (kind !== 'send') return [];
      return [{ name: `${name}/${id}`, told: toldOf(factsOfStep(sums.get(name), id)) }];
    }),
  );
  const all = mails.map(({ told }) => told).reduce(plus, none);
  if (all.sent < fewest) return { rates: usualRates, mails: all.sent, isUsual: true };
  const general = sharesOf(all);
  const own = mails.map(({ name, told }) => [name, drawn(told, general)] as const);
  const { delayHours = 9 } = usualRates;
  return { rates: { ...general, delayHours, mails: Object.fromEntries(own) }, mails: all.sent, isUsual: false };
}

const none: Told = { sent: 0, opened: 0, clicked: 0, replied: 0, unsubscribed: 0, complained: 0, bounced: 0 };

function toldOf(count: (fact: MailFact) => number): Told {
  return { sent: count('sent'), ...byKind((kind) => count(facts[kind])) };
}

function byKind(of: (kind: Kind) => number) {
  return {
    opened: of('opened'),
    clicked: of('clicked'),
    replied: of('replied'),
    unsubscribed: of('unsubscribed'),
    complained: of('complained'),
    bounced: of('bounced'),
  };
}

function plus(a: Told, b: Told): Told {
  return { sent: a.sent + b.sent, ...byKind((kind) => a[kind] + b[kind]) };
}

function sharesOf(told: Told): Shares {
  return byKind((kind) => told[kind] / told.sent);
}

function drawn(told: Told, general: Shares): MailRates {
  return byKind((kind) => (told[kind] + pull * general[kind]) / (told.sent + pull));
}
