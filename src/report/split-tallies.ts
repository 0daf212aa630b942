import { grouped } from '../grouping.js';
import type { Happening, History, SentMail, TakenWay } from './history.js';
import { coded, type Tally } from './tally.js';

/** What may become of a run that took a way of a split; `counted`: the event that the split's own rule names. */
export const wayFacts = ['entered', 'opened', 'clicked', 'replied', 'converted', 'goal', 'counted'] as const;
export type WayFact = (typeof wayFacts)[number];

/** What became of each run that took a way, on the day on which it took it, so that no share can exceed the whole. */
export function splitTallies({ runs, mails, happenings }: History): readonly Tally[] {
  const people = happenings.filter(({ machine }) => !machine);
  const byRun = grouped(mails, ({ enrollment }) => enrollment);
  return runs.flatMap(({ id, sequence, ways, goalAt }) =>
    ways.map((taken): Tally => {
      const own = (byRun.get(id) ?? []).filter(({ step }) => taken.mails.includes(step));
      const facts = factsOf(taken, own, people);
      const all = goalAt && goalAt >= taken.at ? [...facts, 'goal' as const] : facts;
      const ordered = wayFacts.filter((fact) => all.includes(fact));
      const key = `${coded(taken.split)}/${coded(taken.way)}/${ordered.join('+')}`;
      return { series: { kind: 'sequence', of: sequence }, at: taken.at, group: 'w', key, n: 1 };
    }),
  );
}

function factsOf(
  { at: since, by }: TakenWay,
  mails: readonly SentMail[],
  people: readonly Happening[],
): readonly WayFact[] {
  const ids = new Set(mails.map(({ id }) => id));
  const withMail = (...types: readonly string[]): boolean =>
    people.some(({ type, message = '' }) => types.includes(type) && ids.has(message));
  const afterwards = (sought: string): boolean => people.some(({ type, at }) => type === sought && at >= since);
  const found: Readonly<Record<WayFact, boolean>> = {
    entered: true,
    opened: withMail('opened', 'clicked', 'replied'),
    clicked: withMail('clicked'),
    replied: withMail('replied'),
    converted: afterwards('converted'),
    goal: false,
    counted: by !== undefined && afterwards(by),
  };
  return wayFacts.filter((fact) => found[fact]);
}
