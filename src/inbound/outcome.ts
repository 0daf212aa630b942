import type { Found } from './found.js';
import type { Verdict } from './reason.js';

/** What a verdict makes of a report; `said` is told where no words of the server decided. */
export function outcome({ hard, reason, said: told }: Verdict, said: string) {
  const words = (told ?? said).replaceAll(/\s+/g, ' ').trim().slice(0, 500) || undefined;
  return { class: hard ? 'hard-bounce' : 'soft-bounce', hard, reason, words } satisfies Partial<Found>;
}

/** Why, for people to read. */
export function because({ by, reason }: Verdict, status: string | undefined): string {
  if (by === 'words') return `the words of the server mean ${reason}`;
  return by === 'code' ? `the code ${status ?? ''} means ${reason}` : 'neither words nor code tell why';
}

/** Recipients of one report that are judged each for itself; mails of ours have one. */
export const mostJudged = 20;

/** The judged one that is dead, else the first; and all of them in that order. */
export function worstFirst<One extends { readonly verdict: Verdict }>(judged: readonly One[]): readonly One[] {
  return judged.toSorted((one, other) => Number(other.verdict.hard) - Number(one.verdict.hard));
}
