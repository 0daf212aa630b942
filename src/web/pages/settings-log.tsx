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
  const narrow = (next: Wanted): void => setSearch(Object.entries(next).map(([key, value]) => [key, value]));
  const list = useCursorList('GET /api/audit-log', { query: wanted });
  const isNarrowed = Object.keys(wanted).length > 0;
  return (
    <>
      <div className="fields">
        <WhoChoice value={who} onChange={(next) => narrow({ ...(thing ? { thing } : {}), ...(next ? { who: next } : {}) })} />
      </div>
      {thing && (
        <p className="row">
          What was done to <code>{thing}</code>
          <Button isSmall onClick={() => narrow(who ? { who } : {})}>
            Show everything
          </Button>
        </p>
      )}
      <CursorList
        list={list}
        empty={
          isNarrowed ? (
            <Empty title="Nothing of this is in the log" action={{ label: 'Show everything', onPress: () => narrow({}) }}>
              It goes back two years.
            </Empty>
          ) : (
            <Empty title="Nobody has changed anything yet">
              Every change over the API, by these pages and by commands about access will stand here: who, what and
              when, and never what was written.
            </Empty>
          )
        }
      >
        {(items) => (
          <Card isFlush>
            <Table
              label="Audit log"
              columns={columnsWith((more) => narrow({ ...wanted, ...more }))}
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

function WhoChoice({ value, onChange }: { readonly value: string; readonly onChange: (who: string) => void }) {
  const people = useRead('GET /api/users');
  const keys = useRead('GET /api/keys');
  const options = [
    { value: '', label: 'Everybody' },
    ...(people.data?.items ?? []).map(({ id, name, email }) => ({ value: id, label: `${name} (${email})` })),
    ...(keys.data?.items ?? []).map(({ id, name, shown }) => ({ value: id, label: `Key “${name}” (${shown}…)` })),
    { value: 'operator', label: 'The operator and the command line' },
  ];
  return <Select label="Who did it" options={options} value={value} onChange={({ target }) => onChange(target.value)} />;
}

const kinds = { user: undefined, key: 'key', operator: 'operator' } as const;

function columnsWith(narrow: (more: Wanted) => void): readonly Column<Entry>[] {
  return [
    { id: 'at', header: 'When', cell: ({ at }) => <Time at={at} /> },
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
      cell: ({ things }) =>
        things.length === 0 ? (
          <span className="quiet">–</span>
        ) : (
          things.map(({ name, value }) => (
            <span key={name} className="under">
              {name}{' '}
              <button type="button" className="link-like" onClick={() => narrow({ thing: value })}>
                {value}
              </button>
            </span>
          ))
        ),
    },
    {
      id: 'fields',
      header: 'Fields',
      isExtra: true,
      cell: ({ fields }) => <span className="quiet">{fields.length === 0 ? '–' : fields.join(', ')}</span>,
    },
  ];
}
