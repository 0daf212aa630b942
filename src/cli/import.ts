import Table from 'cli-table3';
import pc from 'picocolors';
import { FixableError } from '../errors.js';
import type { ConsentStatus } from '../journey/facts.js';
import { openBrokenFile } from '../transfer/broken-file.js';
import type { DateOrder, Encoding } from '../api/transfer-words.js';
import { importCsv, type Imported, type ImportSetting } from '../transfer/import-csv.js';
import type { Column } from '../transfer/mapping.js';
import { sendWhatIsDue, withRivulet } from './lead.js';
import { progressBar } from './progress.js';
import { counted, instant, say } from './terminal.js';

type ImportOptions = {
  map?: string[];
  ignore?: string[];
  ignoreUnknown?: boolean;
  dryRun?: boolean;
  tag?: string[];
  consent?: ConsentStatus;
  consentSource?: string;
  source?: string;
  broken?: string;
  encoding?: Encoding;
  dates?: DateOrder;
  again?: boolean;
};

/** Beyond so many the mails are left to the Rivulet that runs: they would take longer than the import. */
const sentAtOnce = 200;
/** Broken rows told on the terminal; all of them are in the file. */
const shownBroken = 20;

/** Imports a CSV file; exit code 1 when some rows were broken. */
export async function importLeads(file: string, options: ImportOptions): Promise<void> {
  const brokenPath = options.broken ?? `${file}.broken.csv`;
  await withRivulet(async (rivulet) => {
    const brokenFile = openBrokenFile(brokenPath);
    const bar = progressBar(options.dryRun ? 'Reading' : 'Importing');
    const rate = openRate();
    const setting: ImportSetting = {
      ...options,
      map: readMap(options.map),
      tags: options.tag,
      onColumns: (columns) => say(tableOf(columns)),
      onProgress: (share, rows) => bar.update(share, `${rows.toLocaleString('en')} rows, ${rate(rows)} a second`),
      ...(options.dryRun ? {} : { onBroken: brokenFile.add }),
    };
    const imported = await withEnd(
      () => importCsv(file, rivulet, setting),
      async () => {
        bar.stop();
        await brokenFile.end();
      },
    );
    tell(imported, { file, brokenPath, isDry: options.dryRun === true });
    if (imported.alreadyAt || options.dryRun) return;
    if (imported.created <= sentAtOnce) await sendWhatIsDue(rivulet);
    else if (rivulet.databaseKind === 'embedded') say('Their mails go when Rivulet runs: npm start');
  });
}

async function withEnd<T>(work: () => Promise<T>, end: () => Promise<void>): Promise<T> {
  try {
    return await work();
  } finally {
    await end();
  }
}

function readMap(pairs: readonly string[] = []): ReadonlyMap<string, string> {
  return new Map(
    pairs.map((pair) => {
      const at = pair.lastIndexOf('=');
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1).trim()] as const;
      const what = `${JSON.stringify(pair)} does not say what a column is`;
      throw new FixableError({ code: 'bad-option', where: '--map', what, fix: 'Write --map "Column=field"' });
    }),
  );
}

/** Rows a second, since this began. */
function openRate(): (rows: number) => string {
  const startedAt = performance.now();
  let before: number | undefined;
  return (rows) => {
    // What was done before this import was taken up took it no time.
    before ??= rows > 1000 ? rows : 0;
    return Math.round((rows - before) / Math.max(0.001, (performance.now() - startedAt) / 1000)).toLocaleString('en');
  };
}

/** As much of a cell as shows what it is. */
const shownChars = 32;

function tableOf(columns: readonly Column[]): string {
  const table = new Table({
    head: ['column', 'becomes', 'for example', 'found'].map((title) => pc.bold(title)),
    style: { head: [], border: [], compact: true },
  });
  for (const { header, to, example, how } of columns)
    table.push([shown(header), to ?? pc.dim('—'), shown(example), to === undefined ? pc.dim(how) : how]);
  return table.toString();
}

/** Cells come from anywhere: no control character of theirs reaches the terminal. */
function shown(cell: string): string {
  const plain = cell.replaceAll(/[\p{Cc}\p{Cf}]/gu, '·');
  return plain.length > shownChars ? `${plain.slice(0, shownChars - 1)}…` : plain;
}

type Where = { readonly file: string; readonly brokenPath: string; readonly isDry: boolean };

function tell(imported: Imported, { file, brokenPath, isDry }: Where): void {
  const { created, changed, unchanged, broken, firstBroken, brokenKinds, resumedAt, alreadyAt } = imported;
  if (alreadyAt) {
    const rest = broken > 0 ? ` ${counted(broken, 'row')} of it were broken.` : '';
    say(
      `${pc.green('✔')} This file was imported already, on ${instant(alreadyAt, 'UTC')} UTC.${rest} Nothing was done; --again imports it once more.`,
    );
    return;
  }
  if (resumedAt > 0) say(`It was cut short at row ${resumedAt.toLocaleString('en')} before, and went on from there.`);
  for (const { line, reason } of firstBroken.slice(0, shownBroken))
    console.error(`${pc.red('✖')} ${file}:${line}: ${shownReason(reason)}`);
  if (broken > shownBroken) {
    console.error(pc.red(`and ${counted(broken - shownBroken, 'row')} more:`));
    for (const [kind, count] of brokenKinds) console.error(`  ${String(count).padStart(8)}  ${shownReason(kind)}`);
  }
  const sum = `${created} new leads, ${changed} changed, ${unchanged} as they were`;
  const fate = isDry ? 'would be' : 'were';
  const mend = isDry ? '' : ` They stand in ${brokenPath} with their reasons: mend them there, and import that file.`;
  say(
    `${pc.green('✔')} ${isDry ? 'Nothing was written. It would make ' : ''}${sum}${broken > 0 ? `; ${pc.red(`${counted(broken, 'row')} ${fate} broken`)}.${mend}` : '.'}`,
  );
  if (broken > 0) process.exitCode = 1;
}

function shownReason(reason: string): string {
  return reason.replaceAll(/[\p{Cc}\p{Cf}]/gu, '·');
}
