import { useState } from 'react';
import { useLocation } from 'wouter';
import { useRead, useWrite } from '../data/query.js';
import { useMay } from '../data/session.js';
import { Address } from '../parts/address.js';
import { Badge, Badges } from '../parts/badge.js';
import { Button } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Confirm } from '../parts/dialog.js';
import { Facts } from '../parts/facts.js';
import { Menu } from '../parts/menu.js';
import { Note } from '../parts/note.js';
import { Page } from '../parts/page.js';
import { Room } from '../parts/skeleton.js';
import { Time } from '../parts/time.js';
import { toast } from '../parts/toast.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { type Endpoint, standing, upTo } from './endpoints.js';
import { EndpointDeliveries } from './endpoints-deliveries.js';
import { ChangeEndpoint } from './endpoints-change.js';
import { RenewSecret } from './endpoints-renew.js';
import { ReplaySpan } from './endpoints-replay.js';

const refreshes = ['GET /api/endpoints'];
type Asked = 'change' | 'secret' | 'span' | 'remove' | undefined;

/** One system that is told: how it stands, what it was told, and what can be done about it. */
export function EndpointPage({ id }: { readonly id: string }) {
  const { data, trouble, again } = useRead('GET /api/endpoints/:id', { params: { id } }, { every: 10_000 });
  const mayChange = useMay('settings:write');
  const [asked, setAsked] = useState<Asked>();
  const close = (): void => setAsked(undefined);
  return (
    <Page
      title={data?.name ?? 'Webhook'}
      up={{ label: 'Webhooks', to: '/endpoints' }}
      actions={mayChange && data && <Deeds endpoint={data} ask={setAsked} />}
    >
      {trouble && <TroubleNote trouble={trouble} again={again} />}
      {data ? <Standing endpoint={data} mayChange={mayChange} /> : !trouble && <Room height="12rem" />}
      {data && <EndpointDeliveries endpoint={data} mayChange={mayChange} />}
      {data && (
        <>
          <ChangeEndpoint key={`${data.name} ${data.url}`} endpoint={data} isOpen={asked === 'change'} close={close} />
          <RenewSecret endpoint={data} isOpen={asked === 'secret'} close={close} />
          <ReplaySpan endpoint={data} isOpen={asked === 'span'} close={close} />
          <Remove endpoint={data} isOpen={asked === 'remove'} close={close} />
        </>
      )}
    </Page>
  );
}

function Deeds({ endpoint, ask }: { readonly endpoint: Endpoint; readonly ask: (what: Asked) => void }) {
  const { id, disabledAt, isReplaying } = endpoint;
  const isOff = disabledAt !== null;
  const test = useWrite('POST /api/endpoints/:id/test');
  const turn = useWrite('PATCH /api/endpoints/:id', {
    refreshes,
    says: isOff ? 'It is told what happens from now on.' : 'It is told nothing any more.',
  });
  const tryIt = async (): Promise<void> => {
    const told = await test.send({ params: { id } });
    if (!told) return;
    const { status, error, tookMs, answer } = told;
    const isTaken = status !== undefined && status >= 200 && status < 300;
    const text = `${status === undefined ? error : `It answered ${status}`}, after ${tookMs} ms${answer ? `: ${answer}` : '.'}`;
    toast({ tone: isTaken ? 'good' : 'bad', text });
  };
  return (
    <>
      <Button isBusy={test.isSending} onClick={() => void tryIt()}>
        Try it
      </Button>
      <Button
        look={isOff ? 'primary' : 'plain'}
        isBusy={turn.isSending}
        onClick={() => void turn.send({ params: { id }, body: { isOn: isOff } })}
      >
        {isOff ? 'Switch it on' : 'Switch it off'}
      </Button>
      <Menu
        label="More"
        choices={[
          { label: 'Change it', onChoose: () => ask('change') },
          { label: 'Replay a span', onChoose: () => ask('span'), isOff: isOff || isReplaying },
          { label: 'New secret', onChoose: () => ask('secret') },
          { label: 'Remove it', onChoose: () => ask('remove'), isDanger: true },
        ]}
      />
    </>
  );
}

function Standing({ endpoint, mayChange }: { readonly endpoint: Endpoint; readonly mayChange: boolean }) {
  const { url, types, createdAt, disabledAt, disabledBecause, restUntil, failures, failingSince, lastFailure } =
    endpoint;
  const { tone, says } = standing(endpoint);
  return (
    <>
      {disabledAt !== null && (
        <Note tone={endpoint.disabledBy === 'rivulet' ? 'bad' : 'warn'} title="It is switched off, and told nothing">
          <p>
            {disabledBecause}, <Time at={disabledAt} as="relative" />.
            {mayChange &&
              ' Once it is mended: switch it on, then replay what was given up, or the span that it missed.'}
          </p>
        </Note>
      )}
      <Card>
        <Facts
          facts={[
            [
              'State',
              <Badge key="state" tone={tone}>
                {says}
              </Badge>,
            ],
            ['Address', <Address key="url" of={url} />],
            ['Events', types === null ? 'all' : <Badges key="types" words={types} />],
            ['Made', <Time key="made" at={createdAt} />],
            endpoint.lastDeliveredAt !== null && [
              'Last taken',
              <Time key="last" at={endpoint.lastDeliveredAt} as="relative" />,
            ],
            failures > 0 &&
              failingSince !== null && [
                'Failing',
                <span key="failing">
                  {failures} calls in a row, since <Time at={failingSince} as="relative" />
                  {lastFailure && `: ${lastFailure.why}`}
                </span>,
              ],
            restUntil !== null && ['Left alone until', <Time key="rest" at={restUntil} as="relative" />],
            endpoint.isReplaying && ['Replay', 'a span is being told again'],
            endpoint.formerSecretUntil !== null && [
              'Former secret',
              <span key="former">
                signs too until <Time at={endpoint.formerSecretUntil} />
              </span>,
            ],
            ['Waiting', upTo(endpoint.waiting)],
            ['Given up', upTo(endpoint.dead)],
          ]}
        />
      </Card>
    </>
  );
}

type RemoveParts = { readonly endpoint: Endpoint; readonly isOpen: boolean; readonly close: () => void };

function Remove({ endpoint: { id, name }, isOpen, close }: RemoveParts) {
  const [, go] = useLocation();
  const { send, isSending, trouble, clear } = useWrite('DELETE /api/endpoints/:id', {
    refreshes: [],
    says: 'It is removed.',
    isQuiet: true,
    then: () => go('/endpoints'),
  });
  const leave = (): void => {
    clear();
    close();
  };
  return (
    <Confirm
      title={`Remove “${name}”?`}
      isOpen={isOpen}
      close={leave}
      does="Remove it"
      isDanger
      isBusy={isSending}
      onYes={() => send({ params: { id } })}
    >
      <TroubleNote trouble={trouble} />
      <p>It is told nothing any more, and what it was told, waits or was given up is forgotten.</p>
    </Confirm>
  );
}
