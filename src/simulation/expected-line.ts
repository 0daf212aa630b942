/** Kinds of lines that a journey is told in. Those before `event` are compared without being asked for. */
export const lineKinds = ['mail', 'notice', 'call', 'enter', 'leave', 'stage', 'event', 'wait', 'step'] as const;
export type LineKind = (typeof lineKinds)[number];

/** An expected line taken apart. `what` begins with a sequence, sequence/step, stage or event. */
export type ExpectedLine = { readonly when: string; readonly kind: LineKind; readonly what: string };

export const lineForms = `Write for example "Mon 2 Mar 10:00 mail welcome/hello". After the time comes one of: ${lineKinds.join(', ')}.`;

const pattern =
  /^((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [1-3]?\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?: \d{4})? [0-2]\d:[0-5]\d) (\w+) (\S.*)$/;

/** Reads a line as a person wrote it: blanks may be more than one, so that columns can be aligned. */
export function readExpectedLine(written: string): ExpectedLine | undefined {
  const [, when, word, what] = pattern.exec(squeezed(written)) ?? [];
  const kind = lineKinds.find((known) => known === word);
  return when && kind && what ? { when, kind, what } : undefined;
}

export function isExpectedLine(written: string): boolean {
  return readExpectedLine(written) !== undefined;
}

export function squeezed(written: string): string {
  return written.trim().replace(/\s+/g, ' ');
}
