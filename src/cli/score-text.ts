import pc from 'picocolors';
import type { ThresholdStanding } from '../journey/explain-score.js';
import type { Explained } from '../lead/explain.js';
import type { ScoreLine } from '../scoring/score.js';
import { instant } from './terminal.js';

/** So many lines with one reason are shown before they are summed up; the sum stays. */
const mostAlike = 12;

/** An explained score as a person reads it on a terminal. */
export function scoreText({ lead, timeZone, explanation, notes }: Explained): string {
  const { at, score, groups, thresholds } = explanation;
  const name = [lead.firstName, lead.lastName].filter(Boolean).join(' ');
  const shown = summedUp(score.lines);
  const sections = runsOf(shown).map(({ line: first, lines }) => {
    const sum = groups.find((group) => group.name === first.group);
    const limit = sum?.cap === undefined ? '' : pc.dim(` of at most ${sum.cap}`);
    const title = sum ? `${pc.bold(sum.title)}  ${sum.points}${limit}` : pc.bold(titleOf(first, score.lines));
    return [title, ...lines.map((line) => lineText(line, shown, timeZone))].join('\n');
  });
  return [
    [
      `${pc.bold(name || lead.email)}${name ? `  ${lead.email}` : ''}`,
      `${pc.bold(`Score ${score.total}`)}  ${score.grid}  (engagement ${score.engagement}, fit ${score.fit})  ${pc.dim(`${instant(at, timeZone)}, ${timeZone}`)}`,
      ...notes.map((note) => pc.yellow(note)),
    ].join('\n'),
    ...(sections.length > 0 ? sections : ['Nothing counts for this lead.']),
    ...(thresholds.length > 0
      ? [[pc.bold('Thresholds'), ...thresholds.map((one) => thresholdText(one, at, timeZone))].join('\n')]
      : []),
  ].join('\n\n');
}

type Shown = ScoreLine & { readonly count?: number };

/** Of many lines with the same reason the newest, and one for all before them. */
function summedUp(lines: readonly ScoreLine[]): readonly Shown[] {
  const alike = new Map<string, ScoreLine[]>();
  const keyOf = ({ part, why, group }: ScoreLine): string => JSON.stringify([part, group, why]);
  for (const line of lines) {
    if (!line.at) continue;
    const known = alike.get(keyOf(line));
    if (known) known.push(line);
    else alike.set(keyOf(line), [line]);
  }
  const earlier = new Set(
    [...alike.values()].filter((own) => own.length > mostAlike).flatMap((own) => own.slice(0, 2 - mostAlike)),
  );
  const told = new Set<string>();
  return lines.flatMap((line): readonly Shown[] => {
    if (!earlier.has(line)) return [line];
    const key = keyOf(line);
    if (told.has(key)) return [];
    told.add(key);
    const own = (alike.get(key) ?? []).filter((other) => earlier.has(other));
    const sum = (of: 'points' | 'of'): number =>
      Math.round(own.reduce((total, other) => total + other[of], 0) * 100) / 100;
    const { at: _, ...rest } = line;
    return [{ ...rest, points: sum('points'), of: sum('of'), count: own.length }];
  });
}

/** Lines that belong together stand together already: of no group, of one, and what is taken off all at the end. */
function runsOf(lines: readonly Shown[]) {
  const runs: { line: Shown; lines: Shown[] }[] = [];
  for (const line of lines) {
    const last = runs.at(-1);
    if (last && last.line.part === line.part && last.line.group === line.group) last.lines.push(line);
    else runs.push({ line, lines: [line] });
  }
  return runs;
}

function titleOf({ part, group }: ScoreLine, all: readonly ScoreLine[]): string {
  if (group !== undefined) return group;
  const isMixed = all.some((line) => line.part === part && line.group !== undefined);
  const name = part === 'fit' ? 'Fit' : 'Engagement';
  return isMixed ? `${name}, in no group` : name;
}

function lineText({ points, of, why, at, count }: Shown, all: readonly Shown[], timeZone: string): string {
  const reasons = all.map((line) => reasonOf(line).length);
  const width = Math.min(Math.max(...reasons), 64);
  const was = points === of ? '' : `of ${of}`;
  const when = at ? instant(at, timeZone) : '';
  const rest = `${was.padEnd(10)}${when}`.trimEnd();
  const text = `  ${decimals(points).padStart(9)}  ${reasonOf({ why, count }).padEnd(width)}`;
  return `${text}${rest ? `  ${pc.dim(rest)}` : ''}`.trimEnd();
}

/** With the points one below the other: "12.4 ", "-3   ". */
function decimals(points: number): string {
  return points.toFixed(2).replace(/\.?0+$/, (zeros) => ' '.repeat(zeros.length));
}

function reasonOf({ why, count }: Pick<Shown, 'why'> & { readonly count?: number | undefined }): string {
  return count === undefined ? why : `${why}, ${count} times before`;
}

function thresholdText(threshold: ThresholdStanding, at: Date, timeZone: string): string {
  const { name, title, isReached } = threshold;
  const called = title === name ? name : `${title} (${name})`;
  return `  ${isReached ? pc.green('✔') : pc.dim('·')} ${called}: ${isReached ? reachedText(threshold, at, timeZone) : distanceText(threshold)}`;
}

function reachedText({ leftBelow, leftAt }: ThresholdStanding, at: Date, timeZone: string): string {
  if (!leftAt) return `reached; left below ${leftBelow}, where fading alone does not bring it`;
  if (leftAt <= at) return `reached; below ${leftBelow} by now, and left when it is next looked at`;
  return `reached; falls below ${leftBelow} by fading alone on ${instant(leftAt, timeZone)}`;
}

function distanceText({ reachedWith, missing, because }: ThresholdStanding): string {
  const points = missing === undefined ? `has the ${reachedWith} points` : `${missing} of ${reachedWith} points away`;
  return because === undefined ? points : `${points}; and its condition does not hold: ${because}`;
}
