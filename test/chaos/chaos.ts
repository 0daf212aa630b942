import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { faultKinds } from './faults.js';
import { type ChaosResult, playChaos } from './run.js';
import { broken } from './verdict.js';

const whole = z.coerce.number().int().min(0);
/** Every flag, with what a run has without it. */
const Flags = z.object({
  enrollments: whole.optional(),
  kills: whole.optional(),
  'database-kills': whole.optional(),
  'sink-cuts': whole.optional(),
  freezes: whole.optional(),
  terms: whole.optional(),
  workers: z.coerce.number().int().min(1).max(8).optional(),
  seed: whole.default(() => Math.floor(Math.random() * 1e6)),
  /** How likely the mail server goes wrong at one command. */
  'sink-faults': z.coerce.number().min(0).max(1).default(0.003),
  /** By how many minutes the clock of the first worker is ahead. */
  'clock-error': z.coerce.number().default(10),
  /** How often faster than the wall's the clocks run. */
  speed: z.coerce.number().min(1).default(60),
  quick: z.boolean().default(false),
  break: z.enum(['no-journal', 'retry-all']).optional(),
  json: z.boolean().default(false),
});

const long = { enrollments: 20_000, kills: 30, database: 5, cuts: 20, freezes: 3, terms: 5, workers: 3, latencyMs: 60 };
const short = { enrollments: 2000, kills: 12, database: 2, cuts: 6, freezes: 1, terms: 2, workers: 2, latencyMs: 60 };

async function main(): Promise<boolean> {
  const flags = Flags.parse(readFlags());
  const usual = flags.quick ? short : long;
  const result = await playChaos({
    enrollments: flags.enrollments ?? usual.enrollments,
    workers: flags.workers ?? usual.workers,
    connections: 5,
    seed: flags.seed,
    speed: flags.speed,
    latencyMs: usual.latencyMs,
    sinkFaults: flags['sink-faults'],
    faults: {
      kill: flags.kills ?? usual.kills,
      database: flags['database-kills'] ?? usual.database,
      cut: flags['sink-cuts'] ?? usual.cuts,
      freeze: flags.freezes ?? usual.freezes,
      term: flags.terms ?? usual.terms,
    },
    clockErrorMs: flags['clock-error'] * 60_000,
    fault: flags.break,
    say: (line) => console.error(line),
  });
  const violations = violationsOf(result);
  print(result, violations);
  if (flags.json) console.log(JSON.stringify(inFull(result, violations, flags.seed)));
  if (violations.length === 0) await rm(result.dir, { recursive: true, force: true });
  return violations.length === 0;
}

function violationsOf({ verdict, mostUncertain, exitCodes, ownFaults }: ChaosResult): readonly string[] {
  const bad = exitCodes.filter((code) => code !== 0).length;
  return [
    ...broken(verdict, mostUncertain),
    ...(bad > 0 ? [`${bad} of ${exitCodes.length} workers did not end well on SIGTERM`] : []),
    ...[...ownFaults].map(([what, times]) => `${times} times a fault of its own: ${what}`),
  ];
}

function print(result: ChaosResult, violations: readonly string[]): void {
  const { verdict, done, sinkFaults, exposed, mostUncertain, seconds, drainSeconds, exitCodes, crashes } = result;
  const row = (name: string, figure: string | number): void =>
    console.log(`${name.padEnd(48)}${String(figure).padStart(10)}`);
  for (const kind of faultKinds) row(words[kind], done[kind]);
  row('faults that the mail server made', sinkFaults);
  row('  of these in an instant that nobody can know', exposed);
  row('workers that ended by themselves', crashes);
  row('mails taken by the server', verdict.taken);
  row('ledger: accepted', verdict.accepted);
  row('ledger: rejected', verdict.rejected);
  row('ledger: failed', verdict.failed);
  row(`ledger: uncertain (at most ${mostUncertain})`, verdict.uncertain);
  row('  of these taken by the server', verdict.uncertainTaken);
  row('lost', verdict.lost);
  row('taken twice', verdict.duplicates);
  row('accepted in the ledger, never taken', verdict.notTaken);
  row('taken, unknown to the ledger', verdict.notRecorded);
  row('not brought to their end', verdict.unfinished);
  row('workers ended by SIGTERM, exit code 0', `${exitCodes.filter((code) => code === 0).length}/${exitCodes.length}`);
  row('  the slowest, in seconds', Math.round(result.slowestExitSeconds));
  row('seconds', Math.round(seconds));
  row('  of these to drain after healing', Math.round(drainSeconds));
  if (violations.length === 0) return console.log('✔ nothing lost, nothing twice, nothing stuck');
  for (const line of violations) console.log(`✖ ${line}`);
  for (const [what, ids] of Object.entries(verdict.examples)) console.log(`  ${what}: ${ids.join(' ')}`);
  console.log(`  The ledger, the record and the logs are kept in ${result.dir}`);
}

const words = {
  kill: 'workers killed (SIGKILL)',
  database: 'databases killed and started again',
  cut: 'mail server cut off',
  freeze: 'workers frozen past their lease',
  term: 'workers ended under load (SIGTERM)',
} as const;

function inFull(result: ChaosResult, violations: readonly string[], seed: number) {
  const ownFaults = Object.fromEntries(result.ownFaults);
  return { seed, ok: violations.length === 0, violations, ...result, ownFaults };
}

function readFlags(): unknown {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const counts = {
    enrollments: text,
    kills: text,
    'database-kills': text,
    'sink-cuts': text,
    freezes: text,
    terms: text,
  };
  const rest = {
    workers: text,
    'sink-faults': text,
    'clock-error': text,
    seed: text,
    speed: text,
    break: text,
    quick: flag,
    json: flag,
  };
  return parseArgs({ options: { ...counts, ...rest } }).values;
}

main().then(
  (isRight) => process.exit(isRight ? 0 : 1),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
