import { diffLines } from 'diff';
import type * as z from 'zod';
import { type Change, thingsChanged } from './change.js';
import { deliveryThings } from './delivery-things.js';
import { salesThings } from './sales-things.js';
import type { MachineRule, VisitorRule } from '../event/machine-rule.js';
import { toCalendar } from '../sequence/calendar-file.js';
import { toDelivery } from '../sequence/delivery-file.js';
import { fadingInWords } from '../sequence/fading-file.js';
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
import { type EngagementRule, oftenInWords, type Scoring, toScoring } from '../sequence/scoring-file.js';
import { type Costs, toCosts } from '../sequence/costs-file.js';
import { toSales } from '../sequence/sales-file.js';
import { toSegments } from '../sequence/segments-file.js';
import { type Facets, pointsInWords } from '../sequence/step-words.js';
import { type Topic, toTopics } from '../sequence/topics-file.js';
import { dayText } from '../sequence/wall-clock.js';
import { conditionInWords, testInWords } from '../sequence/words.js';

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
  const { funnel, scoring, segments, lead, topics, delivery, machines, sales, costs, brand } = readNamedFiles(files);
  return new Map([
    ['funnel', thingsIn(funnel, (value) => stagesOf(toFunnel(value)))],
    ['scoring', thingsIn(scoring, (value) => scoringRules(toScoring(value)))],
    ['segments', thingsIn(segments, (value) => named('the segment', toSegments(value), conditionInWords))],
    ['topics', thingsIn(topics, (value) => topicsOf(toTopics(value)))],
    ['delivery', thingsIn(delivery, (value) => deliveryThings(toDelivery(value)))],
    ['machines', thingsIn(machines, machineRules)],
    ['sales', thingsIn(sales, (value) => salesThings(toSales(value)))],
    ['costs', thingsIn(costs, (value) => costsOf(toCosts(value)))],
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

/** Two costs may bear one name; their days tell them apart. */
function costsOf({ currency, costs }: Costs): Things {
  const all = costs.map(({ what, from, until, thousandths, currency: own, source, sequence, campaign }) => {
    const name = `the cost “${what}” of ${dayText(from)} to ${dayText(until)}`;
    const said: [string, Facets] = [name, facets({ '': `${thousandths / 1000} ${own}`, source, sequence, campaign })];
    return said;
  });
  return new Map([['the currency', facets({ '': currency })], ...all]);
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

function scoringRules({ engagement, fit, groups, thresholds, grid }: ReturnType<typeof toScoring>): Things {
  const points = engagement.rules.map((rule): [string, Facets] => [
    `the rule “${rule.id}”`,
    ruleFacets(rule, engagement.fading),
  ]);
  const fits = fit.rules.map((rule): [string, Facets] => [
    `the fit rule “${rule.id}”`,
    facets({
      '': pointsInWords(rule.points),
      if: conditionInWords(rule.if),
      group: rule.group,
      reason: `“${rule.why}”`,
    }),
  ]);
  const all = {
    'fading of engagement': engagement.fading && fadingInWords(engagement.fading),
    'cap of engagement': limit(engagement.cap),
    'floor of engagement': limit(engagement.floor),
    'cap of fit': limit(fit.cap),
    'bounds of the grid': `fit ${grid.fit.join(', ')}; engagement ${grid.engagement.join(', ')}`,
  };
  const limits = Object.entries(all).flatMap(([name, words]): [string, Facets][] =>
    words ? [[name, facets({ '': words })]] : [],
  );
  return new Map([...limits, ...groupsOf(groups), ...points, ...fits, ...thresholdsOf(thresholds)]);
}

function groupsOf(groups: Scoring['groups']): readonly (readonly [string, Facets])[] {
  return [...groups].map(([name, { title, cap }]) => [
    `the group “${name}”`,
    facets({ title: title === name ? undefined : `“${title}”`, cap: limit(cap) ?? 'none' }),
  ]);
}

function thresholdsOf(thresholds: Scoring['thresholds']): readonly (readonly [string, Facets])[] {
  return thresholds.map(({ name, title, reachedWith, leftBelow, if: condition }) => [
    `the threshold “${name}”`,
    facets({
      title: title === name ? undefined : `“${title}”`,
      'reached with': String(reachedWith),
      'left below': String(leftBelow),
      'reached if': condition && conditionInWords(condition),
    }),
  ]);
}

function ruleFacets(
  { on, where, points, cap, group, often, fading, why }: EngagementRule,
  common: EngagementRule['fading'],
): Facets {
  const own = fading ? fadingInWords(fading) : 'not at all';
  const tests = Object.entries(where ?? {}).map(([field, test]) => `${field} ${testInWords(test)}`);
  return facets({
    '': pointsInWords(points),
    events: on.join(', '),
    where: tests.length > 0 ? tests.join(' and ') : undefined,
    group,
    counts: often && oftenInWords(often),
    cap: limit(cap),
    fades: own === (common ? fadingInWords(common) : 'not at all') ? undefined : own,
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
