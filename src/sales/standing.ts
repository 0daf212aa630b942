import type { LeadEvent } from '../event/lead-event.js';
import { isSalesAnswer, type SalesAnswer } from '../sequence/sales-file.js';

/** One answer of sales. */
export type Answered = {
  readonly id: string;
  readonly lead: string;
  readonly at: Date;
  readonly answer: SalesAnswer;
  readonly by?: string;
  readonly value?: number;
  readonly currency?: string;
  readonly note?: string;
  /** Taken back since: it stays in the history and counts no longer. */
  readonly isTakenBack: boolean;
};

/** What an event of type `sales.answered` is about that takes an answer back. */
export const takenBack = 'taken-back';

/** Every answer about a lead, the oldest first. Two of one instant come in the order in which one was given upon the other. */
export function answersIn(events: readonly LeadEvent[]): readonly Answered[] {
  const told = events.filter(({ type }) => type === 'sales.answered');
  const gone = new Set(told.flatMap(({ about, data }) => (about === takenBack ? String(data?.['of']) : [])));
  const placed = told.map((event) => ({ event, place: placeAmong(told, event) }));
  const inOrder = placed.toSorted((a, b) => a.event.at.getTime() - b.event.at.getTime() || a.place - b.place);
  return inOrder.flatMap(({ event }) => answeredBy(event, gone.has(event.id)));
}

/** How many answers of the same instant stand before one: a second press within a millisecond, or times of another system with no finer grain. */
function placeAmong(told: readonly LeadEvent[], { at, data }: LeadEvent): number {
  const before = told.find((other) => other.id === data?.['after'] && other.at.getTime() === at.getTime());
  return before ? placeAmong(told, before) + 1 : 0;
}

function answeredBy({ id, lead, at, about, data = {} }: LeadEvent, isTakenBack: boolean): readonly Answered[] {
  if (!isSalesAnswer(about)) return [];
  const { by, value, currency, note } = data;
  return [
    {
      id,
      lead,
      at,
      answer: about,
      ...(typeof by === 'string' ? { by } : {}),
      ...(typeof value === 'number' ? { value } : {}),
      ...(typeof currency === 'string' ? { currency } : {}),
      ...(typeof note === 'string' ? { note } : {}),
      isTakenBack,
    },
  ];
}

/** The answer that counts: the newest that was not taken back. Those before it stay in the history. */
export function standingAnswer(events: readonly LeadEvent[]): Answered | undefined {
  return answersIn(events).findLast(({ isTakenBack }) => !isTakenBack);
}

/** Answers after which sales has nothing more to do with a lead. */
const lastWords: readonly SalesAnswer[] = ['won', 'lost', 'not-interested'];

/** `waiting`: nobody has answered since; `active`: they are at it; `closed`: it is decided. */
export type HandOverState = 'waiting' | 'active' | 'closed';

/** A lead that was given to sales, as it stands. */
export type HandedOver = {
  readonly lead: string;
  readonly at: Date;
  /** Whom it was given to. */
  readonly owner: string;
  readonly why?: string;
  readonly state: HandOverState;
  readonly answer?: Answered;
};

/** How it stands with the last hand-over of one lead; undefined for one that never was. An answer before it is about an earlier one. */
export function handOverOf(events: readonly LeadEvent[]): HandedOver | undefined {
  const given = events
    .filter(({ type }) => type === 'handed-over')
    .toSorted((a, b) => a.at.getTime() - b.at.getTime())
    .at(-1);
  if (!given) return undefined;
  const standing = standingAnswer(events);
  const answer = standing && standing.at >= given.at ? standing : undefined;
  const { lead, at, about: owner = '', why } = given;
  const state = !answer ? 'waiting' : lastWords.includes(answer.answer) ? 'closed' : 'active';
  return { lead, at, owner, ...(why ? { why } : {}), state, ...(answer ? { answer } : {}) };
}
