import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import type { Told } from '../data/call.js';
import { type ItemOf, useRead, useWrite } from '../data/query.js';
import { Address } from '../parts/address.js';
import { Badge } from '../parts/badge.js';
import { Button } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Confirm } from '../parts/dialog.js';
import { type Choice, Menu } from '../parts/menu.js';
import { Skeleton } from '../parts/skeleton.js';
import { type Column, Table } from '../parts/table.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { madeBy } from './settings-made.js';
import { InviteDialog, LinkDialog, RoleDialog } from './settings-people-dialogs.js';

export type Person = ItemOf<'GET /api/users'>;
export type LinkShown = { readonly person: Person; readonly link: Told<'POST /api/users/:id/link'> };
type Deed = { readonly kind: 'role' | 'disable'; readonly person: Person };

/** Who may sign in, and what they may do. */
export function People() {
  const { data, trouble, again } = useRead('GET /api/users');
  const [isInviting, setInviting] = useState(false);
  const [deed, setDeed] = useState<Deed>();
  const [shown, setShown] = useState<LinkShown>();
  const { send: makeLink } = useWrite('POST /api/users/:id/link', { refreshes: [] });
  const enabling = useWrite('PATCH /api/users/:id', { refreshes: ['GET /api/users'] });
  const disabling = useWrite('PATCH /api/users/:id', { refreshes: ['GET /api/users'], isQuiet: true });
  const newLink = async (person: Person): Promise<void> => {
    const link = await makeLink({ params: { id: person.id } });
    if (link) setShown({ person, link });
  };
  const leave = (): void => {
    disabling.clear();
    setDeed(undefined);
  };
  const keepOut = async ({ id }: Person): Promise<void> => {
    if (await disabling.send({ params: { id }, body: { isDisabled: true } })) leave();
  };
  const letIn = ({ id }: Person): void => void enabling.send({ params: { id }, body: { isDisabled: false } });
  const choicesFor = (person: Person): readonly Choice[] => [
    { label: 'Change the role', onChoose: () => setDeed({ kind: 'role', person }) },
    person.state === 'disabled'
      ? { label: 'Let in again', onChoose: () => letIn(person) }
      : { label: 'Make a new link', onChoose: () => void newLink(person) },
    ...(person.state === 'disabled'
      ? []
      : [{ label: 'Keep out', isDanger: true, onChoose: () => setDeed({ kind: 'disable', person }) }]),
  ];
  if (!data) return trouble ? <TroubleNote trouble={trouble} again={again} /> : <Skeleton lines={6} />;
  return (
    <>
      <Card
        isFlush
        title="People"
        tells="A change counts from the next thing somebody does."
        actions={
          <Button look="primary" icon={UserPlus} onClick={() => setInviting(true)}>
            Invite somebody
          </Button>
        }
      >
        <Table
          label="Everybody who has an account"
          columns={columnsWith(choicesFor)}
          rows={data.items}
          keyOf={({ id }) => id}
        />
      </Card>
      <InviteDialog isOpen={isInviting} close={() => setInviting(false)} />
      <RoleDialog person={deed?.kind === 'role' ? deed.person : undefined} close={() => setDeed(undefined)} />
      <LinkDialog shown={shown} close={() => setShown(undefined)} />
      <Confirm
        title={`Keep ${deed?.person.name ?? ''} out?`}
        isOpen={deed?.kind === 'disable'}
        close={leave}
        does="Keep out"
        isDanger
        isBusy={disabling.isSending}
        onYes={() => (deed ? keepOut(deed.person) : undefined)}
      >
        <div className="stack">
          <TroubleNote trouble={disabling.trouble} />
          <p>They are signed out in every browser at once, and their links open nothing any more.</p>
          <p>API keys that they made go on; revoke those by themselves. You can let them in again.</p>
        </div>
      </Confirm>
    </>
  );
}

const states = {
  active: { tone: 'good', label: 'active' },
  invited: { tone: 'warn', label: 'invited' },
  disabled: { tone: 'bad', label: 'kept out' },
} as const;

function columnsWith(choicesFor: (person: Person) => readonly Choice[]): readonly Column<Person>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      isHead: true,
      cell: ({ name, email, isYou }) => (
        <>
          <bdi>{name}</bdi> {isYou && <Badge>you</Badge>}
          <span className="under">
            <Address of={email} />
          </span>
        </>
      ),
    },
    {
      id: 'role',
      header: 'Role',
      cell: ({ role }) => <Badge tone={role === 'admin' ? 'accent' : 'plain'}>{role}</Badge>,
    },
    {
      id: 'state',
      header: 'State',
      cell: ({ state }) => (
        <span className="nowrap">
          <Badge tone={states[state].tone}>{states[state].label}</Badge>
        </span>
      ),
    },
    {
      id: 'signed-in',
      header: 'Last signed in',
      cell: ({ signedInAt }) =>
        signedInAt ? <Time at={signedInAt} as="relative" /> : <span className="quiet">never</span>,
    },
    madeBy('invited', 'Invited by'),
    {
      id: 'deeds',
      header: 'Change',
      cell: (person) => (
        <Menu
          label={
            <>
              Change<span className="unseen"> {person.name}</span>
            </>
          }
          choices={choicesFor(person)}
        />
      ),
    },
  ];
}
