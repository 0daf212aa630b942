import { createConnection, createServer, type Socket } from 'node:net';
import { BSON } from 'mongodb';

/**
 * What becomes of a write. `unheard`: the engine does it, and the answer never comes. `unsent`: it never reaches the engine.
 * `refused`: a server that is not, or no longer, the primary says so, and does nothing.
 */
export type WriteFault =
  | { readonly kind: 'unheard' }
  | { readonly kind: 'unsent' }
  | { readonly kind: 'refused'; readonly code: number; readonly codeName: string };

export type DatabaseProxy = {
  readonly uri: string;
  /** The writes that came since `arm`, by what they were and where. */
  readonly writes: string[];
  /** Counts writes from here on, and does this to the one that is `nth`, the first being 1. */
  readonly arm: (nth: number, fault: WriteFault) => void;
  readonly stop: () => Promise<void>;
};

const opMsg = 2013;
const headerBytes = 16;
const writing = new Set(['insert', 'update', 'delete', 'findAndModify']);

/** Stands before the MongoDB server of a connection string and lets everything through but one write. `path` ends in ".sock", by which drivers know a socket. */
export async function openDatabaseProxy(uri: string, path: string): Promise<DatabaseProxy> {
  const [, host = ''] = /^mongodb:\/\/([^/]+)\//.exec(uri) ?? [];
  const writes: string[] = [];
  const sockets = new Set<Socket>();
  let armed: { readonly nth: number; readonly fault: WriteFault } | undefined;

  const faultFor = (message: Buffer): WriteFault | undefined => {
    const write = writeIn(message);
    if (!write || !armed) return undefined;
    writes.push(write);
    return writes.length === armed.nth ? armed.fault : undefined;
  };
  const server = createServer((client) => {
    const engine = createConnection(decodeURIComponent(host));
    let unheard: number | undefined;
    const end = (): void => {
      client.destroy();
      engine.destroy();
    };
    for (const socket of [client, engine]) {
      sockets.add(socket);
      socket.on('error', end).on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on(
      'data',
      byMessage((message) => {
        const fault = faultFor(message);
        if (fault?.kind === 'unsent') return end();
        if (fault?.kind === 'refused') return void client.write(refusal(message, fault));
        if (fault?.kind === 'unheard') unheard = message.readInt32LE(4);
        engine.write(message);
      }),
    );
    engine.on(
      'data',
      byMessage((message) => {
        if (message.readInt32LE(8) === unheard) return end();
        client.write(message);
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    uri: uri.replace(host, encodeURIComponent(path)),
    writes,
    arm: (nth, fault) => {
      writes.length = 0;
      armed = { nth, fault };
    },
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Hands on whole messages: each begins with its length. */
function byMessage(take: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= headerBytes && rest.length >= rest.readInt32LE(0)) {
      const message = rest.subarray(0, rest.readInt32LE(0));
      rest = rest.subarray(message.length);
      take(message);
    }
  };
}

/** "update messages" for a message that writes; its command stands in its first section, by the name of its first field. */
function writeIn(message: Buffer): string | undefined {
  const [flags, section] = [headerBytes, headerBytes + 4];
  if (message.readInt32LE(12) !== opMsg || message.readUInt32LE(flags) > 1 || message[section] !== 0) return undefined;
  const start = section + 1;
  const command = BSON.deserialize(message.subarray(start, start + message.readInt32LE(start)));
  const [[name, collection] = ['', '']] = Object.entries(command);
  return writing.has(name) ? `${name} ${String(collection)}` : undefined;
}

function refusal(message: Buffer, { code, codeName }: WriteFault & { kind: 'refused' }): Buffer {
  const body = BSON.serialize({ ok: 0, errmsg: `the test says ${codeName}`, code, codeName });
  const answer = Buffer.alloc(headerBytes + 5);
  answer.writeInt32LE(answer.length + body.length, 0);
  answer.writeInt32LE(message.readInt32LE(4), 8);
  answer.writeInt32LE(opMsg, 12);
  return Buffer.concat([answer, body]);
}
