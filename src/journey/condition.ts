import { type EventValue, isSameAbout, isTriggeredBy } from '../event/lead-event.js';
import { type Condition, triggerOf } from '../sequence/condition-file.js';
import { before, durationInWords } from '../sequence/duration.js';
import type { FieldTest } from '../sequence/field-test-file.js';
import { ofPurpose } from './consent.js';
import { type Facts, fieldOf, type MailFacts } from './facts.js';
import { compareDates } from './lead-date.js';

/** An answer with its reason, in words for the timeline. */
export type Verdict = { readonly holds: boolean; readonly because: string };

/** Whether a condition holds for the facts at `now`, and why. */
export function judge(condition: Condition, facts: Facts, now: Date): Verdict {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return judgeSeveral(condition, facts, now);
    case 'not': {
      const inner = judge(condition.of, facts, now);
      return { holds: !inner.holds, because: inner.because };
    }
    case 'mail': {
      const holds = hasHappened(facts.mails.get(condition.step), condition.happened);
      return { holds, because: `"${condition.step}" ${holds ? 'was' : 'was not'} ${spoken[condition.happened]}` };
    }
    case 'clicked-link': {
      const links = [...facts.mails.values()].flatMap((mail) => mail.clickedLinks ?? []);
      const holds = links.some((link) => isSameAbout(condition.url, link));
      return { holds, because: `${condition.url} ${holds ? 'was' : 'was not'} clicked` };
    }
    case 'field': {
      const value = fieldOf(facts.lead, condition.field);
      return {
        holds: passes(condition.test, value, facts, now),
        because: `lead.${condition.field} is ${shown(value)}`,
      };
    }
    case 'points': {
      const value = condition.of === 'score' ? facts.score.total : facts.score[condition.of];
      return { holds: passes(condition.test, value, facts, now), because: `${condition.of} is ${value}` };
    }
    case 'tag': {
      const holds = facts.lead.tags.includes(condition.tag);
      return { holds, because: `${holds ? 'has' : 'has not'} the tag "${condition.tag}"` };
    }
    case 'segment': {
      const rule = facts.common.segments.get(condition.segment);
      const verdict = rule ? judge(rule, facts, now) : { holds: false, because: 'it is not defined any more' };
      const is = verdict.holds ? 'is' : 'is not';
      return { ...verdict, because: `${is} in the segment "${condition.segment}": ${verdict.because}` };
    }
    case 'threshold': {
      const holds = facts.lead.thresholds?.includes(condition.threshold) ?? false;
      return { holds, because: `${holds ? 'has' : 'has not'} reached the threshold "${condition.threshold}"` };
    }
    case 'grid': {
      const { grid } = facts.score;
      return { holds: condition.cells.includes(grid), because: `its cell of the grid is ${grid}` };
    }
    case 'response': {
      const answer = facts.calls.get(condition.step)?.answer;
      // Its keys come from another system: what every JavaScript object knows is no answer.
      const value = answer && Object.hasOwn(answer, condition.key) ? answer[condition.key] : undefined;
      const because = `"${condition.step}" was answered ${condition.key} ${shown(value)}`;
      return { holds: passes(condition.test, value, facts, now), because };
    }
    case 'stage':
      return { holds: facts.lead.stage === condition.stage, because: `stage is ${shown(facts.lead.stage)}` };
    case 'consent': {
      const { consent } = facts.lead;
      const { purpose } = condition;
      if (purpose === undefined)
        return { holds: consent.status === condition.status, because: `consent is ${consent.status}` };
      const said = ofPurpose(consent, purpose)?.status;
      return { holds: said === condition.status, because: `consent to ${purpose} is ${said ?? 'not given'}` };
    }
    case 'event':
      return judgeEvents(condition, facts, now);
  }
}

/** Whether a condition holds for the facts at `now`, as `judge` says, without the words: rules that are asked with every event need none. */
export function holdsNow(condition: Condition, facts: Facts, now: Date): boolean {
  switch (condition.kind) {
    case 'all':
      return condition.of.every((inner) => holdsNow(inner, facts, now));
    case 'any':
      return condition.of.some((inner) => holdsNow(inner, facts, now));
    case 'not':
      return !holdsNow(condition.of, facts, now);
    case 'segment': {
      const rule = facts.common.segments.get(condition.segment);
      return rule !== undefined && holdsNow(rule, facts, now);
    }
    case 'field':
      return passes(condition.test, fieldOf(facts.lead, condition.field), facts, now);
    case 'clicked-link':
    case 'consent':
    case 'event':
    case 'grid':
    case 'mail':
    case 'points':
    case 'response':
    case 'stage':
    case 'tag':
    case 'threshold':
      return judge(condition, facts, now).holds;
  }
}

function judgeSeveral({ kind, of }: Extract<Condition, { kind: 'all' | 'any' }>, facts: Facts, now: Date): Verdict {
  const verdicts = of.map((inner) => judge(inner, facts, now));
  const holds = kind === 'all' ? verdicts.every((v) => v.holds) : verdicts.some((v) => v.holds);
  // Only those that decided it are worth reading.
  const deciding = verdicts.filter((v) => v.holds === holds);
  return { holds, because: deciding.map((v) => v.because).join(' and ') };
}

function judgeEvents(condition: Extract<Condition, { kind: 'event' }>, facts: Facts, now: Date): Verdict {
  const trigger = triggerOf(condition);
  const since = condition.within ? before(now, condition.within) : undefined;
  const count = facts.events.filter(
    (event) =>
      isTriggeredBy(trigger, event) &&
      event.at <= now &&
      (!since || event.at >= since) &&
      Object.entries(condition.where ?? {}).every(([field, test]) => passes(test, event.data?.[field], facts, now)),
  ).length;
  const what = condition.path ? `${condition.event} ${condition.path}` : condition.event;
  const within = condition.within ? ` within ${durationInWords(condition.within)}` : '';
  return { holds: count >= condition.atLeast, because: `${what} ${howOften(count)}${within}` };
}

function howOften(count: number): string {
  if (count === 0) return 'never came';
  return count === 1 ? 'came once' : `came ${count} times`;
}

const spoken = {
  sent: 'sent',
  opened: 'opened',
  clicked: 'clicked',
  replied: 'replied to',
  bounced: 'bounced',
} as const;

/** Of a mail whose fate nobody heard, "sent" is the likelier half: one that comes twice is worse than one that is counted once too often. */
function hasHappened(mail: MailFacts | undefined, happened: keyof typeof spoken): boolean {
  if (!mail) return false;
  const happenings = {
    sent: mail.state === 'accepted' || mail.state === 'uncertain',
    // Whoever clicks or replies has read it, whatever became of the pixel.
    opened: Boolean(mail.openedAt ?? mail.clickedAt ?? mail.repliedAt),
    clicked: Boolean(mail.clickedAt),
    replied: Boolean(mail.repliedAt),
    bounced: Boolean(mail.bouncedAt),
  };
  return happenings[happened];
}

/** Longest text that a pattern is tried on; bounds what a slow pattern can cost. */
const longestMatched = 500;

/** Whether a value passes every test given. */
export function passes(
  test: FieldTest,
  value: EventValue | undefined,
  { timeZone }: Pick<Facts, 'timeZone'>,
  now: Date,
): boolean {
  // Asked of every fit rule with every score: only the tests that stand there are looked at.
  return Object.entries(test).every(
    ([how, wanted]) => wanted === undefined || tests[how]?.(value, test, timeZone, now),
  );
}

const tests: Readonly<
  Record<string, (value: EventValue | undefined, test: FieldTest, timeZone: string, now: Date) => boolean>
> = {
  exists: (value, { exists }) => isKnown(value) === exists,
  eq: (value, { eq }) => isSame(value, eq),
  not: (value, { not }) => !isSame(value, not),
  in: (value, test) => Boolean(test.in?.some((one) => isSame(value, one))),
  gt: (value, { gt }) => typeof value === 'number' && value > Number(gt),
  gte: (value, { gte }) => typeof value === 'number' && value >= Number(gte),
  lt: (value, { lt }) => typeof value === 'number' && value < Number(lt),
  lte: (value, { lte }) => typeof value === 'number' && value <= Number(lte),
  contains: (value, test) => contains(value, test.contains ?? ''),
  startsWith: (value, { startsWith }) => value !== undefined && folded(value).startsWith(folded(startsWith)),
  matches: (value, { matches }) => new RegExp(matches ?? '', 'iu').test(String(value ?? '').slice(0, longestMatched)),
  before: (value, { before: date }, timeZone, now) =>
    date !== undefined && compareDates(value, 'before', date, timeZone, now),
  after: (value, { after: date }, timeZone, now) =>
    date !== undefined && compareDates(value, 'after', date, timeZone, now),
  on: (value, { on: date }, timeZone, now) => date !== undefined && compareDates(value, 'on', date, timeZone, now),
};

function isKnown(value: EventValue | undefined): boolean {
  return value !== undefined && value !== '' && !(isList(value) && value.length === 0);
}

function isSame(value: EventValue | undefined, wanted: EventValue | undefined): boolean {
  return typeof value === 'string' && typeof wanted === 'string' ? folded(value) === folded(wanted) : value === wanted;
}

function contains(value: EventValue | undefined, wanted: string): boolean {
  if (value !== undefined && isList(value)) return value.some((item) => folded(item) === folded(wanted));
  return folded(value).includes(folded(wanted));
}

function isList(value: EventValue): value is readonly string[] {
  return Array.isArray(value);
}

function folded(value: EventValue | undefined): string {
  return String(value ?? '')
    .normalize('NFC')
    .toLowerCase();
}

function shown(value: EventValue | undefined): string {
  return value === undefined ? 'not known' : JSON.stringify(value);
}
