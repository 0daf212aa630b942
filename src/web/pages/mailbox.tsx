import { type FormEvent, useState } from 'react';
import { Link } from 'wouter';
import type { PageProps } from '../app/pages.js';
import { useAsked } from '../data/address.js';
import { type ItemOf, useCursorList } from '../data/query.js';
import { Button } from '../parts/button.js';
import { CursorList } from '../parts/cursor-list.js';
import { Empty } from '../parts/empty.js';
import { Field } from '../parts/field.js';
import { Page } from '../parts/page.js';
import { type Column, Table } from '../parts/table.js';
import { Time } from '../parts/time.js';
import { KeptMail } from './mailbox-mail.js';
import './mailbox.css';

type Kept = ItemOf<'GET /api/mailbox'>;

/** Mails that stay here, as no SMTP server is named: all of them, or one. */
export default function Mailbox({ params: { id } }: PageProps) {
  return id === undefined ? <KeptMails /> : <KeptMail key={id} id={id} />;
}

function KeptMails() {
  const { get, set } = useAsked();
  const to = get('to');
  const list = useCursorList('GET /api/mailbox', { query: to ? { to } : {} }, { every: 15_000 });
  return (
    <Page title="Mailbox" tells="Mails that stay on this machine, as long as no SMTP server is named.">
      <Search to={to} search={(next) => set({ to: next })} />
      <CursorList list={list} empty={to ? <NothingTo to={to} all={() => set({ to: '' })} /> : <NoMails />}>
        {(items) => (
          <Table
            label="Kept mails, the newest first"
            columns={columns}
            rows={items}
            keyOf={({ id }) => id}
            isStale={list.isStale}
          />
        )}
      </CursorList>
    </Page>
  );
}

function Search({ to, search }: { readonly to: string; readonly search: (to: string) => void }) {
  const [text, setText] = useState(to);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    search(text.trim());
  };
  return (
    <form className="row mailbox-search" role="search" onSubmit={submit}>
      <Field
        label="Mails to"
        type="search"
        placeholder="ada@example.org"
        value={text}
        autoComplete="off"
        spellCheck={false}
        onChange={({ target }) => setText(target.value)}
      />
      <Button type="submit">Show them</Button>
    </form>
  );
}

function NothingTo({ to, all }: { readonly to: string; readonly all: () => void }) {
  return (
    <Empty title={`No mail to ${to} is kept here`} action={{ label: 'Show all mails', onPress: all }}>
      The whole address is looked for, as the lead has it.
    </Empty>
  );
}

function NoMails() {
  return (
    <Empty title="No mail is kept here" action={{ label: 'Look at the sequences', to: '/sequences' }}>
      Without <code>SMTP_URL</code> each mail that goes out comes here instead of to its lead. Make a lead that enters a
      sequence, and its first mail is here in a moment.
    </Empty>
  );
}

const columns: readonly Column<Kept>[] = [
  {
    id: 'subject',
    header: 'Subject',
    isHead: true,
    cell: ({ id, subject }) => (
      <Link href={`/mailbox/${id}`}>
        <bdi className="address">{subject || 'no subject'}</bdi>
      </Link>
    ),
  },
  { id: 'to', header: 'To', cell: ({ to }) => <bdi className="address">{to}</bdi> },
  { id: 'from', header: 'From', isExtra: true, cell: ({ from }) => <bdi className="address">{from}</bdi> },
  { id: 'at', header: 'Sent', cell: ({ at }) => <Time at={at} as="relative" /> },
];
