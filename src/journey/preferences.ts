import * as z from 'zod';
import type { EventValue } from '../event/lead-event.js';
import type { Duration } from '../sequence/duration.js';
import { dayOf, dayText, wallAt } from '../sequence/wall-clock.js';

/** How many mails a lead wants at the most. */
export const frequencies = ['as they come', 'weekly', 'monthly'] as const;
export type Frequency = (typeof frequencies)[number];

/** What a lead has chosen of its mails; what is left out is as usual. */
export type Preferences = {
  /** Topics of which it wants none. */
  readonly topicsOff?: readonly string[];
  readonly frequency?: Frequency;
  /** No mails before this; once it is past, since when they come again. */
  readonly snoozedUntil?: Date;
  /** When each of them was chosen. */
  readonly chosenAt?: Readonly<Partial<Record<keyof Choice, Date>>>;
};

/** One choice: what is left out stays as it is. `snoozedUntil` of null takes a pause back, as if there had been none. */
export type Choice = {
  readonly topicsOff?: readonly string[];
  readonly frequency?: Frequency;
  readonly snoozedUntil?: Date | null;
};

export const choiceKeys = ['topicsOff', 'frequency', 'snoozedUntil'] as const;

/** The pauses that a lead may choose from, by the name that the form sends. */
export const snoozes: ReadonlyMap<string, Duration> = new Map([
  ['two-weeks', { amount: 2, unit: 'weeks' }],
  ['one-month', { amount: 1, unit: 'months' }],
  ['three-months', { amount: 3, unit: 'months' }],
  ['half-a-year', { amount: 6, unit: 'months' }],
  ['one-year', { amount: 12, unit: 'months' }],
]);

/**
 * The preferences after a choice. An event whose changes were cut short is taken up again later: it must not undo what the
 * lead chose since.
 */
export function withChoice(preferences: Preferences | undefined, choice: Choice, at: Date): Preferences {
  return choiceKeys.reduce<Preferences>((so, key) => {
    const chosenAt = so.chosenAt?.[key];
    const value = choice[key];
    if (value === undefined || (chosenAt && chosenAt > at)) return so;
    const { [key]: _, ...rest } = so;
    return { ...rest, ...(value === null ? {} : { [key]: value }), chosenAt: { ...so.chosenAt, [key]: at } };
  }, preferences ?? {});
}

/** The choice that brings back what stood before another one. */
export function choiceBefore(choice: Choice, preferences: Preferences = {}): Choice {
  const { topicsOff = [], frequency = 'as they come', snoozedUntil = null } = preferences;
  return {
    ...(choice.topicsOff === undefined ? {} : { topicsOff }),
    ...(choice.frequency === undefined ? {} : { frequency }),
    ...(choice.snoozedUntil === undefined ? {} : { snoozedUntil }),
  };
}

/** The part of a choice that changes something; undefined when everything is so already. */
export function news(choice: Choice, preferences: Preferences | undefined): Choice | undefined {
  const was = choiceBefore(choice, preferences);
  const kept = choiceKeys.filter((key) => choice[key] !== undefined && !isSame(choice[key], was[key]));
  return kept.length > 0 ? Object.fromEntries(kept.map((key) => [key, choice[key]])) : undefined;
}

type Chosen = Choice[keyof Choice];

function isSame(a: Chosen, b: Chosen): boolean {
  return JSON.stringify(inOrder(a)) === JSON.stringify(inOrder(b));
}

/** Topics are the same in whatever order they stand. */
function inOrder(chosen: Chosen): Chosen {
  return chosen instanceof Object && 'toSorted' in chosen ? chosen.toSorted((a, b) => (a < b ? -1 : 1)) : chosen;
}

/** Whether what was chosen at an instant has not been chosen otherwise since, so that it can still be taken back. */
export function isStillChosen(preferences: Preferences, choice: Choice, at: Date): boolean {
  const { chosenAt } = preferences;
  const isUntouched = choiceKeys.every(
    (key) => choice[key] === undefined || chosenAt?.[key]?.getTime() === at.getTime(),
  );
  return isUntouched && news(choice, preferences) === undefined;
}

type Data = Readonly<Record<string, EventValue>>;

const Instant = z.union([z.literal('').transform(() => null), z.iso.datetime().transform((text) => new Date(text))]);
const ChoiceData = z.object({
  topicsOff: z.array(z.string()).readonly().exactOptional(),
  frequency: z.enum(frequencies).exactOptional(),
  snoozedUntil: Instant.exactOptional(),
});

/** A choice as the data of a `preferences.changed` event: what is chosen, and beside it what it was before. */
export function dataOf(choice: Choice, preferences: Preferences | undefined): Data {
  const was = Object.entries(written(choiceBefore(choice, preferences)));
  return { ...written(choice), ...Object.fromEntries(was.map(([key, value]) => [`${key}Before`, value])) };
}

function written({ snoozedUntil, ...rest }: Choice): Data {
  return { ...rest, ...(snoozedUntil === undefined ? {} : { snoozedUntil: snoozedUntil?.toISOString() ?? '' }) };
}

/** What the data of a `preferences.changed` event chooses; nothing where it cannot be read. */
export function choiceIn(data: Data = {}): Choice {
  return ChoiceData.safeParse(data).data ?? {};
}

/** What had been chosen before, by the data of the event that changed it. */
export function formerChoiceIn(data: Data = {}): Choice {
  const former = choiceKeys.flatMap((key) => {
    const value = data[`${key}Before`];
    return value === undefined ? [] : [[key, value] as const];
  });
  return choiceIn(Object.fromEntries(former));
}

const frequencyWords: Readonly<Record<Frequency, string>> = {
  'as they come': 'mails as they come',
  weekly: 'one mail a week at the most',
  monthly: 'one mail a month at the most',
};

/** A choice as the lead's timeline tells it: "topics turned off: product; no mails until 2026-06-02". */
export function choiceInWords(
  choice: Choice,
  preferences: Preferences | undefined,
  { at, timeZone }: { readonly at: Date; readonly timeZone: string },
): string {
  const { topicsOff, frequency, snoozedUntil } = choice;
  const were = preferences?.topicsOff ?? [];
  const off = topicsOff?.filter((topic) => !were.includes(topic)) ?? [];
  const on = topicsOff ? were.filter((topic) => !topicsOff.includes(topic)) : [];
  const pause = snoozedUntil && snoozedUntil > at ? `no mails until ${dayIn(snoozedUntil, timeZone)}` : 'pause ended';
  return [
    ...(off.length > 0 ? [`topics turned off: ${off.join(', ')}`] : []),
    ...(on.length > 0 ? [`topics turned on: ${on.join(', ')}`] : []),
    ...(frequency ? [frequencyWords[frequency]] : []),
    ...(snoozedUntil === undefined ? [] : [pause]),
  ].join('; ');
}

/** What stands now, for those who look after leads: "nothing about product; one mail a week at the most"; undefined when all is as usual. */
export function wishesInWords(
  { topicsOff = [], frequency = 'as they come', snoozedUntil }: Preferences = {},
  { at, timeZone }: { readonly at: Date; readonly timeZone: string },
): string | undefined {
  const wishes = [
    ...(topicsOff.length > 0 ? [`nothing about ${topicsOff.join(', ')}`] : []),
    ...(frequency === 'as they come' ? [] : [frequencyWords[frequency]]),
    ...(snoozedUntil && snoozedUntil > at ? [`no mails until ${dayIn(snoozedUntil, timeZone)}`] : []),
  ];
  return wishes.length > 0 ? wishes.join('; ') : undefined;
}

/** "2026-06-02", the day of an instant on the clock of a zone. */
export function dayIn(at: Date, timeZone: string): string {
  return dayText(dayOf(wallAt(at, timeZone)));
}
