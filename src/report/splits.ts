import type { StepOfKind } from '../sequence/program.js';
import { verdictOn } from './interval.js';
import { type Material, namesOf } from './needs.js';
import type { Column, Table } from './report.js';
import type { WayFact } from './split-tallies.js';
import { sumBy } from './sums.js';
import { coded, decoded } from './tally.js';

/** What came of the ways of a split. */
export type Split = {
  readonly sequence: string;
  readonly step: string;
  /** What the way of a run is kept under. */
  readonly key: string;
  /** What decides, as people call it, and the fact under which it is counted. */
  readonly by: string;
  readonly fact: WayFact;
  readonly ways: readonly { readonly name: string; readonly part: number; readonly whole: number }[];
};

/** What came of the ways of splits that were taken in a period, and what can be said of them. */
export function splitTables(material: Material): readonly Table[] {
  const splits = splitsOf(material);
  if (splits.length === 0) return [];
  const common: readonly Column[] = [
    { key: 'sequence', title: 'sequence', means: 'the sequence' },
    { key: 'split', title: 'split', means: 'the step; of an earlier version of the file, what it was kept as' },
  ];
  const ways: readonly Column[] = [
    ...common,
    { key: 'way', title: 'way', means: 'the way taken' },
    { key: 'entered', title: 'took it', means: 'runs that took the way in the period' },
    { key: 'by', title: 'counts', means: 'what the split is judged by' },
    {
      key: 'share',
      title: 'did it',
      means: 'share of them that did it since, and where the true share lies (95 %, Wilson)',
    },
  ];
  const verdicts: readonly Column[] = [
    ...common,
    { key: 'verdict', title: 'verdict', means: 'what can be said of the difference (95 %, Newcombe)' },
    { key: 'best', title: 'best', means: 'the way that is better for sure enough' },
    { key: 'needed', title: 'needed', means: 'people still needed' },
  ];
  return [
    {
      name: 'splits',
      title: 'Splits',
      columns: ways,
      rows: splits.flatMap(({ sequence, step, by, ways: taken }) =>
        taken.map(({ name, part, whole }) => [sequence, step, name, whole, by, { share: { part, whole } }]),
      ),
      isGrouped: true,
    },
    {
      name: 'verdicts',
      title: 'Verdicts',
      columns: verdicts,
      rows: splits.map(({ sequence, step, ways: taken }) => {
        const { says, best, needed } = verdictOn(taken);
        return [sequence, step, says, best ?? null, needed ?? null];
      }),
      isGrouped: true,
    },
  ];
}

/** Every split that was come to in a period, with what became of those who took its ways. */
export function splitsOf(material: Pick<Material, 'parts' | 'project' | 'ask' | 'costs'>): readonly Split[] {
  const { parts, project } = material;
  const sums = sumBy(parts, ({ series }) => series.of);
  return namesOf('sequence', sums.keys(), material).flatMap((sequence) => {
    const own = sums.get(sequence)?.get('w') ?? new Map<string, number>();
    const steps = [...(project.programs.get(sequence)?.steps.values() ?? [])];
    const known = steps.filter((step): step is StepOfKind<'split'> => step.kind === 'split');
    const keys = [...new Set([...own.keys()].map((key) => decoded(key.split('/')[0] ?? '')))];
    return keys.map((key): Split => {
      const step = known.find((one) => one.key === key);
      const { by, fact } = judgedBy(step);
      const names = [...own.keys()]
        .filter((one) => one.startsWith(`${coded(key)}/`))
        .map((one) => decoded(one.split('/')[1] ?? ''));
      const ways = [...new Set(names)].toSorted().map((name) => {
        const at = (what: WayFact): number => own.get(`${coded(key)}/${coded(name)}/${what}`) ?? 0;
        return { name, part: at(fact), whole: at('entered') };
      });
      return { sequence, step: step?.id ?? key, key, by, fact, ways };
    });
  });
}

/** What a split is judged by: its own rule, or clicks where it has none or is of an earlier version. */
function judgedBy(step: StepOfKind<'split'> | undefined): Pick<Split, 'by' | 'fact'> {
  const by = step?.winner?.by ?? 'clicked';
  const known = (['opened', 'clicked', 'replied', 'converted'] as const).find((one) => one === by);
  return { by, fact: known ?? 'counted' };
}
