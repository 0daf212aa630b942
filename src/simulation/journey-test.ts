import { diffArrays } from 'diff';
import { applyEdits, modify } from 'jsonc-parser';
import { readExpectedLine, squeezed, type LineKind } from './expected-line.js';
import type { JourneyFile } from './journey-file.js';
import type { Project } from '../sequence/project.js';
import { inventedWorld, journeyEnd, journeyInstant, zoneOfDescribed } from './invented.js';
import { type Line, linesOf, placeOf } from './narrate.js';
import { play, type Played } from './play.js';

/** A line of a comparison. `because`: what is known of the difference. */
export type DiffLine = {
  readonly kind: 'same' | 'missing' | 'unexpected';
  readonly text: string;
  readonly because?: string;
};

export type JourneyResult = {
  readonly passed: boolean;
  readonly diff: readonly DiffLine[];
  /** What the file would have to expect. Lines that hold stay as they were written. */
  readonly actual: readonly string[];
  /** What speaks against the journey itself: it never begins, or something in it never happens. */
  readonly notes: readonly string[];
};

/** What is compared without being asked for. */
const usualKinds: readonly LineKind[] = ['mail', 'notice', 'call', 'enter', 'leave', 'stage'];
const detailKinds: readonly LineKind[] = ['event', 'wait', 'step'];

/** Plays a journey and compares what comes of it, line by line, with what its file expects. */
export function runJourney(journey: JourneyFile, project: Project, defaultTimeZone: string): JourneyResult {
  const { lines, played } = playFile(journey, project, defaultTimeZone);
  const kinds = kindsOf(journey);
  const compared = lines.filter(({ kind }) => kinds.includes(kind));
  const actual = compared.map(({ text }) => text);
  const diff = compare(journey.expect.map(squeezed), compared, lines);
  const notes = notesOf(played, journey);
  return {
    passed: notes.length === 0 && diff.every(({ kind }) => kind === 'same'),
    diff,
    actual: kept(journey.expect, actual.map(shortened)),
    notes,
  };
}

/** The journey of a file in all its lines. */
function playFile(
  journey: JourneyFile,
  project: Project,
  defaultTimeZone: string,
): { lines: readonly Line[]; played: Played } {
  const { sequence, all, lead = {}, events, answers, splits } = journey;
  const zone = zoneOfDescribed(lead, defaultTimeZone);
  const from = journeyInstant(journey.from, zone);
  const until = journeyEnd(journey.until, from, zone);
  const world = inventedWorld(lead, { project, from, defaultTimeZone, sequence, splits });
  const played = play({ world, from, until, sequence, all, events, answers }, project);
  return { lines: linesOf(played.moments, zone), played };
}

/** Kinds that are compared: the usual ones, those that some expected line is of, and with "detail" all. */
function kindsOf({ expect, detail }: JourneyFile): readonly LineKind[] {
  const asked = expect.flatMap((line) => readExpectedLine(line)?.kind ?? []);
  return [...usualKinds, ...(detail ? detailKinds : []), ...asked];
}

function notesOf({ unplayed, keptOut }: Played, { sequence }: JourneyFile): readonly string[] {
  return [
    ...(keptOut ? [`the lead does not enter ${sequence}: ${keptOut}`] : []),
    ...unplayed.map(({ place, event, because }) => `event ${place + 1} (${event}) never happens: ${because}`),
  ];
}

/** A line as it was expected holds; the reasons after its colons may be left out. */
function holds(expected: string, actual: string): boolean {
  return actual === expected || actual.startsWith(`${expected}: `);
}

/** Expected lines beside actual ones, in one order. A pair holds. */
type Beside = { readonly expected?: string; readonly actual?: string };

function aligned(expected: readonly string[], actual: readonly string[]): readonly Beside[] {
  const changes = diffArrays([...expected], [...actual], { comparator: (line, other) => holds(squeezed(line), other) });
  let place = 0;
  return changes.flatMap(({ value, added, removed }) => {
    if (added) return value.map((line): Beside => ({ actual: line }));
    const own = expected.slice(place, place + value.length);
    place += value.length;
    return own.map((line, i): Beside => {
      const other = removed ? undefined : value[i];
      return other === undefined ? { expected: line } : { expected: line, actual: other };
    });
  });
}

function compare(expected: readonly string[], compared: readonly Line[], all: readonly Line[]): readonly DiffLine[] {
  const byText = new Map(compared.map((line) => [line.text, line]));
  const beside = aligned(
    expected,
    compared.map(({ text }) => text),
  );
  return beside.flatMap(({ expected: line, actual }): readonly DiffLine[] => {
    if (line !== undefined && actual !== undefined) return [{ kind: 'same', text: line }];
    if (line !== undefined) return [{ kind: 'missing', text: line, ...reason(whyMissing(line, all)) }];
    return actual === undefined
      ? []
      : [{ kind: 'unexpected', text: actual, ...reason(whyUnexpected(byText.get(actual), all)) }];
  });
}

function reason(because: string | undefined): { readonly because?: string } {
  return because === undefined ? {} : { because };
}

/** Of a mail that nobody expected now: what it waited for. Of anything else: its own reason, if the line does not tell it. */
function whyUnexpected(line: Line | undefined, all: readonly Line[]): string | undefined {
  if (!line) return undefined;
  const { kind, because, sequence, at } = line.moment;
  if (kind !== 'mail') return line.text.endsWith(because) ? undefined : because;
  const wait = all.findLast(({ moment }) => moment.sequence === sequence && moment.until?.getTime() === at.getTime());
  return wait && `it waited for ${wait.moment.because}`;
}

/** Of a mail or step that did not come when expected: what was decided about it, or how its sequence ended. */
function whyMissing(text: string, all: readonly Line[]): string | undefined {
  const { kind, what = '' } = readExpectedLine(text) ?? {};
  if (!kind || kind === 'stage' || kind === 'event') return undefined;
  const [place = ''] = what.split(/[:\s]/);
  const [sequence] = place.split('/');
  if (!all.some(({ moment }) => moment.sequence === sequence)) return `the lead never enters ${sequence}`;
  const own = all.findLast(
    (line) => placeOf(line.moment) === place && line.kind !== 'event' && (line.kind === kind || line.kind === 'step'),
  );
  if (own) return own.kind === kind ? `it comes ${timeOf(own.text)}` : `${own.moment.what}: ${own.moment.because}`;
  const end = all.findLast((line) => line.kind === 'leave' && line.moment.sequence === sequence);
  return end && `${sequence} was left ${timeOf(end.text)}: ${end.moment.because}`;
}

function timeOf(text: string): string {
  return readExpectedLine(text)?.when ?? '';
}

/** How a line is written down: the reason for entering is the trigger, which says little that the line does not. */
function shortened(text: string): string {
  const line = readExpectedLine(text);
  return line?.kind === 'enter' ? `${line.when} enter ${line.what.split(': ')[0]}` : text;
}

/** The new lines, those that held as their author wrote them. */
function kept(written: readonly string[], actual: readonly string[]): readonly string[] {
  return aligned(written, actual).flatMap(({ expected, actual: line }) =>
    line === undefined ? [] : (expected ?? line),
  );
}

/** The text of a journey file with other expectations; all else in it stays as it is. */
export function withExpectation(text: string, lines: readonly string[]): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const formattingOptions = { insertSpaces: !/^\t/m.test(text), tabSize: /^( +)"/m.exec(text)?.[1]?.length ?? 2, eol };
  return applyEdits(text, modify(text, ['expect'], [...lines], { formattingOptions }));
}
