import type { Diagnostic } from '../diagnostic.js';
import { type JsonPath, type JsonSource, readJson } from '../sequence/json-source.js';
import type { LintRule } from '../sequence/lint-file.js';
import type { LeadCounts } from './leads.js';
import type { Outlooks } from './outlook.js';
import type { Program } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import type { ProjectFiles } from '../sequence/project-files.js';

/** What the rules look at: a project without mistakes, and what is known beside it. */
export type Linted = {
  readonly project: Project;
  readonly files: ProjectFiles;
  /** Files under `templates/assets`, by their path under `templates/`: `assets/logo.png`. */
  readonly assets: ReadonlySet<string>;
  /** How many leads have which field; without it nothing is said of leads. */
  readonly leads?: LeadCounts;
  readonly outlooks: Outlooks;
};

/** A place in a JSON file, by its path there, or in a template. */
export type Place =
  | { readonly file: string; readonly path: JsonPath; readonly onKey?: boolean }
  | { readonly file: string; readonly line: number; readonly column: number };

/** What a rule has found. */
export type Finding = {
  readonly rule: LintRule | 'useless-silence';
  readonly place: Place;
  readonly message: string;
  readonly hint: string;
};

/** The place of something in a program, in the file it was written in. */
export function placeIn({ name }: Program, path: JsonPath, onKey = false): Place {
  return { file: `sequences/${name}.json`, path, onKey };
}

/** Shows findings where they are. A JSON file is read for its lines once, and only if something was found in it. */
export function toDiagnostics(findings: readonly Finding[], files: ProjectFiles): readonly Diagnostic[] {
  const texts = new Map([...files.sequences.values(), files.brand].map(({ file, text }) => [file, text]));
  const sources = new Map<string, JsonSource>();
  const sourceOf = (file: string): JsonSource => {
    const source = sources.get(file) ?? readJson(file, texts.get(file) ?? '{}');
    sources.set(file, source);
    return source;
  };
  return findings.map(({ rule, place, message, hint }): Diagnostic => {
    const what = { code: rule, message, hint };
    if ('line' in place) return { ...place, ...what, severity: 'warning' };
    const { file, path, onKey = false } = place;
    return { ...sourceOf(file).problem(path, { ...what, onKey }), severity: 'warning' };
  });
}
