import { isDeepStrictEqual } from 'node:util';
import type { Diagnostic } from '../diagnostic.js';
import type { Program, ProgramStep } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import type { ProjectFiles } from '../sequence/project-files.js';

/** A project without mistakes, with the files it was read from and what may stay but should be looked at. */
export type CheckedProject = {
  readonly project: Project;
  readonly files: ProjectFiles;
  readonly warnings: readonly Diagnostic[];
};

type Unwarned = Omit<CheckedProject, 'warnings'>;

/** Says in words how one project differs from another; nothing where only the layout of JSON does. */
export function whatChanged(before: Unwarned, after: Unwarned): readonly string[] {
  const [old, current] = [before.project, after.project];
  const sequences = differences(old.programs, current.programs, (a, b) => a.revision === b.revision);
  const templates = differences(before.files.templates, after.files.templates, (a, b) => a.text === b.text);
  const rules = [...new Set([...Object.keys(old), ...Object.keys(current)])].filter(
    (part) => !spokenOfElsewhere.has(part) && !isDeepStrictEqual(partOf(old, part), partOf(current, part)),
  );
  return [
    ...told(sequences.changed, 'has a new revision', 'have new revisions'),
    ...told(sequences.added, 'is a new sequence', 'are new sequences'),
    ...told(sequences.gone, 'is gone', 'are gone'),
    ...told(templates.changed, 'is a changed template', 'are changed templates'),
    ...told(templates.added, 'is a new template', 'are new templates'),
    ...told(templates.gone, 'is a template that is gone', 'are templates that are gone'),
    ...(isDeepStrictEqual(old.brand, current.brand) ? [] : ['the brand has changed']),
    ...(rules.length > 0 ? [`other rules are in force (${named(rules)})`] : []),
  ];
}

/** Templates that leads on older revisions may still be due, and that are no longer there. */
export function lostTemplates({ templates }: Project, inUse: readonly Program[]): readonly string[] {
  const lost = inUse.flatMap(({ name, steps }) =>
    [...steps.values()]
      .flatMap(templatesOf)
      .filter((template) => !templates.has(template))
      .map(
        (template) =>
          `The template "${template}" is gone, but leads on an older revision of ${name} may still be due it. Such a mail fails: put the file back until they have finished.`,
      ),
  );
  return [...new Set(lost)];
}

function templatesOf(step: ProgramStep): readonly string[] {
  if (step.kind === 'pick') return step.pool.map(({ template }) => template);
  return 'template' in step ? [step.template] : [];
}

/** Parts of a project that are spoken of by themselves, or follow from the others. */
const spokenOfElsewhere: ReadonlySet<string> = new Set(['programs', 'sources', 'attention', 'templates', 'brand']);

function partOf(project: object, part: string): unknown {
  return Object.entries(project).find(([key]) => key === part)?.[1];
}

type Differences = Readonly<Record<'changed' | 'added' | 'gone', readonly string[]>>;

function differences<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  isSame: (a: T, b: T) => boolean,
): Differences {
  const both = [...after].flatMap(([name, value]) => {
    const old = before.get(name);
    return old !== undefined && !isSame(old, value) ? [name] : [];
  });
  return {
    changed: both,
    added: [...after.keys()].filter((name) => !before.has(name)),
    gone: [...before.keys()].filter((name) => !after.has(name)),
  };
}

function told(names: readonly string[], one: string, many: string): readonly string[] {
  return names.length === 0 ? [] : [`${named(names)} ${names.length === 1 ? one : many}`];
}

/** A list as a sentence has it; of a long one, the beginning. */
function named(names: readonly string[]): string {
  const shown = names.length > 7 ? [...names.slice(0, 6), `${names.length - 6} more`] : names;
  return new Intl.ListFormat('en-GB').format(shown);
}
