import { type Diagnostic, didYouMean, quoted } from '../diagnostic.js';
import type { Names } from './check.js';
import type { QuietHours } from './quiet-hours-file.js';
import type { JsonPath, JsonSource } from './json-source.js';
import { valueAt } from './json-source.js';
import type { Program } from './program.js';
import type { NamedFiles } from './project-files.js';
import { isMatch } from './transport-file.js';
import type { SendWindow } from './window-file.js';

/** Sequences that routes name and nobody has. */
export function checkDelivery({ delivery }: NamedFiles, { sequences }: Names): readonly Diagnostic[] {
  const routes = delivery?.value?.routes ?? [];
  return routes.flatMap((route, i) =>
    (route.sequences ?? []).flatMap((pattern, j): readonly Diagnostic[] => {
      if (!delivery || sequences.some((name) => isMatch(pattern, name))) return [];
      const written: JsonPath = ['routes', i, 'sequences'];
      const path = Array.isArray(valueAt(delivery.source.value, written)) ? [...written, j] : written;
      return [delivery.source.problem(path, unknownSequence(pattern, sequences))];
    }),
  );
}

function unknownSequence(pattern: string, sequences: readonly string[]) {
  const isOne = !pattern.includes('*');
  return {
    code: 'unknown-sequence',
    message: isOne ? `there is no sequence ${quoted(pattern)}` : `no sequence is called like ${quoted(pattern)}`,
    hint: didYouMean(pattern, sequences),
  };
}

/** A mail whose send window is open in quiet hours only: it would never go. */
export function checkQuietHours(
  { steps }: Program,
  quietHours: QuietHours | undefined,
  source: JsonSource,
): readonly Diagnostic[] {
  const shut = quietHours && [...steps.values()].find((step) => isNeverHeard(step, quietHours));
  if (!shut) return [];
  return [
    source.problem(shut.path, {
      code: 'impossible-window',
      message: 'the send window of this mail lies within the quiet hours of delivery.json',
      hint: 'Change one of them, or write "urgent": true.',
    }),
  ];
}

type Mail = { readonly kind: string; readonly window?: SendWindow; readonly urgent?: true };

/** On one clock only: what two clocks leave each other depends on the lead. */
function isNeverHeard({ window, urgent }: Mail, { from, to, timeZone }: QuietHours): boolean {
  if (!window || urgent || window.timeZone !== timeZone) return false;
  const isWithin = (begins: number, ends: number): boolean => begins <= window.from && window.to <= ends;
  return from < to ? isWithin(from, to) : isWithin(from, wholeDay) || isWithin(0, to);
}

const wholeDay = 24 * 60;
