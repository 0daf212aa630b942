import { type FormEvent, useState } from 'react';
import { useSearchParams } from 'wouter';
import { navigate } from 'wouter/use-browser-location';
import { keepProof } from '../data/call.js';
import { queries, useRead, useWrite } from '../data/query.js';
import { Button } from '../parts/button.js';
import { Field } from '../parts/field.js';
import { Note } from '../parts/note.js';
import { Page } from '../parts/page.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { Doorway } from './sign-in-doorway.js';

export default function SignIn() {
  const [search] = useSearchParams();
  const setup = useRead('GET /api/session/setup');
  return (
    <Page title="Sign in" heading={<Doorway>Sign in</Doorway>}>
      {setup.data?.hasAccounts === false && (
        <Note tone="accent" title="Nobody has an account yet">
          <p>Rivulet printed a link when it started. Open it to make yours; a restart prints a new one.</p>
        </Note>
      )}
      <SignInForm back={search.get('back')} />
      <p className="hint">
        Forgot your password? An admin makes you a new link under Settings, and <code>npx rivulet user link</code> does
        where Rivulet runs.
      </p>
    </Page>
  );
}

function SignInForm({ back }: { readonly back: string | null }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const { send, isSending, trouble } = useWrite('POST /api/session', { isQuiet: true, refreshes: [] });
  const signIn = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const session = await send({ body: { email, password } });
    if (session) enter(session.csrf, back);
  };
  return (
    <form className="card" onSubmit={(event) => void signIn(event)}>
      <div className="card-body">
        <TroubleNote trouble={trouble} title="You are not signed in" />
        <Field
          label="E-mail address"
          type="email"
          name="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={({ target }) => setEmail(target.value)}
        />
        <Field
          label="Password"
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={({ target }) => setPassword(target.value)}
        />
        <Button type="submit" look="primary" isBusy={isSending}>
          Sign in
        </Button>
      </div>
    </form>
  );
}

/** Goes on as whoever signed in: nothing that was read before is theirs. */
export function enter(csrf: string, back: string | null): void {
  keepProof(csrf);
  queries.clear();
  navigate(isOurs(back) ? back : '/', { replace: true });
}

/** A page of ours: what stands in an address may lead nowhere else. */
function isOurs(back: string | null): back is string {
  if (back === null || !URL.canParse(back, location.origin)) return false;
  return back.startsWith('/') && new URL(back, location.origin).origin === location.origin;
}
