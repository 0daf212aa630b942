import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isSuspicious, shouldHold, type Silence } from '../delivery/catch-up.js';
import type { Delivery } from '../sequence/delivery-file.js';
import { isUnreachable } from '../store/database.js';
import type { Heartbeats } from '../store/heartbeats.js';
import type { LateSteps } from '../store/late.js';
import type { PauseStore } from '../store/pauses.js';

export type HeartbeatSetting = {
  readonly store: { readonly heartbeats: Heartbeats; readonly late: LateSteps; readonly pauses: PauseStore };
  readonly rules: () => Delivery['catchUp'];
  readonly now: () => Date;
  readonly dataDir: string;
  readonly say: (line: string) => void;
  readonly onFault: (error: unknown) => void;
  /** Between two beats; a minute unless said. */
  readonly everyMs?: number;
};

/**
 * Says each minute, in the database and in a file on this machine, that all is going. At the beginning, and when it finds
 * that nobody said so for long, it looks what has become late, and holds everything if that is much. Resolves when it has
 * looked: nothing may be sent before.
 */
export async function startHeartbeat(setting: HeartbeatSetting) {
  const { store, rules, now, dataDir, onFault } = setting;
  const file = join(dataDir, 'heartbeat');

  let own = await remembered(file);

  const beat = async (isFirst = false): Promise<void> => {
    const beats = { now: now(), lastBeatAt: await store.heartbeats.last(), localLastBeatAt: own };
    // Looked before it is said: whoever finds it said goes on without looking.
    if (isFirst || isSuspicious(beats, rules())) await lookForLate(setting, beats);
    await store.heartbeats.beat(beats.now);
    own = beats.now;
    await remember(file, own).catch(onFault);
  };

  await beat(true);
  let beating: Promise<void> | undefined;
  const timer = setInterval(() => {
    beating ??= beat()
      // The next beat after an outage of the database finds the silence, and looks.
      .catch((error: unknown) => (isUnreachable(error) ? undefined : onFault(error)))
      .finally(() => {
        beating = undefined;
      });
  }, setting.everyMs ?? 60_000);
  timer.unref();

  return {
    stop: async (): Promise<void> => {
      clearInterval(timer);
      await beating;
    },
  };
}

type Beats = Pick<Silence, 'now' | 'lastBeatAt' | 'localLastBeatAt'>;

async function lookForLate({ store, rules, say }: HeartbeatSetting, beats: Beats): Promise<void> {
  const { now: at } = beats;
  const [late, due] = await Promise.all([
    store.late.count(new Date(at.getTime() - rules().lateByMs)),
    store.late.count(at),
  ]);
  const because = shouldHold({ ...beats, late, due: due.count }, rules());
  if (because === undefined || store.pauses.known().has('everything')) return;
  await store.pauses.pause('everything', { since: at, because, by: 'rivulet' });
  say(`Nothing is sent for now: ${because}. Choose: rivulet catch-up send, skip, or spread --over "2 hours"`);
}

/** When this machine last beat, by its own file; what is not an instant counts as none. */
async function remembered(file: string): Promise<Date | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return '';
    throw error;
  });
  const at = new Date(text.trim());
  return Number.isNaN(at.getTime()) ? undefined : at;
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}

/** Written beside and moved over: a crash leaves the old one or the new one, and not half of one. */
async function remember(file: string, at: Date): Promise<void> {
  // Whoever has its secrets and its database from the environment has made no folder yet.
  await mkdir(dirname(file), { recursive: true });
  // Its own: of two processes on one folder, the rename of one would take the other's away.
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, `${at.toISOString()}\n`);
  await rename(unfinished, file);
}
