import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import pc from 'picocolors';
import { badProject } from '../bad-project.js';
import { type Config, readConfig } from '../config.js';
import { type DkimKeys, openDkimKeys } from '../delivery/dkim-keys.js';
import type { Finding } from '../delivery/doctor.js';
import { openDns } from '../delivery/doctor-dns.js';
import { examine, type Patient } from '../delivery/doctor-examine.js';
import type { SentMail } from '../delivery/doctor-mail.js';
import type { SmtpServer } from '../delivery/doctor-server.js';
import { lookAtSmtp } from '../delivery/smtp-look.js';
import { idFrom } from '../event/id.js';
import { senderDomain } from '../message/address.js';
import { signedMime } from '../message/dkim.js';
import { readTransportUrl } from '../delivery/transport-url.js';
import { renderMail, toMime } from '../message/mail.js';
import { fillOf } from '../message/merge.js';
import { madeUpLead, type PreviewLead } from '../shown/preview-lead.js';
import { type ShownMail, stepMails } from '../shown/shown-mail.js';
import { readProjectFolder } from '../project-folder.js';
import { type Project, readProject } from '../sequence/project.js';
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
  const { project, diagnostics } = await readProject(files);
  if (!project) throw badProject(root, diagnostics, 'the doctor cannot look at its mails');
  const keys = await openDkimKeys(config.DATA_DIR);
  const publicUrl = config.PUBLIC_URL ?? `http://localhost:${config.PORT}`;
  const mails = stepMails(project);
  const first = firstOfEach(mails.filter(({ notice }) => !notice));
  const lead = madeUpLead(project, files);
  return {
    senders: domainsOf(mails.map(({ from }) => from)),
    repliesTo: domainsOf(mails.map(({ replyTo }) => replyTo)),
    mails: await Promise.all(first.map((mail) => sentMail(mail, { project, lead, keys, publicUrl, now }))),
    keys,
    mustSign: config.DKIM_REQUIRED,
    publicUrl: config.PUBLIC_URL,
    server: serverOf(config.SMTP_URL),
  };
}

type Office = {
  readonly project: Project;
  readonly lead: PreviewLead;
  readonly keys: DkimKeys;
  readonly publicUrl: string;
  readonly now: Date;
};

/** A mail by the code that sends, for a lead that is nobody; its links are signed by a key that is thrown away. */
async function sentMail(shown: ShownMail, { project, lead, keys, publicUrl, now }: Office): Promise<SentMail> {
  const template = project.templates.get(shown.template);
  if (!template) throw new Error(`there is no template "${shown.template}"`);
  const { name, step, sequence, replyTo, from = '' } = shown;
  const mail = renderMail(
    template,
    {
      message: idFrom('doctor', name, now.toISOString()),
      step,
      subject: fillOf(shown.subject),
      from,
      ...(replyTo ? { replyTo } : {}),
      sequence,
      lead,
      plannedAt: now,
    },
    { brand: project.brand, publicUrl, keys: [{ id: 1, secret: randomBytes(32) }] },
  );
  const mime = await toMime(mail);
  const signing = keys.keyFor(senderDomain(from) ?? '');
  const isSigned = 'key' in signing;
  const { postalAddress } = project.brand;
  return { name, mime: isSigned ? await signedMime(mime, signing.key) : mime, postalAddress, publicUrl, isSigned };
}

function firstOfEach(mails: readonly ShownMail[]): readonly ShownMail[] {
  const first = new Map(mails.toReversed().map((mail) => [senderDomain(mail.from), mail]));
  return mails.filter((mail) => [...first.values()].includes(mail));
}

function domainsOf(senders: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(senders.flatMap((sender) => senderDomain(sender) ?? []))];
}

/** The mail server behind SMTP_URL, whatever it is written as; none where mails stay in the local mailbox. */
function serverOf(written: string | undefined): SmtpServer | undefined {
  const target = written === undefined ? undefined : readTransportUrl('SMTP_URL', written);
  return target?.kind === 'smtp' ? smtpServerOf(target.url) : undefined;
}

function smtpServerOf(url: string): SmtpServer {
  const { host = 'localhost', port, secure = false, auth } = parseConnectionUrl(url);
  return { host, port: port ?? (secure ? 465 : 587), secure, hasLogin: Boolean(auth) };
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
