import type { SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import { FixableError } from '../errors.js';

/** How long a server may take, in milliseconds. */
export type SmtpPatience = {
  /** To be reached, encryption included. */
  readonly connectMs: number;
  /** To say hello once it is reached. */
  readonly greetingMs: number;
  /** For each answer. RFC 5321 §4.5.3.2.6 asks for ten minutes after the dot: who gives up sooner sends twice. */
  readonly answerMs: number;
};

export const usualPatience: SmtpPatience = { connectMs: 30_000, greetingMs: 30_000, answerMs: 10 * 60_000 + 5_000 };

export type Login = { readonly user: string; readonly pass: string };

/** A mail server as SMTP_URL names it. */
export type SmtpTarget = {
  /** Host and port, for people. */
  readonly name: string;
  readonly options: SMTPConnectionOptions;
  readonly login?: Login;
};

/**
 * Reads an address such as smtp://user:password@host:587. To another machine nothing goes unencrypted, and no certificate
 * goes unchecked (RFC 8314 §3, RFC 8997: TLS 1.2 or newer). What the network never sees, on this very machine, may; and
 * what is told so by `?requireTLS=false`, for a relay or a mail catcher in a network of one's own, but never a password.
 */
export function readTarget(url: string, patience: SmtpPatience): SmtpTarget {
  const { host = 'localhost', port, secure = false, auth, tls, requireTLS } = parseConnectionUrl(url);
  const isHere = isLoopback(host);
  if (tls?.rejectUnauthorized === false && !isHere)
    throw new FixableError({
      code: 'unchecked-certificate',
      where: 'SMTP_URL',
      what: 'it turns off the check of the certificate of a server on another machine, so that anybody on the way could read the mails and the password',
      fix: 'Take "tls.rejectUnauthorized" out; a certificate of your own is trusted when NODE_EXTRA_CA_CERTS names its file',
    });
  if (requireTLS === false && auth?.user && !isHere)
    throw new FixableError({
      code: 'unencrypted-password',
      where: 'SMTP_URL',
      what: 'with "requireTLS=false" its password could cross the network unencrypted',
      fix: 'Take "requireTLS=false" out, or the user and the password',
    });
  const options: SMTPConnectionOptions = {
    host,
    port,
    secure,
    requireTLS: !secure && !isHere && requireTLS !== false,
    connectionTimeout: patience.connectMs,
    greetingTimeout: patience.greetingMs,
    socketTimeout: patience.answerMs,
    // A local server's certificate hardly ever names "localhost"; nobody stands between it and us.
    tls: { ...(isHere ? { rejectUnauthorized: false } : {}), ...tls, minVersion: 'TLSv1.2' },
  };
  const name = `${host}:${port ?? (secure ? 465 : 587)}`;
  return auth?.user ? { name, options, login: { user: auth.user, pass: auth.pass ?? '' } } : { name, options };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
