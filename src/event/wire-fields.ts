import * as z from 'zod';

/*
 * What providers send is read field by field: one of a wrong type counts as missing and does not cost the event, and
 * what is new is passed over. Providers add fields and change types without notice.
 */

/** A text with something in it. */
export const wireText = z
  .string()
  .transform((text) => text.trim() || undefined)
  .optional()
  .catch(undefined);

/** An id, as text even where a provider writes a number. */
export const wireId = z
  .union([z.string(), z.number()])
  .transform((id) => String(id).trim() || undefined)
  .optional()
  .catch(undefined);

/** Whatever there is, for a closer look. */
export const wireAny = z.unknown().optional();

export const wireFlag = z.boolean().optional().catch(undefined);

/** The elements of a list; none if it is no list. */
export const wireList = z.array(z.unknown()).catch([]);

/** An object of such fields; one without any if there is none. */
export function wireObject<Shape extends z.ZodRawShape>(shape: Shape) {
  const object = z.object(shape);
  // Made at once, so that a field that may not be missing shows at the first start, not at the first odd call.
  const empty = object.parse({});
  return object.catch(() => empty);
}

/** The texts of a list, or the one text that stands in place of a list. */
export function wireTexts(value: unknown): string[] {
  return wireList.parse([value].flat()).flatMap((one) => (typeof one === 'string' && one.trim() !== '' ? [one] : []));
}

/** The fields of an object; none if it is no object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

/** By hand: a provider sends hundreds of events at a time, and zod would look at each of their fields. */
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of an object, or of the JSON text of one: numbers and flags as text, anything deeper left out. */
export function plainFields(value: unknown): Record<string, string> {
  const fields = fieldsOf(typeof value === 'string' ? parseJson(value) : value);
  const plain = Object.entries(fields).filter(([, held]) => ['string', 'number', 'boolean'].includes(typeof held));
  return Object.fromEntries(plain.map(([name, held]) => [name, String(held)]));
}

/** What a JSON text says; undefined if it is none. Whole numbers beyond 2^53 come as their digits. */
export function parseJson(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json);
    // Only in JSON known to be whole can strings be told from what is between them.
    return /[:[,]\s*-?\d{16}/.test(json) ? JSON.parse(quoteLongNumbers(json)) : value;
  } catch {
    return undefined;
  }
}

/** Mailjet's MessageIDs lie beyond 2^53, where JSON.parse makes neighbours equal. */
function quoteLongNumbers(json: string): string {
  const parts: string[] = [];
  let at = 0;
  while (at < json.length) {
    const quote = json.indexOf('"', at);
    const between = quote < 0 ? json.slice(at) : json.slice(at, quote);
    parts.push(between.replaceAll(/(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g, '"$&"'));
    if (quote < 0) break;
    at = endOfString(json, quote);
    parts.push(json.slice(quote, at));
  }
  return parts.join('');
}

/** Where the string ends that begins at `start`: behind the first quote with an even number of backslashes before it. */
function endOfString(json: string, start: number): number {
  for (let quote = json.indexOf('"', start + 1); quote > 0; quote = json.indexOf('"', quote + 1)) {
    let escapes = 0;
    while (json[quote - 1 - escapes] === '\\') escapes += 1;
    if (escapes % 2 === 0) return quote + 1;
  }
  return json.length;
}
