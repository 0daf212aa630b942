import { useState } from 'react';
import { useWrite } from '../data/query.js';
import { at } from '../data/trouble.js';
import { FormDialog } from '../parts/dialog.js';
import { Field } from '../parts/field.js';
import { TroubleNote } from '../parts/trouble-note.js';
import type { Suppression } from './deliverability-suppressions.js';

const refreshes = ['GET /api/suppressions'];

/** Has an address, or a whole domain, get no mail any more. */
export function SuppressDialog({ isOpen, close }: { readonly isOpen: boolean; readonly close: () => void }) {
  const [address, setAddress] = useState('');
  const [because, setBecause] = useState('');
  const { send, isSending, trouble, clear } = useWrite('POST /api/suppressions', {
    says: 'Suppressed: it gets no mail any more.',
    refreshes,
    isQuiet: true,
  });
  const leave = (): void => {
    setAddress('');
    setBecause('');
    clear();
    close();
  };
  const submit = async (): Promise<void> => {
    if (await send({ body: { address, ...(because ? { because } : {}) } })) leave();
  };
  return (
    <FormDialog
      title="Suppress an address"
      isOpen={isOpen}
      close={leave}
      does="Suppress it"
      send={submit}
      isBusy={isSending}
      noValidate
    >
      <TroubleNote trouble={trouble?.fields.length ? undefined : trouble} />
      <Field
        label="Address"
        hint="or “@example.com” for everybody at a domain"
        value={address}
        error={at(trouble, '/address')}
        autoFocus
        autoComplete="off"
        spellCheck={false}
        onChange={({ target }) => setAddress(target.value)}
      />
      <Field
        label="Why"
        hint="for whoever looks at it later; may be left out"
        value={because}
        error={at(trouble, '/because')}
        maxLength={300}
        onChange={({ target }) => setBecause(target.value)}
      />
      <p className="quiet">Its runs through sequences end at once, and mails that wait do not go.</p>
    </FormDialog>
  );
}

type LiftParts = { readonly suppression: Suppression | undefined; readonly close: () => void };

/** Lets somebody have mail again; why is written down. */
export function LiftDialog({ suppression, close }: LiftParts) {
  const [because, setBecause] = useState('');
  const { send, isSending, trouble, clear } = useWrite('DELETE /api/suppressions/:address', {
    says: 'Lifted: it may get mail again.',
    refreshes,
    isQuiet: true,
  });
  const address = suppression?.address ?? '';
  const leave = (): void => {
    setBecause('');
    clear();
    close();
  };
  const submit = async (): Promise<void> => {
    if (await send({ params: { address }, query: { because } })) leave();
  };
  return (
    <FormDialog
      title={
        <>
          Let <bdi>{address}</bdi> have mail again
        </>
      }
      isOpen={suppression !== undefined}
      close={leave}
      does="Lift it"
      send={submit}
      isBusy={isSending}
      noValidate
    >
      <TroubleNote trouble={trouble?.fields.length ? undefined : trouble} />
      <p>
        It was suppressed as {suppression?.reasons.map(({ reason }) => reason).join(', ')}. Lift it only where the
        person asked for mail again, or the mistake was yours.
      </p>
      <Field
        label="Why"
        value={because}
        error={at(trouble, '/because')}
        autoFocus
        required
        maxLength={300}
        onChange={({ target }) => setBecause(target.value)}
      />
    </FormDialog>
  );
}
