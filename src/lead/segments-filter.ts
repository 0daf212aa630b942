import type { EventValue } from '../event/lead-event.js';
import { resolveDate } from '../journey/lead-date.js';
import type { Condition } from '../sequence/condition-file.js';
import type { FieldTest } from '../sequence/field-test-file.js';
import type { Scoring } from '../sequence/scoring-file.js';
import type { Segments } from '../sequence/segments-file.js';

type Query = Readonly<Record<string, unknown>>;

/**
 * What of a condition the database can be asked: every lead for whom it holds is among those that `query` finds. `isExact`: and
 * no other is, so that nobody need be judged.
 */
export type Narrowed = { readonly query: Query; readonly isExact: boolean };

/** By what a condition is narrowed. */
export type Rules = { readonly segments: Segments; readonly scoring: Scoring; readonly now: Date };

const everybody: Query = {};
const nobody: Query = { _id: { $exists: false } };
const open: Narrowed = { query: everybody, isExact: false };

/** Brings a condition to a query that finds all of its leads, and as few others as can be told from their rows. */
export function narrow(condition: Condition, rules: Rules): Narrowed {
  return narrowed(condition, false, rules);
}

/** `isNot`: for the leads of whom the condition does not hold. */
function narrowed(condition: Condition, isNot: boolean, rules: Rules): Narrowed {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      const parts = condition.of.map((part) => narrowed(part, isNot, rules));
      // Not all of them is one of them not.
      return (condition.kind === 'all') === !isNot ? allOf(parts) : anyOf(parts);
    }
    case 'not':
      return narrowed(condition.of, !isNot, rules);
    case 'segment': {
      const rule = rules.segments.get(condition.segment);
      return rule ? narrowed(rule, isNot, rules) : exactly(nobody, isNot);
    }
    case 'tag':
      return exactly({ tags: condition.tag }, isNot);
    case 'stage':
      return exactly({ stage: condition.stage }, isNot);
    case 'threshold':
      return exactly({ thresholds: condition.threshold }, isNot);
    case 'consent': {
      const { status, purpose } = condition;
      if (purpose?.includes('.')) return open;
      const path = purpose === undefined ? 'consent.status' : `consent.purposes.${purpose}.status`;
      return exactly({ [path]: status }, isNot);
    }
    case 'field':
      return ofField(condition.field, condition.test, isNot, rules.now);
    case 'points':
      return isNot ? open : ofPoints(condition, rules.scoring);
    case 'grid':
    case 'event':
    case 'mail':
    case 'clicked-link':
    case 'response':
      return open;
  }
}

function exactly(query: Query, isNot: boolean): Narrowed {
  return { query: isNot ? { $nor: [query] } : query, isExact: true };
}

function allOf(parts: readonly Narrowed[]): Narrowed {
  const asked = parts.filter(({ query }) => query !== everybody).map(({ query }) => query);
  return { query: asked.length > 0 ? { $and: asked } : everybody, isExact: parts.every(({ isExact }) => isExact) };
}

function anyOf(parts: readonly Narrowed[]): Narrowed {
  if (parts.length === 0) return { query: nobody, isExact: true };
  if (parts.some(({ query }) => query === everybody)) return open;
  return { query: { $or: parts.map(({ query }) => query) }, isExact: parts.every(({ isExact }) => isExact) };
}

/** Fields that stand beside the attributes in a lead's row, as they are asked for. */
const beside: readonly string[] = ['email', 'firstName', 'lastName', 'timezone'];
/** Names that can be a part of a path. */
const named = /^[A-Za-z][\w-]*$/;

function ofField(field: string, test: FieldTest, isNot: boolean, now: Date): Narrowed {
  if (field === 'createdAt') return isNot ? open : ofCreation(test, now);
  // Of a language that is guessed the row says more than the field.
  if (field === 'addressKind' || field === 'locale' || !named.test(field)) return open;
  const path = beside.includes(field) ? field : `attributes.${field}`;
  const tests = Object.entries(test).filter(([, wanted]) => wanted !== undefined);
  const parts = tests.map(([how, wanted]) => ofTest(path, how, wanted, isNot));
  return isNot ? anyOf(parts) : allOf(parts);
}

/** One test of a field. What is compared as dates, or by a pattern, the database would compare otherwise. */
function ofTest(path: string, how: string, wanted: unknown, isNot: boolean): Narrowed {
  switch (how) {
    case 'eq':
      return isPlain(wanted) ? same(path, wanted, isNot) : open;
    case 'not':
      return isPlain(wanted) ? same(path, wanted, !isNot) : open;
    case 'in':
      return Array.isArray(wanted) ? oneOf(path, wanted.filter(isPlain), isNot) : open;
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return exactly({ [path]: { [`$${how}`]: wanted } }, isNot);
    case 'exists':
      return {
        query: wanted === isNot ? { [path]: { $in: [null, '', []] } } : { [path]: { $exists: true } },
        isExact: false,
      };
    case 'contains':
    case 'startsWith':
    case 'before':
    case 'after':
    case 'on':
      return isNot ? open : { query: { [path]: { $exists: true } }, isExact: false };
    default:
      return open;
  }
}

type Plain = Exclude<EventValue, readonly string[]>;

function isPlain(value: unknown): value is Plain {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function oneOf(path: string, wanted: readonly Plain[], isNot: boolean): Narrowed {
  const parts = wanted.map((one) => same(path, one, isNot));
  return isNot ? allOf(parts) : anyOf(parts);
}

/** Texts compare without regard to case, and a list is no text, though the database looks into it. */
function same(path: string, wanted: Plain, isNot: boolean): Narrowed {
  if (typeof wanted !== 'string') return exactly({ [path]: wanted }, isNot);
  const pattern = foldedPattern(wanted);
  if (pattern === undefined) return isNot ? open : { query: { [path]: { $exists: true } }, isExact: false };
  return exactly({ $and: [{ [path]: { $regex: pattern } }, { [path]: { $not: { $type: 'array' } } }] }, isNot);
}

/**
 * What is the same as an ASCII text once it is normalised and in lower case; of other texts the database's idea of case is
 * another one. The Kelvin sign, the Greek question mark and varia become ASCII by that (Unicode 16, UnicodeData).
 */
function foldedPattern(text: string): string | undefined {
  if (!/^[\t -~]*$/.test(text)) return undefined;
  const classes = text.split('').map((character) => {
    const spellings = new Set([
      character.toLowerCase(),
      character.toUpperCase(),
      alsoAscii[character.toLowerCase()] ?? '',
    ]);
    return `[${[...spellings].map((one) => one.replace(/[\\\]^-]/, '\\$&')).join('')}]`;
  });
  // Without the last part the end is also before a line break.
  return `^${classes.join('')}$(?!\\n)`;
}
const alsoAscii: Readonly<Record<string, string>> = { k: '\u212a', ';': '\u037e', '`': '\u1fef' };

/** Days are compared on the lead's calendar, which is at most so far from that of UTC. */
const marginMs = 2 * 86_400_000;

function ofCreation({ before, after, on }: FieldTest, now: Date): Narrowed {
  const asked: Query[] = [];
  const shifted = (relative: NonNullable<FieldTest['on']>, ms: number): Date =>
    new Date(resolveDate(relative, 'UTC', now).at.getTime() + ms);
  if (before) asked.push({ createdAt: { $lt: shifted(before, marginMs) } });
  if (after) asked.push({ createdAt: { $gt: shifted(after, -marginMs) } });
  if (on) asked.push({ createdAt: { $gt: shifted(on, -marginMs), $lt: shifted(on, 2 * marginMs) } });
  return asked.length > 0 ? { query: { $and: asked }, isExact: false } : open;
}

/** What rounding each line may add. */
const roundingPoints = 1;

/**
 * Points fade and are capped, so that engagement is never more than what was given for it; of the fit its best rules are counted.
 * Whoever cannot reach the wanted sum by that need not be looked at.
 */
function ofPoints({ of, test }: Extract<Condition, { kind: 'points' }>, { engagement, fit }: Scoring): Narrowed {
  const least = Math.max(
    ...[test.gt, test.gte, test.eq].flatMap((wanted) => (typeof wanted === 'number' ? wanted : [])),
  );
  if (of === 'fit' || !Number.isFinite(least)) return open;
  const bestFit = of === 'score' ? fit.rules.reduce((sum, { points }) => sum + Math.max(0, points), 0) : 0;
  const wanted = least - Math.min(bestFit, fit.cap) - roundingPoints;
  if (wanted <= Math.max(0, engagement.floor)) return open;
  const given = { $sum: { $map: { input: '$entries.points', in: { $max: [0, '$$this'] } } } };
  return { query: { $expr: { $gte: [given, wanted] } }, isExact: false };
}
