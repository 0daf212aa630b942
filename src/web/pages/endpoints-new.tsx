import { type FormEvent, useId, useState } from 'react';
import { useLocation } from 'wouter';
import type { Told } from '../data/call.js';
import { useWrite } from '../data/query.js';
import { Button } from '../parts/button.js';
import { Dialog } from '../parts/dialog.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { EndpointFields, noDraft, typesIn } from './endpoints-form.js';
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
  const form = useId();
  const leave = (): void => {
    setDraft(noDraft);
    setMade(undefined);
    clear();
    close();
    if (made) go(`/endpoints/${made.id}`);
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const { name, url } = draft;
    const types = typesIn(draft);
    setMade(await send({ body: { name, url, ...(types ? { types } : {}) } }));
  };
  const actions = made ? (
    <Button look="primary" onClick={leave}>
      I have kept it
    </Button>
  ) : (
    <>
      <Button onClick={leave}>Cancel</Button>
      <Button look="primary" type="submit" form={form} isBusy={isSending}>
        Make it
      </Button>
    </>
  );
  return (
    <Dialog
      title={made ? `“${made.name}” is made` : 'Tell another system'}
      isOpen={isOpen}
      close={leave}
      actions={actions}
    >
      {made ? (
        <ShownSecret secret={made.secret} />
      ) : (
        <form id={form} className="stack" onSubmit={(event) => void submit(event)} noValidate>
          <TroubleNote trouble={trouble} shownAt={['/name', '/url', '/types']} />
          <EndpointFields draft={draft} onChange={setDraft} trouble={trouble} />
        </form>
      )}
    </Dialog>
  );
}
