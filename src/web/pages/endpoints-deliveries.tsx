import { useState } from 'react';
import { Link } from 'wouter';
import { useAsked } from '../data/address.js';
import { counted } from '../data/format.js';
import { type ItemOf, useCursorList, useWrite } from '../data/query.js';
import { Badge, type Tone } from '../parts/badge.js';
import { Button } from '../parts/button.js';
import { CursorList } from '../parts/cursor-list.js';
import { Empty } from '../parts/empty.js';
import { type Column, Table } from '../parts/table.js';
import { Tabs } from '../parts/tabs.js';
import { Time } from '../parts/time.js';
import { toast } from '../parts/toast.js';
import type { Endpoint } from './endpoints.js';
import { DeliveryDialog } from './endpoints-delivery.js';

export type Delivery = ItemOf<'GET /api/endpoints/:id/deliveries'>;

const tabs = [
  { id: 'all', label: 'All' },
  { id: 'waiting', label: 'Waiting' },
  { id: 'dead', label: 'Dead letters' },
  { id: 'delivered', label: 'Delivered' },
] as const;

type Parts = { readonly endpoint: Endpoint; readonly mayChange: boolean };

/** What an endpoint was told, is to be told, and did not take. */
export function EndpointDeliveries({ endpoint, mayChange }: Parts) {
  const { get, set } = useAsked();
  const tab = tabs.find(({ id }) => id === get('state'))?.id ?? 'all';
  const [shown, setShown] = useState<Delivery>();
  const mayReplay = mayChange && endpoint.disabledAt === null;
  return (
    <>
      <Tabs label="Deliveries" tabs={tabs} value={tab} onChange={(id) => set({ state: id === 'all' ? '' : id })}>
        {tab === 'dead' && mayReplay && endpoint.dead > 0 && <ReplayDead endpoint={endpoint} />}
        <List endpoint={endpoint} state={tab === 'all' ? undefined : tab} show={setShown} />
      </Tabs>
      <DeliveryDialog endpoint={endpoint.id} delivery={shown} mayReplay={mayReplay} close={() => setShown(undefined)} />
    </>
  );
}

function ReplayDead({ endpoint: { id } }: Pick<Parts, 'endpoint'>) {
  const { send, isSending } = useWrite('POST /api/endpoints/:id/replay', { refreshes: ['GET /api/endpoints'] });
  const replay = async (): Promise<void> => {
    const told = await send({ params: { id }, body: { dead: true } });
    if (told) toast(`${counted(told.deliveries ?? 0, 'delivery', 'deliveries')} told again.`);
  };
  return (
    <Button isBusy={isSending} onClick={() => void replay()}>
      Tell all of them again
    </Button>
  );
}

type ListParts = {
  readonly endpoint: Endpoint;
  readonly state: 'waiting' | 'dead' | 'delivered' | undefined;
  readonly show: (delivery: Delivery) => void;
};

function List({ endpoint: { id }, state, show }: ListParts) {
  const query = state ? { state } : {};
  const list = useCursorList('GET /api/endpoints/:id/deliveries', { params: { id }, query }, { every: 10_000 });
  return (
    <CursorList list={list} empty={<Nothing state={state} />}>
      {(items) => (
        <Table
          label="Deliveries, the newest first"
          columns={columnsWith(show)}
          rows={items}
          keyOf={(one) => one.id}
          isStale={list.isStale}
        />
      )}
    </CursorList>
  );
}

function Nothing({ state }: Pick<ListParts, 'state'>) {
  if (state === 'dead')
    return <Empty title="Nothing was given up">What is not taken within three days comes here.</Empty>;
  if (state === 'waiting') return <Empty title="Nothing waits">Everything so far was taken, or given up.</Empty>;
  return (
    <Empty title="Nothing was told yet">
      As soon as something happens it is told, within a few seconds. “Try it” calls the endpoint with an event of
      nobody.
    </Empty>
  );
}

const tones: Readonly<Record<Delivery['state'], Tone>> = { waiting: 'plain', delivered: 'good', dead: 'bad' };

/** What became of a delivery, in words. */
export function stateOf({ state }: Pick<Delivery, 'state'>) {
  return <Badge tone={tones[state]}>{state === 'dead' ? 'given up' : state}</Badge>;
}

function columnsWith(show: (delivery: Delivery) => void): readonly Column<Delivery>[] {
  return [
    {
      id: 'type',
      header: 'Event',
      isHead: true,
      cell: (one) => (
        <button type="button" className="link" onClick={() => show(one)}>
          {one.type}
        </button>
      ),
    },
    { id: 'lead', header: 'Lead', isExtra: true, cell: ({ lead }) => <Link href={`/leads/${lead}`}>its lead</Link> },
    { id: 'state', header: 'State', cell: stateOf },
    {
      id: 'last',
      header: 'Last call',
      cell: ({ last, because, calls }) =>
        last ? (
          <>
            {because ?? last.error ?? `answered ${last.status}`}
            <span className="under">
              {counted(calls, 'call')}, the last took {last.tookMs} ms
            </span>
          </>
        ) : (
          <span className="quiet">{because ?? 'not called yet'}</span>
        ),
    },
    {
      id: 'next',
      header: 'Next call',
      cell: ({ nextAttemptAt }) =>
        nextAttemptAt ? <Time at={nextAttemptAt} as="relative" /> : <span className="quiet">none</span>,
    },
    { id: 'known', header: 'Known', cell: ({ knownAt }) => <Time at={knownAt} as="relative" /> },
  ];
}
