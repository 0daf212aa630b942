import * as z from 'zod';
import { parseSender } from '../message/address.js';
import { didYouMean, quoted } from '../diagnostic.js';
import {
  isObject,
  list,
  number,
  oneOf,
  oneOrMore,
  onlyIfSound,
  slug,
  strict,
  text,
  Value,
  yesOrNo,
} from '../schema.js';
import { assetName } from './asset-file.js';
import { type Condition, ConditionFile } from './condition-file.js';
import { type Duration, DurationText, WaitText } from './duration.js';
import { LintFile } from './lint-file.js';
import { UntilText } from './moment-file.js';
import { StepWindow, ZoneName } from './window-file.js';
import { urlOf } from '../url.js';

/** What every step may carry besides what it does. */
const common = {
  id: slug('a step id')
    .optional()
    .meta({
      description: 'The name by which conditions, reports and later revisions know this step.',
      examples: ['first-nudge'],
    }),
  lint: LintFile.optional(),
};
const onlyIf = ConditionFile.optional().meta({
  description: 'The step is passed over when this does not hold.',
  examples: [{ score: { gte: 40 } }],
});
const ordinary = { ...common, if: onlyIf };

export const From = text('from', 320)
  .regex(/^(?:[^<>]*<[^<>\s@]+@[^<>\s@]+>|[^<>\s@]+@[^<>\s@]+)$/, {
    error: 'this is not a sender\nWrite "Name <name@example.com>".',
    abort: true,
  })
  .refine((written) => parseSender(written) !== undefined, {
    error: 'this is not a sender that mail programs would read as one\nWrite "Name <name@example.com>".',
  })
  .meta({ description: 'Who the mail is from.', examples: ['Mara Quay <mara@example.com>'] });

const subject = text('subject', 300).meta({
  description: 'The subject line; merge fields work in it.',
  examples: ['{{lead.firstName "Hello"}}, your white paper'],
});

const mail = {
  send: text('the template').meta({
    description: 'Sends the mail of this template: its path under templates/ without ".mjml".',
    examples: ['consideration/white-paper'],
  }),
  subject,
  from: From.optional(),
  replyTo: From.optional().meta({
    description: 'Where answers go, if not to "from".',
    examples: ['sales@example.com'],
  }),
  window: StepWindow.optional().meta({
    description: 'When this mail may go, instead of the window of the sequence.',
    examples: ['any time'],
  }),
  urgent: yesOrNo('urgent')
    .optional()
    .meta({
      description: 'Whether this mail is urgent, instead of what the sequence says.',
      examples: [true],
    }),
  asset: assetName('the asset')
    .optional()
    .meta({
      description:
        'What {{assetUrl}} in this mail leads to: a file of templates/downloads/, or an address. The link works for two weeks.',
      examples: ['downloads/white-paper.pdf'],
    }),
};

const SendStep = strict({ ...mail, ...ordinary });

const zone = ZoneName.optional().meta({
  description: 'Whose clock counts: "lead", or an IANA name.',
  examples: ['lead', 'Europe/Paris'],
});

const missed = oneOf('missed', ['go on', 'exit'])
  .optional()
  .meta({
    description:
      'What happens when that moment has passed already, or the lead has no such date: the run goes on at once, or ends.',
    examples: ['exit'],
  });

const WaitStep = strict({
  wait: z
    .union([WaitText, strict({ until: UntilText, timezone: zone, missed })], {
      error: ({ input }) =>
        isObject(input) || typeof input === 'string'
          ? undefined
          : 'this is not a wait\nWrite "3 days", or { "until": "tuesday 10:00" }.',
    })
    .meta({
      description: 'Waits a length of time, or until a moment.',
      examples: ['3 days', '2 business days', { until: 'tuesday 10:00' }, { until: '3 days before lead.webinarAt' }],
    }),
  ...ordinary,
});

const thenSteps = { description: 'The steps when it holds.', examples: [[{ tag: 'engaged' }]] };
const elseSteps = { description: 'The steps when it does not.', examples: [[{ wait: '2 days' }]] };

const WaitForStep = strict({
  waitFor: z
    .union([text('the event', 200), ConditionFile], {
      error: ({ input }) =>
        isObject(input) || typeof input === 'string'
          ? undefined
          : 'this names neither an event nor a condition\nWrite "page.viewed:/pricing" or { "clicked": "paper" }.',
    })
    .meta({
      description: 'Waits for an event that comes from now on (text), or until a condition holds (object).',
      examples: [{ clicked: 'white-paper' }, 'page.viewed:/pricing'],
    }),
  upTo: DurationText.meta({ description: 'The longest it waits; then "else" is taken.', examples: ['3 days'] }),
  get then(): z.ZodOptional<z.ZodType<readonly Step[]>> {
    return Steps.optional().meta(thenSteps);
  },
  get else(): z.ZodOptional<z.ZodType<readonly Step[]>> {
    return Steps.optional().meta(elseSteps);
  },
  ...ordinary,
});

const IfStep = strict({
  if: ConditionFile.meta({ description: 'Which way to take.', examples: [{ clicked: 'white-paper' }] }),
  get then(): z.ZodType<readonly Step[]> {
    return Steps.meta(thenSteps);
  },
  get else(): z.ZodOptional<z.ZodType<readonly Step[]>> {
    return Steps.optional().meta(elseSteps);
  },
  ...common,
});

const ChooseStep = strict({
  choose: list(
    'choose',
    strict({
      if: ConditionFile.meta({ description: 'When this way is taken.', examples: [{ tag: 'engaged' }] }),
      get then(): z.ZodType<readonly Step[]> {
        return Steps.meta(thenSteps);
      },
    }),
  ).meta({
    description: 'Several ways, of which the first whose condition holds is taken.',
    examples: [[{ if: { 'lead.country': 'FR' }, then: [{ tag: 'french' }] }]],
  }),
  get otherwise(): z.ZodOptional<z.ZodType<readonly Step[]>> {
    return Steps.optional().meta({ ...elseSteps, description: 'The steps when no condition holds.' });
  },
  ...ordinary,
});

const weight = number('weight', 0, 1000)
  .optional()
  .meta({ description: 'How many leads take this way, in proportion to the others; 1 unless said.', examples: [1] });

const WayFile = z.union(
  [
    strict({ weight, lint: common.lint, ...mail }),
    strict({
      weight,
      get steps(): z.ZodType<readonly Step[]> {
        return Steps.meta({ description: 'The steps of this way.', examples: [[{ wait: '1 day' }]] });
      },
    }),
  ],
  {
    error: ({ input }) =>
      isObject(input) && ('send' in input || 'steps' in input)
        ? undefined
        : 'a way of a split is a mail or a list of steps\nWrite { "send": …, "subject": … } or { "steps": […] }.',
  },
);

const WinnerFile = strict({
  by: text('by', 100).meta({
    description:
      'What is counted: "clicked", "opened" or "replied" of the mails of each way, or an event that comes after.',
    examples: ['clicked', 'converted'],
  }),
  after: z
    .int({ error: 'after must be a whole number without quotes' })
    .min(2, { error: 'after must be 2 or more' })
    .meta({ description: 'Decide once so many leads have come through the split.', examples: [200] }),
  deadline: DurationText.optional().meta({
    description: 'Decide so long after the first lead at the latest, with what is there.',
    examples: ['5 days'],
  }),
  tie: text('tie', 60)
    .optional()
    .meta({
      description: 'The way that wins when two are equal, or "keep splitting"; the first way unless said.',
      examples: ['a', 'keep splitting'],
    }),
});

const SplitStep = strict({
  split: z
    .record(slug('a way'), WayFile, { error: 'split must be an object\nWrite { "a": { … }, "b": { … } }.' })
    .refine((ways) => Object.keys(ways).length > 1, { error: 'a split needs two ways or more\nAdd another way.' })
    .refine((ways) => Object.values<Way>(ways).some((way) => (way.weight ?? 1) > 0), {
      ...onlyIfSound,
      error: 'no way has a weight\nGive one of them a weight above 0.',
    })
    .meta({
      description:
        'Several ways by chance, for comparison: each a mail or a list of steps. A lead always takes the same.',
      examples: [
        {
          a: { send: 'nudge-short', subject: 'Still curious?' },
          b: { send: 'nudge-long', subject: 'Three questions' },
        },
      ],
    }),
  winner: WinnerFile.optional().meta({
    description: 'When and by what one way is chosen for all who come later.',
    examples: [{ by: 'clicked', after: 200 }],
  }),
  ...ordinary,
});

const GoalStep = strict({
  goal: ConditionFile.meta({
    description: 'Whoever reaches this anywhere before is pulled forward to here.',
    examples: [{ event: 'booked' }],
  }),
  else: oneOf('else', ['go on', 'wait', 'exit'])
    .optional()
    .meta({ description: 'What happens to those who arrive without it; "go on" unless said.', examples: ['wait'] }),
  ...ordinary,
});

const ScoreStep = strict({
  score: number('score', -1000, 1000).meta({ description: 'Gives or takes points.', examples: [10] }),
  why: text('why').meta({
    description: 'The reason, as the explained score shows it.',
    examples: ['read the white paper'],
  }),
  ...ordinary,
});
const tags = oneOrMore(text('a tag', 60));
const TagStep = strict({
  tag: tags.meta({ description: 'Puts on a tag or several.', examples: ['engaged'] }),
  ...ordinary,
});
const UntagStep = strict({
  untag: tags.meta({ description: 'Takes off a tag or several.', examples: ['quiet'] }),
  ...ordinary,
});
const SetStep = strict({
  set: z
    .record(
      z.string().regex(/^lead\.[\w-]+$/, { error: 'only fields of the lead can be set\nWrite "lead.<field>".' }),
      Value,
      { error: 'this must be an object\nWrite { "lead.<field>": value }.' },
    )
    .refine((fields) => Object.keys(fields).length > 0, {
      error: 'there is nothing to set\nWrite { "lead.<field>": value }.',
    })
    .meta({ description: 'Sets fields of the lead.', examples: [{ 'lead.readPaper': true }] }),
  ...ordinary,
});
const StageStep = strict({
  stage: slug('a stage').meta({ description: 'Moves the lead to this stage of the funnel.', examples: ['customer'] }),
  ...ordinary,
});
const sequence = slug('a sequence');
const EnrollStep = strict({
  enroll: sequence.meta({ description: 'Starts another sequence for this lead.', examples: ['decision-case-study'] }),
  ...ordinary,
});
const UnenrollStep = strict({
  unenroll: sequence.meta({ description: 'Takes the lead out of another sequence.', examples: ['welcome'] }),
  ...ordinary,
});

const Address = text('the address', 320).regex(/^[^<>\s@,;]+@[^<>\s@,;]+$/, {
  error: 'this is not an address\nWrite one, as in "sales@example.com".',
});

const Told = z
  .union(
    [
      z.literal('lead'),
      Address,
      strict({
        field: text('the field', 60)
          .regex(/^(?:lead\.)?[\w-]+$/, { error: 'this is no field of a lead\nWrite for example "lead.owner".' })
          .transform((written) => written.replace(/^lead\./, ''))
          .meta({ description: 'The field of the lead that holds the address.', examples: ['lead.owner'] }),
        else: Address.meta({
          description: 'Who is told of leads without one.',
          examples: ['sales@example.com'],
        }),
      }),
    ],
    {
      error: ({ input }) =>
        isObject(input) || typeof input === 'string'
          ? undefined
          : 'this names nobody\nWrite "sales@example.com", or { "field": "lead.owner", "else": "sales@example.com" }.',
    },
  )
  .meta({
    description:
      'The person of yours who is told: an address, or the field of the lead that holds it. "lead" asks the lead itself to confirm what it agreed to, in a sequence that "consent.asked" starts.',
    examples: ['sales@example.com', { field: 'lead.owner', else: 'sales@example.com' }, 'lead'],
  });

const NotifyStep = strict({
  notify: strict({
    email: Told,
    template: text('the template').meta({ description: 'The mail that tells it.', examples: ['internal/hot-lead'] }),
    subject: subject.optional(),
    from: From.optional(),
    replyTo: oneOf('replyTo', ['lead'])
      .optional()
      .meta({
        description: 'Where their answers go: "lead" to the lead itself, and else to "from".',
        examples: ['lead'],
      }),
  }).meta({
    description: 'Mails a person of yours about this lead.',
    examples: [{ email: 'sales@example.com', template: 'internal/hot-lead' }],
  }),
  ...ordinary,
});

const WebhookStep = strict({
  webhook: strict({
    url: text('url', 2000)
      .refine((written) => /^https?:\/\//i.test(written) && urlOf(written) !== undefined, {
        error: 'this is not an address of the web\nWrite "https://…".',
      })
      .meta({ description: 'Called with POST and JSON, signed.', examples: ['https://crm.example.com/hook'] }),
    body: z
      .record(text('a key', 60), Value, { error: 'body must be an object\nWrite { "plan": "{{lead.plan}}" }.' })
      .optional()
      .meta({
        description: 'What is sent as "data" beside the lead; merge fields work in texts.',
        examples: [{ plan: '{{lead.plan "none"}}' }],
      }),
    upTo: DurationText.optional().meta({
      description: 'How long it is tried again when nobody answers; "6 hours" unless said. Then the run goes on.',
      examples: ['6 hours'],
    }),
  }).meta({
    description: 'Tells another system, and waits for its answer, which later conditions may ask for.',
    examples: [{ url: 'https://crm.example.com/hook' }],
  }),
  ...ordinary,
});

export const PoolItem = strict({
  ...mail,
  id: common.id,
  lint: common.lint,
  stages: oneOrMore(slug('a stage'))
    .optional()
    .meta({ description: 'Only for leads in these stages.', examples: [['consideration', 'decision']] }),
  interests: oneOrMore(text('a link', 800))
    .optional()
    .meta({
      description: 'Links whose clicks show that a lead would like this mail ("*" at the end: any rest).',
      examples: [['https://example.com/docks*']],
    }),
  if: ConditionFile.optional().meta({ description: 'Only for whom this holds.', examples: [{ tag: 'engaged' }] }),
});

const PickStep = strict({
  pick: z
    .union([slug('a pool'), list('the pool', PoolItem)], {
      error: ({ input }) =>
        Array.isArray(input) || typeof input === 'string'
          ? undefined
          : 'this is no pool\nName one of "pools", or write a list of mails.',
    })
    .meta({
      description: 'Sends the mail of a pool that this lead has not had yet and is likeliest to care for.',
      examples: ['blog'],
    }),
  quiet: DurationText.optional().meta({
    description: 'First waits until nobody has mailed the lead for so long.',
    examples: ['4 days'],
  }),
  ...ordinary,
});

const HandOverStep = strict({
  handOver: strict({
    owners: oneOrMore(Address)
      .optional()
      .meta({
        description: 'Among whom, instead of the rules of sales.json.',
        examples: ['dana@example.com', ['dana@example.com', 'joe@example.com']],
      }),
    why: text('why')
      .optional()
      .meta({
        description: 'The reason, as sales reads it; what began the run unless said.',
        examples: ['over the threshold of sales'],
      }),
  }).meta({
    description: 'Gives the lead to sales: to its owner, or else to a colleague whose turn it is.',
    examples: [{ why: 'over the threshold of sales' }],
  }),
  ...ordinary,
});

const ExitStep = strict({
  exit: text('the reason').meta({ description: 'Ends the run, for this reason.', examples: ['handed over to sales'] }),
  ...ordinary,
});

type Named = { readonly id?: string | undefined; readonly lint?: z.output<typeof LintFile> | undefined };
type List = readonly Step[];

/** Written out, as their lists of steps lead back to themselves. */
export type WaitFor = Named & {
  readonly if?: Condition | undefined;
  readonly waitFor: string | Condition;
  readonly upTo: Duration;
  readonly then?: List | undefined;
  readonly else?: List | undefined;
};
export type Branch = Named & { readonly if: Condition; readonly then: List; readonly else?: List | undefined };
export type Choose = Named & {
  readonly if?: Condition | undefined;
  readonly choose: readonly { readonly if: Condition; readonly then: List }[];
  readonly otherwise?: List | undefined;
};
export type Split = Named & {
  readonly if?: Condition | undefined;
  readonly split: Readonly<Record<string, Way>>;
  readonly winner?: z.output<typeof WinnerFile> | undefined;
};
export type SentMail = Pick<z.output<typeof SendStep>, keyof typeof mail>;
/** One way of a split. */
export type Way = { readonly weight?: number | undefined; readonly lint?: Named['lint'] } & (
  | SentMail
  | { readonly steps: List }
);

/** A step as written, with its texts already brought to values. */
export type Step =
  | z.output<typeof SendStep>
  | z.output<typeof WaitStep>
  | z.output<typeof GoalStep>
  | z.output<typeof ScoreStep>
  | z.output<typeof TagStep>
  | z.output<typeof UntagStep>
  | z.output<typeof SetStep>
  | z.output<typeof StageStep>
  | z.output<typeof EnrollStep>
  | z.output<typeof UnenrollStep>
  | z.output<typeof NotifyStep>
  | z.output<typeof WebhookStep>
  | z.output<typeof PickStep>
  | z.output<typeof HandOverStep>
  | z.output<typeof ExitStep>
  | WaitFor
  | Branch
  | Choose
  | Split;

/** What a step does, by the key that says so. */
const kinds = new Map<string, z.ZodType<Step>>(
  Object.entries({
    send: SendStep,
    wait: WaitStep,
    waitFor: WaitForStep,
    if: IfStep,
    choose: ChooseStep,
    split: SplitStep,
    goal: GoalStep,
    score: ScoreStep,
    tag: TagStep,
    untag: UntagStep,
    set: SetStep,
    stage: StageStep,
    enroll: EnrollStep,
    unenroll: UnenrollStep,
    notify: NotifyStep,
    webhook: WebhookStep,
    pick: PickStep,
    handOver: HandOverStep,
    exit: ExitStep,
  }),
);
const stepKinds = [...kinds.keys()];

/** Named, as TypeScript takes no assertion through a path of names. */
const Union: z.core.$constructor<z.ZodUnion> = z.ZodUnion;

/**
 * A union that goes straight to the kind a step names. All of them tried one after the other were most of the time that
 * reading takes, and what is wrong with a step would have to be guessed from the complaints of all.
 */
const KindOfStep = z.core.$constructor<z.ZodUnion<readonly z.ZodType<Step>[]>>('KindOfStep', (inst, def) => {
  Union.init(inst, def);
  const tryAll = inst._zod.parse.bind(inst._zod);
  inst._zod.parse = (payload, context) => {
    const [kind, ...more] = isObject(payload.value) ? kindsNamed(payload.value) : [];
    const only = kind !== undefined && more.length === 0 ? kinds.get(kind) : undefined;
    return only ? only._zod.run(payload, context) : tryAll(payload, context);
  };
});

const StepFile: z.ZodType<Step> = new KindOfStep({
  type: 'union',
  options: [...kinds.values()],
  error: ({ input }) => notOneKind(input),
}).meta({ id: 'Step', description: 'One step; it does one thing.', examples: [{ wait: '3 days' }] });

/** A list of steps, one after the other. */
export const Steps: z.ZodType<readonly Step[]> = list('this', StepFile).meta({
  id: 'Steps',
  description: 'Steps, one after the other.',
  examples: [[{ send: 'welcome/hello', subject: 'Hello' }, { wait: '3 days' }]],
});

/** The kinds that a step's keys name. `if` may stand in any step, and is a kind where nothing else is. */
function kindsNamed(step: object): readonly string[] {
  const named = stepKinds.filter((name) => Object.hasOwn(step, name) && (name !== 'if' || isIf(step)));
  return named.length === 0 && 'if' in step && misnamed(step) === undefined ? ['if'] : named;
}

/** `then` tells a branch, unless it belongs to a `waitFor`. */
function isIf(step: object): boolean {
  return 'then' in step && !('waitFor' in step);
}

/** A key that is a slip away from a kind of step, and nearer to it than to a key of a branch. */
function misnamed(step: object): string | undefined {
  const hints = Object.keys(step).map((key) => [key, didYouMean(key, [...stepKinds, ...keysOfBranch])] as const);
  const slips = hints.filter(([key, hint]) => !keysOfBranch.includes(key) && hint.startsWith('Did you mean'));
  return slips.find(([, hint]) => !keysOfBranch.some((name) => hint.includes(quoted(name))))?.[0];
}

const keysOfBranch = ['if', 'then', 'else', 'id', 'lint'];

/** What to say of a step that is of no kind or of several. */
function notOneKind(step: unknown): string {
  if (!isObject(step)) return 'a step is an object\nWrite for example { "wait": "3 days" }.';
  const named = kindsNamed(step);
  if (named.length > 1)
    return `a step does one thing, this one has ${named.map(quoted).join(' and ')}\nMake ${named.length} steps of it.`;
  const kind = misnamed(step) ?? Object.keys(step).find((key) => key !== 'id' && key !== 'lint');
  if (kind === undefined) return `this step does nothing\nUse one of: ${stepKinds.join(', ')}.`;
  return `no step is named ${quoted(kind)}\n${didYouMean(kind, stepKinds)}`;
}
