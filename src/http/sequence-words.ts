import type { Condition, FieldTest } from '../sequence/condition-file.js';
import { durationInWords } from '../sequence/duration.js';
import type { Program, ProgramStep } from '../sequence/program.js';
import type { SendWindow } from '../sequence/window-file.js';

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
    case 'consent':
      return `consent is ${condition.status}`;
    case 'event': {
      const { event, path, within, atLeast } = condition;
      const times = atLeast > 1 ? ` at least ${atLeast} times` : '';
      return `${event}${path ? ` ${path}` : ''} came${times}${within ? ` within ${durationInWords(within)}` : ''}`;
    }
  }
}

/** Several things inside one are kept together, so that "and" and "or" cannot be mixed up. */
function inner(condition: Condition): string {
  const isSeveral = (condition.kind === 'all' || condition.kind === 'any') && condition.of.length > 1;
  return isSeveral ? `(${conditionInWords(condition)})` : conditionInWords(condition);
}

function testInWords({ eq, not, in: among, exists, ...rest }: FieldTest): string {
  const { gt, gte, lt, lte, contains, startsWith, matches } = rest;
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
  ];
  return parts.filter((part) => part !== undefined).join(' and ');
}

function shown(value: string | number | boolean): string {
  return typeof value === 'string' ? `“${value}”` : String(value);
}

/** What a step does, in words; mails, branches and other sequences are shown with more than words. */
export function stepInWords(step: Exclude<ProgramStep, { kind: 'send' | 'branch' | 'enroll' }>): string {
  switch (step.kind) {
    case 'wait':
      return `Wait ${durationInWords(step.for)}`;
    case 'wait-until':
      return `Wait until the next ${momentInWords(step)}`;
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
    case 'exit':
      return `Leave the sequence: ${step.because}`;
  }
}

function momentInWords({ weekday, minutes, timeZone }: Extract<ProgramStep, { kind: 'wait-until' }>): string {
  const parts = [
    weekday === undefined ? undefined : weekdayNames[weekday - 1],
    minutes === undefined ? undefined : timeOfDay(minutes),
  ];
  return `${parts.filter(Boolean).join(', ')}, ${zoneInWords(timeZone)}`;
}

const weekdayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

/** "Monday to Friday, 09:00–17:00, in the lead's time zone". */
export function windowInWords({ days, from, to, timeZone }: SendWindow): string {
  const hours = from === 0 && to === 24 * 60 ? 'all day' : `${timeOfDay(from)}–${timeOfDay(to)}`;
  return `${daysInWords(days)}, ${hours}, ${zoneInWords(timeZone)}`;
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

/** How leads come into a sequence. */
export function entryInWords({ enroll, broadcast, stage }: Program): string {
  const called = enroll.on.map((trigger) =>
    trigger === 'stage.entered' && stage ? `the stage ${stage} is entered` : `${trigger.replace(':', ': ')} comes`,
  );
  const asked = enroll.if ? `, if ${conditionInWords(enroll.if)}` : '';
  const again =
    enroll.again.kind === 'after'
      ? `; again after ${durationInWords(enroll.again.after)} at the earliest`
      : enroll.again.kind === 'never'
        ? '; once only'
        : '';
  if (broadcast) {
    const audience = broadcast.audience ? `whoever fits: ${conditionInWords(broadcast.audience)}` : 'everybody';
    return `By schedule “${broadcast.schedule}” (${broadcast.timeZone}), ${audience}`;
  }
  if (called.length === 0) return `When another sequence starts it${again}`;
  return `When ${called.join(' or ')}${asked}${again}`;
}

/** What ends a run before its last step; undefined when nothing but the general rules does. */
export function exitInWords({ exit }: Program): string | undefined {
  const ways = [
    ...exit.on.map((trigger) => trigger.replace(':', ': ')),
    ...(exit.onStageChange ? ['another stage'] : []),
  ];
  return ways.length > 0 ? ways.join(', ') : undefined;
}
