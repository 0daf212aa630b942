import { availableParallelism, loadavg } from 'node:os';
import { rounded } from './figures.js';
import { type Flags, type Part, readFlags } from './flags.js';
import { type Lab, openLab, progress } from './lab.js';
import { measureBacklog } from './part-backlog.js';
import { measureDkim } from './part-dkim.js';
import { measureEvents } from './part-events.js';
import { measureLateness } from './part-lateness.js';
import { findImports, findReports, findScores } from './part-leads.js';
import { measureOverhead } from './part-overhead.js';
import { measureVersus } from './part-versus.js';
import { measureWorkers } from './part-workers.js';
import { type Finding, printFindings } from './report.js';

/**
 * npm run bench -- [send] [--only vs,backlog,dkim,lateness,workers,overhead] [--quick] [--json] [--profile file]
 * npm run bench -- events [--quick] [--json]
 * npm run bench -- leads [--only imports,scores,reports] [--quick] [--json]
 *
 * How fast mails go, and what comes back of them, in ratios: the speeds themselves are the machine's. Everything measured runs in processes of its own,
 * and in every run each mail must have arrived exactly once and be recorded so. The flags are in flags.ts.
 */
const measure: Readonly<Record<Part, (lab: Lab, flags: Flags) => Promise<Finding>>> = {
  vs: measureVersus,
  backlog: measureBacklog,
  dkim: measureDkim,
  lateness: measureLateness,
  workers: measureWorkers,
  overhead: measureOverhead,
  events: measureEvents,
  imports: findImports,
  scores: findScores,
  reports: findReports,
};

/** Above it others take so much of the machine that a round says little. */
const busyLoad = 0.5;

async function main(): Promise<void> {
  const flags = readFlags(process.argv.slice(2));
  const lab = await openLab(flags);
  const [load = 0] = loadavg();
  const where = `${lab.sink.name}, ${flags.connections} connections, ${availableParallelism()} cores, load before ${load.toFixed(1)}`;
  const findings: Finding[] = [{ figures: [], lines: [where], more: { sink: lab.sink.name, load: rounded(load, 1) } }];
  if (load > busyLoad) progress(`The machine is busy (load ${load.toFixed(1)}): the ratios will vary by chance.`);
  for (const part of flags.parts) {
    const startedAt = performance.now();
    try {
      findings.push(await measure[part](lab, flags));
      progress(`${part}: done in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
    } catch (error) {
      // What the other parts found took minutes, and is worth knowing.
      console.error(`${part}:`, error);
      process.exitCode = 1;
    }
  }
  printFindings(findings, flags.json);
}

try {
  await main();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
process.exit();
