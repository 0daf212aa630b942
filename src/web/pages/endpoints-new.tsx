import { useState } from 'react';
import { useLocation } from 'wouter';
import type { Told } from '../data/call.js';
import { useWrite } from '../data/query.js';
import { Button } from '../parts/button.js';
import { Dialog } from '../parts/dialog.js';
import { EndpointDialog, noDraft, typesIn } from './endpoints-form.js';
import { ShownSecret } from './endpoints-secret.js';

type Made = Told<'POST /api/endpoints'>;

/** Makes an endpoint, and shows its secret this once. */
export function NewEndpoint({ isOpen, close }: { readonly isOpen: boolean; readonly close: () => void }) {
  const [draft, setDraft] = useState(noDraft);
  const [made, setMade] = useState<Made>();
  const [, go] = useLocation();
  const { send, isSending, trouble, clear } = useWrite('POST /api/endpoints', {
    refreshes: ['GET /api/endpoints'],
    isQuiet: true,
  });
  const leave = (): void => {
    setDraft(noDraft);
    setMade(undefined);
    clear();
    close();
    if (made) go(`/endpoints/${made.id}`);
  };
  const submit = async (): Promise<void> => {
    const { name, url } = draft;
    const types = typesIn(draft);
    setMade(await send({ body: { name, url, ...(types ? { types } : {}) } }));
  };
  if (made) {
    return (
      <Dialog
        title={`“${made.name}” is made`}
        isOpen={isOpen}
        close={leave}
        actions={
          <Button look="primary" onClick={leave}>
            I have kept it
          </Button>
        }
      >
        <ShownSecret secret={made.secret} />
      </Dialog>
    );
  }
  return (
    <EndpointDialog
      title="Tell another system"
      isOpen={isOpen}
      close={leave}
      does="Make it"
      send={submit}
      isBusy={isSending}
      draft={draft}
      onChange={setDraft}
      trouble={trouble}
    />
  );
}
