import { startEngine } from './engine.js';
import { plantWaiting } from './field.js';
import { lowestToHighest, median, rounded } from './figures.js';
import type { Flags } from './flags.js';
import { type Lab, progress } from './lab.js';
import { type Finding, span } from './report.js';
import { openField, startWorker } from './worker.js';

/** Of all that wait, how many wait in the small database. */
const smallShare = 0.01;

type Measured = {
  readonly mailsPerSecond: number;
  /** CPU time of worker and engine: it tells the same on a machine that is busy with other things. */
  readonly cpuMsPerMail: number;
  readonly rssMb: number;
};

/**
 * Whether a worker slows down or grows with the enrollments that only wait. Each database has an engine process of its own,
 * so that a worker's memory is the worker's.
 */
export async function measureBacklog(lab: Lab, { mails, rounds, waiting, warmUp }: Flags): Promise<Finding> {
  const few = Math.max(1, Math.round(waiting * smallShare));
  const small = await openBacklog(lab, few, warmUp);
  const large = await openBacklog(lab, waiting, warmUp);
  try {
    const measured: { readonly small: Measured; readonly large: Measured }[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      progress(`backlog: round ${round} of ${rounds}, ${mails} mails each`);
      // Every other round in reverse, so that none always has the same neighbour.
      const first = round % 2 === 0 ? await large.measure(mails) : undefined;
      const one = { small: await small.measure(mails), large: first ?? (await large.measure(mails)) };
      progress(`  ${waiting} waiting: ${show(one.large)}; ${few} waiting: ${show(one.small)}`);
      measured.push(one);
    }
    const speeds = measured.map((one) => one.large.mailsPerSecond / one.small.mailsPerSecond);
    const cpu = measured.map((one) => one.small.cpuMsPerMail / one.large.cpuMsPerMail);
    const rssMb = (of: 'small' | 'large') => Math.max(...measured.map((one) => one[of].rssMb));
    return {
      figures: [
        {
          key: 'backlogRatio',
          label: `throughput with ${waiting} waiting ÷ with ${few}`,
          value: median(speeds),
          bar: { atLeast: 0.9 },
          note: `${span(lowestToHighest(speeds))}; by CPU time ${median(cpu).toFixed(2)}`,
        },
        {
          key: 'workerRssRatio',
          label: `memory of a worker, ${waiting} ÷ ${few} waiting`,
          value: rssMb('large') / rssMb('small'),
          bar: { atMost: 1.2 },
        },
        {
          key: 'workerRssMb',
          label: 'memory of a worker, MB at its most',
          value: rssMb('large'),
          bar: { atMost: 250 },
        },
      ],
      more: { waiting, waitingFew: few, plantingSeconds: rounded(large.plantedInSeconds, 1) },
    };
  } finally {
    await small.stop();
    await large.stop();
  }
}

async function openBacklog(lab: Lab, waiting: number, warmUp: number) {
  const engine = await startEngine(lab);
  const worker = await startWorker(lab, { uri: engine.uri });
  const field = await openField(lab, worker);
  progress(`backlog: making ${waiting} enrollments wait`);
  const startedAt = performance.now();
  await plantWaiting(worker.db, field.waiting, field.nextBatch(), waiting);
  const plantedInSeconds = (performance.now() - startedAt) / 1000;
  progress(`  done in ${plantedInSeconds.toFixed(1)} s`);

  const measure = async (mails: number): Promise<Measured> => {
    const batch = await field.plant(mails);
    const engineCpu = await engine.cpuMs();
    const { tookMs, cpuMs, rssMb } = await worker.drain();
    const cpuMsPerMail = (cpuMs + (await engine.cpuMs()) - engineCpu) / mails;
    await field.check(batch, mails);
    return { mailsPerSecond: (mails / tookMs) * 1000, cpuMsPerMail, rssMb };
  };
  await measure(warmUp);
  return {
    measure,
    plantedInSeconds,
    stop: async () => {
      await worker.stop();
      await engine.stop();
    },
  };
}

function show({ mailsPerSecond, cpuMsPerMail, rssMb }: Measured): string {
  return `${mailsPerSecond.toFixed(0)} mails/s, ${cpuMsPerMail.toFixed(2)} ms of CPU each, ${rssMb.toFixed(0)} MB`;
}
