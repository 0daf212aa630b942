import { type Diagnostic, quoted } from '../diagnostic.js';
import type { FormFile } from './form-file.js';
import type { Program } from './program.js';
import type { Part } from './project-files.js';

/**
 * A form must not fill in the field by which a step finds whom to mail: anybody could have any mail program in the world
 * written to in our name, with a text of their own.
 */
export function checkOwners(programs: readonly Program[], forms: readonly Part<FormFile>[]): readonly Diagnostic[] {
  const steps = programs.flatMap((program) => [...program.steps.values()]);
  const owners = new Set(steps.flatMap((step) => (step.kind === 'notify' ? (step.owner ?? []) : [])));
  return forms.flatMap(({ source, value }) =>
    (value?.fields ?? []).flatMap(({ name }, i) => {
      if (!owners.has(name)) return [];
      const message = `whoever fills in ${quoted(name)} chooses who is mailed, as "notify" steps look there for an address`;
      const problem = { code: 'owner-from-form', message, hint: 'Take this field out of the form.' };
      return [source.problem(['fields', i, 'name'], problem)];
    }),
  );
}
