import { ImapFlow } from 'imapflow';
import { idFrom } from '../event/id.js';
import { type MailboxReading, takeNew } from './imap-read.js';
import type { ImapTarget } from './imap-target.js';
import { pause } from './pause.js';

export type SessionSetting = MailboxReading & {
  readonly target: ImapTarget;
  /** How often it looks by itself: a connection that died without a word would else be waited on. */
  readonly lookMs: number;
  /** The same where the server cannot tell what comes (RFC 2177). */
  readonly pollMs: number;
};

/** Reads a mailbox over one connection, until that ends; throws what ended it, unless nothing was wrong. */
export async function readOver(setting: SessionSetting, stopping: AbortSignal): Promise<void> {
  const { target, lookMs, pollMs } = setting;
  const client = clientOf(setting);
  const bell = openBell(client, stopping);
  try {
    await client.connect();
    const { uidValidity } = await client.mailboxOpen([...target.mailbox]);
    const mailbox = { client, id: idOf(target), uidValidity: String(uidValidity) };
    const mostMs = client.capabilities.has('IDLE') ? lookMs : pollMs;
    while (client.usable && !stopping.aborted) {
      bell.hush();
      await takeNew(mailbox, setting, stopping);
      await bell.next(mostMs);
    }
  } finally {
    bell.remove();
    await sayGoodbye(client);
  }
}

/** Not for long: a server may not listen any more. */
async function sayGoodbye(client: ImapFlow): Promise<void> {
  const heard = new AbortController();
  const goodbye = client.usable ? client.logout().catch(() => {}) : Promise.resolve();
  await Promise.race([goodbye, pause(2000, heard.signal)]);
  heard.abort();
  client.close();
}

function clientOf({ target, maxSize }: SessionSetting): ImapFlow {
  return new ImapFlow({
    host: target.host,
    port: target.port,
    secure: target.tls === 'always',
    ...(target.tls === 'upgrade' ? { doSTARTTLS: true } : {}),
    auth: { user: target.user, pass: target.pass },
    // It would show what is said, and so whose mails these are.
    logger: false,
    disableAutoIdle: true,
    // More than was asked for is not read into memory, whatever a server announces.
    maxLiteralSize: maxSize + 65_536,
    connectionTimeout: 30_000,
    clientInfo: { name: 'Rivulet' },
  });
}

function idOf({ host, port, user, mailbox }: ImapTarget): string {
  return idFrom('imap', host.toLowerCase(), String(port), user, ...mailbox);
}

/** Rings when something may have come, and when there is nothing more to wait for. */
function openBell(client: ImapFlow, stopping: AbortSignal) {
  let isRung = false;
  let answer = (): void => {};
  const ring = (): void => {
    isRung = true;
    answer();
  };
  const stop = (): void => {
    ring();
    // Nothing else would end it while it connects.
    if (!client.usable) client.close();
  };
  // What went wrong is told by whatever was asked of the connection, or by its end.
  client.on('error', ring).on('close', ring).on('exists', ring);
  stopping.addEventListener('abort', stop);
  return {
    hush: (): void => {
      isRung = stopping.aborted;
    },
    /** Resolves when it rings or has rung, and after a while. */
    next: async (mostMs: number): Promise<void> => {
      if (isRung || !client.usable) return;
      // It ends by itself with the next command.
      client.idle().catch(ring);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, mostMs);
        answer = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    remove: (): void => stopping.removeEventListener('abort', stop),
  };
}
