import { randomUUID } from 'node:crypto';
import pc from 'picocolors';
import { readConfig } from '../config.js';
import { FixableError } from '../errors.js';
import type { Lead } from '../journey/facts.js';
import { type Duplicates, findDuplicates, mergeLeads, type Merged } from '../lead/merge.js';
import { openRivulet, type Rivulet } from '../main.js';
import { ask, leadOrFail } from './person.js';
import { counted, instant, reportFault, say } from './terminal.js';

/** Makes one lead of two: the second becomes part of the first. */
export async function mergeTwo(into: string, from: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  await withRivulet(async (rivulet) => {
    const [lead, other] = [await leadOrFail(into, rivulet.store), await leadOrFail(from, rivulet.store)];
    if (!yes && lead.id !== other.id)
      await ask(
        `${other.email} becomes part of ${lead.email}, with all that it lived through. It cannot be taken back.`,
      );
    sayMerged(await mergeLeads(lead.id, other.id, toolsOf(rivulet)), lead);
  });
}

type DuplicateOptions = { readonly json?: boolean; readonly merge?: boolean; readonly yes?: boolean };

/** Lists leads who are one person by their addresses; with `merge`, each becomes part of the oldest of its own. */
export async function duplicates({ json, merge, yes }: DuplicateOptions): Promise<void> {
  await withRivulet(async (rivulet) => {
    const found = await findDuplicates(rivulet.store, rivulet.project());
    if (json)
      return say(
        JSON.stringify(
          found.map((leads) => leads.map(viewOf)),
          null,
          2,
        ),
      );
    print(found);
    if (!merge || found.length === 0) return;
    const others = found.reduce((sum, leads) => sum + leads.length - 1, 0);
    if (!yes) await ask(`${counted(others, 'lead')} become part of the oldest of their own. It cannot be taken back.`);
    for (const [first, ...rest] of found)
      for (const other of rest) if (first) sayMerged(await mergeLeads(first.id, other.id, toolsOf(rivulet)), first);
  });
}

function print(found: Duplicates): void {
  for (const [first, ...rest] of found) {
    if (!first) continue;
    say(`${pc.bold(first.email)}  ${pc.dim(`since ${instant(first.createdAt, 'UTC')}`)}`);
    for (const { email, createdAt } of rest) say(`  ${email}  ${pc.dim(`since ${instant(createdAt, 'UTC')}`)}`);
  }
  say(
    found.length === 0
      ? 'No two leads are one person by their addresses. "sameAddress" in sequences/lead.json says what is looked through.'
      : pc.dim(
          `${counted(found.length, 'person')} with more than one lead. "rivulet lead merge <into> <from>" makes one of two.`,
        ),
  );
}

function viewOf({ id, email, createdAt }: Lead) {
  return { id, email, createdAt };
}

function sayMerged(merged: Merged, lead: Lead): void {
  if (merged.kind === 'merged') return say(`${pc.green('✔')} ${merged.from} is part of ${merged.lead.email} now.`);
  const what = merged.kind === 'same' ? 'these two are one lead already' : 'one of them is gone meanwhile';
  throw new FixableError({
    code: 'not-merged',
    where: lead.email,
    what,
    fix: 'Name two leads: rivulet lead duplicates',
  });
}

function toolsOf({ store, engine }: Rivulet) {
  return { store, engine, newId: randomUUID };
}

async function withRivulet(work: (rivulet: Rivulet) => Promise<void>): Promise<void> {
  const rivulet = await openRivulet(readConfig(process.env), { say, onFault: reportFault }, true);
  try {
    await work(rivulet);
    if (rivulet.databaseKind === 'embedded') await rivulet.dispatcher.wake();
  } finally {
    await rivulet.stop();
  }
}
