import { lazy, type ReactNode, Suspense } from 'react';
import { Room } from './skeleton.js';

export type Series = {
  readonly name: string;
  /** As many as there are places on the x axis; null: not known there. */
  readonly values: readonly (number | null)[];
  /** Which of the six colours of charts; left out: the next one. */
  readonly color?: 1 | 2 | 3 | 4 | 5 | 6;
  /** Drawn broken: what is expected, not what was. */
  readonly isDashed?: boolean;
  /** Only a line at the edge of a band, to the series before it. */
  readonly isBand?: boolean;
};

export type ChartParts = {
  /** What it shows, as one would say it in a sentence. */
  readonly label: string;
  readonly series: readonly Series[];
  readonly height?: number;
  /** Writes a value; else a whole number. */
  readonly write?: (value: number) => string;
};

export type PlotParts = ChartParts & {
  readonly kind: 'line' | 'bar';
  /** Instants (ms) for lines, places from 0 on for bars. */
  readonly xs: readonly number[];
  readonly writeX: (x: number) => string;
  readonly isStacked?: boolean;
  readonly zone?: string;
};

const Plot = lazy(() => import('./plot.js'));

/** The picture, and the same numbers as a table for whoever cannot see it or wants to read them. */
export function Chart(parts: PlotParts) {
  const { label, height = 240, series } = parts;
  const isEmpty = series.every(({ values }) => values.every((value) => value === null || value === 0));
  return (
    <figure className="chart">
      <div className="chart-box" style={{ height }}>
        <Suspense fallback={<Room height={`${height}px`} />}>
          <Plot {...parts} height={height} />
        </Suspense>
        {isEmpty && <p className="chart-empty">Nothing to show for this time yet.</p>}
      </div>
      <figcaption>
        <Legend parts={parts} />
        <details>
          <summary>
            The numbers<span className="unseen"> of: {label}</span>
          </summary>
          <NumbersTable {...parts} />
        </details>
      </figcaption>
    </figure>
  );
}

function Legend({ parts: { series, label } }: { readonly parts: PlotParts }): ReactNode {
  if (series.length < 2) return <span className="quiet">{series[0]?.name ?? label}</span>;
  return (
    <ul className="legend">
      {series.map(({ name, color, isDashed }, at) => (
        <li key={name}>
          <span className={`swatch c${color ?? (at % 6) + 1} ${isDashed ? 'dashed' : ''}`} aria-hidden="true" />
          {name}
        </li>
      ))}
    </ul>
  );
}

function NumbersTable({ label, series, xs, writeX, write = String }: PlotParts) {
  return (
    <div className="table-box" role="group" aria-label={label} tabIndex={0}>
      <table className="table plain">
        <caption className="unseen">{label}</caption>
        <thead>
          <tr>
            <th scope="col"> </th>
            {series.map(({ name }) => (
              <th key={name} scope="col" className="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {xs.map((x, row) => (
            <tr key={x}>
              <th scope="row">{writeX(x)}</th>
              {series.map(({ name, values }) => {
                const value = values[row];
                return (
                  <td key={name} className="number">
                    {value === null || value === undefined ? '–' : write(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
