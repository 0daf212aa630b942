import { createConnection, createServer, type Socket } from 'node:net';

/** Stands before a server and cuts connections off: the n-th after so many bytes of the server as `cuts` says, the others never. */
export async function startCuttingRelay(port: number, cuts: (nth: number) => number | undefined) {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((client) => {
    const real = createConnection({ port, host: '127.0.0.1' });
    const end = (): void => {
      client.destroy();
      real.destroy();
    };
    for (const socket of [client, real]) {
      sockets.add(socket);
      socket.on('error', end).on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    const cut = cuts(connections);
    connections += 1;
    let left = cut ?? Number.POSITIVE_INFINITY;
    client.on('data', (chunk) => real.write(chunk));
    real.on('data', (chunk: Buffer) => {
      const passed = chunk.subarray(0, left);
      left -= passed.length;
      client.write(passed, () => {
        if (left <= 0) end();
      });
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay has no port');
  return {
    port: address.port,
    connections: (): number => connections,
    stop: async (): Promise<void> => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
