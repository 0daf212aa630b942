import type { Response } from 'express';

/** What a proxy or a browser may keep in its hands before it is told. */
const heartbeatMs = 15_000;
/** Whoever reads so slowly is sent away, and comes back after the last event that it has. */
const mostUnread = 256 * 1024;

export type EventStream = {
  /** Tells the browser that it is there: whatever happens after that, it hears of. */
  readonly begin: () => void;
  readonly send: (name: string, data: unknown, id?: string) => void;
  readonly close: () => void;
};

/** Turns an answer into server-sent events (HTML Living Standard §9.2). `onBeat`: with each heartbeat; `onEnd`: once, however it ends. */
export function openEventStream(
  response: Response,
  { onBeat, onEnd }: { readonly onBeat: () => void; readonly onEnd: () => void },
): EventStream {
  response.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store, no-transform',
    // nginx would else hold it back until it has a page of it.
    'X-Accel-Buffering': 'no',
  });
  const write = (text: string): void => {
    if (response.writableEnded || response.destroyed) return;
    response.write(text);
    if (response.writableLength > mostUnread) response.destroy();
  };
  const heartbeat = setInterval(() => {
    write(': still here\n\n');
    onBeat();
  }, heartbeatMs).unref();
  response.once('close', () => {
    clearInterval(heartbeat);
    onEnd();
  });
  return {
    // And how long a browser waits before it comes back.
    begin: () => write('retry: 3000\n\n'),
    // JSON has no line breaks of its own, and an id is made of a number and an id of ours.
    send: (name, data, id) =>
      write(`${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`),
    close: () => void response.end(),
  };
}
