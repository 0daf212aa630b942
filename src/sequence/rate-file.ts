import * as z from 'zod';
import { quoted } from '../diagnostic.js';

/** Most mails in so long a time. */
export type Rate = { readonly mails: number; readonly perMs: number };

const unitMs = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
const pattern = /^(\d{1,7})\s+per\s+(?:(\d{1,4})\s+)?(second|minute|hour|day)s?$/i;

/** Reads "14 per second", "1 per 5 seconds"; undefined when it is none. */
export function parseRate(written: string): Rate | undefined {
  const [, mails, amount = '1', name] = pattern.exec(written.trim()) ?? [];
  const unit = Object.entries(unitMs).find(([known]) => known === name?.toLowerCase());
  const rate = unit && { mails: Number(mails), perMs: Number(amount) * unit[1] };
  return rate && rate.mails > 0 && rate.perMs > 0 ? rate : undefined;
}

/** A rate in a file. */
export const RateText = z
  .string({ error: 'a rate must be text in quotes\nWrite for example "60 per minute".' })
  .transform((written, context) => {
    const rate = parseRate(written);
    if (rate) return rate;
    const message = `${quoted(written)} is not a rate\nWrite mails per second, minute, hour or day, for example "60 per minute".`;
    context.addIssue({ code: 'custom', params: { code: 'bad-rate' }, message });
    return z.NEVER;
  })
  .meta({
    description: 'Most mails in so long a time: per second, minute, hour or day, or several of them.',
    examples: ['14 per second', '60 per minute', '1 per 5 seconds'],
  });

/** "60 per minute", "1 per 5 seconds". */
export function rateInWords({ mails, perMs }: Rate): string {
  const [unit = '', unitLength = 1] = Object.entries(unitMs).findLast(([, length]) => perMs % length === 0) ?? [];
  const amount = perMs / unitLength;
  return `${mails} per ${amount === 1 ? unit : `${amount} ${unit}s`}`;
}
