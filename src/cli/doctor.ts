import { resolve } from 'node:path';
import pc from 'picocolors';
import { badProject } from '../bad-project.js';
import { type Config, readConfig } from '../config.js';
import { openDkimKeys } from '../delivery/dkim-keys.js';
import type { Finding } from '../delivery/doctor.js';
import { openDns } from '../delivery/doctor-dns.js';
import { examine, type Patient } from '../delivery/doctor-examine.js';
import { patientOf, practiceIn } from '../delivery/doctor-patient.js';
import { lookAtSmtp } from '../delivery/smtp-look.js';
import { readProjectFolder } from '../project-folder.js';
import { openRenderedMails } from '../rendered-mails.js';
import { readProject } from '../sequence/project.js';
import { counted } from './terminal.js';

/** Tells whether mails of this project will arrive: DNS, server, and a real mail of each sender; exit code 1 when not. */
export async function doctor(dir: string, { json }: { json?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  const patient = await patientIn(resolve(dir), config, new Date());
  const findings = await examine(patient, { dns: openDns(), lookAtSmtp, now: new Date() });
  if (findings.some(({ level }) => level === 'bad')) process.exitCode = 1;
  if (json) console.log(JSON.stringify(findings, null, 2));
  else show(findings);
}

async function patientIn(root: string, config: Config, now: Date): Promise<Patient> {
  const files = await readProjectFolder(root);
  const { project, diagnostics } = await readProject(files, await openRenderedMails());
  if (!project) throw badProject(root, diagnostics, 'the doctor cannot look at its mails');
  const keys = await openDkimKeys(config.DATA_DIR);
  return patientOf({ project, files, keys, ...practiceIn(config) }, now);
}

const signs = { good: pc.green('✔'), warn: pc.yellow('!'), bad: pc.red('✖') };

function show(findings: readonly Finding[]): void {
  for (const { check, about, level, what, mend } of findings) {
    console.log(`${signs[level]} ${pc.bold(check.padEnd(5))} ${about}: ${what}`);
    if (mend) console.log(mend.replace(/^/gm, ' '.repeat(8)));
  }
  const count = (level: Finding['level']): number => findings.filter((finding) => finding.level === level).length;
  const [bad, warn] = [count('bad'), count('warn')];
  if (bad > 0) console.log(`\n${signs.bad} ${counted(bad, 'thing')} to mend before mails arrive everywhere.`);
  else if (warn > 0) console.log(`\n${signs.warn} Mails should arrive; ${counted(warn, 'thing')} could be better.`);
  else console.log(`\n${signs.good} Nothing stands in the way of your mails.`);
}
