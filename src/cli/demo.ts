import { fileURLToPath } from 'node:url';
import { relative, resolve } from 'node:path';
import Table from 'cli-table3';
import pc from 'picocolors';
import { type DemoResult, playDemo } from '../demo/play.js';
import { FixableError } from '../errors.js';
import { tellFirstLink } from './first-link.js';
import { progressBar } from './progress.js';
import { reportFault, say } from './terminal.js';

type DemoOptions = {
  seed: string;
  days: string;
  leads: string;
  from: string;
  data: string;
  port: string;
  serve?: boolean;
};

/** Plays the demo, prints what became of everybody, and on a terminal keeps the page up for a look. */
export async function demo({
  seed,
  days,
  leads,
  from,
  data,
  port,
  serve = process.stdout.isTTY,
}: DemoOptions): Promise<void> {
  const start = new Date(`${from}T06:00:00Z`);
  const numbers = { seed: Number(seed), days: Number(days), people: Number(leads), port: Number(port) };
  const isWrong =
    Object.values(numbers).some((value) => !Number.isInteger(value) || value < 0) ||
    Number.isNaN(start.getTime()) ||
    Math.min(numbers.days, numbers.people) < 1;
  if (isWrong)
    throw new FixableError({
      code: 'bad-option',
      where: 'rivulet demo',
      what: '--seed, --days, --leads and --port are whole numbers, and --from is a date',
      fix: 'For example: --seed 7 --days 45 --from 2026-09-07',
    });

  const startedAt = performance.now();
  const bar = progressBar('Playing');
  const result = await playDemo({
    ...numbers,
    // Without a page to keep up, any free port will do.
    port: serve ? numbers.port : 0,
    from: start,
    dataDir: data,
    leadsFile: fileURLToPath(new URL('../../src/demo/leads.csv', import.meta.url)),
    projectDir: fileURLToPath(new URL('../..', import.meta.url)),
    onProgress: bar.update,
    say,
    onFault: reportFault,
  }).finally(bar.stop);
  print(result, numbers, (performance.now() - startedAt) / 1000);

  const dataDir = relative(process.cwd(), resolve(data));
  if (!serve) {
    await result.stop();
    say(
      `\nLook at it: ${pc.bold(`DATA_DIR=${dataDir} npx rivulet start`)}, or ${pc.bold('npm run demo -- --serve')} to keep the page up.`,
    );
    return;
  }
  say(`\nLook at it: ${pc.underline(result.url)}  (time stands still there; Ctrl-C ends it)`);
  tellFirstLink(await result.firstLink());
  const end = (): void => void result.stop().then(() => process.exit(0), reportFault);
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}

function print(
  { steps, stages, leads, mails, machineOpens, suppressed }: DemoResult,
  { seed, days }: { seed: number; days: number },
  seconds: number,
): void {
  const share = (part: number, whole: number): string =>
    whole > 0 ? `${part} ${pc.dim(`${Math.round((100 * part) / whole)} %`.padStart(5))}` : String(part);
  const head = ['sequence', 'mail', 'sent', 'opened', 'clicked', 'replied', 'bounced', 'unsubscribed'];
  const table = new Table({
    head: head.map((title) => pc.bold(title)),
    colAligns: ['left', 'left', ...head.slice(2).map(() => 'right' as const)],
    style: { head: [], border: [], compact: true },
  });
  let last = '';
  for (const { sequence, step, sent, opened, clicked, replied, bounced, unsubscribed } of steps) {
    table.push([
      sequence === last ? '' : sequence,
      step,
      sent,
      share(opened, sent),
      share(clicked, sent),
      share(replied, sent),
      share(bounced, sent),
      share(unsubscribed, sent),
    ]);
    last = sequence;
  }
  say(
    `\n${pc.bold(`${days} ${days === 1 ? 'day' : 'days'} of ${leads} leads`)}, seed ${seed}: ${mails} mails in ${seconds.toFixed(0)} s`,
  );
  say(table.toString());
  say(
    pc.dim(
      `Opens are of people; ${machineOpens} more were made by mail programs and count for nothing. ${suppressed} addresses get no mail any more.`,
    ),
  );
  say(`\n${pc.bold('Leads per stage')}`);
  const widest = Math.max(...stages.map(({ title }) => title.length));
  for (const { title, count } of stages)
    say(
      `  ${title.padEnd(widest)} ${String(count).padStart(4)}  ${pc.cyan('█'.repeat(Math.round((40 * count) / Math.max(1, leads))))}`,
    );
}
