import { isUnreachable } from '../store/database.js';
import { isRefusal, type MailboxReading } from './imap-read.js';
import { readOver } from './imap-session.js';
import type { ImapTarget } from './imap-target.js';
import { pause } from './pause.js';

export type MailboxSetting = Omit<MailboxReading, 'name' | 'onRead' | 'hangUps'> & {
  readonly target: ImapTarget;
  readonly patience?: Partial<typeof usualPatience>;
};

const usualPatience = {
  /** Before the second try to connect; each further time twice as long, up to `mostMs`. */
  firstMs: 1000,
  mostMs: 5 * 60_000,
  lookMs: 5 * 60_000,
  pollMs: 60_000,
};

/**
 * Reads a mailbox for as long as Rivulet runs: all that is there, then what comes. Nothing in it is moved or deleted, because
 * people may share it: they find their mails where they were, and reports that were understood marked as seen. Several
 * processes may read the same one; what they record twice is known by its id.
 */
export function watchMailbox(setting: MailboxSetting): { readonly stop: () => Promise<void> } {
  const { say, onFault } = setting;
  const patience = { ...usualPatience, ...setting.patience };
  const name = `the mailbox at ${setting.target.host}`;
  const stopping = new AbortController();
  let failures = 0;
  let isTold = false;
  let wasRead = false;
  const hangUps = { uid: 0, count: 0 };

  const onRead = (): void => {
    if (isTold) say(`T${name.slice(1)} can be read again.`);
    isTold = false;
    wasRead = true;
    failures = 0;
  };
  const tell = (why: string): void => {
    if (!isTold) say(`T${name.slice(1)} cannot be read now (${why}). It is tried again, and nothing in it is lost.`);
    isTold = true;
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const why = await readOver({ ...setting, ...patience, name, onRead, hangUps }, stopping.signal).then(
        () => 'the connection ended',
        (error: unknown) => reasonOf(error, onFault),
      );
      if (stopping.signal.aborted) return;
      // A connection that breaks off is the way of the world; one that cannot be made, or not again, is told.
      if (failures > 0 || !wasRead) tell(why);
      await pause(Math.min(patience.firstMs * 2 ** failures, patience.mostMs), stopping.signal);
      failures += 1;
    }
  };

  const running = run().catch(onFault);
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** Why the mailbox cannot be read. What servers say is left out: they may say back what they were told, the login too. */
function reasonOf(error: unknown, onFault: (error: unknown) => void): string {
  if (isUnreachable(error)) return 'the database does not answer';
  if (typeof error !== 'object' || error === null) return 'unknown';
  if ('authenticationFailed' in error && error.authenticationFailed) return 'the login is refused';
  if ('mailboxMissing' in error && error.mailboxMissing) return 'there is no such folder in it';
  if ('tlsFailed' in error && error.tlsFailed) return 'it cannot be encrypted';
  if (isRefusal(error)) return 'the server says no';
  if ('code' in error && typeof error.code === 'string') return error.code;
  onFault(error);
  return 'a fault in Rivulet, which is shown above';
}
