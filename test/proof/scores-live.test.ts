import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aFineScoring, aJourney, aProjectWithDelivery, vocabulary } from '../arbitraries.js';
import { openAnswerer, openStage, type Stage } from '../live-journey.js';
import { calling, caseOf, defaultTimeZone, livedStory, simulatedStory } from './journey-story.js';
import { isLong, tries } from './length.js';
import { projectOf } from './project-of-files.js';

let answerer: Awaited<ReturnType<typeof openAnswerer>>;
let stage: Stage;
beforeAll(async () => {
  answerer = await openAnswerer(vocabulary.answers);
  stage = await openStage(defaultTimeZone);
});
afterAll(async () => {
  await stage.close();
  await answerer.close();
});

const funnel = {
  stages: [
    { name: 'new', enter: { on: 'lead.created' } },
    { name: 'warm', enter: { on: 'threshold.reached:mql' } },
    { name: 'won', enter: { if: { threshold: 'sql', grid: ['A1', 'B1', 'C1', 'D1', 'C2', 'D2'] } } },
  ],
};
const called = { on: ['lead.created', 'threshold.reached', 'threshold.left:mql'], again: 'after 2 days' };

/** Takes the place of whatever else the first sequence names. */
const quiet = JSON.stringify({ name: 'Quiet', steps: [{ wait: '1 day' }] });

/** One sequence that does anything, which the thresholds start: which of several goes first at one instant is asked elsewhere. */
function scored(files: Readonly<Record<string, string>>, scoring: string): Readonly<Record<string, string>> {
  const texts = Object.entries(files).map(([path, text]) => [path, /^s\d\.json$/.test(path) ? quiet : text] as const);
  return {
    ...Object.fromEntries(texts),
    's1.json': JSON.stringify({ ...JSON.parse(files['s1.json'] ?? '{}'), enroll: called }),
    'scoring.json': scoring,
    'funnel.json': JSON.stringify(funnel),
  };
}

test(
  'thresholds are reached and left on a database when the simulator says so, and points come to the same',
  async () => {
    let turns = 0;
    const { numRuns, seed } = tries(30, 600);
    await fc.assert(
      fc.asyncProperty(aProjectWithDelivery, aFineScoring, aJourney, async (files, scoring, journey) => {
        const project = await projectOf(calling(answerer.host, scored(files, scoring)));
        fc.pre(project !== undefined);
        const case_ = caseOf(project, journey);
        const lived = await stage.live(case_);
        turns += Object.values(lived.lead.thresholdTurns ?? {}).reduce((sum, count) => sum + count, 0);
        expect(livedStory(lived)).toEqual(simulatedStory(case_));
      }),
      { numRuns, ...(seed === undefined ? {} : { seed }) },
    );
    expect(turns).toBeGreaterThan(numRuns / 2);
  },
  isLong ? 3_600_000 : 120_000,
);
