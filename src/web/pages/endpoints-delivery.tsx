import { useRead, useWrite } from '../data/query.js';
import { Button } from '../parts/button.js';
import { Dialog } from '../parts/dialog.js';
import { Facts } from '../parts/facts.js';
import { Skeleton } from '../parts/skeleton.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { type Delivery, stateOf } from './endpoints-deliveries.js';

type Parts = {
  readonly endpoint: string;
  readonly delivery: Delivery | undefined;
  readonly mayReplay: boolean;
  readonly close: () => void;
};

/** Every call of one delivery, and the way to tell it again. */
export function DeliveryDialog({ endpoint, delivery, mayReplay, close }: Parts) {
  const { send, isSending, trouble, clear } = useWrite('POST /api/endpoints/:id/replay', {
    refreshes: ['GET /api/endpoints'],
    says: 'It is told again.',
    isQuiet: true,
  });
  const leave = (): void => {
    clear();
    close();
  };
  const replay = async (): Promise<void> => {
    if (delivery && (await send({ params: { id: endpoint }, body: { delivery: delivery.id } }))) leave();
  };
  return (
    <Dialog
      title={delivery ? `Delivery of ${delivery.type}` : 'Delivery'}
      isOpen={delivery !== undefined}
      isWide
      close={leave}
      actions={
        mayReplay &&
        delivery &&
        delivery.state !== 'waiting' && (
          <Button look="primary" isBusy={isSending} onClick={() => void replay()}>
            Tell it again
          </Button>
        )
      }
    >
      <TroubleNote trouble={trouble} />
      {delivery && <InFull endpoint={endpoint} id={delivery.id} />}
    </Dialog>
  );
}

function InFull({ endpoint, id }: { readonly endpoint: string; readonly id: string }) {
  const { data, trouble, again } = useRead('GET /api/endpoints/:id/deliveries/:delivery', {
    params: { id: endpoint, delivery: id },
  });
  if (!data) return trouble ? <TroubleNote trouble={trouble} again={again} /> : <Skeleton lines={6} />;
  return (
    <>
      <Facts
        facts={[
          ['webhook-id', <code key="id">{data.id}</code>],
          ['Event', <code key="event">{data.event}</code>],
          ['State', <span key="state">{stateOf(data)}</span>],
          ['Because', data.because],
          ['Known', <Time key="known" at={data.knownAt} />],
          data.nextAttemptAt !== null && ['Next call', <Time key="next" at={data.nextAttemptAt} />],
        ]}
      />
      <h3>Calls</h3>
      {data.attempts.length === 0 && <p className="quiet">It was not called yet.</p>}
      <ol className="calls">
        {data.attempts.map(({ at, tookMs, status, answer, error }) => (
          <li key={at}>
            <p>
              <Time at={at} /> · {status === undefined ? error : `answered ${status}`} · {tookMs} ms
            </p>
            {answer && <pre tabIndex={0}>{answer}</pre>}
          </li>
        ))}
      </ol>
    </>
  );
}
