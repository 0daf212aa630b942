import { useState } from 'react';
import { useWrite } from '../data/query.js';
import type { Endpoint } from './endpoints.js';
import { type EndpointDraft, EndpointDialog, typesIn } from './endpoints-form.js';

type Parts = { readonly endpoint: Endpoint; readonly isOpen: boolean; readonly close: () => void };

/** Changes what an endpoint is called, where it is, and what it is told. */
export function ChangeEndpoint({ endpoint, isOpen, close }: Parts) {
  const [draft, setDraft] = useState(draftOf(endpoint));
  const { send, isSending, trouble, clear } = useWrite('PATCH /api/endpoints/:id', {
    refreshes: ['GET /api/endpoints'],
    says: 'Changed.',
    isQuiet: true,
  });
  const leave = (): void => {
    setDraft(draftOf(endpoint));
    clear();
    close();
  };
  const submit = async (): Promise<void> => {
    const { name, url } = draft;
    if (await send({ params: { id: endpoint.id }, body: { name, url, types: typesIn(draft) } })) close();
  };
  return (
    <EndpointDialog
      title={`Change “${endpoint.name}”`}
      isOpen={isOpen}
      close={leave}
      does="Save"
      send={submit}
      isBusy={isSending}
      draft={draft}
      onChange={setDraft}
      trouble={trouble}
    />
  );
}

function draftOf({ name, url, types }: Endpoint): EndpointDraft {
  return { name, url, isAll: types === null, types: (types ?? []).join('\n') };
}
