/** A DMARC record, as far as it is about our mails (RFC 9989 §4.7). */
export type Dmarc = {
  readonly policy: DmarcPolicy;
  readonly subdomainPolicy: DmarcPolicy;
  readonly dkimAlignment: 'strict' | 'relaxed';
  readonly hasReports: boolean;
  readonly isTest: boolean;
  readonly publicSuffix: 'yes' | 'no' | 'unknown';
  /** Tags that RFC 7489 knew and RFC 9989 does not: nobody obeys them any more. */
  readonly gone: readonly string[];
};
export type DmarcPolicy = (typeof policies)[number];
const policies = ['none', 'quarantine', 'reject'] as const;

/** Names that a tree walk asks, from the domain upwards: never more than eight (RFC 9989 §4.10). */
export function treeOf(domain: string): readonly string[] {
  const labels = domain.toLowerCase().split('.');
  const rest = labels.length > 7 ? labels.slice(-7) : labels.slice(1);
  return [labels, ...rest.map((_, i) => rest.slice(i))].map((parts) => parts.join('.'));
}

/** The texts of `_dmarc.<domain>` that are DMARC records. Several count as none (RFC 9989 §4.10). */
export function dmarcTexts(texts: readonly string[]): readonly string[] {
  return texts.filter((text) => /^v\s*=\s*DMARC1\s*(?:;|$)/.test(text.trim()));
}

/** Reads a record; undefined when what it asks for is nothing a receiver knows. */
export function readDmarc(text: string): Dmarc | undefined {
  const tags = readTags(text);
  const policy = policyOf(tags.get('p'));
  const hasReports = /\bmailto:/i.test(tags.get('rua') ?? '');
  // A record with a broken policy is taken as "none" where it asks for reports, and else ignored (RFC 9989 §4.7).
  if (!policy && !hasReports) return undefined;
  const psd = tags.get('psd')?.toLowerCase();
  return {
    policy: policy ?? 'none',
    subdomainPolicy: policyOf(tags.get('sp')) ?? policy ?? 'none',
    dkimAlignment: tags.get('adkim')?.toLowerCase() === 's' ? 'strict' : 'relaxed',
    hasReports,
    isTest: tags.get('t')?.toLowerCase() === 'y',
    publicSuffix: psd === 'y' ? 'yes' : psd === 'n' ? 'no' : 'unknown',
    gone: ['pct', 'rf', 'ri'].filter((tag) => tags.has(tag)),
  };
}

function policyOf(written: string | undefined): DmarcPolicy | undefined {
  return policies.find((policy) => policy === written?.toLowerCase());
}

/** `a=b; c=d` as DKIM and DMARC records are written (RFC 6376 §3.2); of a tag that stands twice, the first. */
export function readTags(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(';').flatMap((part): [string, string][] => {
    const at = part.indexOf('=');
    return at < 0 ? [] : [[part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()]];
  });
  return new Map(pairs.toReversed());
}

/** A record of the tree, by the domain it was found at. */
export type Found = { readonly domain: string; readonly record: Dmarc };

/** Whose domain it is, by the records on the way up from it, the longest name first (RFC 9989 §4.10.2). */
export function organizationOf(domain: string, found: readonly Found[]): string {
  for (const { domain: at, record } of found) {
    if (record.publicSuffix === 'no') return at;
    if (record.publicSuffix === 'yes' && at !== domain) return belowOf(at, domain);
  }
  return found.at(-1)?.domain ?? domain;
}

/** The domain one label below `suffix`, on the way to `domain`. */
function belowOf(suffix: string, domain: string): string {
  return domain
    .split('.')
    .slice(-(suffix.split('.').length + 1))
    .join('.');
}
