import { useState } from 'react';
import { useNow } from '../data/now.js';
import { useWrite } from '../data/query.js';
import { FormDialog } from '../parts/dialog.js';
import { Field, Fields } from '../parts/field.js';
import { TroubleNote } from '../parts/trouble-note.js';
import type { Endpoint } from './endpoints.js';

type Parts = { readonly endpoint: Endpoint; readonly isOpen: boolean; readonly close: () => void };

/** Tells a span again: for a receiver that lost what it had, or was not there. */
export function ReplaySpan({ endpoint: { id, name }, isOpen, close }: Parts) {
  const now = useNow();
  const [from, setFrom] = useState(() => onTheClock(new Date(now.getTime() - 86_400_000)));
  const [to, setTo] = useState(() => onTheClock(now));
  const [flaw, setFlaw] = useState<string>();
  const { send, isSending, trouble, clear } = useWrite('POST /api/endpoints/:id/replay', {
    refreshes: ['GET /api/endpoints'],
    says: 'The span is being told again.',
    isQuiet: true,
  });
  const leave = (): void => {
    clear();
    setFlaw(undefined);
    close();
  };
  const submit = async (): Promise<void> => {
    const [start, end] = [instantOf(from), instantOf(to)];
    setFlaw(start && end ? undefined : 'Say a day and a time of day for both.');
    if (start && end && (await send({ params: { id }, body: { from: start, to: end } }))) leave();
  };
  return (
    <FormDialog
      title={`Tell “${name}” a span again`}
      isOpen={isOpen}
      close={leave}
      does="Tell it again"
      send={submit}
      isBusy={isSending}
      noValidate
    >
      <TroubleNote trouble={trouble} />
      <p>
        Everything that became known in this time is told again under its old id, also what the endpoint was never told
        as it was off or not there. 31 days are the most at one time.
      </p>
      <Fields>
        <Field
          label="From"
          type="datetime-local"
          value={from}
          error={flaw}
          onChange={({ target }) => setFrom(target.value)}
        />
        <Field label="To" type="datetime-local" value={to} onChange={({ target }) => setTo(target.value)} />
      </Fields>
    </FormDialog>
  );
}

/** "2026-03-02T09:00" on the clock of whoever looks, as such fields are written. */
function onTheClock(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 'YYYY-MM-DDTHH:MM'.length);
}

function instantOf(written: string): string | undefined {
  const at = new Date(written);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
