import { didYouMean } from '../diagnostic.js';
import { withoutComments } from '../message/mjml-tags.js';
import { isObject } from '../schema.js';
import type { JsonPath } from '../sequence/json-source.js';
import { type LintRule, lintRules } from '../sequence/lint-file.js';
import type { Finding, Linted, Place } from './finding.js';
import { endOfElement, placeAt, tagsIn } from './markup.js';

/** A rule that somebody has told to be quiet, and where. */
export type Silence = {
  readonly rule: string;
  readonly reason: string;
  readonly place: Place;
  readonly covers: (place: Place) => boolean;
};

/** Every silence in the project's files: "lint" in sequences, comments in templates. */
export function silencesIn({ project, files }: Pick<Linted, 'project' | 'files'>): readonly Silence[] {
  return [
    ...[...project.sources].flatMap(([name, value]) => inJson(value, `sequences/${name}.json`, [])),
    ...[...files.templates.values()].flatMap(({ file, text }) => inMjml(file, text)),
  ];
}

/** For the whole file, or for a step with all that is inside it. */
function inJson(value: unknown, file: string, path: JsonPath): readonly Silence[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]): readonly Silence[] => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    const rules = key === 'lint' && isObject(inner) ? Object.entries(inner).filter(([rule]) => isRule(rule)) : [];
    const own = rules.map(([rule, reason]): Silence => {
      const covers = (place: Place): boolean =>
        place.file === file && 'path' in place && path.every((part, i) => place.path[i] === part);
      return { rule, reason: String(reason), place: { file, path: [...here, rule], onKey: true }, covers };
    });
    return [...own, ...inJson(inner, file, here)];
  });
}

function isRule(name: string): name is LintRule {
  return lintRules.some((rule) => rule === name);
}

/** For the tag that comes next, with all that is inside it; before anything else in a file, for the whole file. */
function inMjml(file: string, text: string): readonly Silence[] {
  const comments = [...text.matchAll(/<!--\s*lint\b\s*([\w-]*)\s*:?([\s\S]*?)-->/g)];
  if (comments.length === 0) return [];
  const tags = tagsIn(text);
  return comments.map(({ 0: whole, 1: rule = '', 2: reason = '', index }): Silence => {
    const isOnTop = withoutComments(text.slice(0, index)).trim() === '';
    const from = placeAt(file, text, index);
    const next = tags.find((tag) => tag.offset >= index + whole.length);
    const to = placeAt(file, text, next ? endOfElement(next, text) : index + whole.length);
    const covers = (place: Place): boolean =>
      place.file === file && (isOnTop || (!isAfter(from, place) && isAfter(to, place)));
    return { rule, reason: reason.trim(), place: from, covers };
  });
}

function isAfter(a: Place, b: Place): boolean {
  if (!('line' in a) || !('line' in b)) return false;
  return a.line > b.line || (a.line === b.line && a.column > b.column);
}

/** The findings that nobody has silenced, and the silences that are of no use. `asked`: the rules that were looked at. */
export function heard(
  findings: readonly Finding[],
  silences: readonly Silence[],
  asked: readonly LintRule[],
): readonly Finding[] {
  const silencing = (finding: Finding): readonly Silence[] =>
    silences.filter(({ rule, covers }) => rule === finding.rule && covers(finding.place));
  const used = new Set(findings.flatMap(silencing));
  return [
    ...findings.filter((finding) => silencing(finding).length === 0),
    ...silences.flatMap((silence) => useless(silence, used.has(silence), asked)),
  ];
}

function useless({ rule, reason, place }: Silence, isUsed: boolean, asked: readonly LintRule[]): readonly Finding[] {
  const found = (message: string, hint: string): readonly Finding[] => [
    { rule: 'useless-silence', place, message, hint },
  ];
  if (!isRule(rule)) return found(`there is no lint rule "${rule}"`, didYouMean(rule, lintRules));
  if (!isUsed && asked.includes(rule))
    return found(`this silences nothing: "${rule}" finds nothing here`, whereElse(rule, place));
  if (reason === '')
    return found(`"${rule}" is silenced without a reason`, `Write <!-- lint ${rule}: why it may stay -->.`);
  return [];
}

const ofTemplates: readonly LintRule[] = [
  'no-plain-text',
  'no-alt-text',
  'no-preheader',
  'dead-link',
  'clipped-by-gmail',
  'no-unsubscribe',
];

/** A rule is silenced in the file that it finds things in. */
function whereElse(rule: LintRule, place: Place): string {
  const isInTemplate = 'line' in place;
  if (rule === 'missing-field' || ofTemplates.includes(rule) === isInTemplate) return 'Take it away.';
  if (isInTemplate) return `It looks at sequences: write "lint": { "${rule}": "…" } there, or take this away.`;
  return `It looks at templates: write <!-- lint ${rule}: … --> there, or take this away.`;
}
