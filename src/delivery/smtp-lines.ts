import { type Line, openLine, type Opening, reset } from './smtp-line.js';
import type { SmtpTarget } from './smtp-target.js';
import type { Handover } from './transport.js';

/** Mails over one line before it is renewed; many servers cut at 100. */
const mailsPerLine = 100;
/** A refusal counts as many: Postfix hangs up after 20 errors, and the mail that it then cuts is another one. */
const mailsPerRefusal = 20;
/** RFC 5321 §4.1.1.10 wants QUIT's answer waited for; a server that gives none must not keep the place. */
const goodbyeMs = 5_000;

/** A line that is kept between mails. */
type Kept = { readonly line: Line; readonly ended: Promise<void>; readonly idleTimer: NodeJS.Timeout; mails: number };

/** A line for one mail. `wasIdle`: the server may have ended it meanwhile, which says nothing of a new one. */
export type Taken =
  | { readonly kind: 'open'; readonly kept: Kept; readonly wasIdle: boolean }
  | Extract<Opening, { kind: 'closed' }>;

export type LinesSetting = { readonly target: SmtpTarget; readonly most: number; readonly idleMs: number };

/** At most so many lines to one server: opened when they are needed, kept while they are used. */
export function openLines({ target, most, idleMs }: LinesSetting) {
  const lines = new Set<Kept>();
  const idle: Kept[] = [];
  const waiting: (() => void)[] = [];
  let openings = 0;
  let isStopped = false;

  const keep = (line: Line): Kept => {
    const ended = new Promise<void>((resolve) => line.connection.once('end', resolve));
    const kept: Kept = { line, ended, idleTimer: setTimeout(() => endIdle(kept), idleMs).unref(), mails: 0 };
    lines.add(kept);
    line.connection.once('end', () => forget(kept));
    return kept;
  };

  const forget = (kept: Kept): void => {
    clearTimeout(kept.idleTimer);
    lines.delete(kept);
    if (idle.includes(kept)) idle.splice(idle.indexOf(kept), 1);
    waiting.shift()?.();
  };

  /** The timer runs while a mail is on its way too; then it means nothing. */
  const endIdle = (kept: Kept): void => {
    if (!idle.includes(kept)) return;
    idle.splice(idle.indexOf(kept), 1);
    leave(kept);
  };

  const leave = ({ line, ended }: Kept): void => {
    if (!line.isOpen) return;
    line.connection.quit();
    const timer = setTimeout(() => line.connection.close(), isStopped ? 0 : goodbyeMs).unref();
    void ended.then(() => clearTimeout(timer));
  };

  const open = async (): Promise<Taken> => {
    openings += 1;
    const opening = await openLine(target);
    openings -= 1;
    if (opening.kind === 'open') return { kind: 'open', kept: keep(opening.line), wasIdle: false };
    waiting.shift()?.();
    return opening;
  };

  return {
    take: async (): Promise<Taken> => {
      while (!isStopped) {
        // The one used last: the others grow old and are given up, so that there are no more than are needed.
        const kept = idle.pop();
        if (kept) return { kind: 'open', kept, wasIdle: true };
        if (lines.size + openings < most) return open();
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      return { kind: 'closed', why: { kind: 'unavailable', reply: 'Rivulet is stopping', because: 'connection' } };
    },

    /** After a mail, or none. What its end leaves unclear ends the line. */
    giveBack: async (kept: Kept, end: Handover['kind'] | 'unused'): Promise<void> => {
      const isRefusal = end === 'rejected' || end === 'deferred';
      kept.mails += isRefusal ? mailsPerRefusal : 1;
      const isOver = end === 'uncertain' || end === 'unavailable' || kept.mails >= mailsPerLine;
      const isUsable = !isOver && (!isRefusal || (await reset(kept.line)));
      if (!isUsable || isStopped) return leave(kept);
      if (!kept.line.isOpen) return;
      idle.push(kept);
      kept.idleTimer.refresh();
      waiting.shift()?.();
    },

    /** Mails on their way are finished; nobody is given a line any more. */
    stop: async (): Promise<void> => {
      isStopped = true;
      for (const wake of waiting.splice(0)) wake();
      for (const kept of idle.splice(0)) leave(kept);
      await Promise.all([...lines].map(({ ended }) => ended));
    },
  };
}
