import * as z from 'zod';
import { quoted } from '../diagnostic.js';
import { isObject, list, schemaKey, strict, text } from '../schema.js';
import { dayMs, dayNumber, dayText, weekdayOf } from './wall-clock.js';

/** Days on which no business is done. */
export type Calendar = {
  /** File name without its ending; what a send window calls it. */
  readonly name: string;
  readonly title: string;
  /** "2026-12-25" for one day, "05-01" for that day of every year. */
  readonly days: ReadonlySet<string>;
};

const Day = z
  .string({ error: 'a day must be text in quotes\nWrite for example "2026-12-25".' })
  .superRefine((written, context) => {
    const message = dayMistake(written);
    if (message) context.addIssue({ code: 'custom', params: { code: 'bad-date' }, message });
  });

const NamedDay = strict({
  date: Day.meta({
    description: 'A day without mail: one day, or month and day for every year.',
    examples: ['2026-04-06', '12-25'],
  }),
  name: text('the name of a day', 100).meta({
    description: 'What the day is called, for whoever reads this file.',
    examples: ['Easter Monday'],
  }),
});

/** `sequences/calendars/<name>.json`: days on which the send windows that name this calendar stay shut. */
export const CalendarFile = strict({
  $schema: schemaKey('../schema/calendar.schema.json'),
  name: text('the name', 100).meta({
    description: 'What people call this calendar.',
    examples: ['Public holidays in France'],
  }),
  days: list(
    'days',
    z.union([Day.transform((date) => ({ date })), NamedDay], {
      error: ({ input }) =>
        isObject(input) || typeof input === 'string'
          ? undefined
          : 'a day is text or an object\nWrite "2026-12-25" or { "date": "2026-12-25", "name": "Christmas" }.',
    }),
  ).meta({
    description: 'The days without mail: "2026-12-25" for one day, "12-25" for every year.',
    examples: [['2026-12-25', '05-01', { date: '2026-04-06', name: 'Easter Monday' }]],
  }),
});

export function toCalendar(name: string, file: z.output<typeof CalendarFile>): Calendar {
  return { name, title: file.name, days: new Set(file.days.map(({ date }) => date)) };
}

/** Whether a day ("2026-12-25") is in one of the calendars. */
export function isHoliday(calendars: readonly Calendar[], day: string): boolean {
  const monthAndDay = day.slice('2026-'.length);
  return calendars.some(({ days }) => days.has(day) || days.has(monthAndDay));
}

/**
 * Whether a window of these weekdays, or business on them, would rest for more than a year on end. Refused when files are
 * read, as no lead could come past it.
 */
export function isShutForAYear(weekdays: readonly number[], calendars: readonly Calendar[]): boolean {
  const dates = calendars.flatMap(({ days }) => [...days]);
  // It takes 52 days to shut even a single weekday for a year.
  if (dates.length < 52) return false;
  const [first, last] = yearsToTry(dates);
  let shutFor = 0;
  for (let day = firstDay(first); day < firstDay(last); day += 1) {
    const isOpen = weekdays.includes(weekdayOf(day)) && !isHoliday(calendars, dayText(day));
    shutFor = isOpen ? 0 : shutFor + 1;
    if (shutFor > 366) return true;
  }
  return false;
}

/** From the first year named to 28 after the last: until then the days of a year fall on other weekdays each time. */
function yearsToTry(dates: readonly string[]): readonly [number, number] {
  const years = dates.filter((date) => date.length > 'MM-DD'.length).map((date) => Number(date.slice(0, 4)));
  const first = years.length > 0 ? Math.min(...years) : 2000;
  return [first, Math.max(first, ...years) + 28];
}

function firstDay(year: number): number {
  return Date.UTC(year, 0, 1) / dayMs;
}

const oldestYear = 1900;
const newestYear = 2199;
const dayForms = 'Write year, month and day, "2026-12-25", or month and day for every year, "12-25".';

/** What is wrong with a day in a file, and its mend on a second line; undefined when nothing is. */
export function dayMistake(written: string, forms = dayForms): string | undefined {
  const [, year, month, day] = /^(?:(\d{4})-)?(\d{2})-(\d{2})$/.exec(written) ?? [];
  if (!month || !day) return `${quoted(written)} is not a day\n${forms}`;
  if (year && (Number(year) < oldestYear || Number(year) > newestYear)) {
    return `the year of ${quoted(written)} is not one from ${oldestYear} to ${newestYear}\n${forms}`;
  }
  // In a leap year, as 29 February comes round too.
  if (dayNumber(`${year ?? 2024}-${month}-${day}`) !== undefined) return undefined;
  return `there is no day ${quoted(written)}\n${dayMend(year, month, day) ?? forms}`;
}

function dayMend(year: string | undefined, month: string, day: string): string | undefined {
  const isSwapped = dayNumber(`${year ?? 2024}-${day}-${month}`) !== undefined;
  if (isSwapped) return `Write the month first: ${quoted(`${year ? `${year}-` : ''}${day}-${month}`)}.`;
  const name = monthNames[Number(month) - 1];
  const last = new Date(Date.UTC(Number(year ?? 2024), Number(month), 0)).getUTCDate();
  return name ? `${name}${year ? ` ${year}` : ''} has ${last} days.` : undefined;
}

export const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;
