import type * as z from 'zod';
import { type Diagnostic, didYouMean, quoted } from '../diagnostic.js';
import { list, number, onlyIfSound, schemaKey, slug, strict, text } from '../schema.js';
import type { Names } from './check.js';
import type { NamedFiles } from './project-files.js';
import { dayNumber } from './wall-clock.js';

/** Money that was spent over some days, the first and the last included. */
export type Cost = {
  readonly what: string;
  /** What it was spent for; at most one of the two. With neither it is a cost of everything. */
  readonly source?: string;
  readonly sequence?: string;
  readonly campaign?: string;
  readonly from: number;
  readonly until: number;
  /** In thousandths, so that sums are exact. */
  readonly thousandths: number;
  readonly currency: string;
};

/** What was spent. `currency`: that of a cost or a value of which nobody says it. */
export type Costs = { readonly currency: string; readonly costs: readonly Cost[] };

const Day = text('a day', 20)
  .refine((day) => dayNumber(day) !== undefined, {
    error: 'this is not a day\nWrite year, month and day, "2026-03-01".',
    params: { code: 'bad-date' },
  })
  .transform((day) => dayNumber(day) ?? 0);

const currencies = Intl.supportedValuesOf('currency');
const Currency = text('currency', 10).superRefine((written, context) => {
  if (currencies.includes(written)) return;
  const upper = written.toUpperCase();
  const hint = currencies.includes(upper) ? `Did you mean ${quoted(upper)}?` : 'Write its three letters, "EUR".';
  const params = { code: 'unknown-currency' };
  context.addIssue({ code: 'custom', params, message: `there is no currency ${quoted(written)}\n${hint}` });
});

const CostFile = strict({
  what: text('what', 120).meta({ description: 'What was paid, for people to read.', examples: ['Stand at the fair'] }),
  source: text('source', 80)
    .optional()
    .meta({ description: 'Spent for leads of this source, as their field "source" has it.', examples: ['fair'] }),
  sequence: slug('the name of a sequence')
    .optional()
    .meta({ description: 'Spent for this sequence: whoever writes it, a designer.', examples: ['welcome'] }),
  campaign: text('campaign', 80)
    .optional()
    .meta({ description: 'A name under which several costs are added up.', examples: ['spring 2026'] }),
  from: Day.meta({ description: 'The first day that it is for.', examples: ['2026-03-01'] }),
  until: Day.meta({
    description: 'The last day; the cost is spread over all of them evenly.',
    examples: ['2026-03-31'],
  }),
  amount: number('amount', 0, 1e12).meta({ description: 'How much, all days together.', examples: [12_000] }),
  currency: Currency.optional().meta({
    description: 'Another currency than the one above; it is counted by itself.',
    examples: ['USD'],
  }),
})
  .refine(({ from, until }) => from <= until, {
    ...onlyIfSound,
    path: ['until'],
    error: 'this cost ends before it begins\nWrite the first day as "from" and the last as "until".',
  })
  .refine(({ source, sequence }) => source === undefined || sequence === undefined, {
    ...onlyIfSound,
    path: ['sequence'],
    error: 'a cost is for a source or for a sequence\nMake two costs of it, each with its share.',
  });

/** `sequences/costs.json`: what was spent, so that reports can tell what came of it. */
export const CostsFile = strict({
  $schema: schemaKey('./schema/costs.schema.json'),
  currency: Currency.meta({
    description: 'In what is counted where nobody says otherwise: costs here, and values of deals and conversions.',
    examples: ['EUR'],
  }),
  costs: list('costs', CostFile)
    .max(5000, { error: 'more than 5000 costs are no list that somebody reads\nAdd some of them up.' })
    .meta({
      description: 'What was spent, each with its days.',
      examples: [[{ what: 'Search ads', source: 'ads', from: '2026-03-01', until: '2026-03-31', amount: 2400 }]],
    }),
});

export function toCosts({ currency, costs }: z.output<typeof CostsFile>): Costs {
  return {
    currency,
    costs: costs.map(({ amount, currency: own = currency, source, sequence, campaign, ...rest }) => ({
      ...rest,
      ...(source === undefined ? {} : { source }),
      ...(sequence === undefined ? {} : { sequence }),
      ...(campaign === undefined ? {} : { campaign }),
      thousandths: Math.round(amount * 1000),
      currency: own,
    })),
  };
}

/** Costs of sequences that there are not. A sequence that is gone has cost what it cost: then its cost names a campaign. */
export function checkCosts({ costs: part }: NamedFiles, { sequences }: Names): readonly Diagnostic[] {
  return (part?.value?.costs ?? []).flatMap(({ sequence }, i): readonly Diagnostic[] => {
    if (!part || sequence === undefined || sequences.includes(sequence)) return [];
    const message = `there is no sequence ${quoted(sequence)}`;
    const problem = { code: 'unknown-sequence', message, hint: didYouMean(sequence, sequences) };
    return [part.source.problem(['costs', i, 'sequence'], problem)];
  });
}
