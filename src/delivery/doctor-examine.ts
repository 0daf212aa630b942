import type { DkimKeys } from './dkim-keys.js';
import { about, asked, type Dns, type Finding } from './doctor.js';
import { checkPublished, checkSigning } from './doctor-dkim.js';
import { checkDmarc } from './doctor-dmarc.js';
import { checkMail, type SentMail } from './doctor-mail.js';
import { checkMx, checkPtr, checkPublicUrl, checkTls, type SmtpServer } from './doctor-server.js';
import { checkSpf } from './doctor-spf.js';
import type { SmtpLook } from './smtp-look.js';

/** All that the doctor looks at. */
export type Patient = {
  /** Domains that mails are from. */
  readonly senders: readonly string[];
  /** Domains that replies go to. */
  readonly repliesTo: readonly string[];
  readonly mails: readonly SentMail[];
  readonly keys: DkimKeys;
  readonly mustSign: boolean;
  readonly publicUrl: string | undefined;
  /** Undefined with the local mailbox. */
  readonly server: SmtpServer | undefined;
};

export type Instruments = {
  readonly dns: Dns & { readonly isReached: () => Promise<boolean> };
  readonly lookAtSmtp: (server: SmtpServer) => Promise<SmtpLook>;
  readonly now: Date;
};

/** Everything found, in reading order: what is sent, by which server, and what the world can look up about it. */
export async function examine(patient: Patient, instruments: Instruments): Promise<readonly Finding[]> {
  const { server } = patient;
  const mails = await Promise.all(patient.mails.map(checkMail));
  const look = server ? await instruments.lookAtSmtp(server).catch(asError) : undefined;
  const tls = server && look ? checkTls(server, look, instruments.now) : [];
  return [...mails.flat(), ...tls, ...(await inDns(patient, instruments.dns))];
}

async function inDns(patient: Patient, dns: Instruments['dns']): Promise<readonly Finding[]> {
  if (!(await dns.isReached()))
    return [about('dns', 'this machine').bad('no DNS answers here, so nothing of it was checked', 'Try again online')];
  const { publicUrl, server, senders, repliesTo, keys } = patient;
  const signs = new Set(senders.flatMap((from) => signerOf(from, keys)));
  const checks = [
    asked('url', publicUrl ?? 'PUBLIC_URL', () => checkPublicUrl(publicUrl, server !== undefined, dns)),
    ...(server ? [asked('ptr', server.host, () => checkPtr(server.host, dns))] : []),
    ...senders.map((from) => ofSender(from, patient, dns)),
    ...keys.files.map((file) => asked('dkim', file.file, () => checkPublished(file, signs.has(file.key), dns))),
    ...[...new Set([...senders, ...repliesTo])].map((domain) => asked('mx', domain, () => checkMx(domain, dns))),
  ];
  return (await Promise.all(checks)).flat();
}

async function ofSender(from: string, { keys, server, mustSign }: Patient, dns: Dns): Promise<readonly Finding[]> {
  const smtpHost = server?.host;
  const checks = [
    asked('spf', from, () => checkSpf(from, smtpHost, dns)),
    asked('dkim', from, () => checkSigning(from, keys, { smtpHost, isRequired: mustSign }, dns)),
    asked('dmarc', from, () => checkDmarc(from, dns)),
  ];
  return (await Promise.all(checks)).flat();
}

function signerOf(from: string, keys: DkimKeys) {
  const signing = keys.keyFor(from);
  return 'key' in signing ? [signing.key] : [];
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
