import * as z from 'zod';
import { ConditionFile } from './condition-file.js';
import { isCron } from './cron.js';
import { didYouMean, quoted } from '../diagnostic.js';
import { DurationText, parseDuration } from './duration.js';
import { isObject, list, number, oneOrMore, slug, strict, text, Value, yesOrNo } from '../schema.js';
import { minutesOfDay, StepWindow, weekdayNumber, WindowFile, ZoneName } from './window-file.js';

const id = slug('a step id').optional();
const onlyIf = { if: ConditionFile.optional() };

const From = text('from', 320).regex(/^(?:[^<>]*<[^<>\s@]+@[^<>\s@]+>|[^<>\s@]+@[^<>\s@]+)$/, {
  error: 'this is not a sender\nWrite "Name <name@example.com>".',
});

const SendStep = strict({
  send: text('the template'),
  id,
  subject: text('subject', 300),
  from: From.optional(),
  replyTo: From.optional(),
  window: StepWindow.optional(),
  ...onlyIf,
});

/** "tuesday 10:00", "tuesday" or "10:00": the next such moment. */
const Moment = text('until', 40).transform((written, context): { weekday?: number; minutes?: number } => {
  const [first = '', second] = written.trim().split(/\s+/);
  const weekday = weekdayNumber(first);
  const minutes = minutesOfDay(weekday ? (second ?? '') : first);
  const isWhole = weekday
    ? second === undefined || minutes !== undefined
    : second === undefined && minutes !== undefined;
  if (isWhole) return { ...(weekday ? { weekday } : {}), ...(minutes === undefined ? {} : { minutes }) };
  context.addIssue({
    code: 'custom',
    params: { code: 'bad-moment' },
    message: `${quoted(written)} is not a moment\nWrite a weekday, a time or both: "tuesday 10:00".`,
  });
  return z.NEVER;
});

const WaitStep = strict({
  wait: z.union([DurationText, strict({ until: Moment, timezone: ZoneName.optional() })]),
  id,
  ...onlyIf,
});

const ScoreStep = strict({ score: number('score', -1000, 1000), why: text('why'), id, ...onlyIf });
const TagStep = strict({ tag: oneOrMore(text('a tag', 60)), id, ...onlyIf });
const UntagStep = strict({ untag: oneOrMore(text('a tag', 60)), id, ...onlyIf });
const SetStep = strict({
  set: z
    .record(
      z.string().regex(/^lead\.[\w-]+$/, { error: 'only fields of the lead can be set\nWrite "lead.<field>".' }),
      Value,
      { error: 'this must be an object\nWrite { "lead.<field>": value }.' },
    )
    .refine((fields) => Object.keys(fields).length > 0, {
      error: 'there is nothing to set\nWrite { "lead.<field>": value }.',
    }),
  id,
  ...onlyIf,
});
const EnrollStep = strict({ enroll: slug('a sequence'), id, ...onlyIf });
const ExitStep = strict({ exit: text('the reason'), id, ...onlyIf });

const IfStep = strict({
  if: ConditionFile,
  id,
  get then(): z.ZodType<readonly Step[]> {
    return Steps;
  },
  get else(): z.ZodOptional<z.ZodType<readonly Step[]>> {
    return Steps.optional();
  },
});

/** A step as written, with its texts already brought to values. */
export type Step =
  | z.output<typeof SendStep>
  | z.output<typeof WaitStep>
  | z.output<typeof ScoreStep>
  | z.output<typeof TagStep>
  | z.output<typeof UntagStep>
  | z.output<typeof SetStep>
  | z.output<typeof EnrollStep>
  | z.output<typeof ExitStep>
  | {
      readonly if: z.output<typeof ConditionFile>;
      readonly id?: string | undefined;
      readonly then: readonly Step[];
      readonly else?: readonly Step[] | undefined;
    };

const stepKinds = ['send', 'wait', 'if', 'score', 'tag', 'untag', 'set', 'enroll', 'exit'];

const StepFile: z.ZodType<Step> = z.union(
  [IfStep, SendStep, WaitStep, ScoreStep, TagStep, UntagStep, SetStep, EnrollStep, ExitStep],
  { error: (issue) => unknownKind(issue.input) },
);
const Steps: z.ZodType<readonly Step[]> = list('this', StepFile);

/** What to say of a step that is of no kind or of several; nothing where it is a faulty one of its kind. */
function unknownKind(step: unknown): string | undefined {
  if (!isObject(step)) return `a step is an object\nWrite for example { "wait": "3 days" }.`;
  const kinds = stepKinds.filter((name) => Object.hasOwn(step, name) && (name !== 'if' || 'then' in step));
  if (kinds.length > 1)
    return `a step does one thing, this one has ${kinds.map(quoted).join(' and ')}\nMake ${kinds.length} steps of it.`;
  if (kinds.length === 1 || 'if' in step) return undefined;
  const [kind] = Object.keys(step).filter((key) => key !== 'id');
  if (kind === undefined) return `this step does nothing\nUse one of: ${stepKinds.join(', ')}.`;
  return `no step is named ${quoted(kind)}\n${didYouMean(kind, stepKinds)}`;
}

/** `"never"`, `"always"`, or `"after 90 days"`. */
const Again = z
  .string({ error: 'again must be text in quotes\nWrite "never", "always" or "after 90 days".' })
  .transform((written, context) => {
    if (written === 'never' || written === 'always') return { kind: written } as const;
    const after = parseDuration(written.replace(/^after\s+/i, ''));
    if (after) return { kind: 'after', after } as const;
    context.addIssue({
      code: 'custom',
      params: { code: 'bad-again' },
      message: `${quoted(written)} does not say when a lead may come again\nWrite "never", "always" or "after 90 days".`,
    });
    return z.NEVER;
  });

const Cron = text('schedule', 100).refine(isCron, {
  error:
    'this is not a cron schedule\nWrite five fields: minute, hour, day of month, month, day of week; "0 10 1 * *" is the 1st at 10:00.',
  params: { code: 'bad-cron' },
});

/** What a file under `sequences/` holds. See the README for the grammar. */
export const SequenceFile = strict({
  $schema: text('$schema', 500).optional(),
  name: text('the name', 100),
  stage: slug('a stage').optional(),
  enroll: strict({
    on: oneOrMore(text('a trigger', 100)),
    if: ConditionFile.optional(),
    again: Again.optional(),
  }).optional(),
  schedule: Cron.optional(),
  timezone: ZoneName.optional(),
  audience: ConditionFile.optional(),
  exit: strict({
    on: oneOrMore(text('an event', 100)).optional(),
    onStageChange: yesOrNo('onStageChange').optional(),
  }).optional(),
  send: strict({ from: From.optional(), replyTo: From.optional(), window: WindowFile.optional() }).optional(),
  steps: Steps,
}).superRefine((file, context) => {
  if (file.schedule || (!file.audience && !file.timezone)) return;
  const path = [file.audience ? 'audience' : 'timezone'];
  context.addIssue({
    code: 'custom',
    path,
    message: `"${path[0]}" belongs to "schedule"\nAdd "schedule", or use "enroll".`,
  });
});
export type SequenceFile = z.output<typeof SequenceFile>;
