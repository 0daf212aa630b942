import {
  followed,
  mostLookups,
  ownLookups,
  readSpf,
  type Relay,
  relayOf,
  type Spf,
  spfTexts,
  suggestedSpf,
} from '../message/spf.js';
import { about, type Dns, type Finding } from './doctor.js';

/** Whether receivers let this server send for a domain: its SPF record, and those it includes (RFC 7208). */
export async function checkSpf(domain: string, smtpHost: string | undefined, dns: Dns): Promise<readonly Finding[]> {
  const { good, warn, bad } = about('spf', domain);
  const texts = spfTexts(await dns.txt(domain));
  const [text] = texts;
  const relay = relayOf(smtpHost);
  const record = `TXT  ${domain}  ${suggestedSpf(smtpHost)}`;
  if (text === undefined && relay?.ownEnvelope)
    return [
      warn(
        'there is no SPF record; receivers look at the one of your relay, as its domain is in the envelope',
        `It does no harm to publish one:\n${record}`,
      ),
    ];
  if (text === undefined)
    return [
      bad(
        'there is no SPF record, so receivers cannot know who may send for it',
        `Publish one, with who sends for you in it:\n${record}`,
      ),
    ];
  if (texts.length > 1)
    return [bad(`there are ${texts.length} SPF records, and receivers then believe none`, 'Make one record of them')];

  const read = readSpf(text);
  if ('problem' in read) return [bad(`${read.problem}, so receivers ignore the whole record`, `Mend it: ${text}`)];
  const walk = await walkSpf(read, dns);
  if (walk.problem) return [bad(walk.problem, 'Mend that include, or take it out')];
  if (walk.lookups > mostLookups)
    return [
      bad(
        `it takes more than ${mostLookups} DNS look-ups, and receivers then ignore the whole record`,
        'Take out the includes of services that no longer send for you',
      ),
    ];
  const doubts = doubtsOf(read, text, relay, about('spf', domain));
  return doubts.length > 0 ? doubts : [good(`${text} (${walk.lookups} of ${mostLookups} look-ups)`)];
}

function doubtsOf(
  spf: Spf,
  text: string,
  relay: Relay | undefined,
  { warn, bad }: ReturnType<typeof about>,
): readonly Finding[] {
  const findings: Finding[] = [];
  if (spf.all === '+') findings.push(bad('it ends in "+all", by which everybody may send for it', 'End it in "~all"'));
  if (spf.all === '?' || (spf.all === undefined && spf.redirect === undefined))
    findings.push(
      warn('it does not say what of other senders, so it protects from nobody', `End it in "~all": ${text}`),
    );
  if (spf.terms.some(({ name }) => name === 'ptr'))
    findings.push(warn('it uses "ptr", which receivers need not obey (RFC 7208 §5.5)', 'Name the servers themselves'));
  const isIncluded = spf.terms.some(({ target }) => target?.toLowerCase() === relay?.include);
  if (relay && !relay.ownEnvelope && !isIncluded && spf.redirect?.toLowerCase() !== relay.include)
    findings.push(
      warn(
        `it does not include ${relay.include}, where your mails leave from`,
        `Put "include:${relay.include}" before its "all"`,
      ),
    );
  return findings;
}

type Walk = { readonly lookups: number; readonly problem?: string };

/** Counts look-ups over everything included, and no further than one more than allowed: a circle ends there too. */
async function walkSpf(first: Spf, dns: Dns): Promise<Walk> {
  let lookups = ownLookups(first);
  const waiting = [...followed(first)];
  while (waiting.length > 0 && lookups <= mostLookups) {
    const target = waiting.shift() ?? '';
    const texts = spfTexts(await dns.txt(target));
    const [text] = texts;
    if (text === undefined || texts.length > 1)
      return {
        lookups,
        problem: `it includes ${target}, which has ${text === undefined ? 'no' : 'more than one'} SPF record`,
      };
    const read = readSpf(text);
    if ('problem' in read) return { lookups, problem: `it includes ${target}, where ${read.problem}` };
    lookups += ownLookups(read);
    waiting.push(...followed(read));
  }
  return { lookups };
}
