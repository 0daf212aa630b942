import { createServer, type Socket } from 'node:net';

/**
 * A mail server that takes everything and keeps nothing but counts. It runs as a process of its own, so that taking mails
 * costs the sender under measurement as little as a server on another machine would. Asked "report" by IPC, it answers
 * what came since the last report.
 */
let messages = 0;
let bytes = 0;
let ids = new Set<string>();

const endOfData = Buffer.from('\r\n.\r\n');

/** Finds the end of a mail in what comes in pieces, also where the five bytes fall into two of them. */
function openMail() {
  const chunks: Buffer[] = [];
  // The line before the body ended with CRLF, so a lone dot may be the whole of it (RFC 5321 §4.1.1.4).
  let tail = Buffer.from('\r\n');

  /** Takes a chunk; answers how much of it belonged to the mail once the mail is whole. */
  return (chunk: Buffer): number | undefined => {
    const seam = Buffer.concat([tail, chunk.subarray(0, endOfData.length - 1)]);
    const inSeam = seam.indexOf(endOfData);
    const start = inSeam >= 0 ? inSeam - tail.length : chunk.indexOf(endOfData);
    const isWhole = inSeam >= 0 || start >= 0;
    const end = isWhole ? start + endOfData.length : chunk.length;

    chunks.push(chunk.subarray(0, end));
    if (isWhole) count(Buffer.concat(chunks));
    else tail = Buffer.concat([tail, chunk.subarray(-endOfData.length)]).subarray(-(endOfData.length - 1));
    return isWhole ? end : undefined;
  };
}

function count(mail: Buffer): void {
  messages += 1;
  bytes += mail.length;
  const head = mail.subarray(0, mail.indexOf('\r\n\r\n')).toString('latin1');
  const [, id] = /^message-id:\s*(\S+)/im.exec(head) ?? [];
  if (id) ids.add(id);
}

function serve(socket: Socket): void {
  let line = '';
  let mail: ReturnType<typeof openMail> | undefined;
  const reply = (text: string): void => void socket.write(`${text}\r\n`);

  const obey = (command: string): void => {
    switch (command.slice(0, 4).toUpperCase()) {
      case 'EHLO':
        return reply('250-sink\r\n250 SIZE 52428800');
      case 'DATA':
        mail = openMail();
        return reply('354 go on');
      case 'QUIT':
        reply('221 bye');
        return void socket.end();
      case 'HELO':
      case 'MAIL':
      case 'RCPT':
      case 'RSET':
      case 'NOOP':
        return reply('250 ok');
      default:
        return reply('502 what?');
    }
  };

  const take = (chunk: Buffer): void => {
    if (mail) {
      const end = mail(chunk);
      if (end === undefined) return;
      mail = undefined;
      reply('250 taken');
      return take(chunk.subarray(end));
    }
    const lineEnd = chunk.indexOf('\n');
    if (lineEnd < 0) {
      line += chunk.toString('latin1');
      return;
    }
    const command = line + chunk.toString('latin1', 0, lineEnd).trim();
    line = '';
    obey(command);
    take(chunk.subarray(lineEnd + 1));
  };

  socket.setNoDelay();
  socket.on('data', take);
  socket.on('error', () => socket.destroy());
  reply('220 sink');
}

const server = createServer(serve);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address && typeof address === 'object') process.send?.({ port: address.port });
});

process.on('message', () => {
  process.send?.({ messages, uniqueIds: ids.size, bytes });
  [messages, bytes, ids] = [0, 0, new Set()];
});
// Whoever asked is gone: nobody needs the sink any more.
process.on('disconnect', () => process.exit());
