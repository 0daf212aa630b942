import * as z from 'zod';
import { didYouMean } from '../diagnostic.js';
import { text } from '../schema.js';

/** The rules of `rivulet lint`, by the name under which a finding is shown and silenced. */
export const lintRules = [
  'unreachable-step',
  'condition-before-step',
  'goal-cannot-fire',
  'no-plain-text',
  'no-alt-text',
  'no-preheader',
  'subject-too-long',
  'two-mails-within-a-day',
  'dead-link',
  'missing-field',
  'clipped-by-gmail',
  'no-unsubscribe',
] as const;
export type LintRule = (typeof lintRules)[number];

const reason = text('the reason', 300).optional();

/** `"lint": { "<rule>": "why it may stay" }`: silences rules for a file or a step. */
export const LintFile = z
  .partialRecord(z.enum(lintRules), reason, {
    error: (issue: z.core.$ZodRawIssue) =>
      issue.code === 'unrecognized_keys'
        ? ['unknown rule', ...issue.keys.map((rule) => didYouMean(rule, lintRules))].join('\n')
        : 'lint must be an object\nWrite { "<rule>": "why it may stay" }.',
  })
  .meta({
    description: 'Silences rules of `rivulet lint` here, each with the reason.',
    examples: [{ 'two-mails-within-a-day': 'the second answers a click' }],
  });
