import type { Collection, Db, Document } from 'mongodb';
import * as z from 'zod';
import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { StoredEvent } from './enrollments.js';
import { inOneBatch, maybe, present } from './rows.js';
import { reachOf, type Window } from './report-histories.js';

/** Something that became known: an event, or a mail that its server took, which is kept as a state of the mail alone. */
export type News = { readonly event: LeadEvent; readonly knownAt: Date };

/** Which of them somebody asks for. */
export type Wanted = {
  readonly lead?: string | undefined;
  readonly type?: string | undefined;
  /** Who did it: machines, or whoever is none. */
  readonly machine?: boolean | undefined;
};

/** A place among all of them, which are in the order of their times and of one time in that of their ids. */
export type Place = { readonly knownAt: Date; readonly id: string };

/** The type under which an accepted mail stands among the events. */
export const mailAccepted = 'mail.accepted';

const EventRow = StoredEvent.omit({ id: true }).extend({ _id: z.string(), receivedAt: z.date() });
const MailRow = z.object({
  _id: z.string(),
  lead: z.string(),
  enrollment: z.string(),
  sequence: z.string(),
  step: z.string(),
  settledAt: z.date(),
  transport: maybe(z.string()),
});

/** Mails about a lead go to colleagues, and are no news of it. */
const taken = { state: 'accepted', to: { $exists: false } };

/** Rows of one kind, by the column that says when they became known. */
type Source = {
  readonly rows: Collection;
  readonly column: 'receivedAt' | 'settledAt';
  readonly which: Document;
  /** The id of the event that a row stands for. */
  readonly idOf: (row: string) => string;
  readonly toNews: (row: unknown) => News;
  /** Indexes, by the time that they became known, and of one lead. */
  readonly byTime: string;
  readonly ofLead: Document;
};

/** Everything that becomes known of leads, by when it did: for whoever looks on, and whoever is to be told of it. */
export function openNews(db: Db) {
  // Both are read by the indexes that reports find their news by (`received`, `settled`).
  const events: Source = {
    rows: db.collection('events'),
    column: 'receivedAt',
    which: {},
    idOf: (row) => row,
    toNews: newsOfEvent,
    byTime: 'received',
    ofLead: { lead: 1, at: 1 },
  };
  const mails: Source = {
    rows: db.collection('messages'),
    column: 'settledAt',
    which: taken,
    idOf: acceptedId,
    toNews: newsOfMail,
    byTime: 'settled',
    ofLead: { lead: 1, plannedAt: 1 },
  };
  const sources = [events, mails];

  return {
    /** What became known after an instant and until another, each kind in the order of its time, without what is known already. */
    within: async function* ({ after, upTo }: Window, isKnown: (id: string) => boolean): AsyncGenerator<News> {
      for (const { rows, column, which, idOf, toNews } of sources) {
        const found = rows.find({ ...which, [column]: { $gt: after, $lte: upTo } }, inOneBatch).sort({ [column]: 1 });
        // Asked before it is read: what became known is seen for two minutes, every five seconds.
        for await (const row of found) if (!isKnown(idOf(String(row._id)))) yield toNews(row);
      }
    },

    /** The first instant by which `most` of one kind have become known, the end of the window at the latest. */
    reachOf: (window: Window, most: number): Promise<Date> => reachOf(sources, window, most),

    /** The newest before a place, as many as are wanted; looks at no more than `atMost`, however rare the wanted ones are. */
    newest: async (wanted: Wanted, before: Place | undefined, { limit, atMost }: { limit: number; atMost: number }) => {
      const items: News[] = [];
      let looked = 0;
      let last: Place | undefined;
      for await (const news of merged(sources.map((source) => fallingFrom(source, wanted.lead, before)))) {
        if (items.length === limit || looked === atMost) return { items, next: last };
        looked += 1;
        last = placeOf(news);
        if (isWanted(news.event, wanted)) items.push(news);
      }
      return { items, next: undefined };
    },

    /** Events and accepted mails by their ids; of mails, those of the messages. */
    byIds: async (ids: readonly string[], messages: readonly string[]): Promise<ReadonlyMap<string, News>> => {
      const [told, went] = await Promise.all([
        events.rows.find({ _id: { $in: [...ids] } } as Document, inOneBatch).toArray(),
        mails.rows.find({ _id: { $in: [...messages] }, ...taken } as Document, inOneBatch).toArray(),
      ]);
      const found = [...told.map(newsOfEvent), ...went.map(newsOfMail)];
      return new Map(found.map((news) => [news.event.id, news]));
    },
  };
}

export function placeOf({ event, knownAt }: News): Place {
  return { knownAt, id: event.id };
}

/** Whether one stands before another where the newest come first. */
function isNewer(one: Place, other: Place): boolean {
  const apart = one.knownAt.getTime() - other.knownAt.getTime();
  return apart === 0 ? one.id > other.id : apart > 0;
}

/** Whether one became known after a place. */
export function isAfter(news: News, place: Place): boolean {
  return isNewer(placeOf(news), place);
}

export function isWanted({ type, machine, lead }: LeadEvent, wanted: Wanted): boolean {
  return (
    (wanted.type === undefined || wanted.type === type) &&
    (wanted.machine === undefined || wanted.machine === machine) &&
    (wanted.lead === undefined || wanted.lead === lead)
  );
}

/**
 * Rows from a place downwards. The index knows their times alone: those of one time are brought into the order of their ids
 * here, which a wider index would do at the cost of every event that is taken in.
 */
async function* fallingFrom(
  { rows, column, which, toNews, byTime, ofLead }: Source,
  lead: string | undefined,
  before: Place | undefined,
): AsyncGenerator<News> {
  const until = before ? { $lte: before.knownAt } : { $exists: true };
  const own = lead === undefined ? {} : { lead };
  const hint = lead === undefined ? byTime : ofLead;
  const found = rows.find({ ...which, ...own, [column]: until }, { batchSize: 200, hint }).sort({ [column]: -1 });
  let same: News[] = [];
  for await (const news of found.map(toNews)) {
    if (same[0] && same[0].knownAt.getTime() !== news.knownAt.getTime()) {
      yield* fallingIds(same, before);
      same = [];
    }
    same.push(news);
  }
  yield* fallingIds(same, before);
}

function fallingIds(same: readonly News[], before: Place | undefined): readonly News[] {
  const left = before ? same.filter((news) => isNewer(before, placeOf(news))) : same;
  return left.toSorted((a, b) => (a.event.id < b.event.id ? 1 : -1));
}

/** Several in falling order, as one. */
async function* merged(all: readonly AsyncGenerator<News>[]): AsyncGenerator<News> {
  const heads = await Promise.all(all.map(async (from) => ({ from, head: await from.next() })));
  try {
    for (;;) {
      const open = heads.flatMap((one) => (one.head.done ? [] : [{ one, news: one.head.value }]));
      const first = open.reduce<(typeof open)[number] | undefined>(
        (best, next) => (best && isNewer(placeOf(best.news), placeOf(next.news)) ? best : next),
        undefined,
      );
      if (!first) return;
      yield first.news;
      first.one.head = await first.one.from.next();
    }
  } finally {
    // Whoever has enough stops here, and the cursors are closed with it.
    await Promise.all(all.map((from) => from.return(undefined)));
  }
}

function newsOfEvent(row: unknown): News {
  const { _id, receivedAt, ...event } = EventRow.parse(row);
  return { event: { id: _id, ...present(event) }, knownAt: receivedAt };
}

function newsOfMail(row: unknown): News {
  const { _id, settledAt, transport, ...whose } = MailRow.parse(row);
  return {
    event: {
      id: acceptedId(_id),
      type: mailAccepted,
      at: settledAt,
      source: 'mail',
      machine: false,
      message: _id,
      ...whose,
      ...(transport ? { data: { transport } } : {}),
    },
    knownAt: settledAt,
  };
}

function acceptedId(message: string): string {
  return idFrom(mailAccepted, message);
}
