import { rm } from 'node:fs/promises';
import { afterEach, expect, test } from '@jest/globals';
import { openExaminer } from '../src/files/examiner.js';
import { aProjectFolder } from './support.js';

const opened: { readonly stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const examiner of opened.splice(0)) await examiner.stop();
});

async function anExaminer(atMostMs?: number) {
  const root = await aProjectFolder();
  const examiner = openExaminer({ root, ...(atMostMs === undefined ? {} : { atMostMs }) });
  opened.push(examiner);
  return { root, examiner };
}

const hello = (text: string) => ({ 'templates/hello.mjml': text });

test('each look is answered about its own texts, however many are asked for at once', async () => {
  const { examiner } = await anExaminer();
  const names = Array.from({ length: 6 }, (_, i) => `no-such-field-${i}`);
  const looks = await Promise.all(
    names.map((name) =>
      examiner.examine(hello(`<mj-section><mj-column><mj-text>{{${name}}}</mj-text></mj-column></mj-section>`)),
    ),
  );
  const told = looks.map((look) =>
    look.kind === 'examined' ? look.examined.diagnostics.map(({ message }) => message) : [],
  );
  for (const [i, name] of names.entries()) expect(told[i]?.join()).toContain(`{{${name}}}`);
});

test('what takes too long is given up, and the next look is answered', async () => {
  const { root, examiner } = await anExaminer(1);
  expect(await examiner.examine({})).toMatchObject({ kind: 'too-long' });
  const patient = openExaminer({ root });
  opened.push(patient);
  expect(await patient.examine({})).toMatchObject({ kind: 'examined', examined: { isSound: true } });
});

test('more looks than anybody waits for are refused', async () => {
  const { examiner } = await anExaminer();
  const looks = await Promise.all(Array.from({ length: 22 }, () => examiner.examine({})));
  expect(looks.filter(({ kind }) => kind === 'busy')).toHaveLength(2);
  expect(looks.filter(({ kind }) => kind === 'examined')).toHaveLength(20);
});

test('a folder that is gone is told, not thrown', async () => {
  const { root, examiner } = await anExaminer();
  await rm(root, { recursive: true });
  expect(await examiner.examine({})).toMatchObject({
    kind: 'unreadable',
    why: expect.stringContaining('cannot be read'),
  });
});

test('after it has stopped, a look starts it anew', async () => {
  const { examiner } = await anExaminer();
  await examiner.examine({});
  await examiner.stop();
  expect(await examiner.examine({})).toMatchObject({ kind: 'examined' });
});

test('looks that it is stopped in are answered as those of somebody busy, and start no thread', async () => {
  const { examiner } = await anExaminer();
  const looks = [examiner.examine({}), examiner.examine({})];
  await examiner.stop();
  expect((await Promise.all(looks)).map(({ kind }) => kind)).toEqual(['busy', 'busy']);
});
