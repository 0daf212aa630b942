import { useState } from 'react';
import { type Right, rights, rightsTell } from '../../access/rights.js';
import { useNow } from '../data/now.js';
import { useWrite } from '../data/query.js';
import { useSession } from '../data/session.js';
import { at } from '../data/trouble.js';
import { Button } from '../parts/button.js';
import { Dialog, FormDialog } from '../parts/dialog.js';
import { Checkbox, Field, Select } from '../parts/field.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { Secret } from './settings-secret.js';

type DialogParts = { readonly isOpen: boolean; readonly close: () => void };

/** Asks what the key is for, and then shows it, this once. */
export function KeyDialog({ isOpen, close }: DialogParts) {
  const [secret, setSecret] = useState<string>();
  const leave = (): void => {
    setSecret(undefined);
    close();
  };
  if (secret === undefined) return <KeyForm isOpen={isOpen} close={leave} onMade={setSecret} />;
  return (
    <Dialog
      title="Keep this key"
      isOpen
      close={leave}
      actions={
        <Button look="primary" onClick={leave}>
          I have it
        </Button>
      }
    >
      <div className="stack">
        <p>Nobody can show it again. The program sends it with every call:</p>
        <Secret label="API key" text={secret} />
        <p className="hint">
          <code>Authorization: Bearer {secret.slice(0, 10)}…</code>
        </p>
      </div>
    </Dialog>
  );
}

const dayMs = 86_400_000;
const lives = [
  { value: '30', label: 'in 30 days' },
  { value: '90', label: 'in 90 days' },
  { value: '365', label: 'in a year' },
  { value: '', label: 'when it is revoked' },
] as const;

function KeyForm({ isOpen, close, onMade }: DialogParts & { readonly onMade: (secret: string) => void }) {
  const now = useNow();
  const [name, setName] = useState('');
  const [days, setDays] = useState('90');
  const [chosen, setChosen] = useState<ReadonlySet<Right>>(new Set());
  const { send, isSending, trouble, clear } = useWrite('POST /api/keys', {
    isQuiet: true,
    refreshes: ['GET /api/keys'],
  });
  const leave = (): void => {
    clear();
    close();
  };
  const make = async (): Promise<void> => {
    const until = days === '' ? {} : { expiresAt: new Date(now.getTime() + Number(days) * dayMs).toISOString() };
    const made = await send({ body: { name, rights: [...chosen], ...until } });
    if (!made) return;
    setName('');
    setChosen(new Set());
    onMade(made.secret);
  };
  return (
    <FormDialog
      title="Make an API key"
      isWide
      isOpen={isOpen}
      close={leave}
      does="Make the key"
      send={make}
      isBusy={isSending}
    >
      <TroubleNote trouble={trouble} shownAt={['/name', '/rights']} />
      <div className="fields">
        <Field
          label="What is it for?"
          required
          autoFocus
          maxLength={100}
          autoComplete="off"
          placeholder="CRM, website, …"
          value={name}
          error={at(trouble, '/name')}
          onChange={({ target }) => setName(target.value)}
        />
        <Select label="It ends" options={lives} value={days} onChange={({ target }) => setDays(target.value)} />
      </div>
      <RightChoice chosen={chosen} onChange={setChosen} error={at(trouble, '/rights')} />
    </FormDialog>
  );
}

type RightParts = {
  readonly chosen: ReadonlySet<Right>;
  readonly onChange: (chosen: ReadonlySet<Right>) => void;
  readonly error: string | undefined;
};

/** The rights that one has oneself: nobody gives others. */
function RightChoice({ chosen, onChange, error }: RightParts) {
  const { rights: held } = useSession();
  const toggle = (right: Right, isOn: boolean): void => {
    onChange(new Set(isOn ? [...chosen, right] : [...chosen].filter((one) => one !== right)));
  };
  return (
    <fieldset className="choices two">
      <legend>What may it do? A right to write holds the right to read the same.</legend>
      {rights
        .filter((right) => held.includes(right))
        .map((right) => (
          <Checkbox
            key={right}
            label={<code>{right}</code>}
            hint={rightsTell[right]}
            checked={chosen.has(right)}
            onChange={({ target }) => toggle(right, target.checked)}
          />
        ))}
      {error && (
        <p className="error" role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}
