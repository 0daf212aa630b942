import type { Diagnostic } from '../diagnostic.js';
import { attentionOf } from '../sequence/attention.js';
import { checkScoring } from '../sequence/check-scoring.js';
import type { Project } from '../sequence/project.js';
import { readPart } from '../sequence/project-files.js';
import { ScoringFile, toScoring } from '../sequence/scoring-file.js';
import { namesOf } from '../simulation/check-journey.js';

/** The project in force with other rules of scoring, to see what they would do; or what is wrong with them. */
export function withOtherRules(
  project: Project,
  { file, text }: { readonly file: string; readonly text: string },
): { readonly project: Project } | { readonly problems: readonly Diagnostic[] } {
  const part = readPart(ScoringFile, file, text);
  const thresholds = part.value && (part.value.thresholds ?? []).map(({ name }) => name);
  const names = { ...namesOf(project), thresholds };
  const problems = [...part.problems, ...checkScoring({ scoring: part }, project.segments, names)];
  if (!part.value || problems.length > 0) return { problems };
  const rules = { ...project, scoring: toScoring(part.value) };
  const programs = [...project.programs.values()];
  return { project: { ...rules, attention: attentionOf({ ...rules, programs }) } };
}
