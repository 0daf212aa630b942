import { Webhook } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import type { PageProps } from '../app/pages.js';
import { type ItemOf, useRead } from '../data/query.js';
import { useMay } from '../data/session.js';
import { Address } from '../parts/address.js';
import { Badge, type Tone } from '../parts/badge.js';
import { Button } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Empty } from '../parts/empty.js';
import { Page } from '../parts/page.js';
import { Skeleton } from '../parts/skeleton.js';
import { type Column, Table } from '../parts/table.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { EndpointPage } from './endpoints-one.js';
import { NewEndpoint } from './endpoints-new.js';
import { ProviderWebhooks } from './endpoints-providers.js';
import './endpoints.css';

export type Endpoint = ItemOf<'GET /api/endpoints'>;

/** Other systems that are told what happens: all of them, or one. */
export default function Endpoints({ params: { id } }: PageProps) {
  return id === undefined ? <AllEndpoints /> : <EndpointPage key={id} id={id} />;
}

function AllEndpoints() {
  const { data, trouble, again } = useRead('GET /api/endpoints', undefined, { every: 15_000 });
  const mayChange = useMay('settings:write');
  const [isMaking, setMaking] = useState(false);
  return (
    <Page
      title="Webhooks"
      tells="Other systems that Rivulet tells what happens, and mail providers that tell Rivulet."
      up={{ label: 'Settings', to: '/settings' }}
      actions={
        mayChange && (
          <Button look="primary" icon={Webhook} onClick={() => setMaking(true)}>
            Tell another system
          </Button>
        )
      }
    >
      {trouble && <TroubleNote trouble={trouble} again={again} />}
      {data ? <List items={data.items} make={mayChange ? () => setMaking(true) : undefined} /> : <Skeleton lines={6} />}
      <ProviderWebhooks />
      <NewEndpoint isOpen={isMaking} close={() => setMaking(false)} />
    </Page>
  );
}

function List({ items, make }: { readonly items: readonly Endpoint[]; readonly make: (() => void) | undefined }) {
  if (items.length === 0) {
    return (
      <Empty
        title="No other system is told of events"
        {...(make ? { action: { label: 'Tell another system', onPress: make } } : {})}
      >
        A CRM, a data warehouse or a script of yours gets each event as a signed call, within seconds, until it has
        taken it.
      </Empty>
    );
  }
  return (
    <Card title="Told by Rivulet" isFlush>
      <Table
        label="Systems that are told of events"
        columns={columns}
        rows={items}
        keyOf={({ id }) => id}
        toneOf={(one) => toneOf(standing(one).tone)}
      />
    </Card>
  );
}

function toneOf(tone: Tone): 'warn' | 'bad' | undefined {
  return tone === 'warn' || tone === 'bad' ? tone : undefined;
}

/** How it stands with an endpoint, in a word. */
export function standing({ disabledBy, failures, lastDeliveredAt }: Endpoint): {
  readonly tone: Tone;
  readonly says: string;
} {
  if (disabledBy === 'rivulet') return { tone: 'bad', says: 'switched off by Rivulet' };
  if (disabledBy === 'person') return { tone: 'plain', says: 'switched off' };
  if (failures > 0) return { tone: 'warn', says: 'does not take its calls' };
  return lastDeliveredAt ? { tone: 'good', says: 'takes its calls' } : { tone: 'plain', says: 'nothing to tell yet' };
}

/** Counting goes no further than ten thousand. */
export function upTo(count: number): string {
  return count >= 10_000 ? '10,000 or more' : String(count);
}

const columns: readonly Column<Endpoint>[] = [
  {
    id: 'name',
    header: 'Name',
    isHead: true,
    cell: ({ id, name, url }) => (
      <>
        <Link href={`/endpoints/${id}`}>
          <bdi>{name}</bdi>
        </Link>
        <span className="under">
          <Address of={url} />
        </span>
      </>
    ),
  },
  {
    id: 'state',
    header: 'State',
    cell: (one) => <Badge tone={standing(one).tone}>{standing(one).says}</Badge>,
  },
  {
    id: 'types',
    header: 'Events',
    isExtra: true,
    cell: ({ types }) => (types === null ? 'all' : types.slice(0, 4).join(', ') + (types.length > 4 ? ' …' : '')),
  },
  { id: 'waiting', header: 'Waiting', isNumber: true, cell: ({ waiting }) => upTo(waiting) },
  { id: 'dead', header: 'Given up', isNumber: true, cell: ({ dead }) => upTo(dead) },
  {
    id: 'last',
    header: 'Last taken',
    cell: ({ lastDeliveredAt }) =>
      lastDeliveredAt ? <Time at={lastDeliveredAt} as="relative" /> : <span className="quiet">never</span>,
  },
];
