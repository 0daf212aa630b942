import { distance } from 'fastest-levenshtein';

/** One problem in a file a marketer wrote: where it is, what is wrong, and how to mend it. Lines and columns start at 1. */
export type Diagnostic = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly severity: 'error' | 'warning';
};

/** Text from a file as a message may repeat it: on one line, and not endless. */
export function quoted(written: string): string {
  return JSON.stringify(written.length > 60 ? `${written.slice(0, 59)}…` : written);
}

/** "Did you mean …?" when one of the known names is a likely slip away, else the list of what is known. */
export function didYouMean(written: string, known: readonly string[]): string {
  const near = known
    .map((name) => ({ name, slips: distance(written.toLowerCase(), name.toLowerCase()) }))
    // A word with no letter in common is no slip, however short it is.
    .filter(
      ({ name, slips }) =>
        slips <= Math.max(2, Math.floor(name.length / 3)) && slips < Math.min(name.length, written.length),
    )
    .toSorted((a, b) => a.slips - b.slips)[0];
  if (near) return `Did you mean "${near.name}"?`;
  if (known.length === 0) return 'There are none yet.';
  const shown = known.slice(0, 12).join(', ');
  return `Use one of: ${shown}${known.length > 12 ? `, … (${known.length} in all)` : ''}.`;
}

/** `file:line:column  message. hint`, the form editors and terminals make clickable. */
export function diagnosticLine(d: Diagnostic): string {
  return `${d.file}:${d.line}:${d.column} ${d.severity} ${d.code}: ${d.message}${d.hint ? `. ${d.hint}` : ''}`;
}

/** Order in which a person reads problems: file by file, from the top. */
export function inReadingOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column);
}
