import { readDate } from '../journey/lead-date.js';
import type { FieldType } from '../sequence/lead-file.js';

/** The language and the clock by which choices are read out. */
export type ChoiceWording = { readonly language: string; readonly timeZone: string };

/** A choice as people read it: a date in words, anything else as it is written. */
export function choiceText(choice: string, declared: FieldType, { language, timeZone }: ChoiceWording): string {
  const date = declared === 'date' ? readDate(choice, timeZone) : undefined;
  if (!date) return choice;
  const day = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } as const;
  const time = { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' } as const;
  const parts = date.hasTime ? { ...day, ...time } : day;
  return new Intl.DateTimeFormat(language, { ...parts, timeZone }).format(date.at);
}
