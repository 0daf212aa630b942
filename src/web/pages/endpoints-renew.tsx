import { useState } from 'react';
import { useWrite } from '../data/query.js';
import { Button } from '../parts/button.js';
import { Confirm, Dialog } from '../parts/dialog.js';
import { TroubleNote } from '../parts/trouble-note.js';
import type { Endpoint } from './endpoints.js';
import { ShownSecret } from './endpoints-secret.js';

type Parts = { readonly endpoint: Endpoint; readonly isOpen: boolean; readonly close: () => void };

/** Gives an endpoint a new secret, and shows it this once. */
export function RenewSecret({ endpoint: { id, name }, isOpen, close }: Parts) {
  const [secret, setSecret] = useState<string>();
  const { send, isSending, trouble, clear } = useWrite('POST /api/endpoints/:id/secret', {
    refreshes: ['GET /api/endpoints'],
    isQuiet: true,
  });
  const leave = (): void => {
    setSecret(undefined);
    clear();
    close();
  };
  if (secret !== undefined) {
    return (
      <Dialog
        title="The new secret"
        isOpen={isOpen}
        close={leave}
        actions={
          <Button look="primary" onClick={leave}>
            I have kept it
          </Button>
        }
      >
        <ShownSecret secret={secret} />
      </Dialog>
    );
  }
  return (
    <Confirm
      title={`A new secret for “${name}”?`}
      isOpen={isOpen}
      close={leave}
      does="Make a new one"
      isBusy={isSending}
      onYes={async () => setSecret((await send({ params: { id } }))?.secret)}
    >
      <TroubleNote trouble={trouble} />
      <p>
        For a day calls are signed by both, the new one and the one before, so that the receiver has time to change.
      </p>
    </Confirm>
  );
}
