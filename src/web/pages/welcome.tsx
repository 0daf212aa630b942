import { type FormEvent, useState, useSyncExternalStore } from 'react';
import { type Told } from '../data/call.js';
import { useRead, useWrite } from '../data/query.js';
import { at } from '../data/trouble.js';
import { Button } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Empty } from '../parts/empty.js';
import { Field } from '../parts/field.js';
import { Page } from '../parts/page.js';
import { Skeleton } from '../parts/skeleton.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { enter } from './sign-in.js';
import { Doorway } from './sign-in-doorway.js';
import { NewPassword } from './sign-in-new-password.js';

type Opened = Told<'POST /api/session/link/look'>;

/** Where a one-time link leads. Its token stands behind the "#", and goes to Rivulet in the body of a call alone. */
export default function Welcome() {
  const token = useSyncExternalStore(listen, () => location.hash.slice(1));
  const look = { body: { token } };
  const { data, trouble, again } = useRead('POST /api/session/link/look', look, { when: token !== '' });
  const title = titleOf(data);
  return (
    <Page title={title} heading={<Doorway>{title}</Doorway>}>
      {token === '' ? (
        <Empty title="This link was cut short" action={{ label: 'Sign in', to: '/sign-in' }}>
          Copy all of it, to the last character, or ask for a new one.
        </Empty>
      ) : data ? (
        <WelcomeForm key={token} token={token} opened={data} />
      ) : trouble?.status === 410 ? (
        <Empty title="This link opens nothing any more" action={{ label: 'Sign in', to: '/sign-in' }}>
          It was opened before, or is older than a day. An admin makes a new one under Settings; where Rivulet runs,{' '}
          <code>npx rivulet user link</code> does.
        </Empty>
      ) : trouble ? (
        <TroubleNote trouble={trouble} again={again} />
      ) : (
        <Card>
          <Skeleton lines={6} />
        </Card>
      )}
    </Page>
  );
}

function listen(tell: () => void): () => void {
  window.addEventListener('hashchange', tell);
  return () => window.removeEventListener('hashchange', tell);
}

function titleOf(opened: Opened | undefined): string {
  return opened?.kind === 'new-password' ? 'Choose a new password' : 'Welcome';
}

const tells = {
  'first-admin': 'You are the first one here. Choose how you sign in; whom else you let in, you say under Settings.',
  invitation: 'You were invited. Choose a password, and you are in.',
  'new-password': 'With it you are signed in here, and signed out wherever you were.',
} as const;

function WelcomeForm({ token, opened }: { readonly token: string; readonly opened: Opened }) {
  const [email, setEmail] = useState(opened.email ?? '');
  const [name, setName] = useState(opened.name ?? '');
  const [password, setPassword] = useState('');
  const { send, isSending, trouble } = useWrite('POST /api/session/link', { isQuiet: true, refreshes: [] });
  const isFirst = opened.kind === 'first-admin';
  const open = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const session = await send({ body: { token, name, password, ...(isFirst ? { email } : {}) } });
    if (session) enter(session.csrf, '/');
  };
  return (
    <form className="card" onSubmit={(event) => void open(event)}>
      <div className="card-body">
        <p>{tells[opened.kind]}</p>
        <TroubleNote trouble={trouble} shownAt={['/email', '/name', '/password']} />
        <Field
          label="E-mail address"
          type="email"
          autoComplete="username"
          required
          readOnly={!isFirst}
          autoFocus={isFirst}
          value={email}
          error={at(trouble, '/email')}
          onChange={({ target }) => setEmail(target.value)}
        />
        <Field
          label="Your name"
          hint="As colleagues and the audit log shall call you"
          autoComplete="name"
          required
          maxLength={100}
          autoFocus={!isFirst}
          value={name}
          error={at(trouble, '/name')}
          onChange={({ target }) => setName(target.value)}
        />
        <NewPassword
          value={password}
          owner={{ email, name }}
          trouble={at(trouble, '/password')}
          onChange={setPassword}
        />
        <Button type="submit" look="primary" isBusy={isSending}>
          {opened.kind === 'new-password' ? 'Take this password' : 'Open my account'}
        </Button>
        <p className="hint">
          This link opens until <Time at={opened.expiresAt} />.
        </p>
      </div>
    </form>
  );
}
