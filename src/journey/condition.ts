import { isSameAbout } from '../event/lead-event.js';
import type { Condition, FieldTest, FieldValue } from '../sequence/condition-file.js';
import { before, durationInWords } from '../sequence/duration.js';
import { type Facts, fieldOf, type MailFacts } from './facts.js';

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
      return { holds: passes(condition.test, value), because: `lead.${condition.field} is ${shown(value)}` };
    }
    case 'points': {
      const value = condition.of === 'score' ? facts.score.total : facts.score[condition.of];
      return { holds: passes(condition.test, value), because: `${condition.of} is ${value}` };
    }
    case 'tag': {
      const holds = facts.lead.tags.includes(condition.tag);
      return { holds, because: `${holds ? 'has' : 'has not'} the tag "${condition.tag}"` };
    }
    case 'stage':
      return { holds: facts.lead.stage === condition.stage, because: `stage is ${shown(facts.lead.stage)}` };
    case 'consent':
      return {
        holds: facts.lead.consent.status === condition.status,
        because: `consent is ${facts.lead.consent.status}`,
      };
    case 'event':
      return judgeEvents(condition, facts, now);
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
  const since = condition.within ? before(now, condition.within) : undefined;
  const count = facts.events.filter(
    (event) =>
      event.type === condition.event &&
      !event.machine &&
      event.at <= now &&
      (!since || event.at >= since) &&
      (condition.path === undefined || isSameAbout(condition.path, event.about)),
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

function passes(test: FieldTest, value: FieldValue | undefined): boolean {
  const tests: readonly [unknown, () => boolean][] = [
    [test.exists, () => (value !== undefined && value !== '') === test.exists],
    [test.eq, () => isSame(value, test.eq)],
    [test.not, () => !isSame(value, test.not)],
    [test.in, () => Boolean(test.in?.some((one) => isSame(value, one)))],
    [test.gt, () => typeof value === 'number' && value > Number(test.gt)],
    [test.gte, () => typeof value === 'number' && value >= Number(test.gte)],
    [test.lt, () => typeof value === 'number' && value < Number(test.lt)],
    [test.lte, () => typeof value === 'number' && value <= Number(test.lte)],
    [test.contains, () => folded(value).includes(folded(test.contains))],
    [test.startsWith, () => value !== undefined && folded(value).startsWith(folded(test.startsWith))],
    [test.matches, () => new RegExp(test.matches ?? '', 'iu').test(String(value ?? '').slice(0, longestMatched))],
  ];
  return tests.every(([isAsked, holds]) => isAsked === undefined || holds());
}

function isSame(value: FieldValue | undefined, wanted: FieldValue | undefined): boolean {
  return typeof value === 'string' && typeof wanted === 'string' ? folded(value) === folded(wanted) : value === wanted;
}

function folded(value: FieldValue | undefined): string {
  return String(value ?? '')
    .normalize('NFC')
    .toLowerCase();
}

function shown(value: FieldValue | undefined): string {
  return value === undefined ? 'not known' : JSON.stringify(value);
}
