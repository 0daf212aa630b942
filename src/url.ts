/**
 * The URL that a text is; undefined when it is none. Not by `URL.canParse`: once V8 has optimised it, Node 20 takes every address
 * with a letter such as "ü" for none.
 */
export function urlOf(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
