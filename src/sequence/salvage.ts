import type { JsonPath } from './json-source.js';

type Part = Readonly<Record<string | number, unknown>>;

/**
 * A copy of a sequence's JSON value with its faulty steps made harmless and its faulty keys taken out, so that the rest of
 * the file can be checked too and every mistake is told at once. Positions of the other steps stay as they are.
 */
export function salvage(value: unknown, faults: readonly JsonPath[]): unknown {
  return faults.reduce(
    (so, path) => {
      const inSteps = path.findLastIndex((key, i) => typeof key === 'number' && isListOfSteps(path, i - 1));
      if (inSteps >= 0) return changed(so, path.slice(0, inSteps + 1), (step) => mended(step, path.slice(inSteps + 1)));
      return path.length > 0 ? changed(so, path.slice(0, 1), () => undefined) : so;
    },
    isObject(value) ? { ...value, name: 'salvaged' } : value,
  );
}

/** Steps stand under these keys, and mails in the pools. */
function isListOfSteps(path: JsonPath, at: number): boolean {
  const key = path[at];
  return (
    (at === 1 && path[0] === 'pools') ||
    (typeof key === 'string' && ['steps', 'then', 'else', 'otherwise'].includes(key))
  );
}

/** Keys that a step can do without. Of a branch, `if` is what it is for. */
const dispensable = [
  'if',
  'lint',
  'window',
  'urgent',
  'from',
  'replyTo',
  'winner',
  'quiet',
  'upTo',
  'stages',
  'interests',
];

/** A step without the key that is at fault, or else made harmless. */
function mended(step: unknown, [key]: JsonPath): unknown {
  if (!isObject(step)) return harmless({});
  const isBranch = 'then' in step && !('waitFor' in step);
  if (typeof key !== 'string' || !dispensable.includes(key) || (key === 'if' && isBranch)) return harmless(step);
  const { [key]: _, ...rest } = step;
  return 'waitFor' in rest && key === 'upTo' ? { ...rest, upTo: '1 day' } : rest;
}

/** A step that does nothing, under the name that others may know it by. What is inside it stays, as do mails, so that conditions still find them. */
function harmless(step: Part): Part {
  const { send, id, webhook } = step;
  const name = typeof id === 'string' && /^[a-z0-9][a-z0-9._-]{0,59}$/i.test(id) ? { id } : {};
  if (isText(send)) return { send, subject, ...name };
  if (webhook !== undefined) return { webhook: { url: 'https://salvaged.example.com' }, ...name };
  return { ...(emptied(step) ?? { tag: 'salvaged' }), ...name };
}

const subject = 'salvaged';
const anything = { tag: 'salvaged' };

/** What holds steps or mails, with nothing else left in it. */
function emptied({ then, else: other, choose, otherwise, split, pick, waitFor }: Part): Part | undefined {
  const lists = { ...listed('then', then), ...listed('else', other) };
  if (waitFor !== undefined) return { waitFor: anything, upTo: '1 day', ...lists };
  if (Array.isArray(choose)) {
    const ways = choose.map((way: unknown) => ({
      if: anything,
      then: [anything],
      ...(isObject(way) ? listed('then', way['then']) : {}),
    }));
    return { choose: ways, ...listed('otherwise', otherwise) };
  }
  if (isObject(split))
    return { split: Object.fromEntries(Object.entries(split).map(([name, way]) => [name, emptiedWay(way)])) };
  if (typeof pick === 'string') return { pick };
  if (Array.isArray(pick))
    return pick.every((mail) => isObject(mail) && isText(mail['send'])) ? { pick: pick.map(harmless) } : undefined;
  return then === undefined && other === undefined ? undefined : { if: anything, then: [anything], ...lists };
}

function emptiedWay(way: unknown): Part {
  if (isObject(way) && isText(way['send'])) return { send: way['send'], subject };
  return { steps: [anything], ...(isObject(way) ? listed('steps', way['steps']) : {}) };
}

function listed(key: string, value: unknown): Part {
  return Array.isArray(value) && value.length > 0 ? { [key]: value } : {};
}

function changed(value: unknown, [key, ...rest]: JsonPath, change: (value: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  if (Array.isArray(value)) return value.map((item, i) => (i === key ? changed(item, rest, change) : item));
  return isObject(value) && Object.hasOwn(value, key) ? { ...value, [key]: changed(value[key], rest, change) } : value;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0;
}

function isObject(value: unknown): value is Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
