import { Chart, type ChartParts } from './chart.js';
import { timeText } from './time.js';

type LineParts = ChartParts & {
  /** The instants of the values, in order. */
  readonly at: readonly (string | Date | number)[];
  /** How an instant is written; else as a day. */
  readonly writeAt?: (at: Date) => string;
  readonly zone?: string;
};

/** Numbers through time. */
export function LineChart({ at, writeAt, ...rest }: LineParts) {
  const { zone } = rest;
  const writeX = (x: number): string => (writeAt ? writeAt(new Date(x)) : timeText(new Date(x), 'day', zone));
  return <Chart {...rest} kind="line" xs={at.map((one) => new Date(one).getTime())} writeX={writeX} />;
}
