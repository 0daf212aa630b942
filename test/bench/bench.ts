import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import type { Mail } from '../../src/message/mail.js';
import { figuresOf, type Measurement, type Round, rounded, timesFaster } from './figures.js';
import { openMeasuredRivulet } from './rivulet.js';
import { openAgenda, openNodemailer, type Sender } from './senders.js';
import { type Sink, startSink } from './sink-process.js';

/**
 * npm run bench -- [--mails 2000] [--rounds 3] [--connections 5] [--quick] [--json]
 *
 * The same mails, to the same local mail server, in three ways: stock Nodemailer, one Agenda job a mail, and Rivulet from
 * due enrollment to advanced enrollment. Compare the ratios, not the speeds: those are the machine's.
 */
const Flags = z
  .object({
    mails: z.coerce.number().int().min(1).optional(),
    rounds: z.coerce.number().int().min(1).optional(),
    connections: z.coerce.number().int().min(1).max(100).default(5),
    /** For CI: finds out in some seconds that the bench works; its figures say little. */
    quick: z.boolean().default(false),
    /** Ends with one line of JSON. */
    json: z.boolean().default(false),
  })
  .transform(({ quick, mails = quick ? 200 : 2000, rounds = quick ? 1 : 3, ...rest }) => ({ ...rest, mails, rounds }));
type Flags = z.output<typeof Flags>;

/** Mails of the unmeasured first round, in which the code gets warm. */
const warmUpMails = 100;

const labels = {
  nodemailer: 'stock Nodemailer, nothing recorded',
  agenda: 'one Agenda job a mail',
  rivulet: 'Rivulet, from claim to advance',
};

async function main(): Promise<void> {
  const flags = Flags.parse(readFlags());
  const sink = await startSink();
  // Short: the engine's socket lies in it, and a socket's path has room for about 100 characters.
  const dataDir = await mkdtemp(join(tmpdir(), 'rvb-'));
  try {
    const rounds = await measure(flags, dataDir, sink);
    print(rounds, flags);
  } finally {
    sink.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measure({ mails, rounds, connections }: Flags, dataDir: string, sink: Sink): Promise<Round[]> {
  const address = { port: sink.port, connections };
  const rivulet = await openMeasuredRivulet(dataDir, address);
  const senders = [openNodemailer(address), openAgenda(rivulet.db, address), rivulet.sender];

  const play = async (round: number, count: number): Promise<Round> => {
    progress(`${round === 0 ? 'warm-up' : `round ${round}`}: enrolling ${count} leads`);
    const order = await rivulet.enroll(count, String(round));
    const measured: Measurement[] = [];
    // Every other round in reverse, so that none always has the same neighbour or the oldest heap.
    for (const sender of round % 2 === 0 ? senders.toReversed() : senders)
      measured.push(await clock(sender, order, sink));
    return measured;
  };

  try {
    await play(0, Math.min(warmUpMails, mails));
    const played: Round[] = [];
    for (let round = 1; round <= rounds; round += 1) played.push(await play(round, mails));
    return played;
  } finally {
    for (const sender of senders) await sender.stop();
  }
}

async function clock(sender: Sender, mails: readonly Mail[], sink: Sink): Promise<Measurement> {
  const { send } = await sender.ready(mails);
  await sink.arrivals();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await send();
  const tookMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);

  const { messages, uniqueIds, bytes } = await sink.arrivals();
  if (messages !== mails.length || uniqueIds !== mails.length)
    throw new Error(
      `${sender.name}: the sink got ${messages} mails with ${uniqueIds} Message-IDs instead of ${mails.length}`,
    );
  const mailsPerSecond = (mails.length / tookMs) * 1000;
  progress(
    `  ${sender.name}: ${mailsPerSecond.toFixed(0)} mails/s; each arrived once, ${Math.round(bytes / messages)} bytes`,
  );
  return { sender: sender.name, mailsPerSecond, cpuMsPerMail: (user + system) / 1000 / mails.length };
}

function print(rounds: readonly Round[], { mails, connections, json }: Flags): void {
  const summary = summarize(rounds);
  const total = `${mails} mails over ${connections} connections, rounds: ${rounds.length}`;
  console.log(`${total}. Each mail arrived exactly once.\n`);
  console.log(row('', ['mails/s', 'slowest', 'fastest', 'CPU ms/mail']));
  for (const { label, mailsPerSecond, slowest, fastest, cpuMsPerMail } of summary.senders)
    console.log(
      row(label, [...[mailsPerSecond, slowest, fastest].map((one) => one.toFixed(0)), cpuMsPerMail.toFixed(2)]),
    );
  console.log('\nRivulet is, by the median of the rounds,');
  for (const { label, median, lowest, highest } of [summary.vsNodemailer, summary.vsAgenda])
    console.log(`  ${median.toFixed(2)} times as fast as ${label} (${lowest.toFixed(2)} to ${highest.toFixed(2)})`);
  if (!json) return;

  const bySender = (figure: 'mailsPerSecond' | 'cpuMsPerMail', digits: number) =>
    Object.fromEntries(summary.senders.map((one) => [one.name, rounded(one[figure], digits)]));
  const result = {
    mailsPerSecond: bySender('mailsPerSecond', 0),
    vsStockNodemailer: rounded(summary.vsNodemailer.median, 2),
    vsAgendaPerMail: rounded(summary.vsAgenda.median, 2),
    mails,
    rounds: rounds.length,
    connections,
    cpuMsPerMail: bySender('cpuMsPerMail', 2),
  };
  console.log(JSON.stringify(result));
}

function summarize(rounds: readonly Round[]) {
  const versus = (name: 'nodemailer' | 'agenda') => ({ label: labels[name], ...timesFaster('rivulet', name, rounds) });
  return {
    senders: Object.entries(labels).map(([name, label]) => ({ name, label, ...figuresOf(name, rounds) })),
    vsNodemailer: versus('nodemailer'),
    vsAgenda: versus('agenda'),
  };
}

function row(label: string, cells: readonly string[]): string {
  return label.padEnd(42) + cells.map((cell) => cell.padStart(12)).join('');
}

function readFlags(): unknown {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  return parseArgs({ options: { mails: text, rounds: text, connections: text, quick: flag, json: flag } }).values;
}

function progress(line: string): void {
  console.error(line);
}

try {
  await main();
  process.exitCode = 0;
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
// Agenda leaves a timer of half its lock's lifetime behind for every job.
process.exit();
