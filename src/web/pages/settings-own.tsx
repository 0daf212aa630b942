import { type FormEvent, useState } from 'react';
import { rolesTell } from '../../access/rights.js';
import { call } from '../data/call.js';
import { useRead } from '../data/query.js';
import { useSession } from '../data/session.js';
import { at, type Trouble, troubleOf } from '../data/trouble.js';
import { Badge } from '../parts/badge.js';
import { Button } from '../parts/button.js';
import { Card, Cards } from '../parts/card.js';
import { Facts } from '../parts/facts.js';
import { Field } from '../parts/field.js';
import { Time } from '../parts/time.js';
import { toast } from '../parts/toast.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { NewPassword } from './sign-in-new-password.js';

/** Who one is here, and one's own password. */
export function Own() {
  const { who, email, role } = useSession();
  const { data } = useRead('GET /api/session');
  return (
    <Cards least="22rem">
      <Card title="You">
        <div className="stack">
          <Facts
            facts={[
              ['Name', <bdi key="name">{who.name}</bdi>],
              ['E-mail address', email],
              ['Role', role && <RoleTold key="role" role={role} />],
              ['Signed in until', data?.endsAt && <Time key="until" at={data.endsAt} />],
            ]}
          />
          <p className="hint">The session ends by itself after twelve idle hours, and after a week in any case.</p>
        </div>
      </Card>
      {email !== null && <PasswordForm email={email} name={who.name} />}
    </Cards>
  );
}

function RoleTold({ role }: { readonly role: keyof typeof rolesTell }) {
  return (
    <>
      <Badge tone={role === 'admin' ? 'accent' : 'plain'}>{role}</Badge>
      <span className="under">{rolesTell[role]}</span>
    </>
  );
}

type Self = { readonly email: string; readonly name: string };

function PasswordForm({ email, name }: Self) {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const [trouble, setTrouble] = useState<Trouble>();
  const [isSending, setSending] = useState(false);
  const change = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTrouble(undefined);
    setSending(true);
    try {
      await call('POST /api/session/password', { body: { current, password } });
      toast('Your password is changed. Every other browser is signed out.');
      setCurrent('');
      setPassword('');
    } catch (error) {
      setTrouble(troubleOf(error));
    }
    setSending(false);
  };
  return (
    <Card title="Your password" tells="Every other browser in which you are signed in is signed out.">
      <form className="stack" onSubmit={(event) => void change(event)}>
        <TroubleNote trouble={trouble} shownAt={['/current', '/password']} />
        <input type="email" autoComplete="username" value={email} readOnly hidden />
        <Field
          label="Password now"
          type="password"
          autoComplete="current-password"
          required
          value={current}
          error={at(trouble, '/current')}
          onChange={({ target }) => setCurrent(target.value)}
        />
        <NewPassword
          label="New password"
          value={password}
          owner={{ email, name }}
          trouble={at(trouble, '/password')}
          onChange={setPassword}
        />
        <div>
          <Button type="submit" look="primary" isBusy={isSending}>
            Change the password
          </Button>
        </div>
      </form>
    </Card>
  );
}
