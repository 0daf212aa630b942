import { type Diagnostic, didYouMean, quoted } from '../diagnostic.js';
import { checkCondition, checkTriggers, type Names } from './check.js';
import { type Condition, conditionsIn } from './condition-file.js';
import type { JsonPath } from './json-source.js';
import type { NamedFiles } from './project-files.js';
import { allConditionsIn, type Segments } from './segments-file.js';

type Checked = {
  readonly scoring: NamedFiles['scoring'];
  readonly segments: Segments;
  readonly names: Names;
};

/** What holds between scoring.json and the rest of the project, and between its own parts. */
export function checkScoring(
  files: Pick<NamedFiles, 'scoring'>,
  segments: Segments,
  names: Names,
): readonly Diagnostic[] {
  const checked = { scoring: files.scoring, segments, names };
  return [...checkEngagement(checked), ...checkFit(checked), ...checkGroups(checked), ...checkThresholds(checked)];
}

function checkEngagement({ scoring: { source, value }, names }: Checked): readonly Diagnostic[] {
  return (value?.engagement.rules ?? []).flatMap((rule, i) => {
    const path = ['engagement', 'rules', i, 'on'];
    const circular = rule.on.find((trigger) => trigger.startsWith('threshold.'));
    if (circular === undefined) return checkTriggers(rule.on, path, source, names);
    // Points for leaving and none for reaching would turn for ever.
    const message = `${quoted(circular)} comes of the score, and cannot give points to it`;
    return [source.problem(path, { code: 'circular-points', message, hint: 'Give the points for what led there.' })];
  });
}

function checkFit({ scoring: { source, value }, segments, names }: Checked): readonly Diagnostic[] {
  return (value?.fit?.rules ?? []).flatMap((rule, i) => {
    const path = ['fit', 'rules', i, 'if'];
    const message = 'fit is about who the lead is; it cannot ask for scores or events';
    const hint = 'Use fields, tags or the stage, or make it a rule of engagement.';
    const circular = isCircular(rule.if, segments)
      ? [source.problem(path, { code: 'fit-asks-score', message, hint })]
      : [];
    return [...checkCondition(rule.if, path, source, names), ...circular];
  });
}

/** What a score is made of cannot ask what the score is. */
function isCircular(condition: Condition, segments: Segments): boolean {
  const circular = ['points', 'event', 'threshold', 'grid'];
  return allConditionsIn(condition, segments).some(({ kind }) => circular.includes(kind));
}

/** Groups that rules name and nobody defined, and those whose cap would have to be taken off two sums. */
function checkGroups({ scoring: { source, value } }: Checked): readonly Diagnostic[] {
  const known = Object.keys(value?.groups ?? {});
  const named = (part: 'engagement' | 'fit') =>
    (value?.[part]?.rules ?? []).flatMap(({ group }, i) =>
      group === undefined ? [] : [{ group, path: [part, 'rules', i, 'group'] as JsonPath }],
    );
  const inEngagement = named('engagement');
  const unknown = [...inEngagement, ...named('fit')].filter(({ group }) => !known.includes(group));
  const mixed = named('fit').filter(
    ({ group }) => known.includes(group) && inEngagement.some((other) => other.group === group),
  );
  return [
    ...unknown.map(({ group, path }) => {
      const message = `there is no group ${quoted(group)}`;
      const hint = `${didYouMean(group, known)} Groups are defined in "groups" of this file.`;
      return source.problem(path, { code: 'unknown-group', message, hint });
    }),
    ...mixed.map(({ group, path }) => {
      const message = `the group ${quoted(group)} has rules of engagement in it, and fit is summed up by itself`;
      return source.problem(path, {
        code: 'mixed-group',
        message,
        hint: 'Give the rules of fit a group of their own.',
      });
    }),
  ];
}

function checkThresholds({ scoring: { source, value }, names }: Checked): readonly Diagnostic[] {
  return (value?.thresholds ?? []).flatMap(({ name, if: condition }, i) => {
    if (!condition) return [];
    const path = ['thresholds', i, 'if'];
    return [
      ...checkCondition(condition, path, source, names),
      ...conditionsIn(condition).flatMap((part) => faultOf(part, name).map((fault) => source.problem(path, fault))),
    ];
  });
}

/** What the condition of a threshold cannot ask. */
function faultOf(part: Condition, threshold: string) {
  if (part.kind === 'threshold' && part.threshold === threshold) {
    const message = `the threshold ${quoted(threshold)} asks for itself, and nobody could ever reach it`;
    return [{ code: 'circular-threshold', message, hint: 'Take this out.' }];
  }
  if (part.kind !== 'clicked-link') return [];
  const message = 'a threshold has no mails of its own whose links could be meant';
  const hint = `Write { "event": "clicked", "path": ${quoted(part.url)} }.`;
  return [{ code: 'link-in-threshold', message, hint }];
}
