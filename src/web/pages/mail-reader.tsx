import { UserRound } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { useRead } from '../data/query.js';
import { useMay } from '../data/session.js';
import { Button } from '../parts/button.js';
import { Field } from '../parts/field.js';
import { TroubleNote } from '../parts/trouble-note.js';

type ReaderParts = {
  /** Id of a lead, "empty", or '' for somebody made up. */
  readonly lead: string;
  readonly shown: { readonly email: string; readonly origin: string };
  readonly onChoose: (lead: string) => void;
};

/** As whom a mail is shown: one of the leads, somebody made up, or one of whom nothing is known. */
export function ReaderChooser({ lead, shown, onChoose }: ReaderParts) {
  const mayChoose = useMay('leads:read');
  const [isOpen, setOpen] = useState(false);
  const choose = (one: string): void => {
    onChoose(one);
    setOpen(false);
  };
  return (
    <section className="reader" aria-label="As whom it is shown">
      <UserRound size={18} aria-hidden />
      <p>
        As <b>{lead === 'empty' ? 'a lead without any fields' : shown.email}</b> would see it
        <span className="quiet">, {shown.origin}</span>
      </p>
      <div className="actions">
        {mayChoose && (
          <Button isSmall aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            Choose a lead
          </Button>
        )}
        {lead !== '' && (
          <Button isSmall look="quiet" onClick={() => choose('')}>
            Somebody made up
          </Button>
        )}
        {lead !== 'empty' && (
          <Button isSmall look="quiet" onClick={() => choose('empty')}>
            Without any fields
          </Button>
        )}
      </div>
      {isOpen && <Finder onChoose={choose} />}
    </section>
  );
}

/** Leads whose name or address begins as it is typed. */
function Finder({ onChoose }: { readonly onChoose: (lead: string) => void }) {
  const [typed, setTyped] = useState('');
  const text = useDeferredValue(typed.trim());
  const asked = { query: { limit: 8, ...(text === '' ? {} : { text }) } };
  const { data, trouble } = useRead('GET /api/leads/search', asked, { keep: true });
  return (
    <div className="reader-finder">
      <Field
        type="search"
        label="Name or address"
        autoFocus
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
      />
      <TroubleNote trouble={trouble} />
      {data?.items.length === 0 && <p className="quiet">Nobody is called so.</p>}
      <ul>
        {(data?.items ?? []).map(({ id, email, firstName, lastName }) => (
          <li key={id}>
            <button type="button" onClick={() => onChoose(id)}>
              <bdi>{[firstName, lastName].filter(Boolean).join(' ') || email}</bdi>{' '}
              <span className="quiet">{email}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
