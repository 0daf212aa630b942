import { diffLines } from 'diff';
import type * as z from 'zod';
import { type Change, thingsChanged } from './change.js';
import { deliveryThings } from './delivery-things.js';
import type { MachineRule, VisitorRule } from '../event/machine-rule.js';
import { toCalendar } from '../sequence/calendar-file.js';
import { toDelivery } from '../sequence/delivery-file.js';
import { durationInWords } from '../sequence/duration.js';
import { toFunnel } from '../sequence/funnel-file.js';
import type { MachinesFile } from '../sequence/machines-file.js';
import {
  nameOf,
  type Part,
  type ProjectFiles,
  readCalendars,
  readForms,
  readNamedFiles,
} from '../sequence/project-files.js';
import { type EngagementRule, toScoring } from '../sequence/scoring-file.js';
import { toSegments } from '../sequence/segments-file.js';
import { type Facets, pointsInWords } from '../sequence/step-words.js';
import { type Topic, toTopics } from '../sequence/topics-file.js';
import { conditionInWords } from '../sequence/words.js';

/** What an edit does to everything that is no sequence. */
export type RulesDiff = {
  readonly templates: readonly Change[];
  /** Under the name of what they belong to: funnel, scoring, segments, … */
  readonly rules: readonly { readonly of: string; readonly changes: readonly Change[] }[];
};

type Things = ReadonlyMap<string, Facets>;

/** Compares everything but the sequences of two projects. */
export function diffRules(before: ProjectFiles, after: ProjectFiles): RulesDiff {
  const [was, is] = [rulesIn(before), rulesIn(after)];
  const rules = [...is].map(([of, things]) => ({
    of,
    changes: thingsChanged(was.get(of) ?? new Map(), things, (name) => name).map((change) =>
      of === 'forms' ? inShort(change) : change,
    ),
  }));
  const calendars = { of: 'calendars', changes: calendarChanges(calendarsIn(before), calendarsIn(after)) };
  return {
    templates: templateChanges(before, after),
    rules: [...rules, calendars].filter(({ changes }) => changes.length > 0),
  };
}

function templateChanges(before: ProjectFiles, after: ProjectFiles): readonly Change[] {
  const names = [...new Set([...after.templates.keys(), ...before.templates.keys()])].toSorted();
  return names.flatMap((what): readonly Change[] => {
    const [was, is] = [before.templates.get(what)?.text, after.templates.get(what)?.text];
    if (was === is) return [];
    if (was === undefined) return [{ mark: 'new', depth: 0, what }];
    if (is === undefined) return [{ mark: 'gone', depth: 0, what }];
    return [{ mark: 'changed', depth: 0, what: `${what} (${linesChanged(was, is)})` }];
  });
}

/** "+3 −1 lines" */
function linesChanged(was: string, is: string): string {
  const parts = diffLines(was, is);
  const count = (side: 'added' | 'removed'): number =>
    parts.reduce((sum, part) => sum + (part[side] ? part.count : 0), 0);
  const [added, removed] = [count('added'), count('removed')];
  const signed = [...(added > 0 ? [`+${added}`] : []), ...(removed > 0 ? [`−${removed}`] : [])].join(' ');
  return `${signed} ${added + removed === 1 ? 'line' : 'lines'}`;
}

function rulesIn(files: ProjectFiles): ReadonlyMap<string, Things> {
  const { funnel, scoring, segments, lead, topics, delivery, machines, brand } = readNamedFiles(files);
  return new Map([
    ['funnel', thingsIn(funnel, (value) => stagesOf(toFunnel(value)))],
    ['scoring', thingsIn(scoring, (value) => scoringRules(toScoring(value)))],
    ['segments', thingsIn(segments, (value) => named('the segment', toSegments(value), conditionInWords))],
    ['topics', thingsIn(topics, (value) => topicsOf(toTopics(value)))],
    ['delivery', thingsIn(delivery, (value) => deliveryThings(toDelivery(value)))],
    ['machines', thingsIn(machines, machineRules)],
    ['forms', new Map(readForms(files).map(formOf))],
    ['fields of leads', thingsIn(lead, ({ fields }) => named('', Object.entries(fields), ({ type }) => type))],
    ['brand', thingsIn(brand, (value) => named('', Object.entries(value).filter(isNoSchema), String))],
  ]);
}

/** What opens and clicks besides people, and where people come from, by name. */
function machineRules({ machines = [], people = [] }: z.output<typeof MachinesFile>): Things {
  const words = ({ agents = [], networks = [] }: VisitorRule): string => [...agents, ...networks].join(', ');
  const entries = <T extends VisitorRule>(rules: readonly T[]) => rules.map((rule) => [rule.name, rule] as const);
  return new Map([
    ...named('the machine', entries<MachineRule>(machines), (rule) =>
      [words(rule), ...(rule.on ? [`on ${rule.on}`] : []), ...(rule.weight ? ['a hint'] : [])].join(', '),
    ),
    ...named('people of', entries(people), words),
  ]);
}

/** What is in a file; a file that this version cannot read is one thing. */
function thingsIn<T>(part: Part<T> | undefined, read: (value: T) => Things): Things {
  if (!part) return new Map();
  return part.value === undefined ? new Map([[part.source.file, unreadable]]) : read(part.value);
}

const unreadable: Facets = new Map([['', 'cannot be read by this version of Rivulet']]);

function named<T>(kind: string, entries: Iterable<readonly [string, T]>, words: (value: T) => string): Things {
  return new Map(
    [...entries].map(([name, value]) => [kind ? `${kind} “${name}”` : name, new Map([['', words(value)]])]),
  );
}

function topicsOf(topics: readonly Topic[]): Things {
  const order = new Map([['', topics.map(({ name }) => name).join(', ')]]);
  const each = topics.map(({ name, title, about }): [string, Facets] => [
    `the topic “${name}”`,
    facets({ title: `“${title}”`, about: about && `“${about}”` }),
  ]);
  return new Map([['the topics in order', order], ...each]);
}

function isNoSchema([name]: readonly [string, unknown]): boolean {
  return name !== '$schema';
}

function stagesOf(funnel: ReturnType<typeof toFunnel>): Things {
  const order = new Map([['', funnel.map(({ name }) => name).join(', ')]]);
  const stages = funnel.map(({ name, title, on, if: condition }): [string, Facets] => [
    `the stage “${name}”`,
    facets({
      title: title === name ? undefined : `“${title}”`,
      'entered on': on.length > 0 ? on.join(', ') : undefined,
      'entered if': condition && conditionInWords(condition),
    }),
  ]);
  return new Map([['the stages in order', order], ...stages]);
}

function scoringRules({ engagement, fit }: ReturnType<typeof toScoring>): Things {
  const points = engagement.rules.map((rule): [string, Facets] => [
    `the rule “${rule.id}”`,
    ruleFacets(rule, engagement.halfLife),
  ]);
  const fits = fit.rules.map((rule): [string, Facets] => [
    `the fit rule “${rule.id}”`,
    facets({ '': pointsInWords(rule.points), if: conditionInWords(rule.if), reason: `“${rule.why}”` }),
  ]);
  const all = {
    'half-life of engagement': engagement.halfLife && durationInWords(engagement.halfLife),
    'cap of engagement': limit(engagement.cap),
    'cap of fit': limit(fit.cap),
  };
  const limits = Object.entries(all).flatMap(([name, words]): [string, Facets][] =>
    words ? [[name, facets({ '': words })]] : [],
  );
  return new Map([...limits, ...points, ...fits]);
}

function ruleFacets({ on, points, cap, halfLife, why }: EngagementRule, common: EngagementRule['halfLife']): Facets {
  const own = halfLife && durationInWords(halfLife);
  return facets({
    '': pointsInWords(points),
    events: on.join(', '),
    cap: limit(cap),
    'half-life': common && own === durationInWords(common) ? undefined : own,
    reason: `“${why}”`,
  });
}

function limit(cap: number): string | undefined {
  return Number.isFinite(cap) ? String(cap) : undefined;
}

/** The days of each calendar. */
function calendarsIn(files: ProjectFiles): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    readCalendars(files).map(({ source, value }) => {
      const name = nameOf(source.file);
      return [name, value ? toCalendar(name, value).days : new Set<string>()];
    }),
  );
}

type Calendars = ReturnType<typeof calendarsIn>;

function calendarChanges(before: Calendars, after: Calendars): readonly Change[] {
  const names = [...new Set([...after.keys(), ...before.keys()])].toSorted();
  return names.flatMap((name): readonly Change[] => {
    const [was, is] = [before.get(name), after.get(name)];
    const thing = `the calendar “${name}”`;
    if (!was || !is) return [{ mark: was ? 'gone' : 'new', depth: 0, what: `${thing}: ${(was ?? is)?.size} days` }];
    return [...daysOnly(is, was, 'new', `${thing} has`), ...daysOnly(was, is, 'gone', `${thing} no longer has`)];
  });
}

function daysOnly(
  here: ReadonlySet<string>,
  there: ReadonlySet<string>,
  mark: Change['mark'],
  what: string,
): readonly Change[] {
  const days = [...here].filter((day) => !there.has(day)).toSorted();
  return days.length > 0 ? [{ mark, depth: 0, what: `${what} ${new Intl.ListFormat('en-GB').format(days)}` }] : [];
}

/** Without what stood and stands there, which is too long to be read in a line. */
function inShort({ mark, depth, what }: Change): Change {
  return { mark, depth, what: mark === 'changed' ? what : what.replace(/: .*$/, '') };
}

function formOf({ source, value }: Part<Readonly<Record<string, unknown>>>): [string, Facets] {
  const name = `the form “${nameOf(source.file)}”`;
  if (!value) return [name, unreadable];
  const shown = Object.entries(value)
    .filter(isNoSchema)
    .map(([key, part]) => [key, JSON.stringify(part)] as const);
  return [name, new Map(shown)];
}

function facets(words: Readonly<Record<string, string | undefined>>): Facets {
  return new Map(
    Object.entries(words).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}
