import type { Delivery } from '../sequence/delivery-file.js';
import type { Late } from '../store/late.js';

/** What is known when the engine begins, or looks up after a silence. */
export type Silence = {
  readonly now: Date;
  /** When a process last said in the database that all was going; and when this machine last did, by its own file. */
  readonly lastBeatAt?: Date | undefined;
  readonly localLastBeatAt?: Date | undefined;
  /** What is late by more than the rules allow, and how much is due at all. */
  readonly late: Late;
  readonly due: number;
};

/** A pause of an engine that was at work on its backlog anyway: it was started anew, or its machine was. */
export const restartMs = 5 * 60_000;
/** Beats are a minute apart, and the clocks of two machines are hardly further. */
const olderByMs = 2 * 60_000;

/**
 * Whether what is overdue must wait for a person, and why. Sent all at once, yesterday's mails reach people who have long
 * gone on; and from a backup everything that was sent since would be sent a second time.
 */
export function shouldHold(silence: Silence, rules: Delivery['catchUp']): string | undefined {
  const { now, lastBeatAt, localLastBeatAt, late, due } = silence;
  if (due > 0 && isOlder(lastBeatAt, localLastBeatAt))
    return `the database is older than this machine remembers: restored from a backup? ${steps(due)} due, of which some may have been sent before`;
  if (late.count <= rules.moreThan) return undefined;
  const silentMs = lastBeatAt ? now.getTime() - lastBeatAt.getTime() : Number.POSITIVE_INFINITY;
  // Whoever was at work a moment ago was at work on this very backlog.
  if (silentMs <= Math.min(restartMs, rules.lateByMs)) return undefined;
  const lateMs = late.oldest ? now.getTime() - late.oldest.getTime() : rules.lateByMs;
  return `${steps(late.count)} up to ${lengthInWords(lateMs)} late${lastBeatAt ? `, after nothing was going for ${lengthInWords(silentMs)}` : ''}`;
}

/** Whether the beats show something that makes it worth to count: a long silence, or a database that forgot some. */
export function isSuspicious(
  { now, lastBeatAt, localLastBeatAt }: Pick<Silence, 'now' | 'lastBeatAt' | 'localLastBeatAt'>,
  { lateByMs }: Delivery['catchUp'],
): boolean {
  if (isOlder(lastBeatAt, localLastBeatAt)) return true;
  return lastBeatAt !== undefined && now.getTime() - lastBeatAt.getTime() > lateByMs;
}

function isOlder(database: Date | undefined, local: Date | undefined): boolean {
  return local !== undefined && local.getTime() - (database?.getTime() ?? 0) > olderByMs;
}

function steps(count: number): string {
  return count === 1 ? '1 step is' : `${count.toLocaleString('en')} steps are`;
}

const minuteMs = 60_000;

/** A length of time to read: "40 minutes", "9 hours", "3 days". */
export function lengthInWords(ms: number): string {
  const inWords = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`;
  const minutes = Math.max(1, Math.round(ms / minuteMs));
  if (minutes < 120) return inWords(minutes, 'minute');
  const hours = Math.round(minutes / 60);
  return hours < 48 ? inWords(hours, 'hour') : inWords(Math.round(hours / 24), 'day');
}
