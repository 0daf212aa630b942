import { isObject } from '../schema.js';

/** What was sent from a form: each name with everything that stood under it, in its order. */
export type Sent = ReadonlyMap<string, readonly string[]>;

/** More names and values than any form of ours has. */
const mostPairs = 300;

/**
 * Reads `application/x-www-form-urlencoded` (URL Standard §5.1); undefined for what is no such text in UTF-8, or too much of
 * it. Strict where the platform's parser is not: that one puts U+FFFD for what it cannot read, and a name would be kept so.
 */
export function readUrlencoded(body: Buffer): Sent | undefined {
  const pairs = body.toString('latin1').split('&', mostPairs + 1);
  if (pairs.length > mostPairs) return undefined;
  const read = pairs.filter(Boolean).map((pair) => {
    const equals = pair.indexOf('=');
    return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
  });
  const texts = read.map((pair) => pair.map(decoded));
  return gathered(texts.map(([name, value]) => [name, value]));
}

/** A percent sign with its two digits is a byte; so is every other character here. */
function decoded(text: string): string | undefined {
  const bytes = text
    .replaceAll('+', ' ')
    .replaceAll(/%[\da-f]{2}/gi, (hex) => String.fromCharCode(Number.parseInt(hex.slice(1), 16)));
  return utf8(Buffer.from(bytes, 'latin1'));
}

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Reads a JSON object of texts, numbers, true, false and lists of them; undefined for anything else. null is as good as left out. */
export function readJsonBody(body: Buffer): Sent | undefined {
  const value = parsed(utf8(body));
  if (!isObject(value)) return undefined;
  const pairs = Object.entries(value).flatMap(([name, one]) =>
    [one].flat().flatMap((part): [string, string | undefined][] => (part === null ? [] : [[name, textOf(part)]])),
  );
  return pairs.length > mostPairs ? undefined : gathered(pairs);
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : undefined;
}

/** Nothing of a form in which one thing could not be read: half an answer is another answer. */
function gathered(pairs: readonly (readonly (string | undefined)[])[]): Sent | undefined {
  const sent = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    if (name === undefined || value === undefined) return undefined;
    sent.set(name, [...(sent.get(name) ?? []), value]);
  }
  return sent;
}

/** The first of what stands under a name. */
export function firstOf(sent: Sent, name: string): string | undefined {
  return sent.get(name)?.[0];
}
