import { type ItemOf, useRead } from '../data/query.js';
import { count } from '../data/format.js';
import { Address } from '../parts/address.js';
import { Badge } from '../parts/badge.js';
import { Card } from '../parts/card.js';
import { Skeleton } from '../parts/skeleton.js';
import { type Column, Table } from '../parts/table.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';

type Provider = ItemOf<'GET /api/webhooks'>;

/** Mail providers that tell what became of mails. */
export function ProviderWebhooks() {
  const { data, trouble, again } = useRead('GET /api/webhooks', undefined, { every: 60_000 });
  return (
    <Card
      title="Told to Rivulet"
      tells="by mail providers: what became of mails, and what people did with them"
      isFlush
    >
      {trouble && <TroubleNote trouble={trouble} again={again} />}
      {!data && !trouble && <Skeleton lines={9} />}
      {data && <Table label="Mail providers" columns={columns} rows={data.items} keyOf={({ provider }) => provider} />}
    </Card>
  );
}

const columns: readonly Column<Provider>[] = [
  {
    id: 'title',
    header: 'Provider',
    isHead: true,
    cell: ({ title, url, isSetUp }) => (
      <>
        {title}
        {isSetUp && (
          <span className="under">
            <Address of={url} />
          </span>
        )}
      </>
    ),
  },
  {
    id: 'state',
    header: 'State',
    cell: ({ isSetUp, setting, calls }) =>
      isSetUp ? (
        <Badge tone={calls.refused > 0 && calls.calls === 0 ? 'bad' : 'good'}>set up</Badge>
      ) : (
        <span className="quiet">
          not set up: needs <code>{setting}</code>
        </span>
      ),
  },
  { id: 'recorded', header: 'New events', isNumber: true, cell: ({ calls }) => count(calls.recorded) },
  { id: 'stray', header: 'Of nobody here', isNumber: true, isExtra: true, cell: ({ calls }) => count(calls.stray) },
  {
    id: 'refused',
    header: 'Refused calls',
    isNumber: true,
    cell: ({ calls }) => (
      <>
        {count(calls.refused)}
        {calls.lastRefusal && <span className="under">{calls.lastRefusal}</span>}
      </>
    ),
  },
  {
    id: 'last',
    header: 'Last call',
    cell: ({ calls: { lastAt } }) =>
      lastAt ? <Time at={lastAt} as="relative" /> : <span className="quiet">never</span>,
  },
];
