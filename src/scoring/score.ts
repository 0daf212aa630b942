import { isTriggeredBy, type LeadEvent } from '../event/lead-event.js';
import type { Condition } from '../sequence/condition-file.js';
import { durationMs } from '../sequence/duration.js';
import type { Scoring } from '../sequence/scoring-file.js';

/** Points a lead once got, as they stood then. Kept with the lead, so that its score is a sum anyone can check. */
export type ScoreEntry = {
  readonly event: string;
  readonly rule: string;
  readonly points: number;
  readonly at: Date;
  readonly why: string;
};

/** One line of a score's explanation: what it counts for now, of the points it first stood for. */
export type ScoreLine = {
  readonly part: 'engagement' | 'fit';
  readonly why: string;
  readonly points: number;
  readonly of: number;
  readonly at?: Date;
};

/** A score with the lines it is the sum of; caps and fading stand in lines of their own, so that the sum comes out. */
export type Score = {
  readonly total: number;
  readonly engagement: number;
  readonly fit: number;
  readonly lines: readonly ScoreLine[];
};

/** Rule name of points given by a sequence's `score` step or by hand. */
const givenByHand = 'given';

/** The entries that an event adds to a lead's score; none for machines. */
export function entriesFor(event: LeadEvent, scoring: Scoring): readonly ScoreEntry[] {
  if (event.machine) return [];
  if (event.type === 'score.adjusted') {
    return [
      { event: event.id, rule: givenByHand, points: event.points ?? 0, at: event.at, why: event.why ?? 'adjusted' },
    ];
  }
  return scoring.engagement.rules
    .filter((rule) => rule.on.some((trigger) => isTriggeredBy(trigger, event)))
    .map((rule) => ({ event: event.id, rule: rule.id, points: rule.points, at: event.at, why: rule.why }));
}

/** What the entries and the lead's fit are worth at `now`. `holds` answers the fit rules' conditions for this lead. */
export function scoreAt(
  entries: readonly ScoreEntry[],
  scoring: Scoring,
  now: Date,
  holds: (condition: Condition) => boolean,
): Score {
  const engagement = engagementLines(entries, scoring, now);
  const fit = capped(
    'fit',
    scoring.fit.rules
      .filter((rule) => holds(rule.if))
      .map((rule) => ({ part: 'fit', why: rule.why, points: rounded(rule.points), of: rule.points })),
    scoring.fit.cap,
    'most that fit can count',
  );
  const [engaged, fitting] = [sum(engagement), sum(fit)];
  return {
    total: rounded(engaged + fitting),
    engagement: rounded(engaged),
    fit: rounded(fitting),
    lines: [...engagement, ...fit],
  };
}

function engagementLines(entries: readonly ScoreEntry[], scoring: Scoring, now: Date): readonly ScoreLine[] {
  const { rules, cap, halfLife } = scoring.engagement;
  const counting = entries.filter((entry) => entry.at <= now);
  const lines = [...new Set(counting.map((entry) => entry.rule))].flatMap((id) => {
    const own = counting.filter((entry) => entry.rule === id);
    const rule = rules.find((candidate) => candidate.id === id);
    const fading = rule?.halfLife ?? halfLife;
    const worth = own.map((entry): ScoreLine => {
      const share = fading ? 0.5 ** ((now.getTime() - entry.at.getTime()) / durationMs(fading)) : 1;
      return {
        part: 'engagement',
        why: entry.why,
        points: rounded(entry.points * share),
        of: entry.points,
        at: entry.at,
      };
    });
    return capped(
      'engagement',
      worth,
      rule?.cap ?? Number.POSITIVE_INFINITY,
      `most that "${rule?.why ?? id}" can count`,
    );
  });
  return capped('engagement', lines, cap, 'most that engagement can count');
}

/** The lines, and one that takes off what exceeds the cap. */
function capped(part: ScoreLine['part'], lines: readonly ScoreLine[], cap: number, why: string): readonly ScoreLine[] {
  // Rounded first: 0.1 + 0.2 exceeds a cap of 0.3 by a trifle that no line should speak of.
  const over = rounded(sum(lines) - cap);
  return over > 0 ? [...lines, { part, why, points: -over, of: -over }] : lines;
}

function sum(lines: readonly ScoreLine[]): number {
  return lines.reduce((total, line) => total + line.points, 0);
}

/** To a hundredth: finer than anyone acts on, coarse enough that the lines shown add up to the sum shown. */
function rounded(points: number): number {
  return Math.round(points * 100) / 100;
}
