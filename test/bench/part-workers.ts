import { availableParallelism } from 'node:os';
import { startEngine } from './engine.js';
import { lowestToHighest, median, rounded } from './figures.js';
import type { Flags } from './flags.js';
import { type Lab, progress } from './lab.js';
import { type Finding, span } from './report.js';
import { type BenchWorker, openField, startWorker } from './worker.js';

type Shared = {
  readonly mailsPerSecond: number;
  /** Cores in use by workers, engine and sink. */
  readonly cores: number;
};

/** Two workers on one database against one alone. On a machine without a free core this says little; the CPU use tells. */
export async function measureWorkers(lab: Lab, { mails, rounds, warmUp }: Flags): Promise<Finding> {
  const engine = await startEngine(lab);
  const workers: BenchWorker[] = [];
  try {
    const one = await startWorker(lab, { uri: engine.uri });
    workers.push(one);
    const field = await openField(lab, one);
    const two = await startWorker(lab, { uri: engine.uri });
    workers.push(two);

    const share = async (count: number, among: readonly BenchWorker[]): Promise<Shared> => {
      const batch = await field.plant(count);
      const engineCpu = await engine.cpuMs();
      const startedAt = performance.now();
      const drained = await Promise.all(among.map((worker) => worker.drain()));
      const tookMs = performance.now() - startedAt;
      const workersCpu = drained.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
      const cpuMs = workersCpu + (await engine.cpuMs()) - engineCpu + (await field.check(batch, count)).cpuMs;
      return { mailsPerSecond: (count / tookMs) * 1000, cores: cpuMs / tookMs };
    };
    await share(warmUp, [one]);
    await share(warmUp, [two]);

    const measured: { readonly alone: Shared; readonly both: Shared }[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const first = round % 2 === 0 ? await share(mails, [one, two]) : undefined;
      const alone = await share(mails, [one]);
      const both = first ?? (await share(mails, [one, two]));
      progress(`workers: round ${round} of ${rounds}: one ${show(alone)}; two ${show(both)}`);
      measured.push({ alone, both });
    }
    return findingOf(measured);
  } finally {
    for (const worker of workers) await worker.stop();
    await engine.stop();
  }
}

function findingOf(measured: readonly { readonly alone: Shared; readonly both: Shared }[]): Finding {
  const ratios = measured.map(({ alone, both }) => both.mailsPerSecond / alone.mailsPerSecond);
  const alone = median(measured.map((one) => one.alone.cores));
  const both = median(measured.map((one) => one.both.cores));
  const cores = availableParallelism();
  return {
    figures: [
      {
        key: 'twoWorkers',
        label: 'two worker processes ÷ one (when a core is free)',
        value: median(ratios),
        bar: { atLeast: 1.5 },
        note: `${span(lowestToHighest(ratios))}; one kept ${alone.toFixed(1)} of ${cores} cores busy, two ${both.toFixed(1)}`,
      },
    ],
    more: { cores, coresBusy: { one: rounded(alone, 2), two: rounded(both, 2) } },
  };
}

function show({ mailsPerSecond, cores }: Shared): string {
  return `${mailsPerSecond.toFixed(0)} mails/s on ${cores.toFixed(1)} cores`;
}
