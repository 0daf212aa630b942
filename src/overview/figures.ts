import { countIn, type Counts, partsIn, sumBy } from '../report/sums.js';
import { inCurrency } from '../report/costs.js';
import type { MailFact } from '../report/mail-tallies.js';
import { meanings, type Milestone } from '../report/milestones.js';
import type { Period } from '../report/period.js';
import type { Bucket } from '../report/sums.js';
import type { Project } from '../sequence/project.js';
import type { Store } from '../store/open-store.js';

/** A number of a period beside that of the period before. A share has what it is of. */
export type Figure = {
  readonly key: string;
  readonly title: string;
  readonly means: string;
  readonly value: number;
  readonly before: number;
  readonly of?: { readonly value: number; readonly before: number };
};

/** How a stage was gone through in a period. */
export type Passage = { readonly entered: number; readonly onward: number };

export type Figures = {
  readonly people: readonly Figure[];
  readonly mails: readonly Figure[];
  readonly money: Readonly<Record<string, { readonly value: number; readonly before: number }>>;
  readonly passages: ReadonlyMap<string, Passage>;
  /** Of the last seven days and the four weeks before, for what is rising. */
  readonly returns: { readonly lately: Returns; readonly usually: Returns };
};
export type Returns = { readonly sent: number; readonly bounced: number; readonly complained: number };

type Buckets = Pick<Store['reports']['buckets'], 'read'>;

/** The figures of a period and of as many days before it, out of what reports have counted. */
export async function figuresOf(
  period: Period,
  { buckets, costs }: { readonly buckets: Buckets; readonly costs: Project['costs'] },
): Promise<Figures> {
  const days = period.to - period.from + 1;
  const before = { ...period, from: period.from - days, to: period.from - 1 };
  const lately = { ...period, from: period.to - 6 };
  const usually = { ...period, from: period.to - 34, to: period.to - 7 };
  const whole = { ...period, from: Math.min(before.from, usually.from) };
  const [people, mails, stages] = await Promise.all([
    buckets.read({ kind: 'source', groups: ['k', 'v'], byMonth: false }, whole),
    buckets.read({ kind: 'sequence', groups: ['m'], byMonth: false }, whole),
    buckets.read({ kind: 'stage', groups: ['f'], byMonth: false }, period),
  ]);
  const [now, then] = [sumIn(people, period), sumIn(people, before)];
  const [mailsNow, mailsThen] = [mailCounts(mails, period), mailCounts(mails, before)];
  return {
    people: milestones.map(([key, title]) => ({
      key,
      title,
      means: meanings[key],
      value: countIn(now, 'k', key),
      before: countIn(then, 'k', key),
    })),
    mails: [
      {
        key: 'sent',
        title: 'Mails sent',
        means: 'taken by a mail server',
        value: mailsNow('sent'),
        before: mailsThen('sent'),
      },
      ...shares.map(([fact, title, means]) => ({
        key: fact,
        title,
        means,
        value: mailsNow(fact),
        before: mailsThen(fact),
        of: { value: mailsNow('sent'), before: mailsThen('sent') },
      })),
    ],
    money: moneyOf(now, then, costs),
    passages: passagesIn(stages, period),
    returns: { lately: returnsIn(mailCounts(mails, lately)), usually: returnsIn(mailCounts(mails, usually)) },
  };
}

const milestones: readonly (readonly [Milestone, string])[] = [
  ['created', 'New leads'],
  ['interested', 'Interested'],
  ['qualified', 'Qualified'],
  ['handed-over', 'Handed to sales'],
  ['won', 'Won'],
];

const shares: readonly (readonly [MailFact, string, string])[] = [
  ['opened', 'Opened', 'of the mails sent: opened, clicked or answered by a person'],
  ['clicked', 'Clicked', 'of the mails sent: a link was clicked by a person'],
  ['replied', 'Replied', 'of the mails sent: answered by a person'],
  ['unsubscribed', 'Unsubscribed', 'of the mails sent: somebody unsubscribed by it'],
];

function sumIn(buckets: readonly Bucket[], period: Period): Counts | undefined {
  return sumBy(
    buckets.flatMap((bucket) => partsIn(bucket, period, false)),
    () => 'all',
  ).get('all');
}

/** How often each thing happened to mails, over all steps: "hello/sent", "more/sent". */
function mailCounts(buckets: readonly Bucket[], period: Period): (fact: MailFact) => number {
  const sums = new Map<string, number>();
  for (const [key, n] of sumIn(buckets, period)?.get('m') ?? []) {
    const fact = key.slice(key.lastIndexOf('/') + 1);
    sums.set(fact, (sums.get(fact) ?? 0) + n);
  }
  return (fact) => sums.get(fact) ?? 0;
}

function returnsIn(count: (fact: MailFact) => number): Returns {
  return { sent: count('sent'), bounced: count('hard-bounced'), complained: count('complained') };
}

function moneyOf(now: Counts | undefined, then: Counts | undefined, costs: Project['costs']): Figures['money'] {
  const [value, before] = [now, then].map((counts) => inCurrency(counts?.get('v') ?? new Map(), costs));
  const currencies = [...new Set([...(value?.keys() ?? []), ...(before?.keys() ?? [])])].toSorted();
  return Object.fromEntries(
    currencies.map((name) => [
      name,
      { value: (value?.get(name) ?? 0) / 1000, before: (before?.get(name) ?? 0) / 1000 },
    ]),
  );
}

function passagesIn(buckets: readonly Bucket[], period: Period): ReadonlyMap<string, Passage> {
  const sums = sumBy(
    buckets.flatMap((bucket) => partsIn(bucket, period, false)),
    ({ series }) => series.of,
  );
  return new Map(
    [...sums].map(([stage, counts]) => [
      stage,
      { entered: countIn(counts, 'f', 'created'), onward: countIn(counts, 'f', 'onward') },
    ]),
  );
}
