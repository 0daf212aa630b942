import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { afterSend, isAboutBody, isYes, shortReply, whyNotOpen } from './smtp-answer.js';
import { inOnePiece, readyBody } from './smtp-body.js';
import type { Login, SmtpTarget } from './smtp-target.js';
import type { Handover, Parcel } from './transport.js';

/** An open connection to a mail server, and how far its current mail has come. */
export type Line = {
  readonly connection: SMTPConnection;
  /** True once the final dot was handed to the socket: from here on a lost connection leaves the mail's fate open. */
  isBeyondDot: boolean;
  isOpen: boolean;
};

type Failure = Extract<Handover, { kind: 'unavailable' }>;

/** The line, ready for its first mail; or why there is none. */
export type Opening =
  | { readonly kind: 'open'; readonly line: Line }
  | { readonly kind: 'closed'; readonly why: Failure };

export async function openLine(target: SmtpTarget): Promise<Opening> {
  const line = lineTo(target);
  const failed = (await connected(line)) ?? (target.login && (await loggedIn(line, target.login)));
  if (!failed) return { kind: 'open', line };
  line.connection.close();
  return { kind: 'closed', why: failed };
}

function lineTo({ options }: SmtpTarget): Line {
  // The record "message" appears once body and dot have been written: the one documented sign of the phase.
  const note = (record: unknown): void => {
    if (typeof record === 'object' && record !== null && 'tnx' in record && record.tnx === 'message')
      line.isBeyondDot = true;
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
  const line: Line = { connection, isBeyondDot: false, isOpen: true };
  const close = (): void => {
    line.isOpen = false;
  };
  connection.on('error', close);
  connection.once('end', close);
  return line;
}

/** Settles at the first of: yes, no, and the end of the connection, which Nodemailer tells nobody who waits for an answer. */
function settled(
  { connection }: Line,
  phase: 'connect' | 'login',
  ask: (answer: (error?: Error | null) => void) => void,
): Promise<Failure | undefined> {
  return new Promise((resolve) => {
    const fail = (error: Error): void => resolve(whyNotOpen(error, phase));
    connection.once('error', fail);
    connection.once('end', () => fail(new Error('the connection was closed')));
    ask((error) => (error ? fail(error) : resolve(undefined)));
  });
}

function connected(line: Line): Promise<Failure | undefined> {
  return settled(line, 'connect', (answer) => line.connection.connect(answer));
}

function loggedIn(line: Line, { user, pass }: Login): Promise<Failure | undefined> {
  return settled(line, 'login', (answer) => line.connection.login({ credentials: { user, pass } }, answer));
}

/** Hands one mail over. Never repeats anything; a line that cannot take another mail afterwards is closed. */
export function hand(line: Line, parcel: Parcel): Promise<Handover> {
  const { id, from, returnPath, to, mime } = parcel;
  line.isBeyondDot = false;
  // The envelope is ours and holds exactly one address, whatever the headers say.
  // RFC 3461: asked for only where EHLO offers it, which Nodemailer sees to.
  const dsn = { ret: 'HDRS', notify: ['FAILURE', 'DELAY'], envid: id };
  const envelope = { from: returnPath ?? from, to: [to], size: mime.length, dsn };
  const piece = inOnePiece(parcel);
  const body = piece ? readyBody(piece, mime, () => (line.isBeyondDot = true)) : mime;
  return new Promise((resolve, reject) => {
    line.connection.send(envelope, body, (error, info) => {
      const { isBeyondDot } = line;
      // Answered before the dot: were the rest to follow, the server might take the mail after all.
      if (!isBeyondDot && (!error || isAboutBody(error))) line.connection.close();
      if (error) return resolve(afterSend(error, isBeyondDot));
      if (info?.accepted.length !== 1 || info.accepted[0] !== to)
        return reject(new Error(`mail ${id} was taken for other addresses than its own`));
      const reply = shortReply(info.response);
      // A "yes" with the mail half said, or with no code to it, is no yes (RFC 5321 §4.2).
      return resolve({ kind: isBeyondDot && isYes(info.response) ? 'accepted' : 'uncertain', reply });
    });
  });
}

/** Ends what a refusal left open, or the next MAIL would be answered 503 (RFC 5321 §4.1.4). False when the line is of no more use. */
export function reset({ connection }: Line): Promise<boolean> {
  return new Promise((resolve) => {
    connection.once('end', () => resolve(false));
    connection.reset((error) => resolve(!error));
  });
}
