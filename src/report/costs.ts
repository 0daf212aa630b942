import type { Cost, Costs } from '../sequence/costs-file.js';
import { type Period, sharedDays } from './period.js';

/** Thousandths by currency. */
export type Money = ReadonlyMap<string, number>;

type Days = Pick<Period, 'from' | 'to'>;

/** What was spent on some days: of each cost the share that its own days have in them. Undefined where no file says anything. */
export function spent(
  costs: Costs | undefined,
  days: Days,
  which: (cost: Cost) => boolean = () => true,
): Money | undefined {
  if (!costs) return undefined;
  const own = costs.costs.filter((cost) => which(cost) && shareOf(cost, days) !== 0);
  const sums = new Map<string, number>();
  for (const cost of own) sums.set(cost.currency, (sums.get(cost.currency) ?? 0) + shareOf(cost, days));
  return sums;
}

/**
 * By how much the days until the last of them exceed those until the day before the first: rounded like that, the parts
 * of a cost in all periods come to the whole.
 */
function shareOf({ from, until, thousandths }: Cost, days: Days): number {
  const length = until - from + 1;
  const upTo = (day: number): number =>
    Math.round((thousandths * sharedDays({ from, to: until }, { from, to: day })) / length);
  return upTo(days.to) - upTo(days.from - 1);
}

/** Values told without a currency are in that of costs.json; without such a file they stay without one. */
export function inCurrency(values: ReadonlyMap<string, number>, costs: Costs | undefined): Money {
  const money = new Map<string, number>();
  for (const [code, n] of values) {
    const currency = code === '-' ? (costs?.currency ?? code) : code;
    money.set(currency, (money.get(currency) ?? 0) + n);
  }
  return money;
}

/** What came back of each unit spent beyond itself: 1.4 is 140 %. Only where both are in one currency and something was spent. */
export function returnOn(value: Money, cost: Money | undefined): number | undefined {
  const currencies = new Set([...value.keys(), ...(cost?.keys() ?? [])]);
  const [only] = currencies;
  const spentAll = only === undefined ? 0 : (cost?.get(only) ?? 0);
  if (currencies.size !== 1 || only === undefined || spentAll <= 0) return undefined;
  return ((value.get(only) ?? 0) - spentAll) / spentAll;
}

export function plus(a: Money, b: Money): Money {
  return new Map([...a, ...[...b].map(([currency, n]) => [currency, n + (a.get(currency) ?? 0)] as const)]);
}
