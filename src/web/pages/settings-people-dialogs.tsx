import { useId, useState } from 'react';
import { type Role, roles, rolesTell } from '../../access/rights.js';
import { useWrite } from '../data/query.js';
import { at } from '../data/trouble.js';
import { Button } from '../parts/button.js';
import { Dialog, FormDialog } from '../parts/dialog.js';
import { Field } from '../parts/field.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import type { LinkShown, Person } from './settings-people.js';
import { Secret } from './settings-secret.js';

type Closing = { readonly close: () => void };

/** Asks for whom, and then shows the link, this once. */
export function InviteDialog({ isOpen, close }: Closing & { readonly isOpen: boolean }) {
  const [shown, setShown] = useState<LinkShown>();
  const leave = (): void => {
    setShown(undefined);
    close();
  };
  if (shown) return <LinkDialog shown={shown} close={leave} />;
  return <InviteForm isOpen={isOpen} close={leave} onInvited={setShown} />;
}

function InviteForm({
  isOpen,
  close,
  onInvited,
}: Closing & { readonly isOpen: boolean; readonly onInvited: (shown: LinkShown) => void }) {
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const { send, isSending, trouble, clear } = useWrite('POST /api/users', {
    isQuiet: true,
    refreshes: ['GET /api/users'],
  });
  const leave = (): void => {
    clear();
    close();
  };
  const invite = async (): Promise<void> => {
    const invited = await send({ body: { email, name, role } });
    if (!invited) return;
    setEmail('');
    setName('');
    onInvited({ person: invited.user, link: invited.link });
  };
  return (
    <FormDialog
      title="Invite somebody"
      isOpen={isOpen}
      close={leave}
      does="Make the link"
      send={invite}
      isBusy={isSending}
    >
      <TroubleNote trouble={trouble} shownAt={['/email', '/name', '/role']} />
      <Field
        label="E-mail address"
        type="email"
        required
        autoFocus
        autoComplete="off"
        hint="They sign in by it. Rivulet sends no mail to it: you get a link to pass on."
        value={email}
        error={at(trouble, '/email')}
        onChange={({ target }) => setEmail(target.value)}
      />
      <Field
        label="Name"
        required
        maxLength={100}
        autoComplete="off"
        value={name}
        error={at(trouble, '/name')}
        onChange={({ target }) => setName(target.value)}
      />
      <RoleChoice value={role} onChange={setRole} />
    </FormDialog>
  );
}

export function RoleDialog({ person, close }: Closing & { readonly person: Person | undefined }) {
  const [chosen, setChosen] = useState<Role>();
  const { send, isSending, trouble, clear } = useWrite('PATCH /api/users/:id', {
    isQuiet: true,
    says: 'The role is changed.',
  });
  const leave = (): void => {
    setChosen(undefined);
    clear();
    close();
  };
  const role = chosen ?? person?.role ?? 'viewer';
  const change = async (): Promise<void> => {
    if (person && (await send({ params: { id: person.id }, body: { role } }))) leave();
  };
  return (
    <FormDialog
      title={`What may ${person?.name ?? 'somebody'} do?`}
      isOpen={person !== undefined}
      close={leave}
      does="Change the role"
      send={change}
      isBusy={isSending}
    >
      <TroubleNote trouble={trouble} />
      <RoleChoice value={role} onChange={setChosen} />
    </FormDialog>
  );
}

function RoleChoice({ value, onChange }: { readonly value: Role; readonly onChange: (role: Role) => void }) {
  const id = useId();
  return (
    <fieldset className="choices">
      <legend>Role</legend>
      {roles.map((role) => (
        <div key={role} className="checkbox">
          <input
            type="radio"
            id={`${id}-${role}`}
            name={id}
            checked={role === value}
            aria-describedby={`${id}-${role}-tells`}
            onChange={() => onChange(role)}
          />
          <label htmlFor={`${id}-${role}`}>{role}</label>
          <p className="hint" id={`${id}-${role}-tells`}>
            {rolesTell[role]}
          </p>
        </div>
      ))}
    </fieldset>
  );
}

/** A one-time link, shown this once. */
export function LinkDialog({ shown, close }: Closing & { readonly shown: LinkShown | undefined }) {
  return (
    <Dialog
      title="Pass this link on"
      isOpen={shown !== undefined}
      close={close}
      actions={
        <Button look="primary" onClick={close}>
          Done
        </Button>
      }
    >
      {shown && (
        <div className="stack">
          <p>
            It opens the account of <strong>{shown.person.email}</strong>, once, until{' '}
            <Time at={shown.link.expiresAt} />. Whoever opens it chooses the password: send it in a way you trust.
          </p>
          <Secret label="One-time link" text={shown.link.url} />
          <p className="hint">It is not shown again. When it is lost, make a new one; this one then opens nothing.</p>
        </div>
      )}
    </Dialog>
  );
}
