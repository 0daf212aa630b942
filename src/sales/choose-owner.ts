import { idFrom } from '../event/id.js';
import { judge } from '../journey/condition.js';
import type { Facts } from '../journey/facts.js';
import { addressKey } from '../message/address.js';
import { type Owner, ownerNamed, type Sales } from '../sequence/sales-file.js';
import { dayMs, wallAt } from '../sequence/wall-clock.js';
import { conditionInWords } from '../sequence/words.js';

/** Those among whom a lead goes round, and why among these. */
export type Candidates = {
  /** Under which their turns are counted. Who is away changes nothing of it, so that nobody's turn begins anew. */
  readonly group: string;
  readonly owners: readonly Owner[];
  readonly because: string;
};

/**
 * Who may get a lead: whom the first rule that holds names, or else all who take turns. Those who are away are passed by,
 * unless everybody is. Undefined where nobody is left, as in a file that was emptied since.
 */
export function candidatesFor(
  sales: Sales,
  facts: Facts,
  now: Date,
  among?: readonly string[],
): Candidates | undefined {
  const { named, because } = namedFor(sales, facts, now, among);
  const ownKey = addressKey(facts.lead.email);
  const known = named.flatMap((email) => ownerNamed(email, sales.owners) ?? []);
  // Whoever has written to us from the address of a colleague is not its own customer.
  const all = known.filter(({ email }) => addressKey(email) !== ownKey);
  const here = all.filter((owner) => !isAway(owner, now, sales.timeZone));
  if (all.length === 0) return undefined;
  return {
    group: idFrom('turns', ...all.map(({ email }) => addressKey(email)).toSorted()),
    owners: here.length > 0 ? here : all,
    because: here.length > 0 ? because : `${because}; everybody is away`,
  };
}

type Named = { readonly named: readonly string[]; readonly because: string };

function namedFor({ rules, otherwise }: Sales, facts: Facts, now: Date, among: readonly string[] | undefined): Named {
  if (among) return { named: among, because: 'the step names them' };
  const rule = rules.find(({ if: condition }) => judge(condition, facts, now).holds);
  return rule
    ? { named: rule.owners, because: `by the rule: ${conditionInWords(rule.if)}` }
    : { named: otherwise, because: 'no rule names anybody' };
}

/** Whether a colleague is away on the day that it is on the clock of sales. */
export function isAway({ away }: Owner, now: Date, timeZone: string): boolean {
  const today = Math.floor(wallAt(now, timeZone) / dayMs);
  return away.some(({ from, until }) => from <= today && today <= until);
}

/**
 * Whose turn it is, of turns counted from 0. Weights are spread out: of 3 and 1 comes A A B A, and not A A A B (the smooth
 * round robin of nginx, https://github.com/nginx/nginx/commit/52327e0627f49dbda1e8db695e63a4b0af4448b1).
 */
export function ownerAt(turn: number, owners: readonly Owner[]): Owner | undefined {
  const total = owners.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return undefined;
  let credits = owners.map(() => 0);
  let chosen = 0;
  for (let at = 0; at <= turn % total; at += 1) {
    credits = credits.map((credit, i) => credit + (owners[i]?.weight ?? 0));
    chosen = credits.indexOf(Math.max(...credits));
    credits = credits.map((credit, i) => (i === chosen ? credit - total : credit));
  }
  return owners[chosen];
}
