import type { ImapFlow } from 'imapflow';
import { isUnreachable } from '../store/database.js';
import type { Store } from '../store/open-store.js';
import type { Arrived, Taken } from './reception.js';

export type MailboxReading = {
  /** What it is called where people read of it. */
  readonly name: string;
  /** Of a larger mail so much is read: what it is stands at its beginning. */
  readonly maxSize: number;
  readonly progress: Pick<Store['mailboxProgress'], 'of' | 'arrive'>;
  /** Resolves once what a mail says is on disk. */
  readonly take: (arrived: Arrived) => Promise<Taken>;
  readonly say: (line: string) => void;
  readonly onFault: (error: unknown) => void;
  /** Told when there is nothing that was not read, and after each mail. */
  readonly onRead: () => void;
  /** The mail at which a server hung up last, and how often it did. */
  readonly hangUps: { uid: number; count: number };
};

/** An open mailbox; `id` names it in the database, where no login is to be read. */
export type OpenMailbox = { readonly client: ImapFlow; readonly id: string; readonly uidValidity: string };

/** Shows people and other programs what was read here. A keyword leaves a mail where it is, and as new as it is. */
const readMark = 'Rivulet';
/** Reports that were understood: nobody need open them. */
const reports: readonly Taken['class'][] = ['hard-bounce', 'soft-bounce', 'delayed', 'delivered-dsn', 'complaint'];

/**
 * Takes what came since the last time, one mail after the other, oldest first. Each is recorded first and then passed, in the
 * database: ended in between, it is read again, and known.
 */
export async function takeNew(mailbox: OpenMailbox, reading: MailboxReading, stopping: AbortSignal): Promise<void> {
  const { client, id, uidValidity } = mailbox;
  const last = await reading.progress.of(id, uidValidity);
  const found = await client.search({ uid: `${last + 1}:*` }, { uid: true });
  // "n:*" names the newest mail even where its UID is below n (RFC 9051 §9, seq-range).
  const uids = (found || []).filter((uid) => uid > last).toSorted((a, b) => a - b);
  for (const uid of uids) {
    if (stopping.aborted || !client.usable) return;
    await takeOne(uid, client, reading);
    await reading.progress.arrive(id, uidValidity, uid);
    reading.onRead();
  }
  reading.onRead();
}

async function takeOne(uid: number, client: ImapFlow, reading: MailboxReading): Promise<void> {
  const arrived = await fetched(uid, client, reading);
  if (!arrived) return;
  try {
    await mark(client, uid, await reading.take(arrived));
  } catch (error) {
    if (isUnreachable(error)) throw error;
    reading.onFault(error);
    leaveUnread(uid, reading, 'a fault in Rivulet, which is shown above');
  }
}

/** How often a server may hang up at the same mail before that is taken for its no. */
const mostHangUps = 3;

/** A mail; undefined when somebody has deleted it, and when the server does not give it out. */
async function fetched(uid: number, client: ImapFlow, reading: MailboxReading): Promise<Arrived | undefined> {
  const query = { source: { maxLength: reading.maxSize }, internalDate: true };
  const found = await client.fetchOne(String(uid), query, { uid: true }).catch((error: unknown) => {
    if (!isFinal(error, uid, client, reading.hangUps)) throw error;
    leaveUnread(uid, reading, 'its server does not give it out');
    return false as const;
  });
  if (found === undefined) throw Object.assign(new Error('no mailbox is open'), { code: 'EConnectionClosed' });
  if (!found || !found.source) return undefined;
  const at = instantOf(found.internalDate);
  return { raw: found.source, ...(at ? { at } : {}) };
}

/**
 * Whether a mail will never come. A server that cannot read one of its files may say no, or say goodbye (RFC 9051 §7.1.5), as
 * Dovecot does: asked again and again for the same mail, it would be all that is ever asked. A connection that breaks off
 * without a word says nothing of the mail.
 */
function isFinal(error: unknown, uid: number, client: ImapFlow, hangUps: MailboxReading['hangUps']): boolean {
  if (client.byeReason === undefined) return isRefusal(error) && client.usable;
  hangUps.count = hangUps.uid === uid ? hangUps.count + 1 : 1;
  hangUps.uid = uid;
  return hangUps.count >= mostHangUps;
}

/** Told once: the next look begins behind it. */
function leaveUnread(uid: number, { name, say }: MailboxReading, why: string): void {
  say(`One mail in ${name}, UID ${uid}, is left unread: ${why}.`);
}

/** Only for people: what was read is known by its UID, also where the mailbox takes no marks. */
async function mark(client: ImapFlow, uid: number, { class: own, attribution }: Taken): Promise<void> {
  const isUnderstood = reports.includes(own) && attribution.recorded + attribution.known > 0;
  const flags = isUnderstood ? [readMark, '\\Seen'] : [readMark];
  await client.messageFlagsAdd(String(uid), flags, { uid: true, silent: true }).catch(() => false);
}

/** When it came into the mailbox, by the clock of its server. */
function instantOf(internalDate: Date | string | undefined): Date | undefined {
  const at = internalDate === undefined ? undefined : new Date(internalDate);
  return at && !Number.isNaN(at.getTime()) ? at : undefined;
}

/** A tagged NO or BAD: the server says no to one command, and the connection goes on. */
export function isRefusal(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'responseStatus' in error && error.responseStatus !== undefined;
}
