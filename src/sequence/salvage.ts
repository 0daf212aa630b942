import type { JsonPath } from './json-source.js';

/**
 * A copy of a sequence's JSON value with its faulty steps made harmless and its faulty keys taken out, so that the rest of
 * the file can be checked too and every mistake is told at once. Positions of the other steps stay as they are.
 */
export function salvage(value: unknown, faults: readonly JsonPath[]): unknown {
  return faults.reduce(
    (so, path) => {
      const inSteps = path.findLastIndex((key, i) => typeof key === 'number' && isListOfSteps(path[i - 1]));
      if (inSteps >= 0) return changed(so, path.slice(0, inSteps + 1), harmless);
      return path.length > 0 ? changed(so, path.slice(0, 1), () => undefined) : so;
    },
    isObject(value) ? { ...value, name: 'salvaged' } : value,
  );
}

function isListOfSteps(key: string | number | undefined): boolean {
  return key === 'steps' || key === 'then' || key === 'else';
}

/** A step that does nothing, under the name that others may know it by. A mail stays one, so that conditions still find it. */
function harmless(step: unknown): unknown {
  const { send, id } = isObject(step) ? step : {};
  const name = typeof id === 'string' && /^[a-z0-9][a-z0-9._-]{0,59}$/i.test(id) ? { id } : {};
  return typeof send === 'string' && send.length > 0
    ? { send, subject: 'salvaged', ...name }
    : { tag: 'salvaged', ...name };
}

function changed(value: unknown, [key, ...rest]: JsonPath, change: (value: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  if (Array.isArray(value)) return value.map((item, i) => (i === key ? changed(item, rest, change) : item));
  return isObject(value) && Object.hasOwn(value, key) ? { ...value, [key]: changed(value[key], rest, change) } : value;
}

function isObject(value: unknown): value is Readonly<Record<string | number, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
