import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, closeSync, constants, openSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { atEnd } from './ending.js';
import type { Sink } from './sink.js';

/** Where Postfix's smtp-sink(1) is, if it is installed. Debian keeps it where only root looks. */
export function findSmtpSink(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, 'smtp-sink')).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The sink that others measure with, too. It counts mails and knows no Message-IDs; these the ledger vouches for. */
export async function startPostfixSink(program: string, scratch: string): Promise<Sink> {
  const port = await freePort();
  // Into a file: read while it is measured, its counters would cost the bench as much as the sink.
  const counters = join(scratch, 'smtp-sink.out');
  const out = openSync(counters, 'w');
  // It refuses to run as root (smtp-sink(1), -u).
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(program, [...user, '-c', `127.0.0.1:${port}`, '100'], { stdio: ['ignore', out, 'inherit'] });
  closeSync(out);
  atEnd(() => child.kill('SIGKILL'));
  await listens(port);

  let before = { mails: await mailsIn(counters), cpuMs: cpuMsOf(child.pid) };
  return {
    name: 'smtp-sink of Postfix',
    port,
    arrivals: async () => {
      const now = { mails: await mailsIn(counters), cpuMs: cpuMsOf(child.pid) };
      const since = { mails: now.mails - before.mails, cpuMs: now.cpuMs - before.cpuMs };
      before = now;
      return since;
    },
    stop: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** It writes "sess=… quit=… mesg=…" again and again. */
async function mailsIn(counters: string): Promise<number> {
  const file = await open(counters);
  try {
    const { size } = await file.stat();
    const length = Math.min(size, 200);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return Number(
      buffer
        .toString('latin1')
        .match(/(?<=mesg=)\d+(?=\r)/g)
        ?.at(-1) ?? 0,
    );
  } finally {
    await file.close();
  }
}

/** CPU time of another process (proc(5): fields 14 and 15 of `stat`, in hundredths of a second on every Linux). */
function cpuMsOf(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (!address || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}

async function listens(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('data', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await pause(50);
  }
  throw new Error('smtp-sink does not answer');
}
