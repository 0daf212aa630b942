import type * as z from 'zod';
import { type Condition, ConditionFile } from './condition-file.js';
import { distinct, list, oneOrMore, onlyIfSound, schemaKey, slug, strict, text } from '../schema.js';

const EnterFile = strict({
  on: oneOrMore(text('an event', 100))
    .optional()
    .meta({
      description: 'Events of which one must come; any event unless said.',
      examples: ['lead.created', ['converted', 'plan.started']],
    }),
  if: ConditionFile.optional().meta({ description: 'What must hold then.', examples: [{ score: { gte: 25 } }] }),
}).refine(({ on, if: condition }) => on || condition, {
  ...onlyIfSound,
  error: 'nobody says how this stage is entered\nAdd "on" (events), "if" (a condition) or both.',
});

const StageFile = strict({
  name: slug('the name of a stage').meta({
    description: 'What sequences and conditions call the stage.',
    examples: ['consideration'],
  }),
  title: text('the title', 60)
    .optional()
    .meta({
      description: 'What people call it; the name unless said.',
      examples: ['Consideration'],
    }),
  enter: EnterFile.meta({
    description: 'When a lead enters the stage from an earlier one.',
    examples: [{ on: 'lead.created' }, { if: { score: { gte: 25 } } }],
    minProperties: 1,
  }),
});

/** `sequences/funnel.json`: the stages in order. A lead enters one when an event of `on` (any, if none is named) finds `if` true. */
export const FunnelFile = strict({
  $schema: schemaKey('./schema/funnel.schema.json'),
  stages: list('stages', StageFile)
    .superRefine(distinct('stages', ({ name }) => name))
    .meta({
      description: 'The stages in order. Leads move along them forwards only, and may pass one over.',
      examples: [[{ name: 'welcome', title: 'Welcome', enter: { on: 'lead.created' } }]],
    }),
});

export type Stage = {
  readonly name: string;
  readonly title: string;
  /** Triggers, one of which must have come; empty for any. */
  readonly on: readonly string[];
  readonly if?: Condition;
};

/** Leads move along these, forwards only. */
export type Funnel = readonly Stage[];

export function toFunnel(file: z.output<typeof FunnelFile>): Funnel {
  return file.stages.map(({ name, title, enter }) => ({
    name,
    title: title ?? name,
    on: enter.on ?? [],
    ...(enter.if ? { if: enter.if } : {}),
  }));
}
