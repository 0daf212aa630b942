import { expect, test } from '@jest/globals';
import { callByDates } from '../src/jobs/calendar.js';
import { captureLead } from '../src/lead/capture.js';
import { SequenceFile } from '../src/sequence/sequence-file.js';
import { aProjectFolder, aSequenceFile, startTestRivulet } from './support.js';

test.each([
  ['the 31st', '2026-03-31'],
  ['the 29th', '2026-03-29'],
  ['a date with a space before it', ' 2026-03-28'],
])('a month before %s fires on the last day of a February', async (_, renewal) => {
  const PROJECT_DIR = await aProjectFolder({
    'sequences/hello.json': aSequenceFile([{ send: 'hello', subject: 'It renews' }], {
      enroll: { on: { date: 'lead.renewal', before: '1 month' } },
    }),
  });
  const rivulet = await startTestRivulet({ PROJECT_DIR }, '2026-02-28T08:58:00Z');
  const { store, engine, project, defaultTimeZone, clock } = rivulet;
  const calendar = { store, engine, project, defaultTimeZone };
  const ada = { email: 'ada@example.com', emailKey: 'ada@example.com', attributes: { renewal } };
  const { lead } = await captureLead(ada, 'test', store, engine, () => 'ada');
  await callByDates(calendar);
  clock.now = new Date('2026-02-28T09:03:00Z');
  await callByDates(calendar);
  const started = (await store.enrollments.ofLead(lead.id)).map(({ startedAt }) => startedAt.toISOString());
  await rivulet.close();
  expect(started).toEqual(['2026-02-28T09:00:00.000Z']);
});

test.each([
  ['lead', 'a schedule strikes for all leads at once, not by the clock of each'],
  // Its clocks change by half an hour, in which cron-parser gets lost.
  ['Australia/Lord_Howe', 'no schedule can follow the clocks of "Australia/Lord_Howe"'],
])('a newsletter by the clock of "%s" is refused', (timezone, words) => {
  const file = { name: 'News', schedule: '0 10 * * *', timezone, steps: [{ tag: 'news' }] };
  const { error } = SequenceFile.safeParse(file);
  expect(error?.issues.map(({ message }) => message.split('\n')[0])).toEqual([words]);
});
