import { rounded } from './figures.js';

/** One figure of the table, with the bar it is held against. */
export type Figure = {
  readonly key: string;
  readonly label: string;
  /** Missing when it could not be measured; then `note` says why. */
  readonly value: number | undefined;
  readonly bar: { readonly atLeast: number } | { readonly atMost: number };
  readonly note?: string;
};

/** What one part found: figures, further numbers for the JSON, and lines that explain them. */
export type Finding = {
  readonly figures: readonly Figure[];
  readonly more?: Readonly<Record<string, unknown>>;
  readonly lines?: readonly string[];
};

export function printFindings(findings: readonly Finding[], json: boolean): void {
  for (const { lines = [] } of findings) for (const line of lines) console.log(line);
  console.log(`\n${row('', 'measured', 'bar', '')}`);
  for (const figure of findings.flatMap(({ figures }) => figures)) console.log(figureRow(figure));
  if (!json) return;
  const values = findings.flatMap(({ figures, more = {} }) => [
    ...figures.map(({ key, value }) => [key, value === undefined ? null : rounded(value, 3)] as const),
    ...Object.entries(more),
  ]);
  console.log(JSON.stringify(Object.fromEntries(values)));
}

function figureRow({ label, value, bar, note }: Figure): string {
  const isMet = value !== undefined && ('atLeast' in bar ? value >= bar.atLeast : value <= bar.atMost);
  const sign = value === undefined ? '?' : isMet ? '✔' : '✖';
  const limit = 'atLeast' in bar ? `≥ ${bar.atLeast}` : `≤ ${bar.atMost}`;
  return row(`${sign} ${label}`, value === undefined ? '—' : value.toPrecision(3), limit, note ?? '');
}

export function row(label: string, ...cells: readonly string[]): string {
  return [label.padEnd(64), ...cells.slice(0, -1).map((cell) => cell.padStart(10)), `  ${cells.at(-1) ?? ''}`]
    .join('')
    .trimEnd();
}

export function span({ lowest, highest }: { readonly lowest: number; readonly highest: number }): string {
  return `${lowest.toFixed(2)} to ${highest.toFixed(2)}`;
}
