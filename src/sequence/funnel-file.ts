import type * as z from 'zod';
import { type Condition, ConditionFile } from './condition-file.js';
import { distinct, list, oneOrMore, onlyIfSound, slug, strict, text } from '../schema.js';

/** `sequences/funnel.json`: the stages in order. A lead enters one when an event of `on` (any, if none is named) finds `if` true. */
export const FunnelFile = strict({
  $schema: text('$schema', 500).optional(),
  stages: list(
    'stages',
    strict({
      name: slug('the name of a stage'),
      title: text('the title', 60).optional(),
      enter: strict({ on: oneOrMore(text('an event', 100)).optional(), if: ConditionFile.optional() }).refine(
        ({ on, if: condition }) => on || condition,
        {
          ...onlyIfSound,
          error: 'nobody says how this stage is entered\nAdd "on" (events), "if" (a condition) or both.',
        },
      ),
    }),
  ).superRefine(distinct('stages', ({ name }) => name)),
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
