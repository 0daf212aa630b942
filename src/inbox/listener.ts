import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { FixableError } from '../errors.js';
import type { Addressed } from '../message/return-address.js';
import { type CertificateFiles, readCertificate, renewed } from './certificate.js';
import { openDoors } from './doors.js';
import { refusal } from './refusal.js';
import { openTakeIn, type TakeInSetting } from './take-in.js';

export type ListenerSetting = TakeInSetting & {
  readonly host: string;
  readonly port: number;
  /** What it calls itself. */
  readonly name: string;
  /** For STARTTLS. */
  readonly tls?: CertificateFiles;
  readonly read: (address: string) => Addressed | undefined;
  readonly onFault: (error: unknown) => void;
  readonly limits?: Partial<typeof usualLimits>;
};

export type Listener = { readonly port: number; readonly stop: () => Promise<void> };

const usualLimits = {
  connections: 100,
  /** Of one address of the network: as many as Postfix opens to one server. */
  connectionsEach: 20,
  /** RFC 5321 §4.5.3.2.7: a server waits five minutes for the next command. */
  idleMs: 5 * 60_000,
  /** Of one connection in all, so that nobody holds one by a byte a minute. */
  longestMs: 15 * 60_000,
  /** Recipients refused before it hangs up: nobody is to find out addresses here. */
  refusals: 10,
  /** Mails that are not taken yet hold so many times the largest in memory, and no more. */
  largestAtOnce: 8,
};

/**
 * A mail server for what comes back: it takes mail to addresses of ours, and says that it did once what the mail tells is
 * kept. No relay, no login, no mailbox; whom it does not know it refuses at once, and never by a mail (RFC 5321 §6.2).
 */
export async function openListener(setting: ListenerSetting): Promise<Listener> {
  const { host, port, name, maxSize, read, onFault } = setting;
  const limits = { ...usualLimits, ...setting.limits };
  const doors = openDoors(limits.connectionsEach);
  const wrong = new WeakMap<SMTPServerSession, number>();
  const takeIn = openTakeIn(setting, limits.largestAtOnce * maxSize);
  const underWay = new Set<Promise<void>>();
  const certificate = setting.tls ? await readCertificate(setting.tls) : undefined;

  const asFault = (error: unknown): Error => {
    onFault(error);
    return refusal(451, 'Something went wrong here, come back later');
  };

  const server = new SMTPServer({
    name,
    size: maxSize,
    rejectOversized: true,
    authOptional: true,
    disabledCommands: ['AUTH', 'VRFY', 'HELP', ...(certificate ? [] : ['STARTTLS'])],
    ...certificate,
    hideENHANCEDSTATUSCODES: false,
    disableReverseLookup: true,
    logger: false,
    maxClients: limits.connections,
    maxRecipients: 100,
    maxAllowedUnauthenticatedCommands: false,
    socketTimeout: limits.idleMs,
    closeTimeout: 2000,
    onConnect: (session, done) =>
      done(doors.enter(session) ? null : refusal(421, 'Too many connections from your address, come back later')),
    onClose: (session, done) => {
      doors.leave(session);
      done();
    },
    onRcptTo: ({ address }, session, done) => {
      if (read(address)) return done();
      const count = (wrong.get(session) ?? 0) + 1;
      wrong.set(session, count);
      return done(
        count < limits.refusals
          ? refusal(550, 'No such address here')
          : refusal(421, 'Too many addresses that are none'),
      );
    },
    onData: (stream, session, done) => {
      const answer = async (): Promise<void> => {
        done((await takeIn(stream, session).catch(asFault)) ?? null, 'Taken');
        underWay.delete(answering);
      };
      const answering = answer();
      underWay.add(answering);
    },
  });
  // A client that breaks off is nothing that anybody here could mend.
  server.on('error', () => {});
  server.server.on('connection', (socket: Socket) => {
    const timer = setTimeout(() => socket.destroy(), limits.longestMs).unref();
    socket.once('close', () => clearTimeout(timer));
  });
  const heard = await listening(server, host, port);
  const renewal = setting.tls ? renewed(server, setting.tls, onFault) : undefined;
  return {
    port: heard,
    stop: async () => {
      clearInterval(renewal);
      await new Promise<void>((resolve) => {
        server.close(resolve);
      });
      // A client may be gone before what it brought is recorded.
      await Promise.all(underWay);
    },
  };
}

function listening(server: SMTPServer, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.server.once('error', (error) => reject(whyNoListening(error, host, port)));
    server.listen(port, host, () => {
      const address: AddressInfo | string | null = server.server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

function whyNoListening(error: Error, host: string, port: number): Error {
  const code = 'code' in error ? String(error.code) : '';
  const reasons: Readonly<Record<string, readonly [string, string]>> = {
    EADDRINUSE: ['this port is in use by another program', 'Stop it, or set INBOUND_SMTP to another port'],
    EACCES: [
      'this port is not allowed to this user',
      'Set INBOUND_SMTP to a port above 1023, and have 25 forwarded to it',
    ],
    EADDRNOTAVAIL: ['this machine has no such address', 'Set INBOUND_SMTP to 0.0.0.0 and the port'],
  };
  const [what, fix] = reasons[code] ?? [];
  return what && fix
    ? new FixableError({ code: 'cannot-listen', where: `INBOUND_SMTP ${host}:${port}`, what, fix }, { cause: error })
    : error;
}
