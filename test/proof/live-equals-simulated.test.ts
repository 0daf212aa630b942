import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aJourney, aProjectWithDelivery, vocabulary } from '../arbitraries.js';
import { openAnswerer, openStage, type Stage } from '../live-journey.js';
import { calling, caseOf, defaultTimeZone, livedStory, simulatedStory } from './journey-story.js';
import { isLong, tries } from './length.js';
import { projectOf } from './project-of-files.js';

/** Journeys lived at the same time, each on its own database: most of one is waiting for the database. */
const lanes = 3;

let answerer: Awaited<ReturnType<typeof openAnswerer>>;
let stages: readonly Stage[] = [];
beforeAll(async () => {
  answerer = await openAnswerer(vocabulary.answers);
  stages = await Promise.all(Array.from({ length: lanes }, () => openStage(defaultTimeZone)));
});
afterAll(async () => {
  await Promise.all(stages.map((stage) => stage.close()));
  await answerer.close();
});

test(
  'what is lived on a database is what the simulator says',
  async () => {
    const { numRuns, seed } = tries(36, 1000);
    await Promise.all(
      stages.map((stage, lane) =>
        fc.assert(
          fc.asyncProperty(aProjectWithDelivery, aJourney, async (files, journey) => {
            const project = await projectOf(calling(answerer.host, files));
            fc.pre(project !== undefined);
            const case_ = caseOf(project, journey);
            expect(livedStory(await stage.live(case_))).toEqual(simulatedStory(case_));
          }),
          { numRuns: Math.ceil(numRuns / lanes), ...(seed === undefined ? {} : { seed: seed + lane }) },
        ),
      ),
    );
  },
  isLong ? 3_600_000 : 120_000,
);
