import * as z from 'zod';
import { number, strict } from '../schema.js';

const fits = ['A', 'B', 'C', 'D'] as const;
const engagements = ['1', '2', '3', '4'] as const;
type CellOf<Fit extends string, Engagement extends string> = `${Fit}${Engagement}`;

/** A place in the grid: how well a lead fits (A is best) and how engaged it is (1 is most). */
export type Cell = CellOf<(typeof fits)[number], (typeof engagements)[number]>;
export const cells: readonly Cell[] = fits.flatMap((fit) => engagements.map((engaged): Cell => `${fit}${engaged}`));

/** The least points for A, B and C, and for 1, 2 and 3; whoever has less is in D, or 4. */
export type Grid = { readonly fit: readonly number[]; readonly engagement: readonly number[] };

const usualGrid: Grid = { fit: [20, 12, 5], engagement: [60, 30, 10] };

function bounds(what: 'fit' | 'engagement', best: string, examples: readonly (readonly number[])[]) {
  const three = `${what} needs three numbers: the least points for ${best}\nWrite for example ${JSON.stringify(usualGrid[what])}.`;
  return z
    .array(number(what, -100_000, 100_000), { error: three })
    .length(3, { error: three, abort: true })
    .superRefine((points, context) => {
      const at = points.findIndex((bound, i) => i > 0 && bound >= (points[i - 1] ?? Infinity));
      if (at < 0) return;
      const message = `the bounds of ${what} must fall: ${points[at]} is not below ${points[at - 1]}\nWrite the highest first.`;
      context.addIssue({ code: 'custom', path: [at], params: { code: 'grid-not-falling' }, message });
    })
    .optional()
    .meta({
      description: `The least points of ${what} for ${best}, ${JSON.stringify(usualGrid[what])} unless said.`,
      examples: [...examples],
    });
}

/** `grid` of scoring.json: where the lines between its cells run. */
export const GridFile = strict({
  fit: bounds('fit', 'A, B and C; whoever has less is in D', [[20, 12, 5]]),
  engagement: bounds('engagement', '1, 2 and 3; whoever has less is in 4', [[60, 30, 10]]),
});

export function toGrid({ fit, engagement }: z.output<typeof GridFile> = {}): Grid {
  return { fit: fit ?? usualGrid.fit, engagement: engagement ?? usualGrid.engagement };
}

/** The cell of a lead with these points. */
export function cellOf(points: { readonly fit: number; readonly engagement: number }, grid: Grid): Cell {
  const place = (of: 'fit' | 'engagement'): number => {
    const reached = grid[of].findIndex((least) => points[of] >= least);
    return reached < 0 ? grid[of].length : reached;
  };
  return `${fits[place('fit')] ?? 'D'}${engagements[place('engagement')] ?? '4'}`;
}
