import { useAsked } from '../data/address.js';
import type { Told } from '../data/call.js';
import { count, counted } from '../data/format.js';
import { useRead } from '../data/query.js';
import { Badge } from '../parts/badge.js';
import { Button } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Empty } from '../parts/empty.js';
import { Fields, Select } from '../parts/field.js';
import { Room } from '../parts/skeleton.js';
import { type Column, Table } from '../parts/table.js';
import { Time, timeText } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { Changes, Lines } from './sequence-changes.js';
import type { SequenceInFull } from './sequence.js';

type Revision = Told<'GET /api/sequences/:name/revisions'>['items'][number];

/** Every revision with those who run on it still, and how two of them differ. */
export function Revisions({ sequence }: { readonly sequence: SequenceInFull }) {
  const { name } = sequence;
  const { data, trouble, again } = useRead('GET /api/sequences/:name/revisions', { params: { name } });
  const { get, set } = useAsked();
  if (!data) return trouble ? <TroubleNote trouble={trouble} again={again} /> : <Room height="16rem" />;
  const { items } = data;
  const to = get('to') || sequence.revision;
  const from = get('from') || items.find(({ revision }) => revision !== to)?.revision;
  const columns = columnsFor((revision) => set({ from: revision, to: sequence.revision }), sequence.revision);
  return (
    <>
      <Table label="Revisions" columns={columns} rows={items} keyOf={({ revision }) => revision} />
      {from === undefined ? (
        <Empty title="It was never changed">
          Each edit of its file becomes a revision; here you will see what it changed.
        </Empty>
      ) : (
        <>
          <Fields>
            <Select
              label="Before"
              value={from}
              options={items.map(optionOf)}
              onChange={({ target }) => set({ from: target.value })}
            />
            <Select
              label="After"
              value={to}
              options={items.map(optionOf)}
              onChange={({ target }) => set({ to: target.value })}
            />
          </Fields>
          <Difference name={name} from={from} to={to} />
        </>
      )}
    </>
  );
}

function optionOf({ revision, firstAt, since }: Revision) {
  return { value: revision, label: `${revision}, ${since ? 'in force' : `of ${timeText(firstAt)}`}` };
}

function columnsFor(compare: (revision: string) => void, inForce: string): readonly Column<Revision>[] {
  return [
    {
      id: 'revision',
      header: 'Revision',
      isHead: true,
      cell: ({ revision, since, isReadable }) => (
        <>
          <code>{revision}</code> {since && <Badge tone="good">in force</Badge>}
          {!isReadable && <Badge tone="bad">cannot be read</Badge>}
        </>
      ),
    },
    { id: 'first', header: 'First in force', cell: ({ firstAt }) => <Time at={firstAt} as="exact" /> },
    { id: 'until', header: 'Replaced', cell: ({ until }) => (until ? <Time at={until} as="exact" /> : '–') },
    { id: 'active', header: 'Leads on it', isNumber: true, cell: ({ active }) => count(active) },
    {
      id: 'compare',
      header: 'Compare',
      cell: ({ revision }) =>
        revision === inForce ? (
          ''
        ) : (
          <Button isSmall onClick={() => compare(revision)}>
            With the one in force
          </Button>
        ),
    },
  ];
}

function Difference({ name, from, to }: { readonly name: string; readonly from: string; readonly to: string }) {
  const asked = { params: { name }, query: { from, to } };
  const { data, trouble, again } = useRead('GET /api/sequences/:name/diff', asked, { keep: true });
  if (!data) return trouble ? <TroubleNote trouble={trouble} again={again} /> : <Room height="16rem" />;
  return (
    <>
      <Card title="What it changed" tells={counted(data.changes.length, 'change')}>
        <Changes changes={data.changes} />
      </Card>
      {data.lines.length > 0 && (
        <Card title="In the file" tells="Both laid out alike." isFlush>
          <Lines lines={data.lines} label="The file before and after" />
        </Card>
      )}
    </>
  );
}
