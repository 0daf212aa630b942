import type * as z from 'zod';
import { isObject } from '../schema.js';

/** A JSON Schema, or a part of one. */
export type Json = z.core.JSONSchema.BaseSchema;

/** A generated schema (draft-07) as editors show it best. It takes what it took before. */
export function tidied(json: Json): Json {
  for (const part of partsOf(json)) tidy(part);
  for (const part of partsOf(json).toReversed()) describeValues(part);
  // Each key has its own words; those of a definition would hide them.
  for (const definition of schemasIn(json['definitions'])) {
    delete definition.description;
    delete definition.examples;
  }
  return json;
}

/** A schema and all inside it, innermost first. */
function partsOf(json: unknown): readonly Json[] {
  if (Array.isArray(json)) return json.flatMap(partsOf);
  if (!isSchema(json)) return [];
  const inner = Object.entries(json).filter(([key]) => !['examples', 'defaultSnippets', 'enum'].includes(key));
  return [...inner.flatMap(([, part]) => partsOf(part)), json];
}

function schemasIn(named: unknown): readonly Json[] {
  return isObject(named) ? Object.values(named).filter(isSchema) : [];
}

function isSchema(value: unknown): value is Json {
  return isObject(value);
}

function tidy(json: Json): void {
  delete json['readOnly'];
  if (json.$ref) keepWords(json, json.$ref);
  if (json.anyOf) json.anyOf = choices(json);
}

/** In draft-07 what stands beside a reference is not looked at, not even its words. */
function keepWords(json: Json, $ref: string): void {
  const { description, examples, suggestSortText } = json;
  for (const key of Object.keys(json)) delete json[key];
  Object.assign(json, description ? { description, examples, suggestSortText, allOf: [{ $ref }] } : { $ref });
}

/** What a value may be, without choices inside choices. Of several that do not fit, editors tell what is wrong with the first. */
function choices({ anyOf = [], description }: Json): Json[] {
  const flat = anyOf.flatMap((one): Json[] => (Object.keys(one).join() === 'anyOf' ? (one.anyOf ?? []) : [one]));
  // Editors show the innermost description, which is the more general one.
  const plain = description ? flat.map(withoutWords) : flat;
  return plain.toSorted((a, b) => Number(Boolean(b.$ref)) - Number(Boolean(a.$ref)));
}

function withoutWords({ description: _description, examples: _examples, ...rest }: Json): Json {
  return rest;
}

/** What stands under names of the marketer's own is described by what holds the names. */
function describeValues(json: Json): void {
  const { description, examples, additionalProperties: values } = json;
  if (!description || typeof values !== 'object' || values.description) return;
  const [example] = examples ?? [];
  const inner: readonly unknown[] = isObject(example) ? Object.values(example).slice(0, 1) : [];
  Object.assign(values, { description, examples: inner });
}
