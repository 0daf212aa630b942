import { userInfo } from 'node:os';
import Table from 'cli-table3';
import pc from 'picocolors';
import { readConfig } from '../config.js';
import { didYouMean, quoted } from '../diagnostic.js';
import { FixableError } from '../errors.js';
import { readAmount } from '../http/sales-form.js';
import { caseView } from '../http/sales-api.js';
import { displayName } from '../http/views.js';
import type { Lead } from '../journey/facts.js';
import { answerSales } from '../lead/answer-sales.js';
import { assignOwner, countsByOwner, type SalesCase, salesCases, wantedAmong } from '../lead/hand-over.js';
import { openRivulet, type Rivulet } from '../main.js';
import { addressKey, parseAddress } from '../message/address.js';
import { answerInWords } from '../sales/answer-words.js';
import { durationMs, parseDuration } from '../sequence/duration.js';
import { isSalesAnswer, noSales, ownerNamed, type SalesAnswer, salesAnswers } from '../sequence/sales-file.js';
import { counted, reportFault, say } from './terminal.js';

type ListOptions = {
  readonly owner?: string;
  readonly open?: boolean;
  readonly since: string;
  readonly json?: boolean;
};

/** Shows the leads that sales was given, and how it stands with them. */
export async function listSales({ owner, open, since, json }: ListOptions): Promise<void> {
  const length = parseDuration(since);
  if (!length)
    throw new FixableError({
      code: 'bad-option',
      where: '--since',
      what: `${quoted(since)} is no length of time`,
      fix: 'Write for example "90 days"',
    });
  await withRivulet(async ({ store, engine, project }) => {
    const now = engine.now();
    const all = await salesCases(new Date(now.getTime() - durationMs(length)), store);
    const wanted = wantedAmong(all, { owner, isWaiting: open });
    if (json) {
      const items = wanted.map((one) => caseView(one, now));
      say(JSON.stringify({ items, owners: countsByOwner(all) }, null, 2));
      return;
    }
    if (wanted.length === 0) {
      say(open ? 'Nobody waits for an answer.' : `No lead was handed over within ${since}.`);
      return;
    }
    say(casesTable(wanted, now, project().sales ?? noSales));
    say(countsTable(all));
  });
}

function plainTable(head: readonly string[]): Table.Table {
  // Its own colours would not ask whether the terminal has any.
  return new Table({ head: head.map(pc.bold), style: { head: [], border: [], compact: true }, wordWrap: true });
}

function casesTable(cases: readonly SalesCase[], now: Date, sales: typeof noSales): string {
  const table = plainTable(['lead', 'owner', 'since', 'stage', 'what sales says']);
  for (const { who, ownedBy, at, answer } of cases) {
    const { company } = who.attributes;
    const of = typeof company === 'string' && company ? `\n${readable(company)}` : '';
    const said = answer ? readable(answerInWords(answer, sales)) : pc.yellow('no answer yet');
    table.push([
      `${readable(displayName(who))}${of}`,
      readable(ownedBy),
      ageInWords(now.getTime() - at.getTime()),
      who.stage ?? '',
      said,
    ]);
  }
  return table.toString();
}

function countsTable(cases: readonly SalesCase[]): string {
  const table = plainTable(['owner', 'given', 'no answer', 'at it', 'decided', 'won']);
  for (const { owner, given, waiting, active, closed, won } of countsByOwner(cases))
    table.push([readable(owner), ...[given, waiting, active, closed, won].map(String)]);
  return table.toString();
}

/** What strangers wrote must not speak to the terminal. */
function readable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}

/** "3 days", "5 hours" */
export function ageInWords(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  return hours < 48 ? counted(hours, 'hour') : counted(Math.floor(hours / 24), 'day');
}

/** Gives a lead to a colleague. */
export async function assignSales(who: string, owner: string): Promise<void> {
  await withRivulet(async (rivulet) => {
    const { project, engine, store } = rivulet;
    const lead = await leadNamed(who, rivulet);
    const { owners } = project().sales ?? noSales;
    const named = parseAddress(owner).ok ? ownerNamed(owner, owners) : undefined;
    if (!named) {
      const known = owners.map(({ email }) => email);
      const fix = known.length > 0 ? didYouMean(owner, known) : 'Name your colleagues in sequences/sales.json';
      throw new FixableError({ code: 'no-owner', where: quoted(owner), what: 'there is no such owner', fix });
    }
    const event = await assignOwner(lead, named.email, { by: whoami(), engine, store });
    await sendWhatIsDue(rivulet);
    say(`${pc.green('✔')} ${lead.email} ${event ? 'belongs' : 'belonged already'} to ${named.name} <${named.email}>.`);
  });
}

type AnswerOptions = {
  readonly value?: string;
  readonly currency?: string;
  readonly note?: string;
  readonly by?: string;
};

/** Records what sales heard of a lead. */
export async function answerOnTerminal(who: string, answer: string, options: AnswerOptions): Promise<void> {
  const said = answerOf(answer);
  const value = options.value === undefined ? undefined : amountOf(options.value, said);
  await withRivulet(async (rivulet) => {
    const { store, engine, project } = rivulet;
    const lead = await leadNamed(who, rivulet);
    const currency = value === undefined ? undefined : (options.currency ?? project().sales?.currency);
    const { note, by = whoami() } = options;
    const { isNew } = await answerSales(lead.id, { answer: said, value, currency, note, by }, { engine, store });
    await sendWhatIsDue(rivulet);
    const stage = (await store.leads.byId(lead.id))?.stage;
    const title = (project().sales ?? noSales).titles[said];
    say(
      `${pc.green('✔')} ${lead.email}: ${title}${isNew ? '' : ', as it stood already'}. ${stage ? `Its stage is ${stage}.` : 'It is in no stage.'}`,
    );
  });
}

function answerOf(written: string): SalesAnswer {
  if (isSalesAnswer(written)) return written;
  const fix = didYouMean(written, salesAnswers);
  throw new FixableError({ code: 'bad-answer', where: quoted(written), what: 'there is no such answer', fix });
}

function amountOf(written: string, answer: SalesAnswer): number {
  const value = readAmount(written);
  if (value === 'none')
    throw new FixableError({
      code: 'bad-option',
      where: '--value',
      what: `${quoted(written)} is no amount`,
      fix: 'Write digits, such as 4800',
    });
  if (answer !== 'won' && answer !== 'lost')
    throw new FixableError({
      code: 'bad-option',
      where: '--value',
      what: `"${answer}" is worth nothing yet`,
      fix: 'Leave it out, or answer won or lost',
    });
  return value;
}

async function leadNamed(who: string, { store }: Rivulet): Promise<Lead> {
  const lead = who.includes('@') ? await store.leads.byEmail(addressKey(who)) : await store.leads.byId(who);
  if (lead) return lead;
  throw new FixableError({
    code: 'no-lead',
    where: who,
    what: 'there is no such lead',
    fix: 'Look the address up with: rivulet sales list',
  });
}

function whoami(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container a user may have a number and no name.
    return 'the command line';
  }
}

/** A command works beside a running Rivulet; only when none runs on the data directory it sends what it made due. */
async function sendWhatIsDue(rivulet: Rivulet): Promise<void> {
  if (rivulet.databaseKind === 'embedded') await rivulet.dispatcher.wake();
}

async function withRivulet(work: (rivulet: Rivulet) => Promise<void>): Promise<void> {
  const rivulet = await openRivulet(readConfig(process.env), { say, onFault: reportFault }, true);
  try {
    await work(rivulet);
  } finally {
    await rivulet.stop();
  }
}
