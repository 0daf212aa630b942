import { type Diagnostic, inReadingOrder } from '../diagnostic.js';
import { findPoorMails } from './content.js';
import { type LintRule, lintRules } from '../sequence/lint-file.js';
import { type Finding, type Linted, toDiagnostics } from './finding.js';
import { findVainGoals } from './goals.js';
import { findMissingFields } from './leads.js';
import { findDeadLinks } from './links.js';
import { findTooEarly } from './order.js';
import { outlooksIn } from './outlook.js';
import { findCrowding } from './pace.js';
import { findSilentPictures } from './pictures.js';
import { findUnreachable } from './reach.js';
import { heard, silencesIn } from './silence.js';
import { findLongSubjects } from './subject.js';

const rules: readonly ((linted: Linted) => readonly Finding[])[] = [
  findUnreachable,
  findTooEarly,
  findVainGoals,
  findCrowding,
  findLongSubjects,
  findPoorMails,
  findSilentPictures,
  findDeadLinks,
  findMissingFields,
];

/** What is valid in a project but probably not what its author wants. Each finding is a warning with its rule as code. */
export function lintProject(given: Omit<Linted, 'outlooks'>): readonly Diagnostic[] {
  const linted = { ...given, outlooks: outlooksIn(given.project) };
  const asked: readonly LintRule[] = lintRules.filter((rule) => rule !== 'missing-field' || given.leads);
  const findings = heard(
    rules.flatMap((find) => find(linted)),
    silencesIn(linted),
    asked,
  );
  const diagnostics = toDiagnostics(findings, given.files);
  // A pool that several steps pick from is read once, however often it is looked at.
  const once = new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic]));
  return inReadingOrder([...once.values()]);
}
