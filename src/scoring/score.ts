import { type EventValue, isTriggeredBy, type LeadEvent } from '../event/lead-event.js';
import type { Condition } from '../sequence/condition-file.js';
import { durationMs } from '../sequence/duration.js';
import type { Fading } from '../sequence/fading-file.js';
import type { FieldTest } from '../sequence/field-test-file.js';
import { type Cell, cellOf } from '../sequence/grid-file.js';
import { type EngagementRule, oftenInWords, type Scoring } from '../sequence/scoring-file.js';
import { bounded, counting, groupedBy, inOrder } from './counting.js';

/** Points a lead once got, as they stood then. Kept with the lead, so that its score is a sum anyone can check. */
export type ScoreEntry = {
  readonly event: string;
  readonly rule: string;
  readonly points: number;
  readonly at: Date;
  readonly why: string;
};

/** Of one event and rule there is one entry. */
export function entryKey({ event, rule }: Pick<ScoreEntry, 'event' | 'rule'>): string {
  return `${event}\n${rule}`;
}

/** One line of a score's explanation: what it counts for now, of the points it first stood for. */
export type ScoreLine = {
  readonly part: 'engagement' | 'fit';
  readonly why: string;
  readonly points: number;
  readonly of: number;
  readonly at?: Date;
  readonly group?: string;
};

/** A score with the lines it is the sum of; caps and what counts only so often stand in lines of their own, so that the sum comes out. */
export type Score = {
  readonly total: number;
  readonly engagement: number;
  readonly fit: number;
  readonly grid: Cell;
  readonly lines: readonly ScoreLine[];
};

/** Rule name of points given by a sequence's `score` step or by hand. */
const givenByHand = 'given';

/** The type of the event that gives points by hand, whatever the rules. */
export const pointsGiven = 'score.adjusted';

/** Whether what an event tells passes a test. */
type Passes = (test: FieldTest, value: EventValue | undefined) => boolean;

/** The entries that an event adds to a lead's score; none for machines. It says the same whenever it is asked. */
export function entriesFor(event: LeadEvent, scoring: Scoring, passes: Passes): readonly ScoreEntry[] {
  if (event.machine) return [];
  if (event.type === pointsGiven) {
    return [
      { event: event.id, rule: givenByHand, points: event.points ?? 0, at: event.at, why: event.why ?? 'adjusted' },
    ];
  }
  return scoring.engagement.rules
    .filter(({ on, where }) => on.some((trigger) => isTriggeredBy(trigger, event)) && isSo(where, event, passes))
    .map((rule) => ({ event: event.id, rule: rule.id, points: rule.points, at: event.at, why: rule.why }));
}

function isSo(where: EngagementRule['where'], { data }: LeadEvent, passes: Passes): boolean {
  if (!where) return true;
  // Its keys come from outside: what every JavaScript object knows is no answer.
  const valueOf = (field: string): EventValue | undefined =>
    data && Object.hasOwn(data, field) ? data[field] : undefined;
  return Object.entries(where).every(([field, test]) => passes(test, valueOf(field)));
}

/** What the entries and the lead's fit are worth at `now`. `holds` answers the fit rules' conditions for this lead. */
export function scoreAt(
  entries: readonly ScoreEntry[],
  scoring: Scoring,
  now: Date,
  holds: (condition: Condition) => boolean,
): Score {
  const lines = [...engagementLines(entries, scoring, now), ...fitLines(scoring, holds)];
  const sumOf = (part: ScoreLine['part']): number => rounded(sum(lines.filter((line) => line.part === part)));
  const [engagement, fit] = [sumOf('engagement'), sumOf('fit')];
  return { total: rounded(engagement + fit), engagement, fit, grid: cellOf({ engagement, fit }, scoring.grid), lines };
}

function engagementLines(entries: readonly ScoreEntry[], scoring: Scoring, now: Date): readonly ScoreLine[] {
  const { cap, floor } = scoring.engagement;
  const ruled = groupedBy(inOrder(bounded(entries, scoring)), ({ rule }) => rule);
  const lines = [...ruled].flatMap(([id, own]) => linesOfRule(id, own, scoring, now));
  const within = capped('engagement', inGroups('engagement', lines, scoring), cap, 'most that engagement can count');
  const under = rounded(floor - sum(within));
  const why = 'least that engagement can count';
  return under > 0 ? [...within, { part: 'engagement', why, points: under, of: under }] : within;
}

/** What one rule gave, what of it does not count because it came too often, and what exceeds its cap. */
function linesOfRule(
  id: string,
  told: readonly ScoreEntry[],
  { engagement }: Scoring,
  now: Date,
): readonly ScoreLine[] {
  const rule = engagement.rules.find((candidate) => candidate.id === id);
  const fading = rule ? rule.fading : engagement.fading;
  const grouped = rule?.group === undefined ? {} : { group: rule.group };
  const own = told.filter(({ at }) => at <= now);
  const lines = own.map(({ why, points, at }): ScoreLine => {
    const share = fading ? shareLeft(fading, now.getTime() - at.getTime()) : 1;
    return { part: 'engagement', why, points: rounded(points * share), of: points, at, ...grouped };
  });
  const passedOver = rule?.often ? without(lines, own, counting(own, rule.often)) : [];
  const called = `"${rule?.why ?? id}"`;
  const off: readonly ScoreLine[] =
    rule?.often && passedOver.length > 0
      ? [
          {
            part: 'engagement',
            why: `${called} counts ${oftenInWords(rule.often)}`,
            points: rounded(0 - sum(passedOver)),
            of: rounded(0 - passedOver.reduce((total, { of }) => total + of, 0)),
            ...grouped,
          },
        ]
      : [];
  return capped(
    'engagement',
    [...lines, ...off],
    rule?.cap ?? Number.POSITIVE_INFINITY,
    `most that ${called} can count`,
    grouped,
  );
}

/** The lines of those entries that are not among the ones that count. */
function without(lines: readonly ScoreLine[], entries: readonly ScoreEntry[], counted: readonly ScoreEntry[]) {
  const among = new Set(counted);
  const places = new Set(entries.flatMap((entry, i) => (among.has(entry) ? [] : [i])));
  return lines.filter((_, i) => places.has(i));
}

/** What is left of each point after some time. */
function shareLeft({ kind, over }: Fading, ageMs: number): number {
  const share = ageMs / durationMs(over);
  return kind === 'linear' ? Math.max(0, 1 - share) : 0.5 ** share;
}

function fitLines({ fit, ...scoring }: Scoring, holds: (condition: Condition) => boolean): readonly ScoreLine[] {
  const lines = fit.rules
    .filter((rule) => holds(rule.if))
    .map((rule): ScoreLine => {
      const { why, points, group } = rule;
      return { part: 'fit', why, points: rounded(points), of: points, ...(group === undefined ? {} : { group }) };
    });
  return capped('fit', inGroups('fit', lines, scoring), fit.cap, 'most that fit can count');
}

/** The lines group by group, those of none first, each group with what exceeds its cap. */
function inGroups(
  part: ScoreLine['part'],
  lines: readonly ScoreLine[],
  { groups }: Pick<Scoring, 'groups'>,
): readonly ScoreLine[] {
  if (groups.size === 0) return lines;
  const grouped = [...groups].flatMap(([group, { title, cap }]) => {
    const own = lines.filter((line) => line.group === group);
    return capped(part, own, cap, `most that "${title}" can count`, { group });
  });
  return [...lines.filter((line) => line.group === undefined || !groups.has(line.group)), ...grouped];
}

/** The lines, and one that takes off what exceeds the cap. */
function capped(
  part: ScoreLine['part'],
  lines: readonly ScoreLine[],
  cap: number,
  why: string,
  grouped: Pick<ScoreLine, 'group'> = {},
): readonly ScoreLine[] {
  // Rounded first: 0.1 + 0.2 exceeds a cap of 0.3 by a trifle that no line should speak of.
  const over = rounded(sum(lines) - cap);
  return over > 0 ? [...lines, { part, why, points: -over, of: -over, ...grouped }] : lines;
}

function sum(lines: readonly ScoreLine[]): number {
  return lines.reduce((total, line) => total + line.points, 0);
}

/** To a hundredth: finer than anyone acts on, coarse enough that the lines shown add up to the sum shown. */
function rounded(points: number): number {
  // Adding nothing makes nothing of a negative nothing.
  return Math.round(points * 100) / 100 + 0;
}
