import * as z from 'zod';
import { isWorth, mostWorth } from '../sales/worth.js';
import { isSalesAnswer, type SalesAnswer } from '../sequence/sales-file.js';
import type { Field, SalesSaid } from './sales-page.js';

/** What the buttons of the page are called in its address. */
export const Pressed = z.object({ choice: z.enum(['answer', 'undo']) });

/** The answer that a link of the mail begins with; undefined for anything else that stands there. */
export function chosenIn(query: unknown): SalesAnswer | undefined {
  const { answer } = z
    .object({ answer: z.string().max(40).optional() })
    .catch({})
    .parse(query);
  return isSalesAnswer(answer) ? answer : undefined;
}

const AnswerForm = z.object({
  answer: z.string().max(40).optional(),
  value: z.string().max(1000).default(''),
  note: z.string().max(20_000).default(''),
});

export type SalesForm =
  | { readonly answer: SalesAnswer; readonly value?: number; readonly note?: string }
  | { readonly problem: Extract<SalesSaid, { kind: 'problem' }> };

/** What a colleague sends: an answer, and of a deal what it is worth. */
export function readSalesForm(body: unknown): SalesForm {
  const sent = AnswerForm.safeParse(body).data ?? { value: '', note: '' };
  const typed = { value: sent.value.slice(0, 20), note: sent.note.slice(0, 1000) };
  const wrong = (at: Field, text: string): SalesForm => ({ problem: { kind: 'problem', text, at, typed } });
  if (!isSalesAnswer(sent.answer)) return wrong('answer', 'Choose an answer.');

  const note = sent.note.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  if (note.length > 1000) return wrong('note', 'Keep the note under 1,000 characters.');
  const written = sent.value.trim();
  const value = written === '' ? undefined : readAmount(written);
  if (value === 'none') return wrong('value', 'This is no amount. Write digits, such as 4800 or 4,800.50.');
  if (value !== undefined && !isWorth(sent.answer))
    return wrong('value', 'Only a won or lost deal is worth something.');
  return { answer: sent.answer, ...(value === undefined ? {} : { value }), ...(note ? { note } : {}) };
}

/** "4800", "4,800.50", "4.800,50", "4 800": of two kinds of marks the last begins the cents; one before three digits is for thousands. */
export function readAmount(written: string): number | 'none' {
  const text = written.replaceAll(/[\s'’\u00a0\u202f]/g, '');
  if (!/^\d[\d.,]{0,19}$/.test(text)) return 'none';
  const groups = text.split(/[.,]/);
  const marks = text.replaceAll(/\d/g, '');
  const last = groups.at(-1) ?? '';
  const isCents = marks !== '' && (last.length === 1 || last.length === 2);
  const thousands = isCents ? groups.slice(0, -1) : groups;
  const isGrouped = thousands.every((group, i) => (i === 0 ? group.length > 0 : group.length === 3));
  const isOneMark = new Set(isCents ? marks.slice(0, -1) : marks).size <= 1;
  const isApart = !isCents || !marks.slice(0, -1).includes(marks.at(-1) ?? '');
  const isFirstShort = thousands.length === 1 || (thousands[0]?.length ?? 0) <= 3;
  if (!isGrouped || !isOneMark || !isApart || !isFirstShort) return 'none';
  const amount = Number(`${thousands.join('')}${isCents ? `.${last}` : ''}`);
  return amount <= mostWorth ? amount : 'none';
}
