import { type CallFacts, hasSettled, type MailFacts, type RecentMail } from '../journey/facts.js';
import type { StepId } from '../sequence/program.js';

/** What is under way as a simulation begins is taken to come to its end at once, as in it everything does. */

/** Mails on their way are taken to be accepted at once, like those still to come. */
export function allSettled(mails: ReadonlyMap<StepId, MailFacts>, at: Date): ReadonlyMap<StepId, MailFacts> {
  return new Map(
    [...mails].map(([step, mail]) => [step, hasSettled(mail) ? mail : { ...mail, state: 'accepted', settledAt: at }]),
  );
}

/** The same of those that count for the frequency cap. */
export function allGone(recent: readonly RecentMail[], at: Date): readonly RecentMail[] {
  return recent.map(({ isUnderWay, ...mail }) => (isUnderWay ? { ...mail, at } : mail));
}

/** Calls under way are taken to be answered at once, as those still to come are. */
export function allAnswered(calls: ReadonlyMap<StepId, CallFacts>, at: Date): ReadonlyMap<StepId, CallFacts> {
  const isOpen = ({ state }: CallFacts): boolean => state === 'waiting';
  return new Map([...calls].map(([step, call]) => [step, isOpen(call) ? { ...call, ...taken, settledAt: at } : call]));
}

/** What a webhook is taken to answer, unless the simulation says. */
const taken = { state: 'answered', because: 'answered 200', answer: { status: 200 } } as const;
