import type * as z from 'zod';
import { number, onlyIfSound, strict } from '../schema.js';
import { type Duration, DurationText, durationInWords, durationMs } from './duration.js';

/** A frequency cap: no lead gets more mails than this within any such length of time, over all sequences. */
export type Cap = { readonly atMost: number; readonly per: Duration };

const longestPeriodDays = 60;
const longestPeriodMs = longestPeriodDays * 86_400_000;

export const CapFile = strict({
  atMost: number('atMost', 1, 1000)
    .int({ error: 'atMost must be a whole number' })
    .meta({ description: 'The most mails that a lead may get.', examples: [1] }),
  per: DurationText.meta({
    description: 'Within any such length of time, 60 days at the longest.',
    examples: ['1 day', '7 days'],
  }),
}).refine(({ per }) => durationMs(per) <= longestPeriodMs, {
  ...onlyIfSound,
  path: ['per'],
  error: `a frequency cap looks back ${longestPeriodDays} days at the most\nWrite a shorter time, for example "7 days".`,
});

/** A cap that another one leaves no room for would never hold anything back, which its author cannot have meant. */
export function noneNeedless(caps: readonly Cap[], context: z.core.$RefinementCtx): void {
  for (const [i, cap] of caps.entries()) {
    const stricter = caps.find((other, j) => isImplied(cap, other) && (j < i || !isImplied(other, cap)));
    if (!stricter) continue;
    const { atMost, per } = stricter;
    const message = `this frequency cap changes nothing beside that of ${atMost} in ${durationInWords(per)}\nRemove it, or allow fewer mails or more time.`;
    context.addIssue({ code: 'custom', path: [i], params: { code: 'needless-cap' }, message });
  }
}

function isImplied(cap: Cap, by: Cap): boolean {
  return cap !== by && by.atMost <= cap.atMost && durationMs(by.per) >= durationMs(cap.per);
}
