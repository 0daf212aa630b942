import { createConnection, type Socket } from 'node:net';

/** A conversation with an SMTP server, line by line, as a client without manners would hold it. */
export async function openTalk(port: number) {
  const socket = createConnection({ port, host: '127.0.0.1' });
  const talk = talkOver(socket);
  return { greeting: await talk.answer(), ...talk };
}
export type Talk = Awaited<ReturnType<typeof openTalk>>;

function talkOver(socket: Socket) {
  let heard = '';
  let wake = (): void => {};
  let isOver = false;
  socket.setEncoding('latin1');
  socket.on('data', (text) => {
    heard += String(text);
    wake();
  });
  socket.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => {
      isOver = true;
      wake();
      resolve();
    });
  });

  /** The next reply, of one line or several; what was heard when the connection ends instead. */
  const answer = async (): Promise<string> => {
    for (;;) {
      const [reply] = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(heard) ?? [];
      if (reply !== undefined) {
        heard = heard.slice(reply.length);
        return reply.trimEnd();
      }
      if (isOver) return heard;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const send = (text: string): void => void socket.write(text, 'latin1');
  const say = (line: string): Promise<string> => {
    send(`${line}\r\n`);
    return answer();
  };
  /** One mail; answers what was said to each command, the last being the answer to the mail. */
  const mail = async (from: string, to: string, body: string): Promise<readonly string[]> => {
    const before = [await say(`MAIL FROM:<${from}>`), await say(`RCPT TO:<${to}>`)];
    const data = await say('DATA');
    if (!data.startsWith('354')) return [...before, data];
    const lines = body.replace(/\r?\n/g, '\r\n').replace(/^\./gm, '..');
    return [...before, data, await say(`${lines.replace(/\r\n$/, '')}\r\n.`)];
  };
  return { answer, send, say, mail, ended, end: () => socket.end(), cut: () => socket.destroy() };
}
