import * as z from 'zod';
import { quoted } from '../diagnostic.js';
import { parseAddress } from '../message/address.js';
import { number, oneOf, Scalar, schemaKey, slug, strict, text, Value, yesOrNo } from '../schema.js';
import { isTimeZone } from '../sequence/duration.js';
import { purposeName } from '../sequence/purpose-file.js';
import { isExpectedLine, lineForms } from './expected-line.js';
import { HappeningTime, JourneyEnd, JourneyStart } from './journey-time-file.js';

const Email = z
  .string({ error: 'an address must be text in quotes' })
  .transform((written, context) => {
    const result = parseAddress(written);
    if (result.ok) return result.value.address;
    context.addIssue({ code: 'custom', message: `${result.problem}\nWrite for example "ada@example.org".` });
    return z.NEVER;
  })
  .meta({ description: 'The address; a made-up one unless said.', examples: ['ada@example.org'] });

const Instant = z.iso
  .datetime({ offset: true, error: 'this is not an instant\nWrite for example "2026-03-02T09:00:00Z".' })
  .transform((written) => new Date(written));

const fieldName = z.string().regex(/^[A-Za-z][\w-]{0,59}$/, {
  error: 'a field name begins with a letter and has letters, digits, "_" and "-" only',
});
const values = (what: string) =>
  z.record(fieldName, Value, { error: `${what} must be an object\nWrite { "<field>": <value> }.` });

const consents = ['granted', 'pending', 'denied'] as const;
const saidOfPurpose = oneOf('a status', consents).meta({
  description: 'What it said of this purpose.',
  examples: ['granted'],
});
const Consent = z
  .union([
    oneOf('consent', consents).transform((status) => ({ status })),
    strict({
      status: oneOf('status', consents).meta({ description: 'What the lead said.', examples: ['granted'] }),
      source: text('the source')
        .optional()
        .meta({ description: 'Where.', examples: ['form'] }),
      at: Instant.optional().meta({ description: 'When.', examples: ['2026-03-02T09:00:00Z'] }),
      purposes: z
        .record(purposeName('a purpose'), saidOfPurpose, {
          error: 'purposes must be an object\nWrite { "newsletter": "granted" }.',
        })
        .optional()
        .meta({ description: 'What it said of single purposes.', examples: [{ newsletter: 'granted' }] }),
    }),
  ])
  .meta({ description: 'Whether it may be mailed; "granted" unless said.', examples: ['granted', 'pending'] });

/** The lead of a journey: what `POST /api/leads` takes, and where in the funnel it stands. */
export const JourneyLead = strict({
  email: Email.optional(),
  firstName: text('the first name')
    .optional()
    .meta({ description: 'First name.', examples: ['Ada'] }),
  lastName: text('the last name')
    .optional()
    .meta({ description: 'Last name.', examples: ['Byron'] }),
  timezone: z
    .string({ error: 'a time zone must be text in quotes' })
    .refine(isTimeZone, { error: 'there is no such time zone\nWrite a name such as "Europe/Paris".' })
    .optional()
    .meta({ description: "The lead's clock, by which all times are told.", examples: ['Europe/Paris'] }),
  locale: z
    .string({ error: 'a locale must be text in quotes' })
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/i, { error: 'this is not a locale\nWrite for example "en" or "pt-BR".' })
    .optional()
    .meta({ description: 'Language, and country.', examples: ['pt-BR'] }),
  attributes: values('attributes')
    .optional()
    .meta({ description: 'Fields of lead.json.', examples: [{ jobTitle: 'Head of Logistics' }] }),
  tags: z
    .array(text('a tag', 60), { error: 'tags must be a list\nWrite it in square brackets.' })
    .optional()
    .meta({ description: 'Tags it has from the beginning.', examples: [['fair']] }),
  consent: Consent.optional(),
  stage: slug('a stage')
    .optional()
    .meta({
      description: 'Where in the funnel it stands at the beginning; that of the named sequence unless said.',
      examples: ['customer'],
    }),
  score: number('score', -10_000, 10_000)
    .optional()
    .meta({ description: 'Points that it has at the beginning; none unless said.', examples: [40] }),
  createdAt: Instant.optional().meta({
    description: 'Since when it is known; since the beginning unless said.',
    examples: ['2025-10-01T09:00:00Z'],
  }),
});
export type JourneyLead = z.output<typeof JourneyLead>;

/** Something a lead is supposed to do on the way. */
export const Happening = strict({
  at: HappeningTime,
  event: text('the event').meta({
    description: 'What happens, also with what it is about: "clicked", "form.submitted:booking", an event of your own.',
    examples: ['clicked', 'form.submitted:booking', 'converted'],
  }),
  mail: text('the mail', 121)
    .optional()
    .meta({
      description: 'Which mail it is about: a step, or "sequence/step". The one that "at" names, unless said.',
      examples: ['paper', 'welcome/hello'],
    }),
  link: text('the link', 2000)
    .optional()
    .meta({ description: 'What is clicked.', examples: ['https://example.com/pricing'] }),
  about: text('about', 2000)
    .optional()
    .meta({ description: 'What it is about: the form, the page, the tag.', examples: ['/pricing'] }),
  data: values('data')
    .optional()
    .meta({
      description: 'Data of the event; those of "lead.updated" become fields of the lead.',
      examples: [{ orderId: 'A-17' }],
    }),
  hard: yesOrNo('hard')
    .optional()
    .meta({ description: 'Of "bounced": the address is no good. True unless said.', examples: [false] }),
  machine: yesOrNo('machine')
    .optional()
    .meta({ description: 'A mail program did it by itself, and no person.', examples: [true] }),
});
export type Happening = z.output<typeof Happening>;

export const Happenings = z.array(Happening, { error: 'events must be a list\nWrite it in square brackets.' }).meta({
  description: 'What the lead does on the way.',
  examples: [[{ at: '2 hours after paper', event: 'clicked' }]],
});

const ExpectedLine = text('an expected line', 500).refine(isExpectedLine, {
  error: ({ input }) => `${quoted(String(input))} is no line of a journey\n${lineForms}`,
  params: { code: 'bad-line' },
});

/** `*.journey.json`: one lead's way through the project, and what is expected to come of it. */
export const JourneyFile = strict({
  $schema: schemaKey('../schema/journey.schema.json'),
  name: text('the name').meta({
    description: 'What is shown, as a rule: who does what and gets what.',
    examples: ['a lead who reads the white paper is offered the case study'],
  }),
  sequence: slug('a sequence')
    .optional()
    .meta({ description: 'The sequence that the lead is enrolled in at the beginning.', examples: ['welcome'] }),
  all: yesOrNo('all')
    .optional()
    .meta({
      description: 'Instead of "sequence": the lead is captured at the beginning, and enters what the rules say.',
      examples: [true],
    }),
  lead: JourneyLead.optional().meta({
    description: 'Who it is; somebody made up unless said.',
    examples: [{ timezone: 'Europe/Paris' }],
  }),
  from: JourneyStart,
  until: JourneyEnd.optional(),
  events: Happenings.optional(),
  answers: z
    .record(
      text('a step', 60),
      z.record(z.string(), Scalar, { error: 'an answer must be an object\nWrite { "status": 200 }.' }),
      {
        error: 'answers must be an object\nWrite { "<step>": { "status": 200 } }.',
      },
    )
    .optional()
    .meta({
      description: 'What webhooks are answered, by step; status 200 unless said.',
      examples: [{ crm: { status: 200, plan: 'gold' } }],
    }),
  splits: z
    .record(text('a step', 121), text('a way', 60), { error: 'splits must be an object\nWrite { "<step>": "<way>" }.' })
    .optional()
    .meta({
      description: 'The way that the lead takes at a split; by chance unless said.',
      examples: [{ 'decision/nudge': 'a' }],
    }),
  detail: yesOrNo('detail')
    .optional()
    .meta({ description: 'Whether events, waits and inner steps are compared too.', examples: [true] }),
  expect: z
    .array(ExpectedLine, {
      error:
        'expect must be a list of lines\nWrite it in square brackets, or leave it empty and run "rivulet test --update".',
    })
    .meta({
      description:
        'Everything that must happen, line by line, in the order of time and on the clock of the lead. A reason after a colon may be left out.',
      examples: [['Mon 2 Mar 10:00 mail welcome/hello', 'Wed 11 Mar 10:00 leave welcome: finished']],
    }),
}).superRefine(({ sequence, all }, context) => {
  if (!sequence || all === undefined) return;
  context.addIssue({
    code: 'custom',
    path: ['all'],
    message: 'a journey begins with a sequence or with all of them\nRemove "all" or "sequence".',
  });
});
export type JourneyFile = z.output<typeof JourneyFile>;
