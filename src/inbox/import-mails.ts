import { type InboundClass, inboundClasses } from '../inbound/classified.js';
import type { Attribution } from '../lead/attribute.js';
import { isUnreachable } from '../store/database.js';
import type { Reception } from './reception.js';
import { type FiledMail, mailFilesAt, mailsIn } from './mail-files.js';

export type ImportSetting = {
  readonly maxSize: number;
  /** Looks what each mail is, and records nothing. */
  readonly isDryRun: boolean;
  /** Told of the share done, and of the mails so far. */
  readonly onProgress: (share: number, mails: number) => void;
};

export type ImportReport = Attribution & {
  readonly mails: number;
  readonly classes: Readonly<Record<InboundClass, number>>;
  readonly unreadable: readonly { readonly where: string; readonly why: string }[];
};

/** Recorded in one go: enough to save time, and far from what memory holds. */
const atOnce = { mails: 100, bytes: 8 * 1024 * 1024 };

/** Takes in the mails of a Maildir, an mbox file, single files or folders of them. Done again, it changes nothing. */
export async function importMails(path: string, reception: Reception, setting: ImportSetting): Promise<ImportReport> {
  const files = await mailFilesAt(path);
  const total = files.reduce((sum, { size }) => sum + size, 0) || 1;
  const report = openReport();
  let read = 0;
  let batch: Readable[] = [];
  const flush = async (): Promise<void> => {
    const full = batch;
    batch = [];
    await takeBatch(full, reception, setting.isDryRun, report);
    setting.onProgress(read / total, report.mails());
  };
  for (const file of files)
    for await (const mail of mailsIn(file, setting.maxSize, (bytes) => (read += bytes))) {
      if (mail.raw === undefined) report.unreadable(mail.where, mail.why);
      else batch.push(mail);
      const bytes = batch.reduce((sum, { raw }) => sum + raw.length, 0);
      if (batch.length >= atOnce.mails || bytes >= atOnce.bytes) await flush();
    }
  await flush();
  return report.end();
}

type Readable = Extract<FiledMail, { readonly raw: Buffer }>;
type Report = ReturnType<typeof openReport>;

async function takeBatch(
  batch: readonly Readable[],
  reception: Reception,
  isDryRun: boolean,
  report: Report,
): Promise<void> {
  if (batch.length === 0) return;
  try {
    if (isDryRun) for (const { raw } of batch) report.add([await reception.look({ raw })]);
    else report.add(...(await reception.takeAll(batch.map(({ raw }) => ({ raw })))));
  } catch (error) {
    if (isUnreachable(error)) throw error;
    const [only, ...others] = batch;
    // Of many, the one that it was is found by taking each alone; what was recorded of them is known by then.
    if (others.length > 0) for (const one of batch) await takeBatch([one], reception, isDryRun, report);
    else if (only) report.unreadable(only.where, error instanceof Error ? error.message : String(error));
  }
}

function openReport() {
  const classes = new Map<InboundClass, number>(inboundClasses.map((name) => [name, 0]));
  const unreadable: { where: string; why: string }[] = [];
  const sums = { recorded: 0, known: 0, stray: 0, ignored: 0 };
  const mails = (): number => [...classes.values()].reduce((sum, count) => sum + count, 0);
  return {
    mails,
    add: (found: readonly InboundClass[], attribution?: Attribution): void => {
      for (const name of found) classes.set(name, (classes.get(name) ?? 0) + 1);
      sums.recorded += attribution?.recorded ?? 0;
      sums.known += attribution?.known ?? 0;
      sums.stray += attribution?.stray ?? 0;
      sums.ignored += attribution?.ignored ?? 0;
    },
    unreadable: (where: string, why: string): void => void unreadable.push({ where, why }),
    end: (): ImportReport => ({ mails: mails(), classes: byClass(classes), ...sums, unreadable }),
  };
}

function byClass(counts: ReadonlyMap<InboundClass, number>): Record<InboundClass, number> {
  const of = (name: InboundClass): number => counts.get(name) ?? 0;
  return {
    'hard-bounce': of('hard-bounce'),
    'soft-bounce': of('soft-bounce'),
    delayed: of('delayed'),
    'delivered-dsn': of('delivered-dsn'),
    complaint: of('complaint'),
    'auto-reply': of('auto-reply'),
    reply: of('reply'),
    'unsubscribe-request': of('unsubscribe-request'),
    other: of('other'),
  };
}
