import { type FormEvent, useId, useState } from 'react';
import { useWrite } from '../data/query.js';
import { Button } from '../parts/button.js';
import { Dialog } from '../parts/dialog.js';
import { TroubleNote } from '../parts/trouble-note.js';
import type { Endpoint } from './endpoints.js';
import { type EndpointDraft, EndpointFields, typesIn } from './endpoints-form.js';

type Parts = { readonly endpoint: Endpoint; readonly isOpen: boolean; readonly close: () => void };

/** Changes what an endpoint is called, where it is, and what it is told. */
export function ChangeEndpoint({ endpoint, isOpen, close }: Parts) {
  const [draft, setDraft] = useState(draftOf(endpoint));
  const { send, isSending, trouble, clear } = useWrite('PATCH /api/endpoints/:id', {
    refreshes: ['GET /api/endpoints'],
    says: 'Changed.',
    isQuiet: true,
  });
  const form = useId();
  const leave = (): void => {
    setDraft(draftOf(endpoint));
    clear();
    close();
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const { name, url } = draft;
    if (await send({ params: { id: endpoint.id }, body: { name, url, types: typesIn(draft) } })) close();
  };
  return (
    <Dialog
      title={`Change “${endpoint.name}”`}
      isOpen={isOpen}
      close={leave}
      actions={
        <>
          <Button onClick={leave}>Cancel</Button>
          <Button look="primary" type="submit" form={form} isBusy={isSending}>
            Save
          </Button>
        </>
      }
    >
      <form id={form} className="stack" onSubmit={(event) => void submit(event)} noValidate>
        <TroubleNote trouble={trouble} shownAt={['/name', '/url', '/types']} />
        <EndpointFields draft={draft} onChange={setDraft} trouble={trouble} />
      </form>
    </Dialog>
  );
}

function draftOf({ name, url, types }: Endpoint): EndpointDraft {
  return { name, url, isAll: types === null, types: (types ?? []).join('\n') };
}
