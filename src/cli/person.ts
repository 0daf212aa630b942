import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pc from 'picocolors';
import { readConfig } from '../config.js';
import { FixableError } from '../errors.js';
import type { Lead } from '../journey/facts.js';
import { eraseSoon } from '../lead/erase.js';
import type { Remains } from '../lead/erase-search.js';
import { exportPerson, findLead } from '../lead/person.js';
import { addressKey } from '../message/address.js';
import type { Erasure } from '../store/erasures.js';
import type { Store } from '../store/open-store.js';
import { progressBar } from './progress.js';
import { counted, instant, say } from './terminal.js';
import { whoami } from './whoami.js';
import { withStore } from './with-store.js';

type EraseOptions = { readonly keepSuppressed?: boolean; readonly yes?: boolean };

/** Erases a person, once the operator has said yes; exit code 1 when something that names it is left. */
export async function erasePerson(who: string, { keepSuppressed = false, yes = false }: EraseOptions): Promise<void> {
  await withStore(readConfig(process.env), async (store) => {
    const lead = await leadOrFail(who, store);
    if (!yes) await ask(`Erase ${lead.email} and everything that names this person? It cannot be taken back.`);
    const bar = progressBar('Searching');
    const tools = { store, now: () => new Date(), onProgress: bar.update, pause: () => sleep(pauseMs) };
    const order = { by: whoami(), suppress: keepSuppressed };
    const erased = await eraseSoon(lead, order, tools).finally(bar.stop);
    if (erased.state === 'waiting') {
      say(`${pc.yellow('…')} A mail is being handed over just now. A running Rivulet finishes it within minutes.`);
      return;
    }
    const rows = Object.values(erased.note.erased).reduce((sum, count) => sum + count, 0);
    const isSuppressed = await store.suppressions.of(addressKey(lead.email));
    say(
      `${pc.green('✔')} Erased: ${counted(rows, 'row')} of ${counted(Object.keys(erased.note.erased).length, 'collection')}.`,
    );
    if (isSuppressed) say('  The address gets no mail for ever: of it a keyed hash is kept, which names nobody.');
    sayRemains(erased.remains);
  });
}

/** Between two looks whether a mail that is being handed over is gone. */
const pauseMs = 500;

function sayRemains(remains: readonly Remains[]): void {
  const certain = remains.filter(({ by }) => by !== 'name');
  const namesakes = remains.length - certain.length;
  for (const { collection, id, by } of certain)
    console.error(`${pc.red('✖')} ${collection} ${id} still has its ${by}.`);
  if (certain.length === 0) say('  Every row of every collection was searched: nothing names this person any more.');
  else process.exitCode = 1;
  if (namesakes > 0)
    say(`  The same name stands in ${counted(namesakes, 'row')} of other people; look whether it is another person.`);
}

/** Writes all that is held of a person into a file, or prints it. */
export async function writePerson(who: string, { out }: { readonly out?: string }): Promise<void> {
  await withStore(readConfig(process.env), async (store) => {
    const lead = await leadOrFail(who, store);
    const found = await exportPerson(lead, store, new Date());
    const text = JSON.stringify(found, null, 2);
    if (out === undefined) return say(text);
    // It is all that is known of somebody: for its reader alone.
    await writeFile(out, `${text}\n`, { mode: 0o600 });
    const rows = found.parts.reduce((sum, { count }) => sum + count, 0);
    say(`${pc.green('✔')} ${counted(rows, 'row')} of ${counted(found.parts.length, 'part')} in ${out}.`);
  });
}

/** Lists what was erased: when, by whom and how much. Of whom, nobody knows any more. */
export async function listErasures({ json }: { readonly json?: boolean }): Promise<void> {
  await withStore(readConfig(process.env), async ({ erasures }) => {
    const all = await erasures.latest(mostListed);
    if (json) return say(JSON.stringify(all.map(viewOf), null, 2));
    for (const { id, at, by, state, erased } of all) {
      const rows = Object.values(erased).reduce((sum, count) => sum + count, 0);
      const what = state === 'erasing' ? pc.yellow('under way') : counted(rows, 'row');
      say(`  ${instant(at, 'UTC')} UTC  ${what}  ${pc.dim(`by ${by}, ${id.slice(0, 8)}…`)}`);
    }
    say(all.length === 0 ? 'Nobody was erased.' : pc.dim(`${await erasures.countAll()} in all.`));
  });
}
const mostListed = 1000;

function viewOf({ id, at, by, state, finishedAt, erased, found }: Erasure) {
  return { id, at, by, state, finishedAt, erased, found };
}

export async function leadOrFail(who: string, store: Pick<Store, 'leads'>): Promise<Lead> {
  const lead = await findLead(who, store);
  if (lead) return lead;
  throw new FixableError({
    code: 'no-lead',
    where: who,
    what: 'there is no such lead',
    fix: 'Write an address or an id, as GET /api/leads shows them',
  });
}

/** Resolves when the person at the terminal says yes. */
export async function ask(question: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new FixableError({
      code: 'not-asked',
      where: 'command line',
      what: 'this asks back, and there is nobody at the terminal',
      fix: 'Add --yes if it is meant',
    });
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await lines.question(`${question} [y/N] `).finally(() => lines.close());
  if (/^y(?:es)?$/i.test(answer.trim())) return;
  throw new FixableError({
    code: 'not-meant',
    where: 'command line',
    what: 'nothing was done',
    fix: 'Say "y" if it is meant',
  });
}
