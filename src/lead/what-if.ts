import type { Diagnostic } from '../diagnostic.js';
import type { Change } from '../diff/change.js';
import { diffProgram } from '../diff/diff.js';
import type { Program } from '../sequence/program.js';
import { type Project, readRevision } from '../sequence/project.js';
import { type EditSetting, onTheirWay, type Waiting } from './on-their-way.js';

/** What an edit of one sequence would do. Without `after` the sequence would be gone. */
export type WhatIf = {
  readonly before: Program | undefined;
  readonly after: Program | undefined;
  readonly changes: readonly Change[];
  readonly leads: readonly Waiting[];
};

/** What a sequence would be with this text, which was found to be without mistakes. */
export function programOf(name: string, text: string): Program {
  return readRevision(name, JSON.parse(text));
}

/** What an edit changes, and what becomes of the leads in the sequence. */
export async function tellWhatIf(name: string, after: Program | undefined, setting: EditSetting): Promise<WhatIf> {
  const before = setting.project.programs.get(name);
  const project = withProgram(setting.project, name, after);
  return {
    before,
    after,
    changes: before && after ? diffProgram(before, after) : [],
    leads: await onTheirWay(name, after, { ...setting, project }),
  };
}

function withProgram(project: Project, name: string, after: Program | undefined): Project {
  const programs = new Map(project.programs);
  if (after) programs.set(name, after);
  else programs.delete(name);
  return { ...project, programs };
}

/** Mistakes that keep a file out, where there are some in it. */
export function mistakesIn(file: string, diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.filter((one) => one.file === file && one.severity === 'error');
}
