import pc from 'picocolors';
import { readConfig } from '../config.js';
import type { Suppressed } from '../store/suppressions.js';
import { textCell } from '../transfer/csv-out.js';
import { counted, instant, say } from './terminal.js';
import { withStore } from './with-store.js';

/** Lists who gets no mail, the newest first. */
export async function listSuppressions({ json }: { json?: boolean }): Promise<void> {
  await withStore(readConfig(process.env), async ({ suppressions }) => {
    if (json) return printArray(suppressions.all(), viewOf);
    let count = 0;
    for await (const one of suppressions.all()) {
      count += 1;
      say(lineOf(one));
    }
    say(count === 0 ? 'Nobody is suppressed.' : pc.dim(`${count} in all.`));
  });
}

/** Prints all of them for a file: as CSV, which can be imported again, or as JSON with their history. */
export async function exportSuppressions({ csv, json }: { csv?: boolean; json?: boolean }): Promise<void> {
  await withStore(readConfig(process.env), async ({ suppressions }) => {
    if (json && !csv) return printArray(suppressions.all(), ({ history, ...one }) => ({ ...viewOf(one), history }));
    let forgotten = 0;
    say('address,reason,at,because');
    for await (const { address, reasons } of suppressions.all()) {
      if (address === undefined) forgotten += 1;
      else
        for (const { reason, at, because = '' } of reasons)
          say([address, reason, at.toISOString(), because].map((text) => cell(textCell(text))).join(','));
    }
    if (forgotten > 0)
      console.error(`${counted(forgotten, 'address')} of erased leads cannot be named; here they stay suppressed.`);
  });
}

/** One by one, as there may be more than fit into the memory. */
async function printArray(all: AsyncIterable<Suppressed>, view: (one: Suppressed) => object): Promise<void> {
  let last: string | undefined;
  say('[');
  for await (const one of all) {
    if (last !== undefined) say(`  ${last},`);
    last = JSON.stringify(view(one));
  }
  if (last !== undefined) say(`  ${last}`);
  say(']');
}

function viewOf({ hash, address, reason, at, reasons }: Omit<Suppressed, 'history'>) {
  return { address: address ?? null, hash, reason, since: at, reasons };
}

function lineOf({ address, hash, reason, at, reasons }: Suppressed): string {
  const who = address ?? pc.dim(`(of an erased lead, ${hash.slice(0, 8)}…)`);
  const why = reasons.find((one) => one.reason === reason);
  const told = [why?.by, why?.because].filter(Boolean).join(': ');
  return `  ${who}  ${pc.bold(reason)} since ${instant(at, 'UTC')} UTC${told ? pc.dim(`  ${told}`) : ''}`;
}

/** RFC 4180 §2: in quotes where a comma, a quote or a line break stands in it. */
function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
