import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pc from 'picocolors';
import { readConfig } from '../config.js';
import { importMails, type ImportReport } from '../inbox/import-mails.js';
import { openRivulet } from '../main.js';
import { progressBar } from './progress.js';
import { counted, instant, reportFault, say } from './terminal.js';
import { withStore } from './with-store.js';

/** Takes in mails that came back elsewhere; exit code 1 when some could not be read. */
export async function importInbox(path: string, { json, dryRun }: { json?: boolean; dryRun?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  const rivulet = await openRivulet(config, { say: json ? () => {} : say, onFault: reportFault }, true);
  const bar = progressBar('Reading');
  try {
    const report = await importMails(path, rivulet.reception, {
      maxSize: config.INBOUND_MAX_SIZE,
      isDryRun: dryRun === true,
      onProgress: (share, mails) => bar.update(share, `  ${mails} mails`),
    }).finally(bar.stop);
    if (json) say(JSON.stringify(report));
    else tell(report, dryRun === true);
    if (report.unreadable.length > 0) process.exitCode = 1;
  } finally {
    await rivulet.stop();
  }
}

function tell({ mails, classes, recorded, known, stray, ignored, unreadable }: ImportReport, isDryRun: boolean): void {
  for (const [name, count] of Object.entries(classes)) if (count > 0) say(`${String(count).padStart(8)}  ${name}`);
  for (const { where, why } of unreadable) console.error(`${pc.red('✖')} ${where}: ${why}`);
  const read = `${pc.green('✔')} ${counted(mails, 'mail')}`;
  if (isDryRun) return say(`${read}. Nothing is recorded: this was a dry run.`);
  say(
    `${read}: ${recorded} recorded, ${known} known before, ${stray} about nobody here, ${ignored} with nothing to record.`,
  );
}

/** Lists what people wrote to our own mail server, or writes it out for a mail program to open. */
export async function keptMails({ out }: { out?: string }): Promise<void> {
  const config = readConfig(process.env);
  if (out) await mkdir(out, { recursive: true });
  let count = 0;
  await withStore(config, async ({ keptMails: kept }) => {
    for await (const { id, at, from = 'somebody', subject, class: name, raw } of kept.all()) {
      count += 1;
      if (out) await writeFile(join(out, `${at.toISOString().slice(0, 10)}-${id.slice(0, 8)}.eml`), raw);
      else say(`${instant(at, config.DEFAULT_TIMEZONE)}  ${name}  ${printable(from)}  ${printable(subject)}`);
    }
  });
  if (out) say(`${pc.green('✔')} ${counted(count, 'mail')} written to ${out}`);
  else if (count === 0) say('No mail is kept: nobody has written to INBOUND_SMTP.');
}

/** A stranger wrote it, and a terminal obeys control characters. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ').slice(0, 200);
}
