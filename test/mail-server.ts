import { createServer, type Server, type Socket } from 'node:net';

/**
 * Where in an SMTP conversation a server answers. `body` is the first piece of a mail, long before its dot; `end` is a line
 * "END" in it, just before.
 */
export type Point =
  | 'greeting'
  | 'EHLO'
  | 'HELO'
  | 'STARTTLS'
  | 'AUTH'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'body'
  | 'end'
  | 'dot';
/**
 * A reply; or what ends the connection: `cut` or `reset` in its place, `cut after 250 ok` behind it, `half 250 o` within it.
 */
export type Answer = string | Promise<string>;
export type Answers = { [P in Point]?: Answer | ((said: string) => Answer) };

export type MailServer = {
  readonly port: number;
  readonly url: string;
  /** What it says instead of yes; may be changed at any time. */
  readonly answers: Answers;
  /** Every mail it got whole, dots undoubled, whether it took it or not. */
  readonly bodies: string[];
  /** What clients said, connection by connection. */
  readonly said: string[][];
  readonly counts: { open: number; mostOpen: number };
  /** Resolves once nobody is connected. */
  readonly deserted: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** An SMTP server, strict about the order of commands, that a test tells what to answer where. */
export async function startMailServer(answers: Answers = {}, port = 0): Promise<MailServer> {
  const [bodies, said]: [string[], string[][]] = [[], []];
  const counts = { open: 0, mostOpen: 0 };
  const sockets = new Set<Socket>();
  const leaving: (() => void)[] = [];
  const deserted = async (): Promise<void> => {
    if (counts.open > 0) await new Promise<void>((resolve) => leaving.push(resolve));
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    counts.open += 1;
    counts.mostOpen = Math.max(counts.mostOpen, counts.open);
    socket.on('error', () => {});
    socket.once('close', () => {
      sockets.delete(socket);
      counts.open -= 1;
      if (counts.open === 0) for (const tell of leaving.splice(0)) tell();
    });
    const own: string[] = [];
    said.push(own);
    void converse(socket, { answers, bodies, said: own });
  });
  const stop = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const heard = await listen(server, port);
  return { port: heard, url: `smtp://127.0.0.1:${heard}`, answers, bodies, said, counts, deserted, stop };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}

type Talk = { readonly answers: Answers; readonly bodies: string[]; readonly said: string[] };

const usual: Readonly<Record<Point, string>> = {
  greeting: '220 ready',
  EHLO: '250-hello\r\n250-AUTH PLAIN\r\n250 8BITMIME',
  HELO: '250 hello',
  STARTTLS: '454 4.7.0 not now',
  AUTH: '235 welcome',
  MAIL: '250 ok',
  RCPT: '250 ok',
  DATA: '354 go on',
  body: '',
  end: '',
  dot: '250 2.0.0 taken',
};

async function converse(socket: Socket, { answers, bodies, said }: Talk): Promise<void> {
  let rest = '';
  let isMailOpen = false;

  /** Answers; false when the connection is at its end. */
  const answer = async (point: Point, line: string): Promise<string | undefined> => {
    const own = answers[point];
    const reply = await (typeof own === 'function' ? own(line) : (own ?? usual[point]));
    const [, way, words = ''] = /^(cut after|half) (.*)$/s.exec(reply) ?? [];
    if (reply === 'cut') socket.destroy();
    else if (reply === 'reset') socket.resetAndDestroy();
    else if (way) socket.end(way === 'half' ? words : `${words}\r\n`);
    else if (reply) socket.write(`${reply}\r\n`);
    if (reply.startsWith('421')) socket.end();
    return /^(cut|reset|half|421)/.test(reply) ? undefined : reply;
  };
  /** All up to and with `end`; undefined when the connection ends before. */
  const read = async (end: string): Promise<string | undefined> => {
    const parts = [rest];
    // Only the seam and what is new is searched: mails of many megabytes come in hundreds of pieces.
    for (let seam = rest; !seam.includes(end); ) {
      const chunk = await nextChunk(socket);
      if (chunk === undefined) return undefined;
      parts.push(chunk);
      seam = seam.slice(1 - end.length) + chunk;
    }
    const all = parts.join('');
    const whole = all.slice(0, all.indexOf(end) + end.length);
    rest = all.slice(whole.length);
    return whole;
  };

  if ((await answer('greeting', '')) === undefined) return;
  for (;;) {
    const line = (await read('\r\n'))?.trimEnd();
    if (line === undefined) return;
    said.push(line);
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'QUIT') return void socket.end('221 bye\r\n');
    if (verb === 'RSET') isMailOpen = false;
    if (verb === 'RSET' || (verb === 'MAIL' && isMailOpen)) {
      socket.write(verb === 'RSET' ? '250 ok\r\n' : '503 5.5.1 nested MAIL command\r\n');
      continue;
    }
    const point = verb === 'STAR' ? 'STARTTLS' : verb;
    if (!isPoint(point)) return void socket.end(`500 what is ${verb}?\r\n`);
    const reply = await answer(point, line);
    if (reply === undefined) return;
    if (verb === 'MAIL') isMailOpen = reply.startsWith('2');
    if (verb !== 'DATA' || !reply.startsWith('3')) continue;

    if (answers.body) {
      rest += (await nextChunk(socket)) ?? '';
      if ((await answer('body', '')) === undefined) return;
    }
    if (answers.end) {
      rest = `${(await read('\r\nEND\r\n')) ?? ''}${rest}`;
      if ((await answer('end', '')) === undefined) return;
    }
    const body = await read('\r\n.\r\n');
    if (body === undefined) return;
    isMailOpen = false;
    bodies.push(body.slice(0, -3).replace(/^\./gm, ''));
    if ((await answer('dot', body)) === undefined) return;
  }
}

function isPoint(verb: string): verb is Point {
  return ['EHLO', 'HELO', 'STARTTLS', 'AUTH', 'MAIL', 'RCPT', 'DATA'].includes(verb);
}

/** The next piece that came, as the bytes it has; undefined once the connection has ended. */
function nextChunk(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    if (socket.destroyed || socket.readableEnded) return resolve(undefined);
    const done = (chunk: Buffer | undefined): void => {
      socket.off('data', onData).off('close', onClose).off('end', onClose).pause();
      resolve(chunk?.toString('latin1'));
    };
    const onData = (chunk: Buffer): void => done(chunk);
    const onClose = (): void => done(undefined);
    socket.on('data', onData).on('close', onClose).on('end', onClose).resume();
  });
}
