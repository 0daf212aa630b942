import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';

/** A row that could not be read. `text` is what stands in its file, a character for each byte. */
export type Unread = { readonly line: number; readonly reason: string; readonly text: string };
/** The line of the file that names its columns, and what separates them. */
export type Names = { readonly header: string; readonly by: string };

/** The first line of a file of broken rows; "lead import" passes its first two columns by. */
export function brokenHead({ header, by }: Names): Buffer {
  return Buffer.from(`broken line${by}broken because${by}${header}\r\n`, 'latin1');
}

/** A broken row as it was, behind its line and the reason. */
export function brokenLine({ line, reason, text }: Unread, by: string): Buffer {
  const why = `"${reason.replaceAll('"', '""')}"`;
  return Buffer.concat([Buffer.from(`${line}${by}${why}${by}`), Buffer.from(`${text}\r\n`, 'latin1')]);
}

/** Writes broken rows to a file, ready to be mended and imported; it is made with the first of them. */
export function openBrokenFile(path: string) {
  let stream: WriteStream | undefined;
  const write = async (to: WriteStream, bytes: Buffer): Promise<void> => {
    if (!to.write(bytes)) await once(to, 'drain');
  };
  return {
    add: async (row: Unread, names: Names): Promise<void> => {
      if (!stream) {
        stream = createWriteStream(path, { mode: 0o600 });
        await once(stream, 'open');
        await write(stream, brokenHead(names));
      }
      await write(stream, brokenLine(row, names.by));
    },
    end: async (): Promise<void> => {
      if (!stream) return;
      stream.end();
      await finished(stream);
    },
  };
}
