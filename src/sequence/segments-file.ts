import * as z from 'zod';
import { schemaKey, slug, strict, text } from '../schema.js';
import { type Condition, ConditionFile, conditionsIn } from './condition-file.js';

/** `sequences/segments.json`: conditions with a name, for use in any other condition. */
export const SegmentsFile = strict({
  $schema: schemaKey('./schema/segments.schema.json'),
  segments: z
    .record(
      slug('a segment'),
      strict({
        if: ConditionFile.meta({ description: 'Who belongs to it.', examples: [{ score: { gte: 60 } }] }),
        description: text('the description', 300)
          .optional()
          .meta({ description: 'What it is for.', examples: ['Worth a call today.'] }),
      }),
      { error: 'segments must be an object\nWrite { "hot": { "if": { "score": { "gte": 60 } } } }.' },
    )
    .meta({ description: 'Segments by name.', examples: [{ hot: { if: { score: { gte: 60 } } } }] }),
});

/** Named conditions. */
export type Segments = ReadonlyMap<string, Condition>;

export function toSegments(file: z.output<typeof SegmentsFile>): Segments {
  return new Map(Object.entries(file.segments).map(([name, { if: condition }]) => [name, condition]));
}

/** What segments are for, by name. */
export function notesIn(file: z.output<typeof SegmentsFile>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(file.segments).flatMap(([name, { description }]) => (description ? [[name, description]] : [])),
  );
}

/** Segments that a condition asks for, also by way of others; a circle is walked once. */
export function segmentsIn(condition: Condition, segments: Segments, seen = new Set<string>()): ReadonlySet<string> {
  for (const part of conditionsIn(condition)) {
    if (part.kind !== 'segment' || seen.has(part.segment)) continue;
    seen.add(part.segment);
    const inner = segments.get(part.segment);
    if (inner) segmentsIn(inner, segments, seen);
  }
  return seen;
}

/** Names of segments that ask for themselves, which no lead could ever be judged by. */
export function circularSegments(segments: Segments): readonly string[] {
  return [...segments].filter(([name, condition]) => segmentsIn(condition, segments).has(name)).map(([name]) => name);
}

/** Every condition inside a condition, with those of the segments it names. */
export function allConditionsIn(condition: Condition, segments: Segments): readonly Condition[] {
  const named = [...segmentsIn(condition, segments)].flatMap((name) => segments.get(name) ?? []);
  return [condition, ...named].flatMap(conditionsIn);
}
