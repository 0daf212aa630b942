import { rmSync } from 'node:fs';

const endings: (() => void)[] = [];
process.once('exit', () => {
  for (const end of endings.toReversed()) end();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

/** Has something done when the bench ends, however it ends; the latest comes first. */
export function atEnd(end: () => void): void {
  endings.push(end);
}

/** Removes a folder when the bench ends. */
export function removeAtEnd(folder: string): void {
  // A process killed a moment ago may still have been writing in it.
  atEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
}
