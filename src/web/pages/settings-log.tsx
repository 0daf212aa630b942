import { useSearchParams } from 'wouter';
import { type ItemOf, useCursorList, useRead } from '../data/query.js';
import { Badge } from '../parts/badge.js';
import { Button } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { CursorList } from '../parts/cursor-list.js';
import { Empty } from '../parts/empty.js';
import { Select } from '../parts/field.js';
import { type Column, Table } from '../parts/table.js';
import { Time } from '../parts/time.js';

type Entry = ItemOf<'GET /api/audit-log'>;
/** What the log is narrowed to, by the address of the page: so it can be sent to somebody. */
type Wanted = { readonly who?: string; readonly thing?: string };

/** Who changed what, newest first. */
export function AuditLog() {
  const [search, setSearch] = useSearchParams();
  const [who, thing] = [search.get('who') ?? '', search.get('thing') ?? ''];
  const wanted: Wanted = { ...(who ? { who } : {}), ...(thing ? { thing } : {}) };
  const narrow = ({ who: by = '', thing: to = '' }: Wanted): void =>
    setSearch({ ...(by ? { who: by } : {}), ...(to ? { thing: to } : {}) });
  const actors = useActors();
  const names = new Map(actors.map(({ id, name }) => [id, name]));
  const list = useCursorList('GET /api/audit-log', { query: wanted });
  const columns = columnsWith({ names, narrow: (more) => narrow({ ...wanted, ...more }) });
  return (
    <>
      <div className="settings-who">
        <Select
          label="Who did it"
          options={[{ value: '', label: 'Everybody' }, ...actors.map(({ id, told }) => ({ value: id, label: told }))]}
          value={who}
          onChange={({ target }) => narrow({ ...wanted, who: target.value })}
        />
      </div>
      {thing && (
        <p className="row">
          What was done to <code>{names.get(thing) ?? thing}</code>
          <Button isSmall onClick={() => narrow({ who })}>
            Show everything
          </Button>
        </p>
      )}
      <CursorList list={list} empty={<Nothing isNarrowed={who + thing !== ''} widen={() => narrow({})} />}>
        {(items) => (
          <Card isFlush>
            <Table
              label="What was changed, newest first"
              columns={columns}
              rows={items}
              keyOf={({ id }) => id}
              isStale={list.isStale}
            />
          </Card>
        )}
      </CursorList>
    </>
  );
}

function Nothing({ isNarrowed, widen }: { readonly isNarrowed: boolean; readonly widen: () => void }) {
  if (isNarrowed)
    return (
      <Empty title="Nothing of this is in the log" action={{ label: 'Show everything', onPress: widen }}>
        It goes back two years.
      </Empty>
    );
  return (
    <Empty title="Nobody has changed anything yet">
      Every change over the API, by these pages and by commands about access will stand here: who, what and when, and
      never what was written.
    </Empty>
  );
}

type Actor = { readonly id: string; readonly name: string; readonly told: string };

/** Everybody and everything that can change something. */
function useActors(): readonly Actor[] {
  const people = useRead('GET /api/users').data?.items ?? [];
  const keys = useRead('GET /api/keys').data?.items ?? [];
  return [
    ...people.map(({ id, name, email }) => ({ id, name, told: `${name} (${email})` })),
    ...keys.map(({ id, name, shown }) => ({ id, name: `key “${name}”`, told: `Key “${name}” (${shown}…)` })),
    { id: 'operator', name: 'the operator', told: 'The operator and the command line' },
  ];
}

const kinds = { user: undefined, key: 'key', operator: 'operator' } as const;
type Around = { readonly names: ReadonlyMap<string, string>; readonly narrow: (more: Wanted) => void };

function columnsWith({ names, narrow }: Around): readonly Column<Entry>[] {
  return [
    {
      id: 'at',
      header: 'When',
      cell: ({ at }) => (
        <span className="nowrap">
          <Time at={at} />
        </span>
      ),
    },
    {
      id: 'who',
      header: 'Who',
      cell: ({ who: { id, name, kind } }) => (
        <>
          <button type="button" className="link-like" onClick={() => narrow({ who: id })}>
            <bdi>{name}</bdi>
          </button>{' '}
          {kinds[kind] && <Badge>{kinds[kind]}</Badge>}
        </>
      ),
    },
    {
      id: 'what',
      header: 'What',
      isHead: true,
      cell: ({ route, does }) => (
        <>
          {does ?? route}
          {does && (
            <span className="under">
              <code>{route}</code>
            </span>
          )}
        </>
      ),
    },
    {
      id: 'things',
      header: 'To what',
      cell: ({ things }) => (things.length === 0 ? <span className="quiet">–</span> : things.map(linkTo)),
    },
    {
      id: 'fields',
      header: 'Fields',
      isExtra: true,
      cell: ({ fields }) => <span className="quiet">{fields.length === 0 ? '–' : fields.join(', ')}</span>,
    },
  ];

  function linkTo({ name, value }: Entry['things'][number]) {
    return (
      <button key={name} type="button" className="link-like" title={name} onClick={() => narrow({ thing: value })}>
        <bdi>{names.get(value) ?? value}</bdi>
      </button>
    );
  }
}
