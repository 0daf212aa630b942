import { joinedReturns, monthNames, returnWords } from './return-words.js';

const dayMs = 86_400_000;
/** Nobody is away for longer, and a year that is guessed wrong is a year too late. */
const longestMs = 366 * dayMs;

/**
 * When the writer of an automatic reply says to be back, as the beginning of that day in UTC; of a last day away, the day
 * after it. Dates without a year are the next such day after the mail. Past ones, and those over a year ahead, do not count.
 */
export function returnDate(text: string, at: Date | undefined): Date | undefined {
  if (!at) return undefined;
  const said = text.slice(0, 5000);
  const back = [...daysBehind(said, returnWords.back, at), ...joinedDays(said, joinedReturns.back, at)];
  const last = [...daysBehind(said, returnWords.until, at), ...joinedDays(said, joinedReturns.until, at)];
  const days = [...back, ...last.map((day) => new Date(day.getTime() + dayMs))];
  return days.find((day) => day.getTime() > at.getTime() && day.getTime() - at.getTime() <= longestMs);
}

function daysBehind(said: string, words: RegExp, at: Date): readonly Date[] {
  const behind = [...said.matchAll(words)].map(({ index, 0: found }) => index + found.length);
  return behind.map((start) => dayIn(said.slice(start, start + 60), at)).filter((day) => day !== undefined);
}

function joinedDays(said: string, words: RegExp, at: Date): readonly Date[] {
  const found = [...said.matchAll(words)].map(([, ...groups]) =>
    groups.at(1) === undefined ? groups.slice(3) : groups,
  );
  return found
    .map(([year, month, day]) => dayOf(Number(day), Number(month), year, at))
    .filter((day) => day !== undefined);
}

/** What may stand between "back on" and the date: an article, a day of the week, "the". */
const lead =
  /^[\s:,]{0,4}(?:(?:the|on|den|dem|der|el|día|il|le|giorno|dia|op|de|at|dnia|am|zum|om)\s{1,3}|\p{L}{2,12}[.,]{0,2}\s{1,3}){0,3}/iu;

/** The date at the beginning of a text. */
function dayIn(said: string, at: Date): Date | undefined {
  const rest = said.replace(lead, '');
  return isoDay(said) ?? namedDay(rest, at) ?? monthFirst(said, at) ?? numericDay(rest, at);
}

/** "2026-03-05", "2026/3/5", "2026.03.05". */
function isoDay(said: string): Date | undefined {
  const [, year, month, day] = /^\D{0,30}?(20\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)/.exec(said) ?? [];
  return year === undefined ? undefined : calendarDay(Number(year), Number(month), Number(day));
}

/** "5 March 2026", "5. März", "5th of March", "5 de marzo de 2026", "5-Mar-26". */
function namedDay(said: string, at: Date): Date | undefined {
  const [, day, name = '', year] =
    /^(\d{1,2})(?:st|nd|rd|th|er|º|°|\.)?[\s./-]{1,3}(?:(?:of|de|di|del|d')\s?)?(\p{L}{3,12})\.?(?:,?[\s./-]{1,3}(?:(?:de|del|of)\s)?(20\d\d|\d\d(?!\d|:)))?/iu.exec(
      said,
    ) ?? [];
  const month = monthOf(name);
  return month === undefined ? undefined : dayOf(Number(day), month, year, at);
}

/** "March 5th, 2026", "Monday, March 5". */
function monthFirst(said: string, at: Date): Date | undefined {
  const found = [
    ...said.matchAll(/(\p{L}{3,12})\.?\s{1,2}(\d{1,2})(?:st|nd|rd|th)?(?!\d|:|\.\d)(?:,?\s{1,2}(20\d\d))?/giu),
  ][0];
  const [, name = '', day, year] = found ?? [];
  const month = found && found.index <= 24 ? monthOf(name) : undefined;
  return month === undefined ? undefined : dayOf(Number(day), month, year, at);
}

/** "05.03.2026", "5.3.", "5/3/26". With strokes, the day comes first unless that cannot be, or the next such day is the other. */
function numericDay(said: string, at: Date): Date | undefined {
  const [, first, mark, second, year] =
    /^(\d{1,2})([./-])\s?(\d{1,2})(?:[./-]\s?(20\d\d|\d\d)(?!\d))?(?![\d:])/.exec(said) ?? [];
  if (first === undefined || second === undefined) return undefined;
  const dayFirst = dayOf(Number(first), Number(second), year, at);
  const dayLast = mark === '/' ? dayOf(Number(second), Number(first), year, at) : undefined;
  return nearest([dayFirst, dayLast], at);
}

/** Of two readings the earlier that is still to come: leave is a matter of weeks. */
function nearest(days: readonly (Date | undefined)[], at: Date): Date | undefined {
  const toCome = days.filter((day) => day !== undefined).filter((day) => day.getTime() > at.getTime() - dayMs);
  return toCome.toSorted((one, other) => one.getTime() - other.getTime())[0];
}

function monthOf(name: string): number | undefined {
  const month = monthNames.findIndex((names) => names.includes(name.toLowerCase()));
  return month < 0 ? undefined : month + 1;
}

/** A day of a year that is written in two digits or four, or left out. */
function dayOf(day: number, month: number, year: string | undefined, at: Date): Date | undefined {
  if (year !== undefined) return calendarDay(year.length === 2 ? 2000 + Number(year) : Number(year), month, day);
  const thisYear = calendarDay(at.getUTCFullYear(), month, day);
  // Yesterday is past, and not a year ahead.
  const isPast = thisYear !== undefined && thisYear.getTime() < at.getTime() - 180 * dayMs;
  return isPast ? calendarDay(at.getUTCFullYear() + 1, month, day) : thisYear;
}

/** Undefined for the 31st of February. */
function calendarDay(year: number, month: number, day: number): Date | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date : undefined;
}
