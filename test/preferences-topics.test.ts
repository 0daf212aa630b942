import { describe, expect, test } from '@jest/globals';
import { readProject } from '../src/sequence/project.js';
import { revisionOf } from '../src/sequence/program.js';
import { aProgram } from './builders.js';
import { aProject, problemsIn } from './project-texts.js';

const topics =
  '{ "topics": [{ "name": "product", "title": "Product news" }, { "name": "events", "title": "Webinars", "about": "Twice a year." }] }';
const aboutTopic = (topic: string) =>
  `{ "name": "A sequence", "topic": ${topic},\n "send": { "from": "mara@example.com" }, "steps": [{ "send": "hello", "subject": "Hello" }] }`;

describe('topics.json', () => {
  test('says what leads may turn off, in the order in which they see it', async () => {
    const { project } = await readProject(aProject({ 'topics.json': topics, 'a.json': aboutTopic('"product"') }));
    expect(project?.topics).toEqual([
      { name: 'product', title: 'Product news' },
      { name: 'events', title: 'Webinars', about: 'Twice a year.' },
    ]);
    expect(project?.programs.get('a')?.topic).toBe('product');
  });

  test('may be left out, as long as no sequence names a topic', async () => {
    const { project } = await readProject(aProject());
    expect(project).not.toHaveProperty('topics');
    expect(await problemsIn(aProject({ 'a.json': aboutTopic('"product"') }))).toEqual([
      'sequences/a.json:1:34 error unknown-topic: there is no topic "product". Define it in sequences/topics.json.',
    ]);
  });

  test.each([
    ['"prodcut"', 'unknown-topic: there is no topic "prodcut". Did you mean "product"?'],
    ['"weather"', 'unknown-topic: there is no topic "weather". Use one of: product, events.'],
    ['["product"]', 'must be text in quotes'],
    ['"two words"', 'a topic may have letters, digits, ".", "-" and "_" only'],
    ['""', 'a topic is empty'],
  ])('does not define %s', async (topic, problem) => {
    const [said = '', ...more] = await problemsIn(aProject({ 'topics.json': topics, 'a.json': aboutTopic(topic) }));
    expect([said, more]).toEqual([expect.stringContaining(problem), []]);
    expect(said).toMatch(/^sequences\/a\.json:1:34 error/);
  });

  test.each([
    ['{ "topics": [] }', 'topics is an empty list'],
    ['{}', 'topics'],
    ['{ "topics": [{ "name": "a" }] }', 'title'],
    ['{ "topics": [{ "name": "a b", "title": "A" }] }', 'may have letters, digits'],
    ['{ "topics": [{ "name": "a", "title": "A", "abuot": "x" }] }', 'Did you mean "about"?'],
    ['{ "topics": [{ "name": "a", "title": "A" }, { "name": "a", "title": "B" }] }', 'two topics are called "a"'],
    ['{ "topics": [{ "name": "a", "title": "A\\u202e" }] }', 'control character'],
    [
      `{ "topics": [${Array.from({ length: 31 }, (_, i) => `{ "name": "t${i}", "title": "T" }`).join(',')}] }`,
      'more than 30 topics',
    ],
    ['{ "topics": {} }', 'must be a list'],
  ])('%s is told with its place', async (text, problem) => {
    const [said = '', ...more] = await problemsIn(aProject({ 'topics.json': text, 'a.json': aboutTopic('"product"') }));
    expect([said, more]).toEqual([expect.stringContaining(problem), []]);
    expect(said).toMatch(/^sequences\/topics\.json:1:\d+ error/);
  });
});

test('a topic is part of what a revision is', () => {
  const [about, silent] = [aProgram({ topic: 'product' }), aProgram()];
  expect(about.revision).not.toBe(silent.revision);
  expect(revisionOf('a', { topic: 'product' })).not.toBe(revisionOf('a', { topic: 'events' }));
});
