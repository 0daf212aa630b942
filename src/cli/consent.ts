import Table from 'cli-table3';
import pc from 'picocolors';
import { readConfig } from '../config.js';
import { FixableError } from '../errors.js';
import type { Consent, ConsentStatus } from '../journey/facts.js';
import { type ConsentHistory, type ConsentTurn, purposesIn, readConsentHistory } from '../lead/consent-history.js';
import { addressKey } from '../message/address.js';
import { instant, say } from './terminal.js';
import { withStore } from './with-store.js';

/** Tells what a lead agreed to, in which words, and by what that is proved. */
export async function consent(who: string, { json }: { json?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  const answer = await withStore(config, async (store) => {
    const lead = who.includes('@') ? await store.leads.byEmail(addressKey(who)) : await store.leads.byId(who);
    return lead && { zone: lead.timezone ?? config.DEFAULT_TIMEZONE, history: await readConsentHistory(lead, store) };
  });
  if (!answer)
    throw new FixableError({
      code: 'no-lead',
      where: who,
      what: 'there is no such lead',
      fix: 'Name the address or the id of one; the page at /leads has them all',
    });
  if (json) say(JSON.stringify(answer.history, null, 2));
  else for (const line of consentInWords(answer.history, answer.zone)) say(line);
}

const colours: Readonly<Record<ConsentStatus, (text: string) => string>> = {
  granted: pc.green,
  pending: pc.yellow,
  denied: pc.red,
};

/** A consent and its history, line by line. */
export function consentInWords(known: ConsentHistory, zone: string): readonly string[] {
  const { email, consent: overall, suppression, history } = known;
  const { status, source, at } = overall;
  return [
    `${pc.bold(email)}  mails ${colours[status](status)}, ${source}, ${instant(at, zone)}  ${pc.dim(`times in ${zone}`)}`,
    ...(suppression
      ? [pc.red(`The address is suppressed: ${suppression}. It gets no mail, whatever stands here.`)]
      : []),
    ...purposesTable(overall, zone),
    `\n${pc.bold('What it said')}`,
    ...(history.length === 0 ? ['  Nothing that is known here.'] : history.flatMap((turn) => turnInWords(turn, zone))),
  ];
}

function purposesTable(overall: Consent, zone: string): readonly string[] {
  const purposes = purposesIn(overall);
  if (purposes.length === 0) return [];
  const table = new Table({ head: ['purpose', '', 'since', 'form', 'words'], style: { head: ['bold'] } });
  for (const { purpose, status, at, form = '', version = '' } of purposes)
    table.push([purpose, colours[status](status), instant(at, zone), form, version.slice(0, shownOfVersion)]);
  return [`\n${table.toString()}`];
}

/** Characters of a version that tell it apart from the others of a project. */
const shownOfVersion = 8;

const words: Readonly<Record<ConsentTurn['what'], string>> = {
  asked: 'was asked to confirm',
  agreed: 'agreed to',
  confirmed: 'confirmed',
  granted: 'agreed to',
  withdrawn: 'withdrew',
  unsubscribed: 'unsubscribed from',
  resubscribed: 'came back to',
};

function turnInWords(turn: ConsentTurn, zone: string): readonly string[] {
  const { at, what, purpose, form, version = '', text, source = '', network, userAgent, page, why } = turn;
  const by = form === undefined ? source : `form ${form}`;
  const proof = [network, page, userAgent].filter(Boolean).join(', ');
  const more = [
    // What is confirmed was shown in the same words when it was asked.
    ...(text !== undefined && what !== 'confirmed' ? [`“${text}”  ${version.slice(0, shownOfVersion)}`] : []),
    ...(proof ? [`from ${proof}`] : []),
    ...(why ? [why] : []),
  ];
  return [
    `  ${instant(at, zone)}  ${words[what]} ${pc.bold(purpose ?? 'all mails')}  ${pc.dim(by)}`,
    ...more.map((line) => pc.dim(`                         ${line}`)),
  ];
}
