import type { EventValue } from '../event/lead-event.js';
import type { Condition } from './condition-file.js';
import { durationInWords, waitInWords } from './duration.js';
import type { FieldTest } from './field-test-file.js';
import { relativeDateInWords, untilInWords } from './moment-file.js';
import type { Program, ProgramStep, StepOfKind } from './program.js';
import type { QuietHours } from './quiet-hours-file.js';
import type { DateTrigger } from './sequence-file.js';
import type { SendWindow } from './window-file.js';

/** A condition as a person would say it. */
export function conditionInWords(condition: Condition): string {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.of.map(inner).join(condition.kind === 'all' ? ' and ' : ' or ');
    case 'not':
      return `not ${inner(condition.of)}`;
    case 'mail':
      return `“${condition.step}” was ${condition.happened === 'replied' ? 'replied to' : condition.happened}`;
    case 'clicked-link':
      return `the link ${condition.url} was clicked`;
    case 'field':
      return `${condition.field} ${testInWords(condition.test)}`;
    case 'points':
      return `the ${condition.of} ${testInWords(condition.test)}`;
    case 'tag':
      return `the lead has the tag “${condition.tag}”`;
    case 'stage':
      return `the stage is ${condition.stage}`;
    case 'segment':
      return `the lead is in the segment “${condition.segment}”`;
    case 'threshold':
      return `the threshold “${condition.threshold}” is reached`;
    case 'grid':
      return `the lead is ${condition.cells.join(' or ')} in the grid`;
    case 'response':
      return `“${condition.step}” was answered ${condition.key} that ${testInWords(condition.test)}`;
    case 'consent':
      return `consent${condition.purpose === undefined ? '' : ` to ${condition.purpose}`} is ${condition.status}`;
    case 'event': {
      const { event, path, within, atLeast, where = {} } = condition;
      const times = atLeast > 1 ? ` at least ${atLeast} times` : '';
      const tests = Object.entries(where).map(([field, test]) => `${field} ${testInWords(test)}`);
      const having = tests.length > 0 ? `, where ${tests.join(' and ')}` : '';
      return `${event}${path ? ` ${path}` : ''} came${times}${within ? ` within ${durationInWords(within)}` : ''}${having}`;
    }
  }
}

/** Several things inside one are kept together, so that "and" and "or" cannot be mixed up. */
function inner(condition: Condition): string {
  const isSeveral = (condition.kind === 'all' || condition.kind === 'any') && condition.of.length > 1;
  return isSeveral ? `(${conditionInWords(condition)})` : conditionInWords(condition);
}

/** "is at least 40", "is one of “FR”, “BE”". */
export function testInWords({ eq, not, in: among, exists, ...rest }: FieldTest): string {
  const { gt, gte, lt, lte, contains, startsWith, matches, before, after, on } = rest;
  const parts: readonly (string | undefined)[] = [
    exists === undefined ? undefined : exists ? 'is known' : 'is not known',
    eq === undefined ? undefined : `is ${shown(eq)}`,
    not === undefined ? undefined : `is not ${shown(not)}`,
    among && `is one of ${among.map(shown).join(', ')}`,
    gt === undefined ? undefined : `is more than ${gt}`,
    gte === undefined ? undefined : `is at least ${gte}`,
    lt === undefined ? undefined : `is less than ${lt}`,
    lte === undefined ? undefined : `is at most ${lte}`,
    contains === undefined ? undefined : `contains ${shown(contains)}`,
    startsWith === undefined ? undefined : `begins with ${shown(startsWith)}`,
    matches === undefined ? undefined : `matches ${shown(matches)}`,
    before && `is before ${relativeDateInWords(before)}`,
    after && `is after ${relativeDateInWords(after)}`,
    on && `is on ${relativeDateInWords(on)}`,
  ];
  return parts.filter((part) => part !== undefined).join(' and ');
}

/** A value as a file would show it: “gold”, 3, true. */
export function shown(value: EventValue): string {
  if (typeof value === 'object') return value.map(shown).join(', ');
  return typeof value === 'string' ? `“${value}”` : String(value);
}

/** What a step does, in words; mails, ways and other sequences are shown with more than words. */
export function stepInWords(step: Exclude<ProgramStep, { kind: 'send' | 'branch' | 'enroll' | 'unenroll' }>): string {
  switch (step.kind) {
    case 'wait':
      return `Wait ${waitInWords(step.for)}`;
    case 'wait-until':
      return `Wait until ${untilInWords(step.until)}, ${zoneInWords(step.timeZone)}`;
    case 'wait-for': {
      const awaited = 'event' in step.for ? `“${step.for.event}” comes` : conditionInWords(step.for.condition);
      return `Wait until ${awaited}, at most ${durationInWords(step.upTo)}`;
    }
    case 'choose':
      return 'The first that holds';
    case 'split':
      return `By chance${step.winner ? `, until one has won by ${step.winner.by} after ${step.winner.after} leads` : ''}`;
    case 'goal':
      return `Goal: ${conditionInWords(step.on)}; whoever reaches it comes here at once, the others ${arrivals[step.arrival]}`;
    case 'pick':
      return `Pick one of ${step.pool.length} mails${step.quiet ? ` after ${durationInWords(step.quiet)} without any` : ''}`;
    case 'notify':
      return `Tell ${toldInWords(step)} by mail`;
    case 'webhook':
      return `Tell ${new URL(step.url).host}, and wait for its answer`;
    case 'stage':
      return `Move to the stage ${step.stage}`;
    case 'score':
      return `Score ${step.points < 0 ? '' : '+'}${step.points}: ${step.why}`;
    case 'tag':
      return `Tag: ${step.tags.join(', ')}`;
    case 'untag':
      return `Take the tag off: ${step.tags.join(', ')}`;
    case 'set': {
      const fields = Object.entries(step.fields).map(([name, value]) => `${name} to ${shown(value)}`);
      return `Set ${fields.join(', ')}`;
    }
    case 'hand-over':
      return `Hand over to ${step.owners ? `${step.owners.join(' or ')}, unless the lead has an owner` : 'its owner, or to whose turn it is'}`;
    case 'exit':
      return `Leave the sequence: ${step.because}`;
  }
}

type Told = Pick<StepOfKind<'notify'>, 'email' | 'owner' | 'asksConsent'>;

/** "sales@example.com", or "whom lead.owner names, or else sales@example.com". */
export function toldInWords({ email, owner, asksConsent }: Told): string {
  if (asksConsent) return 'the lead itself, to be confirmed';
  return owner === undefined ? email : `whom lead.${owner} names, or else ${email}`;
}

const arrivals = { 'go on': 'go on', wait: 'wait here for it', exit: 'leave' } as const;

const weekdayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

/** "Monday to Friday, 09:00–17:00, in the lead's time zone". */
export function windowInWords({ days, from, to, timeZone, holidays }: SendWindow): string {
  const hours = from === 0 && to === 24 * 60 ? 'all day' : `${timeOfDay(from)}–${timeOfDay(to)}`;
  const without = holidays.length > 0 ? `, not on holidays (${holidays.join(', ')})` : '';
  return `${daysInWords(days)}, ${hours}, ${zoneInWords(timeZone)}${without}`;
}

/** "21:00–07:00, in the lead's time zone". */
export function quietHoursInWords({ from, to, timeZone }: QuietHours): string {
  return `${timeOfDay(from)}–${timeOfDay(to)}, ${zoneInWords(timeZone)}`;
}

function daysInWords(days: readonly number[]): string {
  if (days.length === 7) return 'every day';
  const [first, last] = [days[0] ?? 1, days.at(-1) ?? 1];
  const isRun = days.length > 2 && last - first === days.length - 1;
  const name = (day: number): string => weekdayNames[day - 1] ?? '';
  return isRun ? `${name(first)} to ${name(last)}` : days.map(name).join(', ');
}

function timeOfDay(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

function zoneInWords(zone: string): string {
  return zone === 'lead' ? "in the lead's time zone" : zone;
}

/** What brings leads into a sequence, each in words: "the stage welcome is entered". */
export function triggersInWords({
  enroll,
  stage,
}: {
  enroll: Program['enroll'];
  stage?: string | undefined;
}): readonly string[] {
  const events = enroll.on.map((trigger) =>
    trigger === 'stage.entered' && stage ? `the stage ${stage} is entered` : `${trigger.replace(':', ': ')} comes`,
  );
  return [...events, ...enroll.dates.map(dateInWords)];
}

/** How leads come into a sequence. */
export function entryInWords({ enroll, broadcast, stage, inFlight }: Program): string {
  if (inFlight === 'drain') return 'Nobody any more: those in it finish it';
  const called = triggersInWords({ enroll, stage });
  const asked = enroll.if ? `, if ${conditionInWords(enroll.if)}` : '';
  const limit = againInWords(enroll);
  const again = limit === undefined ? '' : `; ${limit}`;
  if (broadcast) {
    const audience = broadcast.audience ? `whoever fits: ${conditionInWords(broadcast.audience)}` : 'everybody';
    return `By schedule “${broadcast.schedule}” (${broadcast.timeZone}), ${audience}`;
  }
  if (called.length === 0) return `When another sequence starts it${again}`;
  return `When ${called.join(' or ')}${asked}${again}`;
}

/** "once only", "again after 90 days at the earliest"; undefined where nothing limits it. */
export function againInWords({ again }: Program['enroll']): string | undefined {
  switch (again.kind) {
    case 'after':
      return `again after ${durationInWords(again.after)} at the earliest`;
    case 'per-key':
      return `once for each ${again.field}`;
    case 'never':
      return 'once only';
    case 'always':
      return undefined;
  }
}

function dateInWords({ field, offset, yearly }: DateTrigger): string {
  const shift = offset ? `${durationInWords(offset.by)} ${offset.sign < 0 ? 'before' : 'after'} ` : '';
  return `it is ${shift}${field}${yearly ? ', every year' : ''}`;
}

/** What ends a run before its last step; undefined when nothing but the general rules does. */
export function exitInWords({ exit, goal }: Program): string | undefined {
  const ways = [
    ...(goal ? [`the goal: ${conditionInWords(goal)}`] : []),
    ...(exit.if ? [conditionInWords(exit.if)] : []),
    ...exit.on.map((trigger) => trigger.replace(':', ': ')),
    ...(exit.onStageChange ? ['another stage'] : []),
  ];
  return ways.length > 0 ? ways.join(', ') : undefined;
}
