import pc from 'picocolors';
import { readConfig } from '../config.js';
import { FixableError } from '../errors.js';
import { askWhy, type NotFound, readPlace } from '../lead/ask-why.js';
import { openRivulet } from '../main.js';
import { zoneOf } from '../journey/facts.js';
import { addressKey } from '../message/address.js';
import type { Reason, WhyMail, WhySequence } from '../why/reason.js';
import { instant, reportFault, say } from './terminal.js';

/** Tells why a lead did, did not, or will not yet get a mail. */
export async function why(who: string, place: string, { json }: { json?: boolean }): Promise<void> {
  const asked = readPlace(place);
  if (!asked)
    throw new FixableError({
      code: 'bad-place',
      where: place,
      what: 'this names no mail',
      fix: 'Write a sequence, or a sequence and a step: welcome/hello',
    });
  const rivulet = await openRivulet(readConfig(process.env), { say, onFault: reportFault }, true);
  try {
    const { store, engine, project, defaultTimeZone } = rivulet;
    const lead = who.includes('@') ? await store.leads.byEmail(addressKey(who)) : await store.leads.byId(who);
    const answer = lead
      ? await askWhy({ lead: lead.id, ...asked }, store, engine, project())
      : ({ missing: 'lead', known: [] } as const);
    if ('missing' in answer) throw notFound(answer, who, place);
    if (json) say(JSON.stringify(answer, null, 2));
    else print(answer, lead ? zoneOf(lead, defaultTimeZone) : defaultTimeZone);
  } finally {
    await rivulet.stop();
  }
}

function notFound({ missing, known }: NotFound, who: string, place: string): FixableError {
  const where = missing === 'lead' ? who : place;
  const fix = missing === 'lead' ? 'Add it: rivulet lead add' : `Use one of: ${known.join(', ')}`;
  const what = missing === 'step' ? 'the sequence sends no mail at this step' : `there is no such ${missing}`;
  return new FixableError({ code: `no-${missing}`, where, what, fix });
}

function print(answer: WhyMail | WhySequence, zone: string): void {
  const place = 'step' in answer ? `${answer.sequence}/${answer.step}` : answer.sequence;
  say(`${pc.bold(place)}  ${pc.bold(answer.answer)}  ${pc.dim(`times in ${zone}`)}`);
  for (const reason of answer.reasons) say(`  ${lineOf(reason, zone)}`);
  if (!('mails' in answer) || answer.mails.length === 0) return;
  const width = Math.max(...answer.mails.map(({ step }) => step.length));
  say(`\n${pc.bold('Its mails')}`);
  for (const { step, verdict, answer: told } of answer.mails)
    say(`  ${markOf(verdict)} ${step.padEnd(width)}  ${told}`);
}

const marks = { yes: pc.green('✔'), wait: pc.yellow('…'), no: pc.red('✖') };

function markOf(verdict: WhyMail['verdict']): string {
  if (verdict === 'sent') return marks.yes;
  return verdict === 'on-its-way' || verdict === 'will-come' ? marks.wait : marks.no;
}

function lineOf({ says, rule, why: because, at, until }: Reason, zone: string): string {
  const when = at ? instant(at, zone) : until ? `until ${instant(until, zone)}` : '';
  return `${marks[says]} ${rule.padEnd(ruleWidth)}  ${because}${when ? pc.dim(`  ${when}`) : ''}`;
}

const ruleWidth = 'already running'.length;
