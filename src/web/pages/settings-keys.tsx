import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { type ItemOf, useRead, useWrite } from '../data/query.js';
import { Badge, Badges } from '../parts/badge.js';
import { Button } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Confirm } from '../parts/dialog.js';
import { Empty } from '../parts/empty.js';
import { Skeleton } from '../parts/skeleton.js';
import { type Column, Table } from '../parts/table.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { KeyDialog } from './settings-keys-dialog.js';
import { madeBy } from './settings-made.js';

type Key = ItemOf<'GET /api/keys'>;

/** Keys by which programs use the API. */
export function Keys() {
  const { data, trouble: unread, again } = useRead('GET /api/keys');
  const [isMaking, setMaking] = useState(false);
  const [ending, setEnding] = useState<Key>();
  const { send, isSending, trouble, clear } = useWrite('DELETE /api/keys/:id', {
    refreshes: ['GET /api/keys'],
    says: 'The key opens nothing any more.',
    isQuiet: true,
    then: () => setEnding(undefined),
  });
  const leave = (): void => {
    clear();
    setEnding(undefined);
  };
  if (!data) return unread ? <TroubleNote trouble={unread} again={again} /> : <Skeleton lines={6} />;
  const make = (
    <Button look="primary" icon={KeyRound} onClick={() => setMaking(true)}>
      Make a key
    </Button>
  );
  return (
    <>
      <Card
        isFlush
        title="API keys"
        tells="One for each program, with the rights it needs and no more. What they do stands in the audit log."
        actions={make}
      >
        {data.items.length === 0 ? (
          <Empty title="There is no key yet">
            A program needs one to use the API. The one in the data folder is for whoever runs Rivulet, and may do
            everything.
          </Empty>
        ) : (
          <Table
            label="All keys, newest first"
            columns={columnsWith(setEnding)}
            rows={data.items}
            keyOf={({ id }) => id}
          />
        )}
      </Card>
      <KeyDialog isOpen={isMaking} close={() => setMaking(false)} />
      <Confirm
        title={`Revoke the key “${ending?.name ?? ''}”?`}
        isOpen={ending !== undefined}
        close={leave}
        does="Revoke it"
        isDanger
        isBusy={isSending}
        onYes={() => (ending ? send({ params: { id: ending.id } }) : undefined)}
      >
        <TroubleNote trouble={trouble} />
        <p>Every program that uses it is refused from now on. There is no way back; a new key is made in a moment.</p>
      </Confirm>
    </>
  );
}

const tones = { active: 'good', expired: 'warn', revoked: 'bad' } as const;

function columnsWith(revoke: (key: Key) => void): readonly Column<Key>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      isHead: true,
      cell: ({ name, shown }) => (
        <>
          <bdi>{name}</bdi>
          <span className="under">
            <code>{shown}…</code>
          </span>
        </>
      ),
    },
    { id: 'state', header: 'State', cell: ({ state }) => <Badge tone={tones[state]}>{state}</Badge> },
    {
      id: 'rights',
      header: 'Rights',
      cell: ({ rights }) => (
        <span className="rights">
          <Badges words={rights} />
        </span>
      ),
    },
    {
      id: 'used',
      header: 'Last used',
      cell: ({ usedAt }) => (usedAt ? <Time at={usedAt} as="relative" /> : <span className="quiet">never</span>),
    },
    {
      id: 'ends',
      header: 'Ends',
      cell: ({ expiresAt, revokedAt }) => {
        const end = revokedAt ?? expiresAt;
        if (!end) return <span className="quiet">when it is revoked</span>;
        return (
          <span className="nowrap">
            <Time at={end} as="day" />
          </span>
        );
      },
    },
    madeBy('made', 'Made by'),
    {
      id: 'deeds',
      header: 'Change',
      cell: (key) =>
        key.state === 'active' ? (
          <Button isSmall look="danger" onClick={() => revoke(key)}>
            Revoke<span className="unseen"> {key.name}</span>
          </Button>
        ) : (
          <span className="quiet">–</span>
        ),
    },
  ];
}
