import type { Condition } from '../sequence/condition-file.js';
import type { FieldTest } from '../sequence/field-test-file.js';

/** Whether two conditions cannot both hold, as far as their words alone can tell. */
export function excludes(a: Condition, b: Condition): boolean {
  if (a.kind === 'not') return implies(b, a.of);
  if (b.kind === 'not') return implies(a, b.of);
  if (a.kind === 'all') return a.of.some((part) => excludes(part, b));
  if (b.kind === 'all') return b.of.some((part) => excludes(a, part));
  if (a.kind === 'any') return a.of.every((part) => excludes(part, b));
  if (b.kind === 'any') return b.of.every((part) => excludes(a, part));
  if (a.kind === 'stage' && b.kind === 'stage') return a.stage !== b.stage;
  if (a.kind === 'consent' && b.kind === 'consent') return a.purpose === b.purpose && a.status !== b.status;
  const tests = testsOfSame(a, b);
  return tests !== undefined && excludeEachOther(...tests);
}

/** Whether one condition can only hold where the other does too. */
function implies(a: Condition, b: Condition): boolean {
  if (JSON.stringify(a) === JSON.stringify(b)) return true;
  if (b.kind === 'all') return b.of.every((part) => implies(a, part));
  if (a.kind === 'any') return a.of.every((part) => implies(part, b));
  if (b.kind === 'any' && b.of.some((part) => implies(a, part))) return true;
  if (a.kind === 'all') return a.of.some((part) => implies(part, b));
  const [one, other] = testsOfSame(a, b)?.map(rangeOf) ?? [];
  return one !== undefined && other !== undefined && isWithin(one, other);
}

/** The tests of two conditions about one and the same thing. */
function testsOfSame(a: Condition, b: Condition): readonly [FieldTest, FieldTest] | undefined {
  const isSame =
    (a.kind === 'field' && b.kind === 'field' && a.field === b.field) ||
    (a.kind === 'points' && b.kind === 'points' && a.of === b.of) ||
    (a.kind === 'response' && b.kind === 'response' && a.step === b.step && a.key === b.key);
  return isSame && 'test' in a && 'test' in b ? [a.test, b.test] : undefined;
}

function excludeEachOther(a: FieldTest, b: FieldTest): boolean {
  const [ours, theirs] = [valuesOf(a), valuesOf(b)];
  if (ours && theirs && !ours.some((value) => theirs.includes(value))) return true;
  if ((a.exists === false && needsValue(b)) || (b.exists === false && needsValue(a))) return true;
  const [first, second] = [rangeOf(a), rangeOf(b)];
  return first !== undefined && second !== undefined && !meet(first, second);
}

/** The only values that pass, in lower case as texts compare. */
function valuesOf({ eq, in: among }: FieldTest): readonly unknown[] | undefined {
  const values = eq === undefined ? among : [eq];
  return values?.map((value) => (typeof value === 'string' ? value.toLowerCase() : value));
}

/** Whether an empty field fails; "is anything else" it would pass. */
function needsValue(test: FieldTest): boolean {
  const { not: _, exists, startsWith: __, matches: ___, ...rest } = test;
  return exists === true || Object.values(rest).some((asked) => asked !== undefined);
}

/** Numbers from `low` to `high`; `openLow`, `openHigh`: without these themselves. */
type Range = { readonly low: number; readonly high: number; readonly openLow: boolean; readonly openHigh: boolean };

/** The numbers that pass; undefined where the test asks for anything else than size. */
export function rangeOf({ eq, gt, gte, lt, lte, ...other }: FieldTest): Range | undefined {
  if (Object.values(other).some((asked) => asked !== undefined)) return undefined;
  if (typeof eq === 'number') return { low: eq, high: eq, openLow: false, openHigh: false };
  if (eq !== undefined || [gt, gte, lt, lte].every((bound) => bound === undefined)) return undefined;
  const [low, high] = [Math.max(gt ?? -Infinity, gte ?? -Infinity), Math.min(lt ?? Infinity, lte ?? Infinity)];
  return { low, high, openLow: low === gt, openHigh: high === lt };
}

function meet(a: Range, b: Range): boolean {
  const [low, high] = [Math.max(a.low, b.low), Math.min(a.high, b.high)];
  const isOpen = [a, b].some(
    (range) => (range.openLow && range.low === low) || (range.openHigh && range.high === high),
  );
  return low < high || (low === high && !isOpen);
}

function isWithin(inner: Range, outer: Range): boolean {
  const startsIn = inner.low > outer.low || (inner.low === outer.low && (inner.openLow || !outer.openLow));
  return startsIn && (inner.high < outer.high || (inner.high === outer.high && (inner.openHigh || !outer.openHigh)));
}
