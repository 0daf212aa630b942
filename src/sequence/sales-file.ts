import type * as z from 'zod';
import { parseAddress } from '../message/address.js';
import { didYouMean, quoted } from '../diagnostic.js';
import { distinct, list, number, oneOrMore, onlyIfSound, schemaKey, strict, text } from '../schema.js';
import { type Condition, ConditionFile } from './condition-file.js';
import { isTimeZone } from './duration.js';
import { dayNumber } from './wall-clock.js';

/** What sales may answer about a lead that was handed over; the words of `sales.answered:<answer>`. */
export const salesAnswers = [
  'contacted',
  'not-reachable',
  'still-interested',
  'not-interested',
  'won',
  'lost',
] as const;
export type SalesAnswer = (typeof salesAnswers)[number];

export function isSalesAnswer(word: unknown): word is SalesAnswer {
  return salesAnswers.some((answer) => answer === word);
}

/** The field of a lead in which its owner's address stands. */
export const ownerField = 'owner';

/** Days on which somebody is away, the first and the last included, as `dayNumber` counts them. */
export type Absence = { readonly from: number; readonly until: number };

/** A colleague to whom leads may be given. */
export type Owner = {
  readonly email: string;
  readonly name: string;
  /** How many turns to one of a colleague who has 1. */
  readonly weight: number;
  readonly away: readonly Absence[];
};

/** Who looks after leads, and what sales does with them. */
export type Sales = {
  /** On whose clock the days of absences begin. */
  readonly timeZone: string;
  readonly currency?: string;
  readonly owners: readonly Owner[];
  /** The first that holds says who may get the lead. */
  readonly rules: readonly { readonly if: Condition; readonly owners: readonly string[] }[];
  /** Among whom the leads go round that no rule gives to somebody. */
  readonly otherwise: readonly string[];
  /** What the owner is told to do next; the first that holds counts. */
  readonly nextSteps: readonly { readonly if: Condition; readonly do: string }[];
  readonly titles: Readonly<Record<SalesAnswer, string>>;
};

const usualTitles: Sales['titles'] = {
  contacted: 'Contacted',
  'not-reachable': 'Not reachable',
  'still-interested': 'Still interested',
  'not-interested': 'Not interested',
  won: 'Won',
  lost: 'Lost',
};

const Address = text('the address', 320).refine((written) => parseAddress(written).ok, {
  error: 'this is not an address\nWrite one, as in "dana@example.com".',
});

const Day = text('a day', 20)
  .refine((day) => dayNumber(day) !== undefined, {
    error: 'this is not a day\nWrite year, month and day, "2026-12-01".',
    params: { code: 'bad-date' },
  })
  .transform((day) => dayNumber(day) ?? 0);

const AwayFile = strict({
  from: Day.meta({ description: 'The first day away.', examples: ['2026-12-21'] }),
  until: Day.meta({ description: 'The last day away.', examples: ['2027-01-03'] }),
}).refine(({ from, until }) => from <= until, {
  ...onlyIfSound,
  path: ['until'],
  error: 'this absence ends before it begins\nWrite the first day as "from" and the last as "until".',
});

const OwnerFile = strict({
  email: Address.meta({ description: 'Where the colleague is told of leads.', examples: ['dana@example.com'] }),
  name: text('the name', 80).meta({ description: 'What colleagues call them.', examples: ['Dana Okafor'] }),
  weight: number('weight', 1, 20)
    .int({ error: 'weight must be a whole number' })
    .optional()
    .meta({ description: 'How many turns to one of a colleague with 1; 1 unless said.', examples: [2] }),
  away: oneOrMore(AwayFile)
    .optional()
    .meta({
      description: 'When they get no new leads, the first and the last day included.',
      examples: [{ from: '2026-12-21', until: '2027-01-03' }],
    }),
});

const RuleFile = strict({
  if: ConditionFile.meta({ description: 'Which leads.', examples: [{ 'lead.country': 'FR' }] }),
  owners: oneOrMore(Address).meta({
    description: 'Who gets them: one colleague, or several by turns.',
    examples: ['dana@example.com', ['dana@example.com', 'joe@example.com']],
  }),
});

const NextStepFile = strict({
  if: ConditionFile.meta({
    description: 'For which leads.',
    examples: [{ event: 'page.viewed', path: '/pricing*', within: '14 days', atLeast: 2 }],
  }),
  do: text('do', 200).meta({
    description: 'What helps most then, as one sentence to the owner.',
    examples: ['Call about the prices.'],
  }),
});

const title = text('the title', 40).optional();
const TitlesFile = strict({
  contacted: title.meta({ description: 'They spoke with the lead.', examples: ['Contacted'] }),
  'not-reachable': title.meta({ description: 'They tried, and nobody answered.', examples: ['Not reachable'] }),
  'still-interested': title.meta({ description: 'The lead wants to go on.', examples: ['Still interested'] }),
  'not-interested': title.meta({ description: 'The lead does not want to.', examples: ['Not interested'] }),
  won: title.meta({ description: 'The lead has bought.', examples: ['Won'] }),
  lost: title.meta({ description: 'The lead has bought elsewhere, or will not.', examples: ['Lost'] }),
});

/** ISO 4217, as far as this Node knows it. */
const currencies = Intl.supportedValuesOf('currency');

/** `sequences/sales.json`: who looks after leads, by which rules they are given out, and what sales may answer. */
export const SalesFile = strict({
  $schema: schemaKey('./schema/sales.schema.json'),
  timezone: text('timezone', 60)
    .refine(isTimeZone, { error: 'there is no such time zone\nWrite a name such as "Europe/Paris".' })
    .optional()
    .meta({ description: 'On whose clock the days of "away" begin; UTC unless said.', examples: ['Europe/Paris'] }),
  currency: text('currency', 10)
    .superRefine((written, context) => {
      if (currencies.includes(written)) return;
      const message = `there is no currency ${quoted(written)}\n${hintFor(written)}`;
      context.addIssue({ code: 'custom', params: { code: 'unknown-currency' }, message });
    })
    .optional()
    .meta({ description: 'In what a deal is counted where nobody says otherwise.', examples: ['EUR'] }),
  owners: list('owners', OwnerFile)
    .max(200, { error: 'more than 200 owners take turns of years\nMake rules for some of them.' })
    .superRefine(distinct('owners', ({ email }) => email.toLowerCase()))
    .meta({
      description: 'The colleagues to whom leads may be given.',
      examples: [[{ email: 'dana@example.com', name: 'Dana Okafor' }]],
    }),
  rules: list('rules', RuleFile)
    .optional()
    .meta({
      description: 'Who gets which leads; the first rule that holds counts.',
      examples: [[{ if: { 'lead.country': 'FR' }, owners: 'dana@example.com' }]],
    }),
  otherwise: oneOrMore(Address)
    .optional()
    .meta({
      description: 'Among whom all other leads go round; all owners unless said.',
      examples: [['dana@example.com', 'joe@example.com']],
    }),
  nextSteps: list('nextSteps', NextStepFile)
    .optional()
    .meta({
      description: 'What the owner is told to do next; the first that holds counts.',
      examples: [
        [{ if: { event: 'page.viewed', path: '/pricing*', within: '14 days' }, do: 'Call about the prices.' }],
      ],
    }),
  answers: TitlesFile.optional().meta({
    description: 'What the six answers of sales are called in mails and on their page.',
    examples: [{ won: 'Signed' }],
  }),
});

function hintFor(written: string): string {
  const upper = written.toUpperCase();
  if (currencies.includes(upper)) return `Did you mean ${quoted(upper)}?`;
  const hint = didYouMean(written, currencies);
  return hint.startsWith('Did you mean') ? hint : 'Write its three letters, as in "EUR".';
}

export function toSales(file: z.output<typeof SalesFile>): Sales {
  const owners = file.owners.map(({ email, name, weight = 1, away = [] }) => ({ email, name, weight, away }));
  return {
    timeZone: file.timezone ?? 'UTC',
    ...(file.currency ? { currency: file.currency } : {}),
    owners,
    rules: file.rules ?? [],
    otherwise: file.otherwise ?? owners.map(({ email }) => email),
    nextSteps: file.nextSteps ?? [],
    titles: { ...usualTitles, ...presentTitles(file.answers) },
  };
}

function presentTitles(titles: z.output<typeof TitlesFile> = {}): Partial<Record<SalesAnswer, string>> {
  return Object.fromEntries(Object.entries(titles).filter(([, own]) => own !== undefined));
}

/** What sales is where no file says: nobody, and the six answers by their usual names. */
export const noSales: Sales = {
  timeZone: 'UTC',
  owners: [],
  rules: [],
  otherwise: [],
  nextSteps: [],
  titles: usualTitles,
};

/** Every condition of the file, with its place. */
export function conditionsOfSales({ rules, nextSteps }: Pick<Sales, 'rules' | 'nextSteps'>) {
  return [
    ...rules.map((rule, i) => ({ path: ['rules', i, 'if'], condition: rule.if })),
    ...nextSteps.map((step, i) => ({ path: ['nextSteps', i, 'if'], condition: step.if })),
  ];
}

/** The owner with an address, in whatever letters it is written. */
export function ownerNamed(email: string, owners: readonly Owner[]): Owner | undefined {
  const sought = parseAddress(email);
  const key = sought.ok ? sought.value.key : email.toLowerCase();
  return owners.find((owner) => {
    const own = parseAddress(owner.email);
    return (own.ok ? own.value.key : owner.email.toLowerCase()) === key;
  });
}
