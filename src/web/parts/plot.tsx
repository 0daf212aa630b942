import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useIsDark } from '../app/theme.js';
import { count } from '../data/format.js';
import type { PlotParts, Series } from './chart.js';
import './plot.css';

/** Draws a chart with uPlot; loaded with the first chart that is looked at. */
export default function Plot(parts: PlotParts & { readonly height: number }) {
  const box = useRef<HTMLDivElement>(null);
  const isDark = useIsDark();
  const drawn = useRef(parts);
  drawn.current = parts;
  const shape = JSON.stringify([parts.kind, parts.isStacked, parts.series, parts.xs, parts.height]);
  useEffect(() => {
    const { current } = box;
    if (!current) return;
    const plot = new UPlot(optionsOf(drawn.current, current), dataOf(drawn.current), current);
    const watch = new ResizeObserver(() => plot.setSize({ width: current.clientWidth, height: drawn.current.height }));
    watch.observe(current);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
    // Drawn anew when the theme changes: a canvas knows no custom properties.
  }, [shape, isDark]);
  return (
    <div ref={box} role="img" aria-label={`${parts.label}. The numbers stand below as a table.`} className="plot" />
  );
}

/** What each series adds to those below it. */
function stacked(series: readonly Series[]): (number | null)[][] {
  const sums: number[] = [];
  return series.map(({ values }) => values.map((value, at) => (sums[at] = (sums[at] ?? 0) + (value ?? 0))));
}

function dataOf({ kind, xs, series, isStacked }: PlotParts): UPlot.AlignedData {
  const x = kind === 'line' ? xs.map((at) => at / 1000) : [...xs];
  // What is stacked is drawn from the highest sum down, so that each bar covers the part of those below.
  const ys = isStacked ? stacked(series).toReversed() : series.map(({ values }) => [...values]);
  return [x, ...ys];
}

function optionsOf(parts: PlotParts & { readonly height: number }, box: HTMLElement): UPlot.Options {
  const { kind, xs, writeX, series, isStacked, height, write = count, zone } = parts;
  const style = getComputedStyle(box);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--quiet'),
    font: `12px ${style.fontFamily}`,
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  };
  const shown = isStacked ? series.toReversed() : series;
  const bandColor = color('--chart-1');
  const base: UPlot.Options = {
    width: box.clientWidth,
    height,
    // To the right there is room for half a day's name, which else would be cut off.
    padding: [12, 28, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: {
      x: { time: kind === 'line', ...(kind === 'bar' ? { range: [-0.6, xs.length - 0.4] } : {}) },
      y: { range: (_, __, most) => [0, upper(most)] },
    },
    axes: [
      kind === 'line'
        ? {
            ...axis,
            space: nameWidth,
            ...(isEven(xs) ? { splits: (plot) => namedOf(xs, plot.width) } : isByDay(xs) ? { incrs: daySteps } : {}),
            values: (_, splits) => splits.map((seconds) => tick(seconds, splits, zone)),
          }
        : {
            ...axis,
            grid: { show: false },
            splits: () => [...xs],
            values: (_, splits) => namesThatFit(splits, writeX, box.clientWidth),
          },
      // What is counted has no halves.
      {
        ...axis,
        size: 56,
        ...(write === count ? { incrs: countSteps } : {}),
        values: (_, splits) => splits.map((value) => write(value)),
      },
    ],
    series: [
      {},
      ...shown.map((one, at) =>
        seriesOf(one, isStacked ? series.length - 1 - at : at, { kind, color, isStacked, of: shown.length }),
      ),
    ],
    bands: series.flatMap(({ isBand }, at) =>
      isBand && at > 0 && !isStacked
        ? [{ series: [at, at + 1] as [number, number], fill: `${bandColor}26`, dir: -1 as const }]
        : [],
    ),
    plugins: [hover(parts)],
  };
  return zone ? { ...base, tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), zone) } : base;
}

const dayMs = 86_400_000;
/** Steps of an axis, in the seconds that it counts in: whole days, weeks and years. */
const daySteps = [1, 2, 3, 5, 7, 14, 28, 56, 91, 182, 365, 730].map((days) => (days * dayMs) / 1000);
const countSteps = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7].flatMap((ten) => [ten, 2 * ten, 5 * ten]);

/** How much room a name below a line takes, in pixels. */
const nameWidth = 76;

/** Whether the values stand a day or more apart, and all as far: by week, say. A day of summer time has 23 hours. */
function isEven(xs: readonly number[]): boolean {
  const gaps = xs.slice(1).map((at, i) => at - (xs[i] ?? at));
  return gaps.length > 0 && Math.min(...gaps) > 0.9 * dayMs && Math.max(...gaps) - Math.min(...gaps) < 0.1 * dayMs;
}

/** Those of them that are named below the line, in seconds: as many as there is room for. */
function namedOf(xs: readonly number[], width: number): number[] {
  const every = Math.ceil((xs.length * nameWidth) / width);
  return xs.filter((_, at) => at % every === 0).map((at) => at / 1000);
}

/** Whether there is at most one value a day: hours between them would say nothing. A day of summer time has 23 hours. */
function isByDay(xs: readonly number[]): boolean {
  return xs.every((at, i) => i === 0 || at - (xs[i - 1] ?? 0) > 0.9 * dayMs);
}

type Drawing = {
  readonly kind: 'line' | 'bar';
  readonly color: (name: string) => string;
  readonly isStacked: boolean | undefined;
  readonly of: number;
};

function seriesOf(
  { name, color: chosen, isDashed }: Series,
  at: number,
  { kind, color, isStacked, of }: Drawing,
): UPlot.Series {
  const stroke = color(`--chart-${chosen ?? (at % 6) + 1}`);
  if (kind === 'line')
    return { label: name, stroke, width: 2, points: { show: false }, ...(isDashed ? { dash: [6, 5] } : {}) };
  const size: [number, number] = [isStacked ? 0.7 : 0.7 / of, 64];
  const bars = UPlot.paths.bars?.({ size, align: 0 });
  const offset = isStacked || of === 1 ? undefined : shifted(at, of);
  const paths = offset ?? bars;
  return { label: name, stroke, fill: stroke, width: 0, points: { show: false }, ...(paths ? { paths } : {}) };
}

/** Bars of one place stand side by side. */
function shifted(at: number, of: number): UPlot.Series.PathBuilder | undefined {
  const width = 0.7 / of;
  return UPlot.paths.bars?.({
    disp: {
      x0: { unit: 1, values: (plot) => [...plot.data[0]].map((x) => x - 0.35 + at * width) },
      size: { unit: 1, values: (plot) => Array.from(plot.data[0], () => width) },
    },
  });
}

/** A day or, where the days are less than one apart, a time of day. */
function tick(seconds: number, splits: readonly number[], zone: string | undefined): string {
  const isShort = (splits[1] ?? seconds) - (splits[0] ?? 0) < 86_400;
  const shape = isShort
    ? ({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const)
    : ({ day: 'numeric', month: 'short' } as const);
  return new Intl.DateTimeFormat('en-GB', zone ? { ...shape, timeZone: zone } : shape).format(seconds * 1000);
}

/** A little above the highest value, and something where all are zero. */
function upper(most: number | null): number {
  return most && most > 0 ? most * 1.08 : 1;
}

/** As many names as find room, at even distances. */
function namesThatFit(splits: readonly number[], write: (x: number) => string, width: number): string[] {
  const names = splits.map((x) => write(x));
  const longest = Math.max(1, ...names.map(({ length }) => length)) * 7 + 12;
  const every = Math.max(1, Math.ceil((names.length * longest) / Math.max(1, width - 60)));
  return names.map((name, at) => (at % every === 0 ? name : ''));
}

/** What stands under the pointer, in words. */
function hover({ series, writeX, xs, write = count }: PlotParts): UPlot.Plugin {
  const tip = document.createElement('div');
  tip.className = 'plot-tip';
  tip.hidden = true;
  return {
    hooks: {
      init: (plot) => plot.over.append(tip),
      setCursor: (plot) => {
        const { idx, left = -1 } = plot.cursor;
        const x = idx === null || idx === undefined ? undefined : xs[idx];
        tip.hidden = x === undefined || left < 0;
        if (x === undefined || idx === null || idx === undefined) return;
        const lines = series.map(
          ({ name, values }) =>
            `${name}: ${values[idx] === null || values[idx] === undefined ? '–' : write(values[idx])}`,
        );
        tip.textContent = [writeX(x), ...lines].join('\n');
        const isRight = left > plot.over.clientWidth / 2;
        tip.style.left = isRight ? '' : `${left + 12}px`;
        tip.style.right = isRight ? `${plot.over.clientWidth - left + 12}px` : '';
      },
    },
  };
}
