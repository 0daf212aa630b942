import pc from 'picocolors';
import { madeUpLead } from '../simulation/invented.js';
import { isEcho, placeOf, sortableTime, toldOf } from '../simulation/narrate.js';
import type { JourneyPlan, Played } from '../simulation/play.js';
import type { Moment } from '../simulation/simulate.js';
import { say } from './terminal.js';

/** Tells a journey to a person, one line a moment; where a terminal is too narrow, the line goes on below itself. */
export function tellJourney(plan: JourneyPlan, { moments, unplayed, keptOut }: Played, isMadeUp: boolean): void {
  const { world, from, until, sequence } = plan;
  const { lead, timeZone } = world.facts;
  const who = isMadeUp && lead.email === madeUpLead.email ? 'a made-up lead' : lead.email;
  say(`${pc.bold(sequence ?? 'The whole funnel')} for ${who}, stage ${lead.stage ?? 'none'}, times in ${timeZone}`);
  say(pc.dim(`--from ${from.toISOString()} --until ${until.toISOString()}`));
  say('');
  const rows = rowsOf(moments, plan);
  const columns = columnsFor(rows, process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY);
  for (const row of rows) for (const line of linesOf(row, columns)) say(line);
  const another = isMadeUp ? ' Describe another lead in a file: --lead lead.json' : '';
  if (keptOut) say(`${pc.red('✖')} The lead does not enter ${sequence}: ${keptOut}.${another}`);
  for (const { place, event, because } of unplayed)
    say(`${pc.red('✖')} Event ${place + 1} (${event}) never happens: ${because}.`);
  if (rows.length === 0 && !keptOut) say('Nothing happens in this time.');
}

type Row = { readonly moment: Moment; readonly when: string; readonly what: string; readonly because: string };

function rowsOf(moments: readonly Moment[], { world: { facts } }: JourneyPlan): readonly Row[] {
  const shown = moments.filter((moment) => !isEcho(moment));
  return shown.map((moment, i) => {
    const { what, because } = toldOf(moment, facts.timeZone);
    const standing = standingOf(moment, shown[i - 1]?.score ?? facts.score.total);
    return {
      moment,
      when: sortableTime(moment.at, facts.timeZone),
      what: what + standing,
      because: isSelfEvident(moment) ? '' : because,
    };
  });
}

/** Score and stage, where a moment may have changed them. A score that fades is no news. */
function standingOf({ kind, score, stage }: Moment, before: number): string {
  if (kind !== 'event' && kind !== 'stage' && score - before < 1) return '';
  return `  [score ${score}${stage ? `, ${stage}` : ''}]`;
}

/** Whether the reason says nothing that the line does not. */
function isSelfEvident({ because, sequence }: Moment): boolean {
  return ['told by journey', 'its turn has come', `sequence.called: ${sequence}`].includes(because);
}

/** How wide the places are, whether they are steps alone, and what is left for the rest. */
type Columns = { readonly place: number; readonly isNarrow: boolean; readonly rest: number };

/** Less than this is too little to read a reason in. */
const leastRest = 60;
const timeWidth = '2026-03-02 Mon 09:00  '.length;

function columnsFor(rows: readonly Row[], width: number): Columns {
  const widest = (isNarrow: boolean): number =>
    Math.max(0, ...rows.map(({ moment }) => shownPlace(moment, isNarrow).length)) + 2;
  const isNarrow = width - timeWidth - widest(false) < leastRest;
  return { place: widest(isNarrow), isNarrow, rest: Math.max(20, width - timeWidth - widest(isNarrow)) };
}

/** Where there is little room, a sequence is named when it is entered and left, and not with each of its steps. */
function shownPlace(moment: Moment, isNarrow: boolean): string {
  return isNarrow ? (moment.step ?? '') : placeOf(moment);
}

function shownWhat({ moment: { kind, sequence = '' }, what }: Row, isNarrow: boolean): string {
  return isNarrow && (kind === 'enter' || kind === 'leave') ? `${what} ${sequence}` : what;
}

const reasonMark = '· ';

function linesOf(row: Row, { place: width, isNarrow, rest }: Columns): readonly string[] {
  const { moment, when, because } = row;
  const what = shownWhat(row, isNarrow);
  const lines = folded(because ? `${what}  ${reasonMark}${because}` : what, rest);
  const reasonAt = lines.findIndex((line) => line.startsWith(reasonMark) || line.includes(`  ${reasonMark}`));
  const paint = colours[moment.kind] ?? ((text: string) => text);
  const colour = (line: string, i: number): string => {
    if (!because || i < reasonAt) return paint(line);
    const cut = i > reasonAt ? 0 : Math.max(0, line.indexOf(`  ${reasonMark}`));
    return paint(line.slice(0, cut)) + pc.dim(line.slice(cut));
  };
  const head = `${when}  ${shownPlace(moment, isNarrow).padEnd(width)}`;
  return lines.map((line, i) => (i === 0 ? head : ' '.repeat(head.length)) + colour(line, i));
}

/** A text in lines no longer than `width`, as far as its words allow. */
function folded(text: string, width: number): readonly string[] {
  if (text.length <= width) return [text];
  const before = text.lastIndexOf(' ', width);
  const cut = before > 0 ? before : text.indexOf(' ', width);
  if (cut < 0) return [text];
  return [text.slice(0, cut).trimEnd(), ...folded(text.slice(cut).trimStart(), width)];
}

const colours: Readonly<Partial<Record<Moment['kind'], (text: string) => string>>> = {
  mail: pc.bold,
  stage: pc.cyan,
  enter: pc.green,
  leave: pc.yellow,
  event: pc.magenta,
};
