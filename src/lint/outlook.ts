import { didYouMean, quoted } from '../diagnostic.js';
import { isSameAbout } from '../event/lead-event.js';
import type { Template } from '../message/template.js';
import type { Condition } from '../sequence/condition-file.js';
import { rangeOf } from './exclusive.js';
import { type TagsInUse, tagsInUse } from './tags.js';
import { mayLeadTo, type Target, targetReader } from './targets.js';
import type { Program } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';

/** What can be said of a condition before anybody has come: that it will never hold, or always, and why. */
export type Outlook = { readonly will: 'never' | 'always'; readonly because: string; readonly hint: string };

export type Outlooks = {
  /** Of a condition asked inside a sequence, or outside of any. */
  readonly of: (condition: Condition, inside?: Program) => Outlook | undefined;
  /** Why an event that a trigger names can never come. */
  readonly ofTrigger: (trigger: string) => Outlook | undefined;
};

/** Reads off the project what can happen in it at all. Says something only where nothing from outside could change it. */
export function outlooksIn(project: Project): Outlooks {
  const known: Known = { project, tags: tagsInUse(project), linksOf: targetReader(project.brand) };
  return {
    of: (condition, inside) => outlookOf(condition, known, inside),
    ofTrigger: (trigger) => outlookOfTrigger(trigger, known),
  };
}

type Known = {
  readonly project: Project;
  readonly tags: TagsInUse;
  readonly linksOf: (template: Template) => readonly Target[];
};

function never(because: string, hint: string): Outlook {
  return { will: 'never', because, hint };
}

function outlookOf(condition: Condition, known: Known, inside: Program | undefined): Outlook | undefined {
  const { project } = known;
  switch (condition.kind) {
    case 'all':
    case 'any': {
      const [settling, other] =
        condition.kind === 'all' ? (['never', 'always'] as const) : (['always', 'never'] as const);
      const parts = condition.of.map((part) => outlookOf(part, known, inside));
      const settled = parts.find((part) => part?.will === settling);
      return settled ?? (parts.every((part) => part?.will === other) ? parts[0] : undefined);
    }
    case 'not': {
      const inner = outlookOf(condition.of, known, inside);
      return inner && { ...inner, will: inner.will === 'never' ? 'always' : 'never' };
    }
    case 'mail':
      return condition.happened === 'clicked' ? ofClicksIn(condition.step, inside, project) : undefined;
    case 'clicked-link':
      return inside && ofClicksOn(condition.url, templatesOf(inside, project), 'no mail of this sequence', known);
    case 'points':
      return ofPoints(condition, project);
    case 'tag':
      return ofTag(condition.tag, known);
    case 'segment': {
      const rule = project.segments.get(condition.segment);
      const outlook = rule && outlookOf(rule, known, undefined);
      return outlook && { ...outlook, because: `of the segment ${quoted(condition.segment)}: ${outlook.because}` };
    }
    case 'consent':
      return inside && condition.purpose === undefined ? ofConsent(condition.status) : undefined;
    case 'event':
      return condition.path === undefined ? undefined : ofEvent(condition.event, condition.path, known);
    case 'field':
    case 'stage':
    case 'threshold':
    case 'grid':
    case 'response':
      return undefined;
  }
}

function outlookOfTrigger(trigger: string, known: Known): Outlook | undefined {
  const colon = trigger.indexOf(':');
  return colon < 0 ? undefined : ofEvent(trigger.slice(0, colon), trigger.slice(colon + 1), known);
}

function ofEvent(event: string, about: string, known: Known): Outlook | undefined {
  const { project } = known;
  switch (event) {
    case 'clicked':
      return ofClicksOn(about, [...project.templates.values()], 'no mail', known);
    case 'tag.added':
    case 'tag.removed':
      return ofTag(about, known);
    case 'stage.entered': {
      const stages = project.funnel.map(({ name }) => name);
      const isKnown = stages.some((stage) => isSameAbout(about, stage));
      return isKnown ? undefined : never(`there is no stage ${quoted(about)}`, `The stages are: ${stages.join(', ')}.`);
    }
    default:
      return undefined;
  }
}

function ofClicksIn(step: string, inside: Program | undefined, { templates }: Project): Outlook | undefined {
  const mail = inside?.steps.get(step);
  const template = mail?.kind === 'send' ? templates.get(mail.template) : undefined;
  if (!template || template.links.length > 0) return undefined;
  const because = `there is no link in ${quoted(template.name)} that somebody could click`;
  return never(because, 'Add a link to the mail, or ask for "opened" or "replied".');
}

function ofClicksOn(
  url: string,
  templates: readonly Template[],
  nobody: string,
  { linksOf }: Known,
): Outlook | undefined {
  const targets = templates.flatMap(linksOf);
  if (targets.some((target) => mayLeadTo(target, url))) return undefined;
  const links = [...new Set(targets.map(({ shown }) => shown))];
  const meant = didYouMean(url, links);
  const list = links.length > 0 ? `The links there are: ${inShort(links)}` : 'There is no link at all in them.';
  const hint = meant.startsWith('Did you mean') ? meant : list;
  return never(`${nobody} has the link ${url}`, hint);
}

function inShort(links: readonly string[]): string {
  return links.length > 4 ? `${links.slice(0, 4).join(', ')}, … (${links.length} in all)` : `${links.join(', ')}.`;
}

function templatesOf({ steps }: Program, { templates }: Project): readonly Template[] {
  const names = [...steps.values()].flatMap((step) => (step.kind === 'send' ? step.template : []));
  return [...new Set(names)].flatMap((name) => templates.get(name) ?? []);
}

function ofTag(tag: string, { tags }: Known): Outlook | undefined {
  const meant = tags.meantBy(tag);
  if (meant === undefined) return undefined;
  return never(`nobody sets the tag ${quoted(tag)}`, `Did you mean ${quoted(meant)}?`);
}

function ofPoints({ of, test }: Extract<Condition, { kind: 'points' }>, { scoring }: Project): Outlook | undefined {
  const range = rangeOf(test);
  const fit = Math.min(
    scoring.fit.cap,
    scoring.fit.rules.reduce((sum, rule) => sum + Math.max(0, rule.points), 0),
  );
  const most = { fit, engagement: scoring.engagement.cap, score: fit + scoring.engagement.cap }[of];
  if (!range) return undefined;
  const because = `the ${of} cannot be more than ${most}`;
  const hint = 'That is what the caps and points of scoring.json add up to.';
  if (range.low > most || (range.low === most && range.openLow)) return never(because, hint);
  const isFree = range.low === -Infinity && (range.high > most || (range.high === most && !range.openHigh));
  return isFree ? { will: 'always', because, hint } : undefined;
}

/** Whoever takes the consent back leaves the sequence before any of its steps is asked. */
function ofConsent(status: string): Outlook {
  const because = 'only leads that have agreed to get mail are in a sequence';
  return { will: status === 'granted' ? 'always' : 'never', because, hint: 'Leave this condition out.' };
}
