import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { checkFolder, isAboveBar, scoreOf } from './conformance/inbound.js';

const folder = '../shared/fixtures/inbound';

test('of the labelled messages enough are told right, and no reply is lost', async () => {
  const { slowestMs: _, ...score } = scoreOf(await checkFolder(folder));
  expect(score.total).toBeGreaterThan(600);
  expect(score.repliesLost).toBe(0);
  expect(score.classAccuracy).toBeGreaterThanOrEqual(0.99);
  expect(score.hardSoftAccuracy).toBeGreaterThanOrEqual(0.99);
  expect(score.recipientAccuracy).toBeGreaterThanOrEqual(0.99);
  expect(Object.keys(score.perClass)).toHaveLength(9);
});

test('a folder without an index is named, with what to give instead, and ends with 2', () => {
  const run = ['--import', 'tsx', 'test/conformance/conformance.ts', 'inbound', './src'];
  const { status, stdout, stderr } = spawnSync(process.execPath, run, { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({
    status: 2,
    stdout: '',
    stderr: './src: no index.jsonl. Give a folder of labelled mails, such as ../shared/fixtures/inbound.\n',
  });
});

test('one lost reply is below the bar, whatever the rest', () => {
  const best = {
    total: 1,
    classAccuracy: 1,
    hardSoftAccuracy: 1,
    recipientAccuracy: 1,
    repliesLost: 0,
    perClass: {},
    slowestMs: 1,
  };
  expect(isAboveBar(best)).toBe(true);
  expect(isAboveBar({ ...best, repliesLost: 1 })).toBe(false);
  expect(isAboveBar({ ...best, classAccuracy: 0.979 })).toBe(false);
});
