import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** What an SMTP server shows of itself before anybody logs in. */
export type SmtpLook = {
  readonly offersStartTls: boolean;
  /** The encrypted line; undefined where there is none. */
  readonly tls?: TlsLook;
  /** Whether it lets one log in, on the line as it is in the end. */
  readonly offersLogin: boolean;
};
export type TlsLook = {
  readonly protocol: string;
  /** Why its certificate is none for this name; undefined when it is one. */
  readonly distrust: string | undefined;
  readonly validTo: Date;
};
export type SmtpPlace = {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
};

const patienceMs = 15_000;

/** Looks at a server as a client meets it (RFC 5321 §3.1, RFC 3207): greeting, EHLO, encryption, EHLO again. */
export async function lookAtSmtp(place: SmtpPlace): Promise<SmtpLook> {
  const first = place.secure ? await secured(place) : await plain(place);
  try {
    await reply(first, 220);
    const offers = await ehlo(first);
    if (place.secure) return { offersStartTls: false, tls: lookOf(first), offersLogin: offers.has('AUTH') };
    if (!offers.has('STARTTLS')) return { offersStartTls: false, offersLogin: offers.has('AUTH') };
    first.write('STARTTLS\r\n');
    await reply(first, 220);
    const second = await secured(place, first);
    const isLogin = (await ehlo(second)).has('AUTH');
    second.end('QUIT\r\n');
    return { offersStartTls: true, tls: lookOf(second), offersLogin: isLogin };
  } finally {
    first.destroy();
  }
}

function plain({ host, port }: SmtpPlace): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectPlain({ host, port }, () => resolve(socket));
    patient(socket, reject);
  });
}

/** Encrypts a line whatever its certificate is: what is wrong with it is an answer here. */
function secured({ host, port }: SmtpPlace, socket?: Socket): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const name = isIP(host) ? {} : { servername: host };
    const options = {
      host,
      port,
      ...name,
      rejectUnauthorized: false,
      ...(socket ? { socket } : {}),
    };
    const line = connectTls(options, () => resolve(line));
    patient(line, reject);
  });
}

function patient(socket: Socket, reject: (error: Error) => void): void {
  socket.setTimeout(patienceMs, () => socket.destroy(new Error(`it says nothing for ${patienceMs / 1000} seconds`)));
  socket.on('error', reject);
}

function lookOf(socket: Socket | TLSSocket): TlsLook {
  if (!('getPeerCertificate' in socket)) throw new Error('the line is not encrypted');
  const { valid_to: validTo } = socket.getPeerCertificate();
  const distrust = socket.authorized ? undefined : String(socket.authorizationError);
  return { protocol: socket.getProtocol() ?? 'unknown', distrust, validTo: new Date(validTo) };
}

/** What a server can do, by the first word of each line of its answer (RFC 5321 §4.1.1.1). */
async function ehlo(socket: Socket): Promise<ReadonlySet<string>> {
  socket.write('EHLO [127.0.0.1]\r\n');
  const lines = (await reply(socket, 250)).split('\r\n').slice(1);
  return new Set(lines.map((line) => (line.slice(4).split(/[ =]/)[0] ?? '').toUpperCase()));
}

/** The next whole reply, which must begin with this code. */
function reply(socket: Socket, expected: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const done = (error?: Error): void => {
      socket.off('data', read);
      socket.off('error', done);
      socket.off('close', closed);
      if (error) reject(error);
      else resolve(text);
    };
    const closed = (): void => done(new Error('it closed the connection'));
    const read = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      if (text.length > 64_000) return done(new Error('its answer has no end'));
      // The last line of a reply has no "-" after its code (RFC 5321 §4.2.1).
      if (!text.endsWith('\r\n') || !/^\d{3}(?: |$)/.test(text.trimEnd().split('\r\n').at(-1) ?? '')) return undefined;
      return done(
        text.startsWith(String(expected)) ? undefined : new Error(`it answered "${text.trim().slice(0, 200)}"`),
      );
    };
    if (socket.destroyed) return closed();
    socket.on('data', read);
    socket.once('error', done);
    socket.once('close', closed);
    return undefined;
  });
}
