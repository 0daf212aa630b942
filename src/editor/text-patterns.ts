/**
 * The small texts of the language (lengths of time, moments, days) as regular expressions, for editors. What the readers take,
 * these take; what they let pass beyond that (31 February, a zone that is none), `rivulet validate` finds.
 */

const length = String.raw`\d{1,5}\s*(?:minute|hour|day|week|month)s?`;
const aboveNone = '(?=0*[1-9])';
const time = String.raw`(?:(?:[01]?\d|2[0-3]):[0-5]\d|24:00)`;
const dayOfYear = String.raw`(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`;
const year = String.raw`(?:19|20|21)\d\d`;
const fullDay = `${year}-${dayOfYear}`;
// Whole or shortened; how it goes on after three letters, the reader of the file looks at.
const weekday = '(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*';
const field = String.raw`lead\.[a-z][\w-]*`;
const space = String.raw`\s+`;
const maybeTime = `(?:${space}${time})?`;
const weekdayRange = String.raw`${weekday}(?:\s*-\s*${weekday})?`;

export const textPatterns = {
  duration: whole(aboveNone + length),
  wait: whole(String.raw`${aboveNone}(?:${length}|\d{1,3}\s*(?:business|working)\s+days?)`),
  moment: whole(
    oneOfWords([
      `${weekday}${maybeTime}`,
      time,
      `${fullDay}${maybeTime}`,
      `(?:${aboveNone}${length}${space}(?:before|after)${space})?${field}${maybeTime}`,
    ]),
  ),
  date: whole(
    oneOfWords([
      'now|yesterday|today|tomorrow',
      `in${space}${aboveNone}${length}`,
      `${aboveNone}${length}${space}ago`,
      `${fullDay}${maybeTime}`,
    ]),
  ),
  rate: whole(String.raw`${aboveNone}\d{1,7}\s+per\s+(?:${aboveNone}\d{1,4}\s+)?(?:second|minute|hour|day)s?`),
  timeOfDay: `^${time}$`,
  weekdays: whole(String.raw`${weekdayRange}(?:\s*,\s*${weekdayRange})*`),
  holiday: `^(?:${year}-)?${dayOfYear}$`,
  zone: String.raw`^[A-Za-z][\w+/-]*$`,
  cron: String.raw`^\s*\S+(?:\s+\S+){4}\s*$`,
  again: `^(?:never|always|${anyCase(String.raw`(?:after\s+)?\s*${aboveNone}${length}\s*`)})$`,
} as const;

/** A regular expression's source that takes letters in either case: patterns of JSON Schema have no flags. */
export function anyCase(source: string): string {
  return source.replace(/\\.|\[(?:\\.|[^\]\\])*\]|[a-z]/gi, (part) => {
    if (part.startsWith('\\')) return part;
    return part.startsWith('[') ? classInAnyCase(part) : `[${part.toLowerCase()}${part.toUpperCase()}]`;
  });
}

/** "[a-z\d]" becomes "[a-zA-Z\d]". */
function classInAnyCase(written: string): string {
  return written.replace(/\\.|[a-z](?:-[a-z])?/gi, (part) =>
    part.startsWith('\\') ? part : part.toLowerCase() + part.toUpperCase(),
  );
}

function whole(source: string): string {
  return String.raw`^\s*${anyCase(source)}\s*$`;
}

function oneOfWords(words: readonly string[]): string {
  return `(?:${words.join('|')})`;
}
