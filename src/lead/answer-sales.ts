import { type Engine, recordEvent } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { amountInWords } from '../sales/answer-words.js';
import { type Answered, answersIn, handOverOf, standingAnswer, takenBack } from '../sales/standing.js';
import type { SalesAnswer } from '../sequence/sales-file.js';
import type { Store } from '../store/open-store.js';
import type { Told } from './prefer.js';

/** What a colleague, or another system, says of a lead. */
export type SalesTelling = {
  readonly answer: SalesAnswer;
  readonly value?: number | undefined;
  readonly currency?: string | undefined;
  readonly note?: string | undefined;
  /** Who says so: an address, or the name of a system. */
  readonly by?: string | undefined;
  readonly at?: Date | undefined;
  /** Told twice with the same id, it counts once. */
  readonly id?: string | undefined;
};

export type AnswerSetting = {
  /** The mail whose page was used; left out, it came by API or command line. */
  readonly told?: Partial<Told>;
  readonly engine: Engine;
  readonly store: Pick<Store, 'events'>;
};

export type Recorded = { readonly event: LeadEvent; readonly isNew: boolean };

/** Answers and hand-overs of a lead, the oldest first. */
export async function salesEventsOf(lead: string, { events }: Pick<Store, 'events'>): Promise<readonly LeadEvent[]> {
  return (await events.ofLeads([lead], ['handed-over', 'sales.answered'])).get(lead) ?? [];
}

/**
 * Records what sales heard. Pressed twice, also at the same instant, it is one event: its id comes from what is said and
 * from what it is said upon. What stands already since the last hand-over is no news, unless it comes with an id of its own.
 */
export async function answerSales(lead: string, telling: SalesTelling, setting: AnswerSetting): Promise<Recorded> {
  const { engine, store, told = {} } = setting;
  const events = await salesEventsOf(lead, store);
  const standing = standingAnswer(events);
  const given = handOverOf(events);
  const isAsStands = standing && isSame(telling, standing) && (!given || standing.at >= given.at);
  const kept = isAsStands && telling.id === undefined ? events.find(({ id }) => id === standing.id) : undefined;
  if (kept) return { event: kept, isNew: false };
  const event = {
    ...told,
    id: idOf(lead, telling, [standing?.id ?? '', given?.at.toISOString() ?? '', String(turnsBack(events))]),
    type: 'sales.answered',
    about: telling.answer,
    lead,
    at: timeOf(telling, engine.now()),
    source: 'sales',
    machine: false,
    ...whyOf(telling),
    data: dataOf(telling, standing),
  };
  return { event, isNew: await recordEvent(event, engine) };
}

/** How often an answer was taken back: after that, the same one is another. */
function turnsBack(events: readonly LeadEvent[]): number {
  return events.filter(({ about }) => about === takenBack).length;
}

function timeOf({ at }: SalesTelling, now: Date): Date {
  return at && at < now ? at : now;
}

function idOf(lead: string, { id, answer, value, currency, note }: SalesTelling, upon: readonly string[]): string {
  if (id !== undefined) return idFrom('api', lead, 'sales.answered', id);
  return idFrom('sales.answered', lead, answer, String(value ?? ''), currency ?? '', note ?? '', ...upon);
}

function isSame(telling: SalesTelling, standing: Answered): boolean {
  return (['answer', 'value', 'currency', 'note'] as const).every((key) => telling[key] === standing[key]);
}

function dataOf(
  { value, currency, note, by }: SalesTelling,
  standing: Answered | undefined,
): NonNullable<LeadEvent['data']> {
  return {
    ...(value === undefined ? {} : { value }),
    ...(value === undefined || currency === undefined ? {} : { currency }),
    ...(note === undefined ? {} : { note }),
    ...(by === undefined ? {} : { by }),
    ...(standing ? { after: standing.id } : {}),
  };
}

function whyOf({ value, currency, note, by }: SalesTelling): { readonly why?: string } {
  const parts = [
    value === undefined ? [] : amountInWords(value, currency),
    note === undefined ? [] : `“${note}”`,
    by === undefined ? [] : `told by ${by}`,
  ].flat();
  return parts.length > 0 ? { why: parts.join(', ') } : {};
}

/** So long a press of a button can be taken back by another; later, a new answer says what is so. */
const takeBackMs = 7 * 86_400_000;

/** Whether an answer still counts, and was given lately. */
export function canTakeBack(events: readonly LeadEvent[], id: string, now: Date): boolean {
  const standing = standingAnswer(events);
  return standing?.id === id && now.getTime() - standing.at.getTime() <= takeBackMs;
}

/** Takes an answer back: it stays in the history and counts no longer, and what stood before it counts again. Pressed twice, it is once. */
export async function takeBackAnswer(
  { id: of, lead }: Pick<LeadEvent, 'id' | 'lead'>,
  by: string | undefined,
  { engine, told = {} }: AnswerSetting,
): Promise<LeadEvent> {
  const event = {
    ...told,
    id: idFrom('sales.answered', takenBack, of),
    type: 'sales.answered',
    about: takenBack,
    lead,
    at: engine.now(),
    source: 'sales',
    machine: false,
    data: { of, ...(by === undefined ? {} : { by }) },
  };
  await recordEvent(event, engine);
  return event;
}

/** The answers of a lead as they are shown to programs, the newest first. */
export function answerViews(events: readonly LeadEvent[]) {
  const standing = standingAnswer(events)?.id;
  return answersIn(events)
    .map(({ id, at, answer, by, value, currency, note, isTakenBack }) => {
      return { id, at, answer, by, value, currency, note, isTakenBack, counts: id === standing };
    })
    .toReversed();
}
