import * as z from 'zod';
import { quoted } from '../diagnostic.js';
import { type Duration, parseDuration } from '../sequence/duration.js';
import { type Until, UntilText } from '../sequence/moment-file.js';

/** When a journey begins or ends: an instant, or a time on the lead's clock. */
export type JourneyMoment =
  | { readonly kind: 'instant'; readonly at: Date }
  | { readonly kind: 'local'; readonly until: Extract<Until, { kind: 'date' }> };

/** When something happens in a journey. A day counts from 1, which is the day it begins. */
export type HappeningTime =
  | JourneyMoment
  | { readonly kind: 'day'; readonly day: number; readonly minutes?: number }
  | { readonly kind: 'after'; readonly by: Duration; readonly mail?: string }
  | { readonly kind: 'next'; readonly until: Until };

const startForms = 'Write "2026-03-02 09:00" on the lead\'s clock, or an instant such as "2026-03-02T09:00:00+01:00".';
const endForms = 'Write "90 days", "2026-03-02 09:00" or an instant such as "2026-03-02T09:00:00+01:00".';
const happeningForms =
  'Write "2 hours after <mail>", "after 2 days", "day 2 10:00", "tuesday 10:00", "2026-03-04 10:00" or an instant.';

/** Reads where a journey begins; undefined when the text names no moment. */
export function readJourneyStart(written: string): JourneyMoment | undefined {
  return readMoment(squeezed(written));
}

/** Reads where a journey ends. */
export function readJourneyEnd(written: string): JourneyMoment | Duration | undefined {
  return parseDuration(written.replace(/^\s*after\s+/i, '')) ?? readMoment(squeezed(written));
}

export function readHappeningTime(written: string): HappeningTime | undefined {
  const words = squeezed(written);
  return readMoment(words) ?? readDay(words) ?? readAfter(words) ?? readNext(words);
}

function squeezed(written: string): string {
  return written.trim().replace(/\s+/g, ' ');
}

function readMoment(words: string): JourneyMoment | undefined {
  const instant = z.iso.datetime({ offset: true }).safeParse(words);
  if (instant.success) return { kind: 'instant', at: new Date(instant.data) };
  const until = UntilText.safeParse(words);
  return until.success && until.data.kind === 'date' ? { kind: 'local', until: until.data } : undefined;
}

function readDay(words: string): HappeningTime | undefined {
  const [, day, hours, minutes] = /^day ([1-9]\d{0,3})(?: (\d{1,2}):([0-5]\d))?$/i.exec(words) ?? [];
  if (!day || Number(hours ?? 0) > 23) return undefined;
  return { kind: 'day', day: Number(day), ...(hours ? { minutes: Number(hours) * 60 + Number(minutes) } : {}) };
}

function readAfter(words: string): HappeningTime | undefined {
  const [, mail] = /^.+ after ((?!lead\.)[\w./-]+)$/i.exec(words) ?? [];
  const by = parseDuration(mail ? words.slice(0, -` after ${mail}`.length) : words.replace(/^after /i, ''));
  return by && { kind: 'after', by, ...(mail ? { mail } : {}) };
}

function readNext(words: string): HappeningTime | undefined {
  const until = UntilText.safeParse(words);
  return until.success ? { kind: 'next', until: until.data } : undefined;
}

function timeText<T>(read: (written: string) => T | undefined, forms: string) {
  return z.string({ error: `a time must be text in quotes\n${forms}` }).transform((written, context): T => {
    const time = read(written);
    if (time !== undefined) return time;
    const message = `${quoted(written)} is not a time\n${forms}`;
    context.addIssue({ code: 'custom', params: { code: 'bad-time' }, message });
    return z.NEVER;
  });
}

export const JourneyStart = timeText(readJourneyStart, startForms).meta({
  description: "When it begins: a time on the lead's clock, or an instant.",
  examples: ['2026-03-02 09:00', '2026-03-02T09:00:00+01:00'],
});

export const JourneyEnd = timeText(readJourneyEnd, endForms).meta({
  description: 'How long is looked at, or until when; 90 days unless said.',
  examples: ['90 days', '2026-06-01 00:00'],
});

export const HappeningTime = timeText(readHappeningTime, happeningForms).meta({
  description:
    "So long after a mail or after the beginning, a day of the journey (day 1 is the day it begins), the next such weekday and time, a time on the lead's clock, or an instant.",
  examples: ['2 hours after paper', 'after 2 days', 'day 2 10:00', 'tuesday 10:00', '2026-03-04 10:00'],
});
