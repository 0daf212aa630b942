import { type Owner, type Sales, salesAnswers } from '../sequence/sales-file.js';
import type { Facets } from '../sequence/step-words.js';
import { dayText } from '../sequence/wall-clock.js';
import { conditionInWords } from '../sequence/words.js';

/** Owners, rules and titles, by name. */
export function salesThings(sales: Sales): ReadonlyMap<string, Facets> {
  const { owners, rules, otherwise, nextSteps, titles, timeZone, currency } = sales;
  return new Map([
    ...owners.map((owner) => [`the owner ${owner.email}`, ownerFacets(owner)] as const),
    ...rules.map((rule, i) => [`the rule ${i + 1}`, pair(rule.if, rule.owners.join(', '))] as const),
    ['all other leads', said(otherwise.join(', '))],
    ...nextSteps.map((step, i) => [`the next step ${i + 1}`, pair(step.if, `“${step.do}”`)] as const),
    ...salesAnswers.map((answer) => [`the title of ${answer}`, said(`“${titles[answer]}”`)] as const),
    ['the clock of sales', said(timeZone)],
    ...(currency ? [['the currency', said(currency)] as const] : []),
  ]);
}

function said(words: string): Facets {
  return new Map([['', words]]);
}

function pair(condition: Sales['rules'][number]['if'], what: string): Facets {
  return new Map([
    ['', what],
    ['if', conditionInWords(condition)],
  ]);
}

function ownerFacets({ name, weight, away }: Owner): Facets {
  const absences = away.map(({ from, until }) => `${dayText(from)} to ${dayText(until)}`);
  return new Map([
    ['', name],
    ['weight', String(weight)],
    ...(absences.length > 0 ? [['away', absences.join(', ')] as const] : []),
  ]);
}
