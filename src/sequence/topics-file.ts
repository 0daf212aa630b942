import type * as z from 'zod';
import { type Diagnostic, didYouMean, quoted } from '../diagnostic.js';
import { distinct, list, schemaKey, slug, strict, text } from '../schema.js';
import type { JsonSource } from './json-source.js';
import type { Program } from './program.js';

/** What mails are about, as a lead may turn it off. */
export type Topic = { readonly name: string; readonly title: string; readonly about?: string };

const TopicFile = strict({
  name: slug('a topic').meta({ description: 'What sequences call it.', examples: ['product'] }),
  title: text('the title', 80).meta({ description: 'What leads read.', examples: ['Product news'] }),
  about: text('about', 300)
    .optional()
    .meta({
      description: 'One sentence on what comes, and how often.',
      examples: ['What is new, at most once a month.'],
    }),
});

/** `sequences/topics.json`: what leads may turn off one by one, in the order in which they see it. */
export const TopicsFile = strict({
  $schema: schemaKey('./schema/topics.schema.json'),
  topics: list('topics', TopicFile)
    .max(30, { error: 'nobody reads through more than 30 topics\nPut some together.' })
    .superRefine(distinct('topics', ({ name }) => name))
    .meta({
      description: 'The topics, in the order in which leads see them.',
      examples: [[{ name: 'product', title: 'Product news', about: 'What is new, at most once a month.' }]],
    }),
});

export function toTopics({ topics }: z.output<typeof TopicsFile>): readonly Topic[] {
  return topics.map(({ name, title, about }) => ({ name, title, ...(about === undefined ? {} : { about }) }));
}

/** A topic that nobody has defined. `topics`: undefined when topics.json cannot be read. */
export function checkTopic(
  { topic }: Pick<Program, 'topic'>,
  source: JsonSource,
  topics: readonly string[] | undefined,
): readonly Diagnostic[] {
  if (topic === undefined || !topics || topics.includes(topic)) return [];
  const hint = topics.length > 0 ? didYouMean(topic, topics) : 'Define it in sequences/topics.json.';
  return [source.problem(['topic'], { code: 'unknown-topic', message: `there is no topic ${quoted(topic)}`, hint })];
}
