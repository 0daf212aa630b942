import type { Told } from '../data/call.js';
import { count } from '../data/format.js';
import { useRead } from '../data/query.js';
import { Badge } from '../parts/badge.js';
import { Card } from '../parts/card.js';
import { CodeView } from '../parts/code-view.js';
import { Room } from '../parts/skeleton.js';
import { type Column, Table } from '../parts/table.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';

type Site = Told<'GET /api/site'>;
type Origin = Site['origins'][number];
type Refused = Site['refused'][number];

const origins: readonly Column<Origin>[] = [
  {
    id: 'origin',
    header: 'Site',
    isHead: true,
    cell: ({ origin, allowed }) => (
      <>
        {origin} {!allowed && <Badge tone="warn">not allowed</Badge>}
      </>
    ),
  },
  { id: 'views', header: 'Pages in a day', isNumber: true, cell: ({ day }) => count(day.pageViews) },
  { id: 'events', header: 'Events in a day', isNumber: true, cell: ({ day }) => count(day.events) },
  { id: 'last', header: 'Heard', cell: ({ lastAt }) => (lastAt ? <Time at={lastAt} as="relative" /> : 'never') },
];

const refusals: readonly Column<Refused>[] = [
  { id: 'because', header: 'Why', isHead: true, cell: ({ because }) => because.replaceAll('-', ' ') },
  { id: 'count', header: 'Times in a day', isNumber: true, cell: ({ count: times }) => count(times) },
  { id: 'from', header: 'From', cell: ({ from }) => from ?? '–' },
  { id: 'last', header: 'Last', cell: ({ lastAt }) => <Time at={lastAt} as="relative" /> },
];

/** What the script on the website tells, and what of it was refused. */
export function SiteCard() {
  const { data, trouble, again } = useRead('GET /api/site', undefined, { every: 30_000 });
  return (
    <Card title="The website" tells="What its pages tell of those who look at them, once they said who they are.">
      <TroubleNote title="This cannot be shown" trouble={trouble} again={again} />
      {!data && !trouble && <Room height="9rem" />}
      {data && (
        <>
          <CodeView
            label="The line that pages load the script with"
            text={`<script src="${data.script}" async></script>`}
            isWrapped
            hasNumbers={false}
          />
          <Table label="Sites that tell" columns={origins} rows={data.origins} keyOf={({ origin }) => origin} />
          {data.refused.length > 0 && (
            <Table label="What was refused" columns={refusals} rows={data.refused} keyOf={({ because }) => because} />
          )}
        </>
      )}
    </Card>
  );
}
