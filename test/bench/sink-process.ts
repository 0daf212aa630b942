import { createServer, type Socket } from 'node:net';
import * as z from 'zod';
import { answerParent } from './answering.js';
import { openConversation } from './conversation.js';

// A mail server that takes everything and keeps nothing but counts: 0.03 ms of CPU a mail from a client that pipelines. It
// runs as a process of its own, so that taking mails costs the sender under measurement no more than a server on another
// machine would.

let mails = 0;
let bytes = 0;
let ids = new Set<string>();
let cpu = process.cpuUsage();
/** How many of the next mails are kept whole for whoever wants to read what was sent. */
let keep = 0;
let kept: string[] = [];

const listener: Parameters<typeof openConversation>[0] = {
  isKeeping: () => keep > 0,
  taken: (mail) => {
    mails += 1;
    bytes += mail.bytes;
    if (mail.id) ids.add(mail.id);
    if (!mail.whole) return;
    kept.push(mail.whole.toString('base64'));
    keep -= 1;
  },
};

function serve(socket: Socket): void {
  const { take, hasEnded } = openConversation(listener);
  socket.setNoDelay();
  socket.on('data', (chunk) => {
    const replies = take(chunk);
    if (replies) socket.write(replies, 'latin1');
    if (hasEnded()) socket.end();
  });
  socket.on('error', () => socket.destroy());
  socket.write('220 sink\r\n');
}

const server = createServer(serve);
const listening = new Promise<number>((resolve) => {
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (address && typeof address === 'object') resolve(address.port);
  });
});

answerParent({
  port: () => listening,
  /** Keeps the next mails whole. */
  keep: (count) => {
    keep = z.number().parse(count);
    kept = [];
  },
  kept: () => kept,
  /** What came since the last report. */
  report: () => {
    const { user, system } = process.cpuUsage(cpu);
    const report = { mails, uniqueIds: ids.size, bytes, cpuMs: (user + system) / 1000 };
    [mails, bytes, ids, cpu] = [0, 0, new Set(), process.cpuUsage()];
    return report;
  },
});
