import { Chart, type ChartParts } from './chart.js';

type BarParts = ChartParts & {
  /** What each bar stands for. */
  readonly names: readonly string[];
  readonly isStacked?: boolean;
};

/** Numbers beside each other; the series on top of each other where `isStacked`. */
export function BarChart({ names, ...rest }: BarParts) {
  return <Chart {...rest} kind="bar" xs={names.map((_, at) => at)} writeX={(x) => names[x] ?? ''} />;
}
