import { type Dmarc, dmarcTexts, type Found, organizationOf, readDmarc, treeOf } from '../message/dmarc.js';
import { about, type Dns, type Finding } from './doctor.js';

type Tree = { readonly found: readonly Found[]; readonly findings: readonly Finding[] };

/** The records from a domain upwards (RFC 9989 §4.10), and what is wrong with those that do not count. */
async function walkTree(domain: string, dns: Dns): Promise<Tree> {
  const found: Found[] = [];
  const findings: Finding[] = [];
  for (const at of treeOf(domain)) {
    const texts = dmarcTexts(await dns.txt(`_dmarc.${at}`));
    const [text] = texts;
    if (text === undefined) continue;
    const { bad } = about('dmarc', at);
    const record = readDmarc(text);
    if (texts.length > 1)
      findings.push(
        bad(`there are ${texts.length} DMARC records, and receivers then believe none`, 'Leave one of them'),
      );
    else if (!record)
      findings.push(
        bad(`its record asks for nothing that receivers know: ${text}`, `Publish another:\n${suggestedDmarc(at)}`),
      );
    else found.push({ domain: at, record });
    if (record && texts.length === 1 && record.publicSuffix !== 'unknown') break;
  }
  return { found, findings };
}

/** Whose domain it is, in the eyes of receivers. */
export async function organization(domain: string, dns: Dns): Promise<string> {
  return organizationOf(domain, (await walkTree(domain, dns)).found);
}

/** Whether a signature of `signing` counts for mails from `from`: same organization, or same domain where that is asked. */
export async function isAligned(signing: string, from: string, dns: Dns): Promise<boolean> {
  if (signing === from) return true;
  const { found } = await walkTree(from, dns);
  if (policyFor(from, found)?.record.dkimAlignment === 'strict') return false;
  return (await organization(signing, dns)) === organizationOf(from, found);
}

/** The record that is obeyed: the domain's own, else its organization's (RFC 9989 §4.10.1). */
function policyFor(domain: string, found: readonly Found[]): Found | undefined {
  const organized = organizationOf(domain, found);
  return found.find(({ domain: at }) => at === domain) ?? found.find(({ domain: at }) => at === organized);
}

/** What receivers are asked to do with mails that only pretend to be from this domain (RFC 9989). */
export async function checkDmarc(domain: string, dns: Dns): Promise<readonly Finding[]> {
  const { bad } = about('dmarc', domain);
  const { found, findings } = await walkTree(domain, dns);
  const obeyed = policyFor(domain, found);
  if (obeyed) return [...findings, ...findingsOf(domain, obeyed)];
  if (findings.length > 0) return findings;
  return [
    bad(
      'there is no DMARC record, which Gmail, Yahoo and Outlook ask of whoever sends much',
      `Publish one:\n${suggestedDmarc(domain)}`,
    ),
  ];
}

function findingsOf(domain: string, { domain: at, record }: Found): readonly Finding[] {
  const { good, warn } = about('dmarc', domain);
  const policy = at === domain ? record.policy : record.subdomainPolicy;
  const where = at === domain ? '' : ` from ${at}`;
  return [
    good(`p=${policy}${where}: ${meaningOf(policy, record)}`),
    ...(record.hasReports
      ? []
      : [
          warn(
            'nobody gets its reports, which tell who sends in its name',
            `Add rua=mailto:… to the record of _dmarc.${at}`,
          ),
        ]),
    ...record.gone.map((tag) =>
      warn(`its "${tag}" is obeyed by nobody since RFC 9989`, `Take it out of the record of _dmarc.${at}`),
    ),
  ];
}

function meaningOf(policy: Dmarc['policy'], { isTest }: Dmarc): string {
  if (policy === 'none')
    return 'enough for mailbox providers; p=reject is the aim once the reports show only your own mail';
  if (isTest) return 'but t=y makes it a test, and receivers are milder';
  return policy === 'reject' ? 'others cannot send in its name' : 'mail in its name is set aside; p=reject is the aim';
}

/** A record that harms nothing: it asks for reports alone. */
export function suggestedDmarc(domain: string): string {
  return `TXT  _dmarc.${domain}  v=DMARC1; p=none; rua=mailto:dmarc@${domain}`;
}
