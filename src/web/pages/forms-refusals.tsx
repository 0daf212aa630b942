import type { Told } from '../data/call.js';
import { count } from '../data/format.js';
import { Empty } from '../parts/empty.js';
import { type Column, Table } from '../parts/table.js';

type Tallied = Pick<Told<'GET /api/forms'>['items'][number], 'refused'>;

/** How many a form has refused, for whichever reason. */
export function refusedIn({ refused }: Tallied): number {
  return Object.values(refused).reduce((sum, one) => sum + one, 0);
}

/** What each defence looks for, and what whoever it turns away sees of it. */
const defences: Readonly<Record<string, { readonly name: string; readonly tells: string }>> = {
  'hidden-field': {
    name: 'A hidden field was filled in',
    tells: 'No person sees it; programs that fill in everything do. They are told that all went well.',
  },
  'too-fast': {
    name: 'Sent faster than anybody reads',
    tells: 'The form comes back with all that stood in it, to be sent once more.',
  },
  network: {
    name: 'Too many from one network',
    tells: 'Whoever is refused may try again later; what was typed stays.',
  },
  address: {
    name: 'Too many for one address',
    tells: 'Keeps somebody from being flooded with mails that they never asked for.',
  },
  'address-kind': {
    name: 'A kind of address that the form does not take',
    tells: 'Says so beside the field: “refuse” in the file of the form says which.',
  },
};

type Refusal = { readonly defence: string; readonly times: number };

const columns: readonly Column<Refusal>[] = [
  { id: 'why', header: 'Why', isHead: true, cell: ({ defence }) => defences[defence]?.name ?? defence },
  { id: 'times', header: 'Times', isNumber: true, cell: ({ times }) => count(times) },
  { id: 'tells', header: 'What it does', cell: ({ defence }) => defences[defence]?.tells ?? '' },
];

export function Refusals({ form }: { readonly form: Tallied }) {
  const rows = Object.entries(form.refused)
    .map(([defence, times]) => ({ defence, times }))
    .toSorted((a, b) => b.times - a.times);
  if (rows.length === 0)
    return (
      <Empty title="Nothing was refused">
        Programs that fill in forms, floods from one network and addresses that cannot be used are turned away and
        counted here.
      </Empty>
    );
  return <Table label="What was refused" columns={columns} rows={rows} keyOf={({ defence }) => defence} />;
}
