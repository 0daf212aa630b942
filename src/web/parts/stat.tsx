import { ArrowDown, ArrowRight, ArrowUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Tone } from './badge.js';

type StatParts = {
  readonly label: string;
  /** Already written as people read it; undefined while it loads. */
  readonly value: ReactNode | undefined;
  /** What it was before, in words, and whether that is good: `{ by: '+12 %', way: 'up', tone: 'good' }`. */
  readonly change?: { readonly by: string; readonly way: 'up' | 'down' | 'same'; readonly tone?: Tone } | undefined;
  /** What the number counts, in one line. */
  readonly means?: ReactNode;
  readonly to?: string;
};

const arrows = { up: ArrowUp, down: ArrowDown, same: ArrowRight } as const;

/** One number, what it means and how it changed. */
export function Stat({ label, value, change, means, to }: StatParts) {
  const Arrow = change && arrows[change.way];
  return (
    <div className="stat">
      <dt>{to ? <Link href={to}>{label}</Link> : label}</dt>
      <dd>
        <span className="stat-value">{value ?? <span className="bone" aria-hidden="true" />}</span>
        {change && Arrow && (
          <span className={`stat-change ${change.tone ?? 'plain'}`}>
            <Arrow size={14} aria-hidden /> {change.by}
          </span>
        )}
        {means && <span className="stat-means">{means}</span>}
      </dd>
    </div>
  );
}

/** Numbers in a row. */
export function Stats({ children }: { readonly children: ReactNode }) {
  return <dl className="stats">{children}</dl>;
}
