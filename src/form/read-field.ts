import type { EventValue } from '../event/lead-event.js';
import { readDate } from '../journey/lead-date.js';
import { hasControlCharacters } from '../schema.js';
import type { FormFile } from '../sequence/form-file.js';
import type { FieldType } from '../sequence/lead-file.js';

export type FormField = FormFile['fields'][number];

/** What somebody filled in: a value, nothing, or what is wrong with it in a sentence for that person. */
export type FieldAnswer = { readonly value: EventValue | undefined } | { readonly wrong: string };

/** Characters of a text on one line, as a person counts them; of one with many lines, and of a list in all. */
export const mostCharacters = 200;
export const mostOfLongText = 1000;

/** Reads one field by the way it is filled in and the type it is declared with. Empty is nothing, never an empty text. */
export function readField(field: FormField, declared: FieldType, sent: readonly string[]): FieldAnswer {
  const texts = sent.map((text) => cleaned(text, field.type === 'long text')).filter((text) => text !== '');
  if (texts.some(isUnreadable))
    return { wrong: 'This has characters in it that cannot be shown. Please type it anew.' };
  const [text] = texts;
  if (text === undefined) return { value: undefined };
  if (field.type === 'choice') return readChoice(field, declared, texts);
  return readText(field.type, text);
}

/** Lines of a text become one, as it may come to stand where a line break would begin something else: in a subject, in a table. */
function cleaned(text: string, hasLines: boolean): string {
  const trimmed = text.trim().normalize('NFC');
  return hasLines
    ? trimmed
        .split(/\s*[\r\n\u2028\u2029]\s*/)
        .filter(Boolean)
        .join(' / ')
        .replaceAll('\t', ' ')
    : trimmed;
}

/** Control characters and overrides of direction, and halves of a character that no UTF-8 can hold. */
function isUnreadable(text: string): boolean {
  return hasControlCharacters(text) || /\p{Cs}/u.test(text);
}

function readText(type: FormField['type'], text: string): FieldAnswer {
  switch (type) {
    case 'number':
      return readNumber(text);
    case 'date':
      return readDate(text, 'UTC') ? { value: text } : { wrong: 'Write a day that there is, such as 2026-11-30.' };
    case 'yes/no':
      return text === 'yes' || text === 'no' ? { value: text === 'yes' } : { wrong: 'Choose yes or no.' };
    case 'long text':
      return within(text, mostOfLongText);
    case 'text':
    case 'email':
    case 'choice':
    case undefined:
      return within(text, mostCharacters);
  }
}

function within(text: string, most: number): FieldAnswer {
  if (Array.from(text).length <= most) return { value: text };
  return { wrong: `This is too long: it may have ${most} characters.` };
}

/** "1200", "-3", "2.5" and "2,5"; never "1,200", which is one thing here and another there. */
function readNumber(text: string): FieldAnswer {
  const written = /^-?\d{1,15}(?:[.,]\d{1,6})?$/.test(text) && !/,\d{3}$/.test(text);
  return written ? { value: Number(text.replace(',', '.')) } : { wrong: 'Write a number, such as 250.' };
}

function readChoice({ choices = [] }: FormField, declared: FieldType, texts: readonly string[]): FieldAnswer {
  const offered = new Map(choices.map((choice) => [choice.trim().normalize('NFC'), choice]));
  const chosen = texts.map((text) => offered.get(text));
  const [first] = chosen;
  if (first === undefined || chosen.includes(undefined)) return { wrong: 'Choose from what is offered here.' };
  // In the order in which they are offered, each once.
  if (declared === 'list') return { value: choices.filter((choice) => chosen.includes(choice)) };
  return { value: declared === 'number' ? Number(first) : first };
}
