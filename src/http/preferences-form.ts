import * as z from 'zod';
import { type Choice, frequencies, snoozes } from '../journey/preferences.js';
import { endOfSnooze } from '../journey/unwanted.js';
import type { Lead } from '../journey/facts.js';
import { type AddressResult, parseAddress } from '../message/address.js';
import type { Topic } from '../sequence/topics-file.js';

/** What the buttons of the page are called in its address. */
export const buttons = ['save', 'pause', 'wake', 'address', 'withdraw', 'series', 'all', 'back', 'undo'] as const;
export type Button = (typeof buttons)[number];

/** Those that need to know what else stands in their form. The others work whatever is sent with them. */
export const withForm: readonly Button[] = ['save', 'pause', 'address', 'withdraw', 'undo'];

/** Which button was pressed; undefined for one that the page does not have. */
export const Pressed = z.object({ choice: z.enum(buttons) });

const several = z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]);

/** `shown`: the topics that stood on the page, as a browser sends of boxes only those that are ticked. */
const SaveForm = z.object({
  topic: several,
  shown: several,
  frequency: z.enum(frequencies, { error: 'Choose how often mails may come.' }).exactOptional(),
});
const lengths = [...snoozes.keys()];
const PauseForm = z.object({ length: z.enum(lengths, { error: 'Choose how long the pause is to last.' }) });

/** A form as it was read: what is chosen, or what is wrong with it, to be told to whoever sent it. */
export type FormAnswer = { readonly choice: Choice } | { readonly problem: string };

/** What a lead saves of topics and frequency. Topics that were not on its page stay as they are; those that are no more are passed over. */
export function readSaveForm(body: unknown, { preferences }: Lead, topics: readonly Topic[]): FormAnswer {
  const { data, error } = SaveForm.safeParse(body);
  if (!data) return { problem: problemOf(error) };
  const off = topics.map(({ name }) => name).filter((name) => data.shown.includes(name) && !data.topic.includes(name));
  const unseen = (preferences?.topicsOff ?? []).filter((name) => !data.shown.includes(name));
  return {
    choice: {
      ...(data.shown.length > 0 ? { topicsOff: [...unseen, ...off] } : {}),
      ...(data.frequency ? { frequency: data.frequency } : {}),
    },
  };
}

/** The pause that a lead asks for, from now on its own clock. */
export function readPauseForm(body: unknown, now: Date, timeZone: string): FormAnswer {
  const { data, error } = PauseForm.safeParse(body);
  const length = data && snoozes.get(data.length);
  return length ? { choice: { snoozedUntil: endOfSnooze(length, now, timeZone) } } : { problem: problemOf(error) };
}

const AddressForm = z.object({ email: z.string() });

/** The address that a lead asks for, as it was typed, or what is wrong with it. */
export function readAddressForm(body: unknown): { readonly typed: string; readonly result: AddressResult } {
  const typed = AddressForm.safeParse(body).data?.email.slice(0, 400) ?? '';
  return { typed, result: parseAddress(typed) };
}

function problemOf(error: z.ZodError | undefined): string {
  return error?.issues[0]?.message ?? 'This form cannot be read.';
}
