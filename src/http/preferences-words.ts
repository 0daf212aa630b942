import type { LeadEvent } from '../event/lead-event.js';
import { choiceIn, formerChoiceIn, type Frequency } from '../journey/preferences.js';
import type { Topic } from '../sequence/topics-file.js';

/** What the words are taken from. */
export type Wording = {
  readonly titleOf: (sequence: string) => string;
  readonly topics: readonly Topic[];
  readonly timeZone: string;
};

/** What the lead has done of its mails, as it is told so. */
export function saidOf(event: LeadEvent, { titleOf, topics, timeZone }: Wording): string {
  const title = titleOf(event.sequence ?? '');
  switch (event.type) {
    case 'unsubscribed':
      return 'You get no more mails from us.';
    case 'resubscribed':
      return 'Welcome back. From now on you get our mails again.';
    case 'consent.withdrawn':
      return 'You have taken that back. It counts at once.';
    case 'consent.granted':
      return 'It stands again as it was.';
    case 'series.left':
      return `You get no more mails of “${title}”.`;
    case 'series.rejoined':
      return `The series “${title}” goes on.`;
    default:
      return chosen(event, topics, timeZone);
  }
}

function chosen({ at, data }: LeadEvent, topics: readonly Topic[], timeZone: string): string {
  const { topicsOff, frequency, snoozedUntil } = choiceIn(data);
  const were = formerChoiceIn(data).topicsOff ?? [];
  const off = topicsOff?.filter((topic) => !were.includes(topic)) ?? [];
  const on = topicsOff ? were.filter((topic) => !topicsOff.includes(topic)) : [];
  const named = (names: readonly string[]): string =>
    inOneList(names.map((name) => `“${topics.find((topic) => topic.name === name)?.title ?? name}”`));
  return [
    ...(off.length > 0 ? [`You get no more mails about ${named(off)}.`] : []),
    ...(on.length > 0 ? [`You get mails about ${named(on)} again.`] : []),
    ...(frequency ? [frequencyTexts[frequency]] : []),
    ...(snoozedUntil === undefined ? [] : [pauseText(snoozedUntil, at, timeZone)]),
  ].join(' ');
}

const frequencyTexts: Readonly<Record<Frequency, string>> = {
  'as they come': 'You get our mails as they come.',
  weekly: 'You get one mail a week at the most.',
  monthly: 'You get one mail a month at the most.',
};

function pauseText(until: Date | null, at: Date, timeZone: string): string {
  if (!until || until <= at) return 'From now on you get our mails again.';
  return `No mails come to you until ${dayInWords(until, timeZone)}. Then they come again by themselves.`;
}

/** "“a”", "“a” and “b”", "“a”, “b” and “c”" */
function inOneList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** "2 June 2026", on the clock of a zone. */
export function dayInWords(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone }).format(at);
}
