import { connect, createServer } from 'node:net';

/** `j: true` of a write concern, as BSON has it: a boolean, its name, its value. */
const journaled = Buffer.from([0x08, 0x6a, 0x00, 0x01]);

/**
 * Serves a MongoDB at another socket, and takes out of every write on its way that it waits for the journal: what becomes
 * of a program that leaves this to the database. As long as before, so that no length in a message changes.
 */
export function serveUnjournaled(from: string, at: string): Promise<void> {
  const server = createServer((client) => {
    const database = connect(from);
    client.on('data', (chunk) => database.write(withoutJournal(chunk)));
    database.on('data', (chunk) => client.write(chunk));
    for (const [one, other] of [
      [client, database],
      [database, client],
    ] as const) {
      one.on('close', () => other.destroy());
      one.on('error', () => other.destroy());
    }
  });
  return new Promise((resolve) => server.listen(at, resolve));
}

/** One that falls into two chunks stays as it is: few do, and the fault is to be common, not certain. */
function withoutJournal(chunk: Buffer): Buffer {
  for (let at = chunk.indexOf(journaled); at >= 0; at = chunk.indexOf(journaled, at + 4)) chunk[at + 3] = 0;
  return chunk;
}
