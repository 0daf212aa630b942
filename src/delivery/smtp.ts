import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import { readReply } from '../event/smtp-reply.js';
import type { Handover, Parcel, Transport } from './transport.js';

/** Mails over one connection before it is renewed; many servers cut at 100. */
const mailsPerConnection = 100;

/** A connection, and how far its current mail has come. */
type Line = {
  readonly connection: SMTPConnection;
  /** True once the final dot was handed to the socket: from here on a lost connection leaves the mail's fate open. */
  isBeyondDot: boolean;
  isOpen: boolean;
  mails: number;
};

/**
 * Sends by SMTP over a few kept connections. Nodemailer's own pool gives the same error for a connection lost before and
 * after the final dot, and repeats on its own; so each connection is held here, with the phase it is in, and nothing is
 * ever repeated that the server may have taken.
 */
export function openSmtp(url: string, connections: number): Transport {
  const { auth, ...where } = parseConnectionUrl(url);
  const options: SMTPConnectionOptions = {
    host: where.host,
    port: where.port,
    secure: where.secure,
    connectionTimeout: 30_000,
    greetingTimeout: 30_000,
    // RFC 5321 §4.5.3.2.6: ten minutes for the answer to the dot.
    socketTimeout: 10 * 60_000 + 5_000,
    // A password never goes over an unencrypted line, except to this very machine.
    requireTLS: Boolean(auth) && !where.secure && !isLoopback(where.host ?? ''),
    ...(where.tls ? { tls: where.tls } : {}),
  };
  const idle: Line[] = [];
  const lines = new Set<Line>();

  const open = async (): Promise<Line> => {
    const kept = idle.pop();
    if (kept?.isOpen) return kept;
    if (kept) return open();
    const line = await connect(options);
    lines.add(line);
    line.connection.once('end', () => lines.delete(line));
    if (auth) await login(line.connection, auth);
    return line;
  };

  const deliver = async (parcel: Parcel): Promise<Handover> => {
    let line: Line;
    try {
      line = await open();
    } catch (error) {
      return { kind: 'unavailable', reply: textOf(error) };
    }
    const wasKept = line.mails > 0;
    const handover = await hand(line, parcel);
    line.mails += 1;
    // After a refusal the transaction is still open, and the next MAIL would be answered 503 (RFC 5321 §4.1.4).
    if (handover.kind === 'accepted' && line.isOpen && line.mails < mailsPerConnection) idle.push(line);
    else line.connection.quit();
    // Servers end kept connections as they please, many just when the next mail comes: that says nothing of a new one.
    return handover.kind === 'unavailable' && wasKept ? deliver(parcel) : handover;
  };

  return {
    name: `SMTP server ${where.host}:${where.port ?? (where.secure ? 465 : 587)}`,
    connections,
    deliver,
    check: async () => {
      try {
        idle.push(await open());
        return undefined;
      } catch (error) {
        return textOf(error);
      }
    },
    stop: async () => {
      for (const line of lines) line.connection.quit();
      for (const line of lines) line.connection.close();
    },
  };
}

function connect(options: SMTPConnectionOptions): Promise<Line> {
  return new Promise((resolve, reject) => {
    let line: Line | undefined;
    const isMessageRecord = (record: unknown): boolean =>
      typeof record === 'object' && record !== null && 'tnx' in record && record.tnx === 'message';
    // The record "message" appears once body and dot have been written: the one documented sign of the phase.
    const note = (record: unknown): void => {
      if (line && isMessageRecord(record)) line.isBeyondDot = true;
    };
    const silent = (): void => {};
    const logger = {
      trace: silent,
      debug: silent,
      info: note,
      warn: silent,
      error: silent,
      fatal: silent,
      level: silent,
    };
    const connection = new SMTPConnection({ ...options, logger });
    connection.on('error', (error) => {
      if (line) line.isOpen = false;
      reject(error);
    });
    connection.once('end', () => {
      if (line) line.isOpen = false;
      reject(new Error('the connection was closed'));
    });
    connection.connect((error) => {
      if (error) return reject(error);
      line = { connection, isBeyondDot: false, isOpen: true, mails: 0 };
      return resolve(line);
    });
  });
}

function login(
  connection: SMTPConnection,
  auth: { user?: string | undefined; pass?: string | undefined },
): Promise<void> {
  return new Promise((resolve, reject) => {
    // Nodemailer forgets whoever waits for a login when the connection ends in the middle of it.
    connection.once('error', reject);
    connection.once('end', () => reject(new Error('the connection was closed during the login')));
    connection.login({ credentials: { user: auth.user, pass: auth.pass } }, (error) => {
      if (!error) return resolve();
      connection.close();
      return reject(error);
    });
  });
}

function hand(line: Line, { from, to, mime }: Parcel): Promise<Handover> {
  line.isBeyondDot = false;
  return new Promise((resolve) => {
    // The envelope is ours and holds exactly one address, whatever the headers say.
    line.connection.send({ from, to: [to] }, mime, (error, info) => {
      // Answered before the dot: were the rest to follow, the server might take the mail after all.
      const isAnswered = !error || fields(error).code === 'EMESSAGE';
      if (isAnswered && !line.isBeyondDot) line.connection.close();
      if (!error) return resolve({ kind: 'accepted', reply: short(info?.response ?? '') });
      return resolve(meaningOf(error, line.isBeyondDot));
    });
  });
}

function meaningOf(error: Error, isBeyondDot: boolean): Handover {
  const { response, command, responseCode } = fields(error);
  const reply = short(response || error.message);
  // Neither yes nor no: a broken server, and no ground to send the mail again.
  if (responseCode === undefined || responseCode < 400)
    return isBeyondDot ? { kind: 'uncertain', reply } : { kind: 'unavailable', reply };
  const phase = /RCPT/.test(command)
    ? 'rcpt'
    : /MAIL/.test(command)
      ? 'mail'
      : /DATA/.test(command)
        ? 'data'
        : 'connect';
  const { kind, ...rest } = readReply(response, phase);
  return kind === 'deferred'
    ? { kind, reply, isGreylisted: rest.isGreylisted }
    : kind === 'rejected'
      ? { kind, reply, isAddressBad: rest.isAddressBad }
      : { kind, reply };
}

type Fields = { code: string; response: string; command: string; responseCode: number | undefined };

function fields(error: Error): Fields {
  const from = (key: string): unknown => (key in error ? Reflect.get(error, key) : undefined);
  const textFrom = (key: string): string => {
    const value = from(key);
    return typeof value === 'string' ? value : '';
  };
  const responseCode = from('responseCode');
  return {
    code: textFrom('code'),
    response: textFrom('response'),
    command: textFrom('command'),
    responseCode: typeof responseCode === 'number' ? responseCode : undefined,
  };
}

function textOf(error: unknown): string {
  return short(error instanceof Error ? error.message : String(error));
}

/** Replies are kept; a server that writes novels must not fill the ledger (RFC 5321 §4.5.3.1.5 allows 512 octets). */
function short(reply: string): string {
  return reply.replace(/\s+/g, ' ').trim().slice(0, 500);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
