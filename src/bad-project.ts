import { type Diagnostic, diagnosticLine } from './diagnostic.js';
import { FixableError } from './errors.js';

/** A folder with any mistake in it is refused whole, with every one of them named. `so`: what is not done because of it. */
export function badProject(root: string, diagnostics: readonly Diagnostic[], so: string): FixableError {
  const isOne = diagnostics.length === 1;
  const lines = diagnostics.map((diagnostic) => `\n  ${diagnosticLine(diagnostic)}`).join('');
  return new FixableError({
    code: 'bad-project',
    where: root,
    what: `there ${isOne ? 'is 1 mistake' : `are ${diagnostics.length} mistakes`} in sequences/ and templates/, so ${so}`,
    fix: `Mend ${isOne ? 'it' : 'them'}; "rivulet validate" shows the lines:${lines}`,
  });
}
