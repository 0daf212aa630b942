import { describe, expect, test } from '@jest/globals';
import { diagnosticLine } from '../src/diagnostic.js';
import { runJourney } from '../src/simulation/journey-test.js';
import { readProjectFolder } from '../src/project-folder.js';
import { checkJourneys, readJourneys } from '../src/simulation/check-journey.js';
import { readProject } from '../src/sequence/project.js';

// The journeys that are shipped, each a test of its own. "npx rivulet test --update" writes down what comes of them.

const files = await readProjectFolder('.');
const { project } = await readProject(files);
const journeys = readJourneys(files);

test('there are no mistakes in the journeys', () => {
  expect(project).toBeDefined();
  expect(checkJourneys(journeys, project).map(diagnosticLine)).toEqual([]);
});

test('each sequence has two journeys or more', () => {
  const visited = journeys.map(({ value }) => {
    const named = (value?.expect ?? []).flatMap((line) => /\b(?:enter|mail) ([\w-]+)/.exec(line)?.[1] ?? []);
    return new Set([...named, ...(value?.sequence ? [value.sequence] : [])]);
  });
  const tooFew = [...(project?.programs.keys() ?? [])].filter(
    (name) => visited.filter((names) => names.has(name)).length < 2,
  );
  expect(tooFew).toEqual([]);
});

describe('shipped journeys', () => {
  test.each(journeys.map(({ source, value }) => [value?.name ?? source.file, value] as const))('%s', (_, journey) => {
    if (!project || !journey) throw new Error('the files have mistakes; see the first test');
    const { diff, notes } = runJourney(journey, project, 'UTC');
    const differences = diff.filter(({ kind }) => kind !== 'same');
    expect([...notes, ...differences.map(({ kind, text, because }) => `${kind}: ${text} (${because})`)]).toEqual([]);
  });
});
