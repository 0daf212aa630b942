import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export type ReceivedCall = {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export type Receiver = {
  readonly url: string;
  readonly port: number;
  /** Every call that came whole, answered or not. */
  readonly received: ReceivedCall[];
  /** Connections that anybody opened, whether a call came on them or not. */
  readonly counts: { connections: number; open: number };
  /** How it answers; may be changed at any time. The call it answers is in `received` already. */
  answer: Answer;
  readonly stop: () => Promise<void>;
};

/** An HTTP server that notes what it is told and answers 200 unless a test says otherwise. */
export async function startReceiver(host = '127.0.0.1', answer: Answer = answering(200)): Promise<Receiver> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url: path = '', method = '', headers } = request;
      receiver.received.push({ path, method, headers, body: Buffer.concat(chunks).toString() });
      void receiver.answer(request, response);
    });
  });
  const counts = { connections: 0, open: 0 };
  server.on('connection', (socket) => {
    sockets.add(socket);
    counts.connections += 1;
    counts.open += 1;
    socket.once('close', () => {
      sockets.delete(socket);
      counts.open -= 1;
    });
  });
  const stop = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const receiver: Receiver = { url: `http://127.0.0.1:${port}`, port, received: [], counts, answer, stop };
  return receiver;
}

/** Answers every call the same. */
export function answering(status: number, body: string | object = '', headers: Record<string, string> = {}): Answer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return (_request, response) => void response.writeHead(status, headers).end(text);
}
