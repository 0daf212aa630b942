import * as z from 'zod';
import { quoted } from '../diagnostic.js';
import {
  isObject,
  list,
  noneOrMore,
  number,
  oneOf,
  oneOrMore,
  schemaKey,
  slug,
  strict,
  text,
  yesOrNo,
} from '../schema.js';
import { ConditionFile } from './condition-file.js';
import { isCron, isCronZone } from './cron.js';
import { type Duration, DurationText, isTimeZone, parseDuration } from './duration.js';
import { LintFile } from './lint-file.js';
import { purposeName } from './purpose-file.js';
import { From, PoolItem, Steps } from './step-file.js';
import { TimeOfDay, WindowFile, ZoneName } from './window-file.js';

/** When a lead may come into a sequence again. `per-key`: once for each value of this field of the event's data. */
export type Again =
  | { readonly kind: 'never' | 'always' }
  | { readonly kind: 'after'; readonly after: Duration }
  | { readonly kind: 'per-key'; readonly field: string };

/** `"never"`, `"always"`, or `"after 90 days"`. */
const AgainText = z
  .string({ error: 'again must be text in quotes\nWrite "never", "always" or "after 90 days".' })
  .transform((written, context): Again => {
    if (written === 'never' || written === 'always') return { kind: written };
    const after = parseDuration(written.replace(/^after\s+/i, ''));
    if (after) return { kind: 'after', after };
    context.addIssue({
      code: 'custom',
      params: { code: 'bad-again' },
      message: `${quoted(written)} does not say when a lead may come again\nWrite "never", "always" or "after 90 days".`,
    });
    return z.NEVER;
  });

const PerKey = strict({
  perKey: text('perKey', 60).meta({
    description: "A field of the event's data; each of its values has a run of its own.",
    examples: ['orderId'],
  }),
}).transform(({ perKey }): Again => ({ kind: 'per-key', field: perKey }));

const AgainFile = z
  .union([AgainText, PerKey], {
    error: ({ input }) =>
      isObject(input) || typeof input === 'string'
        ? undefined
        : 'again must be text in quotes\nWrite "never", "always" or "after 90 days".',
  })
  .meta({
    description: 'Whether a lead may come in again; "never" unless said.',
    examples: ['after 90 days', 'always', { perKey: 'orderId' }],
  });

const Cron = text('schedule', 100)
  .refine(isCron, {
    error:
      'this is not a cron schedule\nWrite five fields: minute, hour, day of month, month, day of week; "0 10 1 * *" is the 1st at 10:00.',
    params: { code: 'bad-cron' },
  })
  .meta({
    description:
      'Makes it a newsletter that goes to its audience by this cron schedule: minute, hour, day of month, month, day of week.',
    examples: ['0 10 1 * *'],
  });

/** A day in the life of each lead that starts a sequence: a birthday, a renewal. */
export type DateTrigger = {
  readonly field: string;
  readonly offset?: { readonly by: Duration; readonly sign: 1 | -1 };
  readonly yearly: boolean;
  /** Minutes after midnight, on the lead's clock; without it, the date's own time or 09:00. */
  readonly minutes?: number;
};

const DateTriggerFile = strict({
  date: z
    .string({ error: 'date must be text in quotes\nWrite "lead.<field>".' })
    .regex(/^lead\.[\w-]+$/, { error: 'a date stands in a field of the lead\nWrite "lead.<field>".' })
    .meta({ description: 'The field of the lead that holds the date.', examples: ['lead.renewalDate'] }),
  before: DurationText.optional().meta({ description: 'So long before the date.', examples: ['7 days'] }),
  after: DurationText.optional().meta({ description: 'So long after the date.', examples: ['2 days'] }),
  yearly: yesOrNo('yearly')
    .optional()
    .meta({ description: 'Every year, as for a birthday.', examples: [true] }),
  at: TimeOfDay.optional().meta({
    description: "The time of day on the lead's clock; the date's own, or 09:00, unless said.",
    examples: ['09:00'],
  }),
})
  .refine(({ before, after }) => !before || !after, {
    error: 'a trigger is before or after its date\nRemove one of them.',
  })
  .transform(({ date, before, after, yearly, at }): DateTrigger => {
    const offset = before ? ({ by: before, sign: -1 } as const) : after ? ({ by: after, sign: 1 } as const) : undefined;
    return {
      field: date.slice('lead.'.length),
      ...(offset ? { offset } : {}),
      yearly: yearly ?? false,
      ...(at === undefined ? {} : { minutes: at }),
    };
  })
  .meta({
    description: "A date in one of the lead's fields.",
    examples: [{ date: 'lead.renewalDate', before: '7 days' }],
  });

const TriggerFile = z.union([text('a trigger', 200), DateTriggerFile], {
  error: ({ input }) =>
    isObject(input) ? undefined : 'a trigger must be text in quotes\nWrite for example "form.submitted:white-paper".',
});

const EnrollFile = strict({
  on: oneOrMore(TriggerFile).meta({
    description:
      'What brings a lead in: events ("stage.entered", "form.submitted:demo", your own), or a date of the lead.',
    examples: ['stage.entered', ['form.submitted:white-paper'], { date: 'lead.birthday', yearly: true }],
  }),
  if: ConditionFile.optional().meta({ description: 'Only those for whom this holds.', examples: [{ tag: 'engaged' }] }),
  again: AgainFile.optional(),
});

const ExitFile = strict({
  on: noneOrMore(text('an event', 200))
    .optional()
    .meta({
      description: 'Events that end the run; a reply, unless said. An empty list: none does.',
      examples: [['replied', 'converted'], []],
    }),
  if: ConditionFile.optional().meta({
    description: 'The run ends as soon as this holds.',
    examples: [{ tag: 'sales-has-it' }],
  }),
  onStageChange: yesOrNo('onStageChange')
    .optional()
    .meta({ description: 'The run ends when the lead enters another stage.', examples: [true] }),
});

/** What a file under `sequences/` holds. `docs/sequences.md` tells each key with an example. */
export const SequenceFile = strict({
  $schema: schemaKey('./schema/sequence.schema.json'),
  name: text('the name', 100).meta({ description: 'What people call it.', examples: ['White paper follow-up'] }),
  stage: slug('a stage')
    .optional()
    .meta({ description: 'The stage of the funnel it belongs to.', examples: ['consideration'] }),
  topic: slug('a topic')
    .optional()
    .meta({
      description: 'What it is about, of topics.json: leads who turn that off get none of its mails.',
      examples: ['product'],
    }),
  purpose: purposeName('a purpose')
    .optional()
    .meta({
      description:
        'What it is agreed to as, in the words of the forms: only leads who have granted that get its mails.',
      examples: ['newsletter'],
    }),
  enroll: EnrollFile.optional().meta({
    description: 'Who comes in, and when.',
    examples: [{ on: 'stage.entered', again: 'after 90 days' }],
  }),
  schedule: Cron.optional(),
  timezone: ZoneName.optional().meta({ description: 'The clock of "schedule".', examples: ['Europe/Paris'] }),
  audience: ConditionFile.optional().meta({
    description: 'With "schedule": who gets it.',
    examples: [{ tag: 'news' }],
  }),
  exit: ExitFile.optional().meta({
    description: 'What ends a run before its last step.',
    examples: [{ on: ['replied', 'converted'], onStageChange: true }],
  }),
  goal: ConditionFile.optional().meta({
    description: 'What the sequence is for: whoever reaches it leaves, wherever they are.',
    examples: [{ clicked: 'https://example.com/book-demo' }],
  }),
  send: strict({
    from: From.optional(),
    replyTo: From.optional().meta({
      description: 'Where answers go, if not to "from".',
      examples: ['sales@example.com'],
    }),
    window: WindowFile.optional(),
    urgent: yesOrNo('urgent')
      .optional()
      .meta({
        description:
          'Mails that the lead waits for (a confirmation, a receipt): neither the frequency cap nor quiet hours hold them back.',
        examples: [true],
      }),
  })
    .optional()
    .meta({
      description: 'What all mails of the sequence share.',
      examples: [{ from: 'Mara Quay <mara@example.com>' }],
    }),
  priority: number('priority', -100, 100)
    .int({ error: 'priority must be a whole number' })
    .optional()
    .meta({
      description:
        'Of several sequences with a mail for the same lead at the same time, the one of the highest priority goes first, and the others meet the frequency cap; 0 unless said.',
      examples: [10, -20],
    }),
  inFlight: oneOf('inFlight', ['pin', 'migrate', 'drain'])
    .optional()
    .meta({
      description:
        'What an edit does to leads on their way. "pin": they finish the revision they are on. "migrate": they go on in the new one at the step of the same id. "drain": they finish theirs, and nobody enters any more.',
      examples: ['pin'],
    }),
  pools: z
    .record(slug('a pool'), list('the pool', PoolItem), {
      error: 'pools must be an object\nWrite { "blog": [ { "send": …, "subject": … } ] }.',
    })
    .optional()
    .meta({
      description: 'Mails from which "pick" chooses.',
      examples: [{ blog: [{ send: 'blog/dock-times', subject: 'Where the hours go' }] }],
    }),
  lint: LintFile.optional(),
  steps: Steps.meta({
    description: 'What happens, one after the other.',
    examples: [[{ send: 'welcome/hello', subject: 'Hello' }, { wait: '3 days' }]],
  }),
}).superRefine((file, context) => {
  const zone =
    file.schedule && (file.timezone === 'lead' || isTimeZone(file.timezone ?? '')) ? file.timezone : undefined;
  if (zone !== undefined && !isCronZone(zone)) {
    const message =
      zone === 'lead'
        ? 'a schedule strikes for all leads at once, not by the clock of each\nWrite a name such as "Europe/Paris".'
        : `no schedule can follow the clocks of ${quoted(zone)}\nWrite a zone near it, for example "Australia/Sydney".`;
    context.addIssue({ code: 'custom', path: ['timezone'], params: { code: 'bad-cron-zone' }, message });
  }
  if (file.schedule || (!file.audience && !file.timezone)) return;
  const path = [file.audience ? 'audience' : 'timezone'];
  context.addIssue({
    code: 'custom',
    path,
    message: `"${path[0]}" belongs to "schedule"\nAdd "schedule", or use "enroll".`,
  });
});
export type SequenceFile = z.output<typeof SequenceFile>;
