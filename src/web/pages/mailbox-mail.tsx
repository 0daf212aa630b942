import { Download } from 'lucide-react';
import { useQuery } from '@tanstack/react-query';
import { useAsked } from '../data/address.js';
import { call, type Told } from '../data/call.js';
import { useRead } from '../data/query.js';
import { troubleOf } from '../data/trouble.js';
import { Address } from '../parts/address.js';
import { LinkButton } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { CodeView } from '../parts/code-view.js';
import { Facts } from '../parts/facts.js';
import { Select } from '../parts/field.js';
import { MailFrame } from '../parts/mail-frame.js';
import { Page } from '../parts/page.js';
import { Room, Skeleton } from '../parts/skeleton.js';
import { Tabs } from '../parts/tabs.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';

type Mail = Told<'GET /api/mailbox/:id'>;

const views = [
  { id: 'mail', label: 'Mail' },
  { id: 'text', label: 'Plain text' },
  { id: 'source', label: 'Source' },
] as const;

const looks = [
  { value: 'desktop', label: 'Desktop' },
  { value: 'phone', label: 'Phone' },
  { value: 'dark', label: 'Desktop, dark' },
  { value: 'phone-dark', label: 'Phone, dark' },
] as const;

/** One kept mail, as its reader sees it and as it was sent. */
export function KeptMail({ id }: { readonly id: string }) {
  const { get, set } = useAsked();
  const { data, trouble, again } = useRead('GET /api/mailbox/:id', { params: { id } });
  const view = views.find((one) => one.id === get('show'))?.id ?? 'mail';
  return (
    <Page
      title={data?.subject || 'Mail'}
      up={{ label: 'Mailbox', to: '/mailbox' }}
      actions={
        <LinkButton icon={Download} to={`/api/mailbox/${id}.eml`} isFile download>
          Download
        </LinkButton>
      }
    >
      {trouble && <TroubleNote trouble={trouble} again={again} />}
      {data ? <Head mail={data} /> : <Room height="9rem" />}
      <Tabs
        label="Ways to see it"
        tabs={views}
        value={view}
        onChange={(next) => set({ show: next === 'mail' ? '' : next })}
      >
        {view === 'mail' && <Shown id={id} subject={data?.subject} />}
        {view === 'text' && (data ? <Plain text={data.text} /> : <Skeleton lines={10} />)}
        {view === 'source' && <Source id={id} />}
      </Tabs>
    </Page>
  );
}

function Head({ mail: { to, from, at, headers } }: { readonly mail: Mail }) {
  const also = ['Reply-To', 'List-Unsubscribe', 'Message-ID'].map((name) => [name, headerOf(headers, name)] as const);
  return (
    <Card>
      <Facts
        facts={[
          ['To', <Address key="to" of={to} />],
          ['From', <Address key="from" of={from} />],
          ['Sent', <Time key="at" at={at} />],
          ...also.map(([name, value]) =>
            value === undefined ? false : ([name, <bdi key={name}>{value}</bdi>] as const),
          ),
        ]}
      />
    </Card>
  );
}

function headerOf(headers: Mail['headers'], wanted: string): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === wanted.toLowerCase())?.[1];
}

function Shown({ id, subject }: { readonly id: string; readonly subject: string | undefined }) {
  const { get, set } = useAsked();
  const look = looks.find(({ value }) => value === get('look'))?.value ?? 'desktop';
  return (
    <>
      <div className="row">
        <Select
          label="As seen on"
          value={look}
          options={looks}
          onChange={({ target }) => set({ look: target.value === 'desktop' ? '' : target.value })}
        />
      </div>
      <MailFrame
        src={`/api/mailbox/${id}.html`}
        title={`The mail ${subject ?? ''}`}
        width={look.startsWith('phone') ? 'phone' : 'desktop'}
        look={look.endsWith('dark') ? 'dark' : 'light'}
      />
    </>
  );
}

function Plain({ text }: { readonly text: string }) {
  return (
    <CodeView
      label="The plain text of the mail"
      text={text || 'This mail has no plain text.'}
      isWrapped
      hasNumbers={false}
    />
  );
}

/** The whole of it, asked for only where somebody wants to see it. */
function Source({ id }: { readonly id: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['GET /api/mailbox/:id.eml', id],
    queryFn: ({ signal }) => call('GET /api/mailbox/:id.eml', { params: { id }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error) return <TroubleNote trouble={troubleOf(error)} again={() => void refetch()} />;
  return data === undefined ? (
    <Skeleton lines={20} />
  ) : (
    <CodeView label="The mail as it was sent" text={data} isWrapped />
  );
}
