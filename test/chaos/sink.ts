import { closeSync, openSync, writeSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import * as z from 'zod';
import { openRandom } from './random.js';

/**
 * A mail server that goes wrong as servers and networks do, at every command, in the mail and after its dot; a process of
 * its own, started with what `Setting` says as its one argument. It is the oracle: what it takes stands in its record
 * before it says so, one line a mail: its id, and when on the wall's clock.
 */
const phases = ['connect', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'body', 'dot'] as const;
type Phase = (typeof phases)[number];
const ways = ['later', 'no', 'stall', 'fin', 'reset', 'half', 'silence'] as const;
type Way = (typeof ways)[number];
const Setting = z.object({
  record: z.string(),
  seed: z.number(),
  /** How likely a fault is, by phase. */
  faults: z.partialRecord(z.enum(phases), z.number()),
  /** The longest an answer to the dot takes without any fault; half of that on average. */
  latencyMs: z.number(),
  /** The longest stall. */
  stallMs: z.number(),
  /** How long it is silent before it breaks off. */
  silenceMs: z.number(),
});
export type SinkSetting = z.output<typeof Setting>;
/** What it is told. `hold` leaves the next so many dots without an answer until `release`. */
const Order = z.discriminatedUnion('order', [
  z.object({ order: z.literal('cut'), ms: z.number() }),
  z.object({ order: z.literal('hold'), dots: z.number() }),
  z.object({ order: z.literal('release') }),
  z.object({ order: z.literal('heal') }),
  z.object({ order: z.literal('report') }),
]);
export type SinkOrder = z.output<typeof Order>;

const laters = ['450 4.2.0 Greylisted, come again', '451 4.3.0 not now', '452 4.3.1 no room'] as const;
/** Refusals of one lead or one mail. Any other is about the sender, whose operator must be asked, and a run would stand still. */
const noes: Readonly<Partial<Record<Phase, string>>> = {
  EHLO: '502 no such command',
  RCPT: '550 5.1.1 no such mailbox',
  dot: '554 5.6.0 no',
};

const setting = Setting.parse(JSON.parse(process.argv[2] ?? ''));
const random = openRandom(setting.seed);
const record = openSync(setting.record, 'a');
const figures = { taken: 0, faults: 0, cuts: 0, exposed: 0, connections: 0, most: 0 };
/** Open connections, each with the phase it is in. Until a dot is answered, its sender cannot know. */
const lines = new Map<Socket, { mayBeBeyondDot: boolean }>();
const held: (() => void)[] = [];
let isHealed = false;
let toHold = 0;
let port = 0;
let reopening: NodeJS.Timeout | undefined;

const server = createServer(serve);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address && typeof address === 'object') port = address.port;
  process.send?.({ port });
});

process.on('message', (message) => {
  const order = Order.parse(message);
  if (order.order === 'cut') cut(order.ms);
  if (order.order === 'heal') heal();
  if (order.order === 'hold') toHold = order.dots;
  if (order.order === 'release') release();
  process.send?.({ ...figures, held: held.length });
});
process.on('disconnect', () => {
  closeSync(record);
  process.exit();
});

/** Ends every connection and refuses new ones for a time, as a server that restarts. */
function cut(ms: number): void {
  figures.cuts += 1;
  for (const socket of lines.keys()) breakOff(socket, random.pick(['fin', 'reset']));
  server.close();
  clearTimeout(reopening);
  reopening = setTimeout(() => server.listen(port, '127.0.0.1'), ms);
}

function heal(): void {
  isHealed = true;
  release();
  // Whoever waits for an answer that never comes would do so for ten minutes.
  for (const socket of lines.keys()) breakOff(socket, 'fin');
}

function release(): void {
  toHold = 0;
  for (const answer of held.splice(0)) answer();
}

function breakOff(socket: Socket, way: 'fin' | 'reset'): void {
  if (lines.get(socket)?.mayBeBeyondDot) figures.exposed += 1;
  lines.delete(socket);
  if (way === 'reset') socket.resetAndDestroy();
  else socket.end(() => socket.destroy());
}

function faultAt(phase: Phase): Way | undefined {
  if (isHealed || random.next() >= (setting.faults[phase] ?? 0)) return undefined;
  figures.faults += 1;
  // In the middle of a mail nobody answers.
  return random.pick(phase === 'body' ? (['fin', 'reset'] as const) : ways);
}

function serve(socket: Socket): void {
  let rest = Buffer.alloc(0);
  let mail: Buffer[] | undefined;
  let isBusy = false;
  const line = { mayBeBeyondDot: false };
  lines.set(socket, line);
  figures.connections += 1;
  figures.most = Math.max(figures.most, lines.size);

  /** Answers as chance has it; true unless the connection is over or was refused. `taken` is done when the server takes it. */
  const answer = async (phase: Phase, reply: string, take?: () => void): Promise<boolean> => {
    const way = faultAt(phase);
    const send = (text: string): void => {
      line.mayBeBeyondDot = false;
      if (socket.writable) socket.write(`${text}\r\n`);
    };
    if (way === 'later' || way === 'no') {
      const later = phase === 'connect' ? '421 not now' : random.pick(laters);
      send((way === 'no' ? noes[phase] : undefined) ?? later);
      if (phase === 'connect') socket.end();
      return false;
    }
    if (way === 'stall') await pause(random.between(1, setting.stallMs));
    // What is lost in an unknowable instant was taken as often as not.
    if (way === undefined || way === 'stall' || random.next() < 0.5) take?.();
    if (way === undefined || way === 'stall') {
      send(reply);
      return true;
    }
    if (way === 'silence') await pause(setting.silenceMs);
    if (way === 'half') socket.write(reply.slice(0, 2));
    breakOff(socket, way === 'reset' ? 'reset' : 'fin');
    return false;
  };

  const obey = async (command: string): Promise<void> => {
    const verb = command.slice(0, 4).toUpperCase();
    if (verb === 'EHLO' || verb === 'HELO') return void (await answer('EHLO', '250 sink'));
    if (verb === 'MAIL' || verb === 'RCPT') return void (await answer(verb, '250 2.0.0 ok'));
    if (verb === 'DATA') {
      if (!(await answer('DATA', '354 go on'))) return;
      mail = [];
      line.mayBeBeyondDot = true;
      return;
    }
    if (verb === 'QUIT') {
      socket.end('221 bye\r\n');
      return;
    }
    socket.write(['RSET', 'NOOP'].includes(verb) ? '250 ok\r\n' : '502 what?\r\n');
  };

  const takeMail = async (whole: Buffer): Promise<void> => {
    if (toHold > 0) {
      toHold -= 1;
      await new Promise<void>((resolve) => held.push(resolve));
    }
    await pause(random.next() * (isHealed ? 0 : setting.latencyMs));
    await answer('dot', '250 2.0.0 taken', () => {
      writeSync(record, `${idOf(whole)} ${Date.now()}\n`);
      figures.taken += 1;
    });
  };

  const read = async (): Promise<void> => {
    for (;;) {
      if (mail) {
        const end = endOfMail(rest);
        if (end === undefined) return;
        const whole = rest.subarray(0, end);
        rest = rest.subarray(end);
        mail = undefined;
        await takeMail(whole);
        continue;
      }
      const end = rest.indexOf('\r\n');
      if (end < 0) return;
      const command = rest.toString('latin1', 0, end);
      rest = rest.subarray(end + 2);
      await obey(command);
    }
  };

  socket.setNoDelay();
  socket.on('error', () => socket.destroy());
  socket.on('close', () => lines.delete(socket));
  socket.on('data', (chunk) => {
    // A fault in the middle of a mail: with its first bytes.
    if (mail && rest.length === 0 && faultAt('body')) return breakOff(socket, random.pick(['fin', 'reset']));
    rest = Buffer.concat([rest, chunk]);
    if (isBusy) return;
    isBusy = true;
    void read().finally(() => (isBusy = false));
  });
  void answer('connect', '220 sink');
}

/** Where a mail ends, its dot included. The line before the body ended too, so a lone dot may be all of it (RFC 5321 §4.1.1.4). */
function endOfMail(bytes: Buffer): number | undefined {
  if (bytes.subarray(0, 3).equals(Buffer.from('.\r\n'))) return 3;
  const at = bytes.indexOf('\r\n.\r\n');
  return at < 0 ? undefined : at + 5;
}

/** The left side of its Message-ID. */
function idOf(mail: Buffer): string {
  const [, id = 'none'] = /^message-id:\s*<([^@>]+)/im.exec(mail.toString('latin1')) ?? [];
  return id;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
