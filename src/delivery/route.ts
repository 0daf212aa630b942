import type { Route } from '../sequence/transport-file.js';

/** What routes look at. `domain` is the recipient's, as an A-label in lower case. */
export type Routed = { readonly sequence: string; readonly domain: string };

/** The transports that may take a mail, the preferred one first. Without a route for it: all there are, in their order. */
export function transportsFor(mail: Routed, routes: readonly Route[], all: readonly string[]): readonly string[] {
  const route = routes.find((one) => isFor(mail, one));
  // A route whose transports are gone keeps its mails: they were to go that way and no other.
  return route ? route.through.filter((name) => all.includes(name)) : all;
}

function isFor({ sequence, domain }: Routed, { sequences, domains }: Route): boolean {
  if (sequences && !sequences.some((pattern) => matches(pattern, sequence))) return false;
  return !domains || domains.includes(domain);
}

/** `*` stands for any letters. Without regular expressions: a file must not be able to write one that takes for ever. */
function matches(pattern: string, name: string): boolean {
  const [first = '', ...parts] = pattern.toLowerCase().split('*');
  const last = parts.pop();
  const whole = name.toLowerCase();
  if (last === undefined) return whole === first;
  if (!whole.startsWith(first) || whole.length < first.length + last.length || !whole.endsWith(last)) return false;
  let rest = whole.slice(first.length, whole.length - last.length);
  for (const part of parts) {
    const at = rest.indexOf(part);
    if (at < 0) return false;
    rest = rest.slice(at + part.length);
  }
  return true;
}

/** Names in rules that no transport has, with the ones there are: a mistake to be told at start, and not by mails that wait for ever. */
export function unknownTransports(
  { routes, transports }: { readonly routes: readonly Route[]; readonly transports: ReadonlyMap<string, unknown> },
  all: readonly string[],
): readonly string[] {
  const named = [...routes.flatMap(({ through }) => through), ...transports.keys()];
  return [...new Set(named)].filter((name) => !all.includes(name));
}
