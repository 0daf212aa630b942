import * as z from 'zod';
import { isObject, strict } from '../schema.js';
import { type Duration, DurationText, durationInWords } from './duration.js';

/** How points become less: to half again and again, or evenly to nothing. */
export type Fading = { readonly kind: 'half-life' | 'linear'; readonly over: Duration };

/** `fade` of scoring.json. */
export const FadeFile = z.union(
  [
    z.literal('none').meta({ description: 'They stay.', examples: ['none'] }),
    strict({
      linear: DurationText.meta({
        description: 'After so long a point counts nothing any more, and half-way there half.',
        examples: ['60 days'],
      }),
    }),
  ],
  {
    error: ({ input }) =>
      isObject(input) ? undefined : 'fade says how points become less\nWrite { "linear": "60 days" } or "none".',
  },
);

/** The two keys that say how points fade. */
export const fadingKeys = {
  halfLife: DurationText.optional().meta({
    description: 'After so long a point counts half; points stay unless said.',
    examples: ['30 days'],
  }),
  fade: FadeFile.optional().meta({
    description: 'Instead of a half-life: evenly to nothing within this time, or "none" for points that stay.',
    examples: [{ linear: '60 days' }, 'none'],
  }),
};

type Written = {
  readonly halfLife?: Duration | undefined;
  readonly fade?: z.output<typeof FadeFile> | undefined;
};

/** Refuses a half-life beside another way to fade. */
export function fadeOneWay({ halfLife, fade }: Written, context: z.core.$RefinementCtx): void {
  if (!halfLife || fade === undefined) return;
  const message = '"halfLife" and "fade" both say how points become less\nKeep one of them.';
  context.addIssue({ code: 'custom', path: ['fade'], params: { code: 'fades-twice' }, message });
}

/** How the points of one fade; `otherwise` is what holds where nothing is said. */
export function fadingOf({ halfLife, fade }: Written, otherwise?: Fading): { readonly fading?: Fading } {
  if (fade === 'none') return {};
  const own: Fading | undefined = fade
    ? { kind: 'linear', over: fade.linear }
    : halfLife && { kind: 'half-life', over: halfLife };
  const fading = own ?? otherwise;
  return fading ? { fading } : {};
}

/** "half after 30 days", "to nothing within 60 days". */
export function fadingInWords({ kind, over }: Fading): string {
  return kind === 'linear' ? `to nothing within ${durationInWords(over)}` : `half after ${durationInWords(over)}`;
}
