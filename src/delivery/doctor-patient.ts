import { randomBytes } from 'node:crypto';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import type { Config } from '../config.js';
import { idFrom } from '../event/id.js';
import { senderDomain } from '../message/address.js';
import { signedMime } from '../message/dkim.js';
import { renderMail, toMime } from '../message/mail.js';
import { fillOf } from '../message/merge.js';
import type { Project } from '../sequence/project.js';
import type { ProjectFiles } from '../sequence/project-files.js';
import { madeUpLead, type PreviewLead } from '../shown/preview-lead.js';
import { type ShownMail, stepMails } from '../shown/shown-mail.js';
import type { DkimKeys } from './dkim-keys.js';
import type { Patient } from './doctor-examine.js';
import type { SentMail } from './doctor-mail.js';
import type { SmtpServer } from './doctor-server.js';
import { readTransportUrl } from './transport-url.js';

/** What the doctor is brought: a project, and how its mails leave here. */
export type Practice = {
  readonly project: Project;
  readonly files: ProjectFiles;
  readonly keys: DkimKeys;
  readonly mustSign: boolean;
  /** Where leads reach us; undefined where nobody said it, and then `port` of this machine. */
  readonly publicUrl: string | undefined;
  readonly port: number;
  readonly smtpUrl: string | undefined;
};

/** What the settings say of it. */
export function practiceIn({ DKIM_REQUIRED, PUBLIC_URL, PORT, SMTP_URL }: Config) {
  return { mustSign: DKIM_REQUIRED, publicUrl: PUBLIC_URL, port: PORT, smtpUrl: SMTP_URL };
}

/** All that the doctor looks at, with a real mail of each sender. */
export async function patientOf(practice: Practice, now: Date): Promise<Patient> {
  const { project, files, keys, mustSign, publicUrl, smtpUrl } = practice;
  const mails = stepMails(project);
  const first = firstOfEach(mails.filter(({ notice }) => !notice));
  const lead = madeUpLead(project, files);
  const office = { project, lead, keys, publicUrl: publicUrl ?? `http://localhost:${practice.port}`, now };
  return {
    senders: domainsOf(mails.map(({ from }) => from)),
    repliesTo: domainsOf(mails.map(({ replyTo }) => replyTo)),
    mails: await Promise.all(first.map((mail) => sentMail(mail, office))),
    keys,
    mustSign,
    publicUrl,
    server: serverOf(smtpUrl),
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
