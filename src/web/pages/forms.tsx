import { ExternalLink, FilePen } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import type { PageProps } from '../app/pages.js';
import type { Told } from '../data/call.js';
import { count, shareOf } from '../data/format.js';
import { useRead } from '../data/query.js';
import { Badges } from '../parts/badge.js';
import { LinkButton } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { CodeView } from '../parts/code-view.js';
import { Empty } from '../parts/empty.js';
import { Facts } from '../parts/facts.js';
import { Select } from '../parts/field.js';
import { Page } from '../parts/page.js';
import { Room } from '../parts/skeleton.js';
import { Stat, Stats } from '../parts/stat.js';
import { type Column, Table } from '../parts/table.js';
import { Tabs } from '../parts/tabs.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { Refusals, refusedIn } from './forms-refusals.js';
import { SiteCard } from './forms-site.js';
import './forms.css';

type Form = Told<'GET /api/forms'>['items'][number];
type FormInFull = Told<'GET /api/forms/:name'>;

/** The public forms: what came of each, and how it is put into a page. */
export default function Forms({ params: { name } }: PageProps) {
  return name === undefined ? <AllForms /> : <OneForm key={name} name={name} />;
}

const columns: readonly Column<Form>[] = [
  {
    id: 'title',
    header: 'Form',
    isHead: true,
    cell: ({ name, title }) => (
      <>
        <Link href={`/forms/${encodeURIComponent(name)}`}>{title}</Link> <small className="quiet">{name}</small>
      </>
    ),
  },
  { id: 'taken', header: 'Taken', isNumber: true, cell: ({ taken }) => count(taken) },
  {
    id: 'asked',
    header: 'Asked to confirm',
    isNumber: true,
    cell: ({ asked }) => (asked === undefined ? '–' : count(asked)),
  },
  {
    id: 'confirmed',
    header: 'Confirmed',
    isNumber: true,
    cell: ({ asked, confirmed }) => (asked === undefined ? '–' : shareOf(confirmed ?? 0, asked)),
  },
  { id: 'refused', header: 'Refused', isNumber: true, cell: (form) => count(refusedIn(form)) },
  {
    id: 'last',
    header: 'Last refused',
    isExtra: true,
    cell: ({ lastRefusedAt }) => (lastRefusedAt ? <Time at={lastRefusedAt} as="relative" /> : '–'),
  },
];

function AllForms() {
  const { data, trouble, again } = useRead('GET /api/forms', undefined, { every: 30_000 });
  return (
    <Page title="Forms" tells="Where people leave their address, by themselves.">
      <TroubleNote title="The forms cannot be shown" trouble={trouble} again={again} />
      {!data && !trouble && <Room height="14rem" />}
      {data?.items.length === 0 && (
        <Empty title="There are no forms yet" action={{ label: 'Make one in the editor', to: '/editor' }}>
          A form is a file under sequences/forms/. It gets a page of its own, and two lines of HTML put it into any
          other.
        </Empty>
      )}
      {data && data.items.length > 0 && (
        <Table label="Forms" columns={columns} rows={data.items} keyOf={(form) => form.name} />
      )}
      <SiteCard />
    </Page>
  );
}

function OneForm({ name }: { readonly name: string }) {
  const { data, trouble, again } = useRead('GET /api/forms/:name', { params: { name } }, { every: 30_000 });
  const [tab, setTab] = useState('page');
  return (
    <Page
      title={data?.title ?? name}
      up={{ label: 'Forms', to: '/forms' }}
      actions={
        <>
          <LinkButton icon={FilePen} to={`/editor/sequences/forms/${name}.json`}>
            Edit its file
          </LinkButton>
          <LinkButton icon={ExternalLink} isFile to={pageOf(name)}>
            Open its page
          </LinkButton>
        </>
      }
    >
      <TroubleNote title="This form cannot be shown" trouble={trouble} again={again} />
      {!data && !trouble && <Room height="30rem" />}
      {data && (
        <>
          <div>
            <Numbers form={data} />
          </div>
          <Tabs label="This form" tabs={tabs} value={tab} onChange={setTab}>
            {tab === 'page' && <PagePreview form={data} />}
            {tab === 'asks' && <Asks form={data} />}
            {tab === 'embed' && <Embed form={data} />}
            {tab === 'refused' && <Refusals form={data} />}
          </Tabs>
        </>
      )}
    </Page>
  );
}

const tabs = [
  { id: 'page', label: 'Its page' },
  { id: 'asks', label: 'What it asks' },
  { id: 'embed', label: 'On your site' },
  { id: 'refused', label: 'What was refused' },
];

function Numbers({ form }: { readonly form: FormInFull }) {
  const { taken, asked, confirmed = 0, lastRefusedAt } = form;
  return (
    <Stats>
      <Stat
        label="Taken"
        value={count(taken)}
        means={form.doubleOptIn ? 'once the address was confirmed' : 'at once'}
      />
      {asked !== undefined && <Stat label="Asked to confirm" value={count(asked)} />}
      {asked !== undefined && (
        <Stat label="Confirmed" value={shareOf(confirmed, asked)} means={`${count(confirmed)} of ${count(asked)}`} />
      )}
      <Stat
        label="Refused"
        value={count(refusedIn(form))}
        {...(lastRefusedAt ? { means: <Time at={lastRefusedAt} as="relative" /> } : {})}
      />
    </Stats>
  );
}

function pageOf(name: string): string {
  return `/f/${encodeURIComponent(name)}`;
}

function PagePreview({ form: { name, title } }: { readonly form: FormInFull }) {
  const [width, setWidth] = useState('desktop');
  return (
    <>
      <div className="fields tight">
        <Select label="Width" value={width} options={widths} onChange={({ target }) => setWidth(target.value)} />
      </div>
      <div className={`form-frame ${width}`}>
        {/* To be looked at, not filled in: nothing in the frame runs or is sent. */}
        <iframe title={`The page of ${title}`} src={pageOf(name)} sandbox="" />
      </div>
    </>
  );
}

const widths = [
  { value: 'desktop', label: 'Desktop' },
  { value: 'phone', label: 'Phone' },
];

function Asks({ form }: { readonly form: FormInFull }) {
  const { intro, fields, consent, doubleOptIn, refuse, asset, next, submit, file } = form;
  return (
    <>
      <Table label="Fields" columns={fieldColumns} rows={fields} keyOf={(field) => field.name} />
      <Card title="What people agree to">
        {consent.length === 0 && <p className="quiet">Nothing is asked to be agreed to.</p>}
        {consent.map(({ purpose, text, required }) => (
          <blockquote key={purpose} className="form-consent">
            <p>“{text}”</p>
            <footer className="quiet">
              <code>{purpose}</code>
              {required ? ', without which the form is not sent' : ', as they like'}
            </footer>
          </blockquote>
        ))}
      </Card>
      <Card title="Besides">
        <Facts
          facts={[
            ['Says', intro ?? '–'],
            ['Button', submit ?? 'the usual words'],
            ['Address is confirmed first', doubleOptIn ? 'yes, by a click in a mail' : 'no'],
            ['Cannot be used', refuse.length > 0 ? <Badges words={refuse} /> : 'every address can be used'],
            ['Hands out', asset ?? '–'],
            ['Afterwards', next ?? 'the page of thanks'],
            [
              'File',
              <Link key="file" href={`/editor/${file}`}>
                {file}
              </Link>,
            ],
          ]}
        />
      </Card>
    </>
  );
}

const fieldColumns: readonly Column<FormInFull['fields'][number]>[] = [
  { id: 'label', header: 'Label', isHead: true, cell: ({ label }) => label },
  { id: 'name', header: 'Fills', cell: ({ name }) => <code>{name}</code> },
  { id: 'type', header: 'Type', cell: ({ type, choices }) => (choices ? `${type}: ${choices.join(', ')}` : type) },
  { id: 'required', header: 'Must be filled in', cell: ({ required }) => (required ? 'yes' : 'no') },
];

function Embed({ form: { title, snippets, page } }: { readonly form: FormInFull }) {
  return (
    <>
      <Card title="Two lines for any page" tells="Shows the form where it is pasted, and keeps up with its file.">
        <CodeView label={`Lines that show ${title}`} text={snippets.script} isWrapped hasNumbers={false} />
      </Card>
      <Card
        title="Plain HTML"
        tells="Works without a script, in the style of your page. Paste it anew after the form was changed."
      >
        <CodeView label={`HTML of ${title}`} text={snippets.plain} isWrapped hasNumbers={false} />
      </Card>
      <Card title="A link to its page">
        <CodeView label={`Address of the page of ${title}`} text={page} isWrapped hasNumbers={false} />
      </Card>
    </>
  );
}
