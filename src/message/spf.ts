/** What an SPF record says, as far as the doctor must know it (RFC 7208 §4.6). */
export type Spf = {
  readonly terms: readonly SpfTerm[];
  /** What is said of every sender that no other term names; undefined when there is no `all`. */
  readonly all: Qualifier | undefined;
  readonly redirect: string | undefined;
};
export type Qualifier = '+' | '-' | '~' | '?';
/** One mechanism: `a:mail.example.com/24` is `a` of `mail.example.com`. */
export type SpfTerm = { readonly name: Mechanism; readonly target: string | undefined };
type Mechanism = (typeof mechanisms)[number];
const mechanisms = ['all', 'include', 'a', 'mx', 'ptr', 'ip4', 'ip6', 'exists'] as const;

/** Terms that make a receiver ask DNS; it gives up after ten, and the whole record counts for nothing (RFC 7208 §4.6.4). */
export const mostLookups = 10;
const asking: ReadonlySet<Mechanism> = new Set<Mechanism>(['include', 'a', 'mx', 'ptr', 'exists']);

/** The texts of a name that are SPF records; exactly one must be (RFC 7208 §4.5). */
export function spfTexts(texts: readonly string[]): readonly string[] {
  return texts.filter((text) => /^v=spf1(?: |$)/i.test(text));
}

/** Reads a record, or says which term of it makes receivers throw it away whole. */
export function readSpf(text: string): Spf | { readonly problem: string } {
  const terms: SpfTerm[] = [];
  let all: Qualifier | undefined;
  let redirect: string | undefined;
  for (const written of text.split(/ +/).slice(1).filter(Boolean)) {
    const [, modifier, value] = /^([a-z][\w.-]*)=(.*)$/i.exec(written) ?? [];
    if (modifier && value !== undefined) {
      if (modifier.toLowerCase() === 'redirect') redirect = value;
      continue;
    }
    const term = readTerm(written);
    if (!term) return { problem: `"${written}" is no term of SPF` };
    // What stands after "all" is never looked at (RFC 7208 §5.1).
    if (all) continue;
    if (term.name === 'all') all = qualifierOf(written);
    else terms.push(term);
  }
  return { terms, all, redirect: all ? undefined : redirect };
}

/** A qualifier, a name, what it is about, and the lengths of prefixes (RFC 7208 §4.6.1, §5). */
const mechanism = /^[+\-~?]?([a-z0-9]+)(?::([^/]+))?(?:\/\d+)?(?:\/\/\d+)?$/i;
const withTarget: ReadonlySet<Mechanism> = new Set<Mechanism>(['include', 'exists', 'ip4', 'ip6']);

function readTerm(written: string): SpfTerm | undefined {
  const [, named = '', target] = mechanism.exec(written) ?? [];
  const name = mechanisms.find((one) => one === named.toLowerCase());
  if (!name) return undefined;
  if (withTarget.has(name) && target === undefined) return undefined;
  if (name === 'all' && target !== undefined) return undefined;
  if (name === 'ip4' && !/^\d+\.\d+\.\d+\.\d+$/.test(target ?? '')) return undefined;
  return { name, target };
}

function qualifierOf(written: string): Qualifier {
  const [first] = written;
  return first === '-' || first === '~' || first === '?' ? first : '+';
}

/** How many look-ups the record itself causes, before those of what it includes. */
export function ownLookups({ terms, redirect }: Spf): number {
  return terms.filter(({ name }) => asking.has(name)).length + (redirect === undefined ? 0 : 1);
}

/** Records that this one goes on to; those with macros depend on each mail and cannot be followed. */
export function followed({ terms, redirect }: Spf): readonly string[] {
  const included = terms.flatMap(({ name, target }) => (name === 'include' && target ? [target] : []));
  return [...included, ...(redirect === undefined ? [] : [redirect])].filter((target) => !target.includes('%'));
}

/** A server that passes mails on, of which more is known than its name. */
export type Relay = {
  readonly host: RegExp;
  /** What to include in the SPF record of a domain that sends by it. */
  readonly include: string;
  /** It puts a domain of its own into the envelope, and receivers look at the SPF record of that. */
  readonly ownEnvelope?: true;
  /** It writes a Message-ID of its own into each mail, which breaks a signature made before. */
  readonly ownMessageId?: true;
};

const relays: readonly Relay[] = [
  { host: /(?:^|\.)amazonaws\.com$/, include: 'amazonses.com', ownEnvelope: true, ownMessageId: true },
  { host: /(?:^|\.)postmarkapp\.com$/, include: 'spf.mtasv.net', ownEnvelope: true, ownMessageId: true },
  { host: /(?:^|\.)sendgrid\.net$/, include: 'sendgrid.net', ownEnvelope: true },
  { host: /(?:^|\.)mailgun\.org$/, include: 'mailgun.org' },
  { host: /(?:^|\.)gmail\.com$/, include: '_spf.google.com' },
  { host: /(?:^|\.)(?:office365|outlook)\.com$/, include: 'spf.protection.outlook.com' },
];

/** What is known of the server that mails go to; undefined of one that is nobody's we know. */
export function relayOf(host: string | undefined): Relay | undefined {
  return host === undefined ? undefined : relays.find((relay) => relay.host.test(host.toLowerCase()));
}

/** A record for a domain whose mails leave by this server; "192.0.2.1" stands for an address that only its owner knows. */
export function suggestedSpf(smtpHost: string | undefined): string {
  const relay = relayOf(smtpHost);
  if (relay) return `v=spf1 include:${relay.include} ~all`;
  if (smtpHost === undefined || smtpHost === 'localhost' || /^[\d.:[\]]+$/.test(smtpHost))
    return 'v=spf1 ip4:192.0.2.1 ~all';
  return `v=spf1 a:${smtpHost} ~all`;
}
