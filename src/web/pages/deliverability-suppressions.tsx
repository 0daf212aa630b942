import { Ban } from 'lucide-react';
import { useState } from 'react';
import { useAsked } from '../data/address.js';
import { type ItemOf, useCursorList } from '../data/query.js';
import { useMay } from '../data/session.js';
import { Badge, type Tone } from '../parts/badge.js';
import { Button } from '../parts/button.js';
import { CursorList } from '../parts/cursor-list.js';
import { Empty } from '../parts/empty.js';
import { Select } from '../parts/field.js';
import { type Column, Table } from '../parts/table.js';
import { Time } from '../parts/time.js';
import { LiftDialog, SuppressDialog } from './deliverability-suppress.js';

export type Suppression = ItemOf<'GET /api/suppressions'>;

const reasons = ['unsubscribed', 'complained', 'hard-bounced', 'soft-bounced', 'manual'] as const;

/** Who gets no mail, and why. */
export function DeliverabilitySuppressions() {
  const { get, set } = useAsked();
  const reason = reasons.find((one) => one === get('reason'));
  const list = useCursorList('GET /api/suppressions', { query: reason ? { reason } : {} });
  const mayChange = useMay('sending:write');
  const [isAdding, setAdding] = useState(false);
  const [lifting, setLifting] = useState<Suppression>();
  return (
    <>
      <div className="row spread tools">
        <Select
          label="Reason"
          value={reason ?? ''}
          options={[{ value: '', label: 'any' }, ...reasons.map((value) => ({ value, label: value }))]}
          onChange={({ target }) => set({ reason: target.value })}
        />
        {mayChange && (
          <Button look="primary" icon={Ban} onClick={() => setAdding(true)}>
            Suppress an address
          </Button>
        )}
      </div>
      <CursorList
        list={list}
        empty={
          <Empty title={reason ? `Nobody is suppressed as ${reason}` : 'Nobody is suppressed'}>
            Whoever unsubscribes, complains or has a dead address comes here by itself and gets no mail any more.
          </Empty>
        }
      >
        {(items) => (
          <Table
            label="Suppressed addresses and domains"
            columns={columnsWith(mayChange ? setLifting : undefined)}
            rows={items}
            keyOf={({ hash }) => hash}
            isStale={list.isStale}
          />
        )}
      </CursorList>
      <SuppressDialog isOpen={isAdding} close={() => setAdding(false)} />
      <LiftDialog suppression={lifting} close={() => setLifting(undefined)} />
    </>
  );
}

const tones: Readonly<Partial<Record<string, Tone>>> = {
  complained: 'bad',
  'hard-bounced': 'warn',
  'soft-bounced': 'warn',
};

function columnsWith(lift: ((one: Suppression) => void) | undefined): readonly Column<Suppression>[] {
  const deed: Column<Suppression> = {
    id: 'deed',
    header: 'Change',
    cell: (one) =>
      one.address && lift ? (
        <Button isSmall onClick={() => lift(one)}>
          Lift<span className="unseen"> {one.address}</span>
        </Button>
      ) : null,
  };
  return [
    {
      id: 'address',
      header: 'Address or domain',
      isHead: true,
      cell: ({ address }) =>
        address ? <bdi>{address}</bdi> : <span className="quiet">erased; known by its hash alone</span>,
    },
    {
      id: 'reason',
      header: 'Reason',
      cell: ({ reasons: all }) => (
        <span className="badges">
          {all.map(({ reason }) => (
            <Badge key={reason} tone={tones[reason] ?? 'plain'}>
              {reason}
            </Badge>
          ))}
        </span>
      ),
    },
    { id: 'since', header: 'Since', cell: ({ since }) => <Time at={since} as="relative" /> },
    {
      id: 'by',
      header: 'By',
      isExtra: true,
      cell: ({ reasons: [first] }) => (
        <>
          <bdi>{first?.by}</bdi>
          {first?.because && <span className="under">{first.because}</span>}
        </>
      ),
    },
    ...(lift ? [deed] : []),
  ];
}
