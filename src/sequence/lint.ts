import { type Diagnostic, inReadingOrder } from '../diagnostic.js';
import { findPoorMails } from './lint-content.js';
import { type LintRule, lintRules } from './lint-file.js';
import { type Finding, type Linted, toDiagnostics } from './lint-finding.js';
import { findVainGoals } from './lint-goals.js';
import { findMissingFields } from './lint-leads.js';
import { findDeadLinks } from './lint-links.js';
import { findTooEarly } from './lint-order.js';
import { outlooksIn } from './lint-outlook.js';
import { findCrowding } from './lint-pace.js';
import { findSilentPictures } from './lint-pictures.js';
import { findUnreachable } from './lint-reach.js';
import { heard, silencesIn } from './lint-silence.js';
import { findLongSubjects } from './lint-subject.js';

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
