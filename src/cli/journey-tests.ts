import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pc from 'picocolors';
import { readConfig } from '../config.js';
import { type DiffLine, type JourneyResult, runJourney, withExpectation } from '../simulation/journey-test.js';
import { checkJourneys, type JourneyPart, readJourneys } from '../simulation/check-journey.js';
import type { Project } from '../sequence/project.js';
import { excerpt } from './excerpt.js';
import { openFolder } from './folder.js';
import { say } from './terminal.js';

/** Plays every `*.journey.json` of a folder; exit code 1 when one does not come out as its file expects. */
export async function testJourneys(dir: string, { update }: { update?: boolean }): Promise<void> {
  const { root, files, project } = await openFolder(dir);
  const journeys = readJourneys(files);
  const { DEFAULT_TIMEZONE } = readConfig(process.env);
  if (journeys.length === 0) {
    say(
      `There are no journeys yet. Write one as sequences/journeys/<name>.journey.json; "rivulet test --update" fills in what it expects.`,
    );
    return;
  }
  let wrong = 0;
  let changed = 0;
  for (const journey of journeys) {
    const outcome = await testOne(journey, { root, project, zone: DEFAULT_TIMEZONE, update: update ?? false });
    if (outcome === 'wrong') wrong += 1;
    if (outcome === 'changed') changed += 1;
  }
  const passed = journeys.length - wrong - changed;
  const counts = [
    ...(passed > 0 ? [pc.green(`${passed} as expected`)] : []),
    ...(changed > 0 ? [pc.yellow(`${changed} rewritten`)] : []),
    ...(wrong > 0 ? [pc.red(`${wrong} not as expected`)] : []),
  ];
  say(`\n${journeys.length} ${journeys.length === 1 ? 'journey' : 'journeys'}: ${counts.join(', ')}.`);
  if (wrong > 0) {
    if (!update) say('If they are right and the files are not: rivulet test --update');
    process.exitCode = 1;
  }
}

type Surroundings = {
  readonly root: string;
  readonly project: Project;
  readonly zone: string;
  readonly update: boolean;
};

async function testOne(
  part: JourneyPart,
  { root, project, zone, update }: Surroundings,
): Promise<'passed' | 'changed' | 'wrong'> {
  const { source, value } = part;
  // Expected lines about what the project no longer has are what an update is for.
  const problems = checkJourneys([value && update ? { ...part, value: { ...value, expect: [] } } : part], project);
  if (!value || problems.length > 0) {
    say(`${pc.red('✖')} ${value?.name ?? source.file}`);
    for (const problem of problems) say(await excerpt(root, problem));
    return 'wrong';
  }
  const result = runJourney(value, project, zone);
  const isRewritten = update && !result.diff.every(({ kind }) => kind === 'same');
  if (isRewritten) {
    const file = join(root, source.file);
    await writeFile(file, withExpectation(await readFile(file, 'utf8'), result.actual));
  }
  const isWrong = isRewritten ? result.notes.length > 0 : !result.passed;
  const mark = isWrong ? pc.red('✖') : isRewritten ? pc.yellow('✎') : pc.green('✔');
  say(`${mark} ${value.name}${isWrong || isRewritten ? pc.dim(`  ${source.file}`) : ''}`);
  if (isWrong) tell(result);
  else if (isRewritten)
    say(
      `    ${result.actual.length} lines, ${result.diff.filter(({ kind }) => kind === 'unexpected').length} of them new`,
    );
  return isWrong ? 'wrong' : isRewritten ? 'changed' : 'passed';
}

function tell({ diff, notes }: JourneyResult): void {
  for (const note of notes) say(`    ${pc.red('!')} ${note}`);
  for (const line of shownOf(diff)) say(line);
}

/** Lines around a difference are shown; long stretches that hold are not. */
const around = 2;

function shownOf(diff: readonly DiffLine[]): readonly string[] {
  const isNear = (i: number): boolean =>
    diff.slice(Math.max(0, i - around), i + around + 1).some(({ kind }) => kind !== 'same');
  if (diff.every(({ kind }) => kind === 'same')) return [];
  return diff.flatMap((line, i): readonly string[] => {
    if (isNear(i)) return [inColour(line)];
    return i === 0 || isNear(i - 1) ? [pc.dim('      …')] : [];
  });
}

function inColour({ kind, text, because }: DiffLine): string {
  if (kind === 'same') return `      ${text}`;
  const why = because ? pc.dim(`\n          ${because}`) : '';
  return kind === 'missing' ? `    ${pc.red(`- ${text}`)}${why}` : `    ${pc.green(`+ ${text}`)}${why}`;
}
