import { count, shareOf } from '../data/format.js';
import { Badge, type Tone } from '../parts/badge.js';
import { Empty } from '../parts/empty.js';
import { type Column, Table } from '../parts/table.js';
import type { SequenceInFull } from './sequence.js';

type Left = SequenceInFull['left'][number] & { readonly all: number; readonly stood: string };

const kinds: Readonly<Record<Left['kind'], { readonly says: string; readonly tone: Tone }>> = {
  finished: { says: 'came to its end', tone: 'plain' },
  goal: { says: 'reached the goal', tone: 'good' },
  'exit-step': { says: 'by a step', tone: 'plain' },
  early: { says: 'ended early', tone: 'warn' },
};

const columns: readonly Column<Left>[] = [
  { id: 'because', header: 'Why', isHead: true, cell: ({ because }) => <bdi>{because}</bdi> },
  {
    id: 'kind',
    header: 'How',
    cell: ({ kind }) => <Badge tone={kinds[kind].tone}>{kinds[kind].says}</Badge>,
  },
  { id: 'where', header: 'Where they stood', cell: ({ stood }) => stood },
  { id: 'count', header: 'Runs', isNumber: true, cell: ({ count: many }) => count(many) },
  { id: 'share', header: 'Of all that ended', isNumber: true, cell: ({ count: many, all }) => shareOf(many, all) },
];

/** Where and why runs ended, the most frequent first. */
export function Leaving({ sequence: { left, flow, title } }: { readonly sequence: SequenceInFull }) {
  if (left.length === 0)
    return <Empty title="Nobody has left it yet">Here you will see where runs ended, and why.</Empty>;
  const all = left.reduce((sum, one) => sum + one.count, 0);
  const words = new Map(flow.nodes.map((node) => [node.id, node.words]));
  const rows = left.map((one) => ({
    ...one,
    all,
    stood: (one.step === null ? undefined : words.get(one.step)) ?? one.where,
  }));
  return (
    <Table
      label={`Why runs of ${title} ended`}
      columns={columns}
      rows={rows}
      keyOf={({ step, where, because }) => `${step} ${where} ${because}`}
      toneOf={({ kind }) => (kind === 'early' ? 'warn' : undefined)}
    />
  );
}
