import * as z from 'zod';
import { number, schemaKey, strict, text } from '../schema.js';
import { DurationText } from '../sequence/duration.js';

const share = (what: string, description: string, example: number) =>
  number(what, 0, 1)
    .optional()
    .meta({ description, examples: [example] });

/** Of 1 mail that goes, how many … */
const mailRates = {
  opened: share('opened', 'Share of the mails that are opened. Whoever clicks has opened too.', 0.4),
  clicked: share('clicked', 'Share of the mails in which somebody clicks.', 0.1),
  replied: share('replied', 'Share of the mails that are answered.', 0.01),
  unsubscribed: share('unsubscribed', 'Share of the mails after which somebody unsubscribes.', 0.002),
  complained: share('complained', 'Share of the mails that are marked as spam.', 0.0005),
  bounced: share('bounced', 'Share of the mails whose address turns out to be no good.', 0.01),
  delayHours: number('delayHours', 0, 1000)
    .optional()
    .meta({ description: 'How long people take on average, in hours.', examples: [9] }),
};

/** What many leads are supposed to do: shares of the mails, and what else happens on any day. */
export const RatesFile = strict({
  $schema: schemaKey('./sequences/schema/rates.schema.json'),
  ...mailRates,
  mails: z
    .record(text('a mail', 121), strict(mailRates), {
      error: 'mails must be an object\nWrite { "<sequence>/<step>": { "clicked": 0.2 } }.',
    })
    .optional()
    .meta({
      description: 'Other rates for a sequence, or for one mail as "sequence/step".',
      examples: [{ 'welcome/hello': { opened: 0.6 } }],
    }),
  perDay: z
    .record(text('an event'), number('a chance', 0, 1), {
      error: 'perDay must be an object\nWrite { "form.submitted:booking": 0.002 }.',
    })
    .optional()
    .meta({
      description: 'Chance on any day that an event happens to a lead by itself.',
      examples: [{ 'form.submitted:booking': 0.002, 'page.viewed:/pricing': 0.01 }],
    }),
  arriveOver: DurationText.optional().meta({
    description: 'The leads come one after the other over this time; all at once unless said.',
    examples: ['30 days'],
  }),
});
export type Rates = z.output<typeof RatesFile>;
export type MailRates = Omit<Rates, '$schema' | 'mails' | 'perDay' | 'arriveOver'>;

/** What is common for mails between businesses; for a first look. */
export const usualRates: Rates = {
  opened: 0.35,
  clicked: 0.06,
  replied: 0.005,
  unsubscribed: 0.002,
  complained: 0.0001,
  bounced: 0.01,
  delayHours: 9,
};

/** The rates for one mail: its own, over those of its sequence, over the general ones. */
export function ratesFor({ mails = {}, ...general }: Rates, sequence: string, step: string): MailRates {
  // The mails of a split or pick are "split.way": rates of the split are theirs too.
  const [group = step] = step.split('.');
  return { ...general, ...mails[sequence], ...mails[`${sequence}/${group}`], ...mails[`${sequence}/${step}`] };
}
