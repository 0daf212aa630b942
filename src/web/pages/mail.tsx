import { ChevronLeft, ChevronRight, FilePenLine } from 'lucide-react';
import { Link } from 'wouter';
import { useAsked } from '../data/address.js';
import type { Told } from '../data/call.js';
import { bytes, count, percent, shareOf } from '../data/format.js';
import { useRead } from '../data/query.js';
import type { PageProps } from '../app/pages.js';
import { Badge } from '../parts/badge.js';
import { LinkButton } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { CodeView } from '../parts/code-view.js';
import { Facts } from '../parts/facts.js';
import { MailFrame } from '../parts/mail-frame.js';
import { Note } from '../parts/note.js';
import { Page } from '../parts/page.js';
import { Room } from '../parts/skeleton.js';
import { Stat, Stats } from '../parts/stat.js';
import { type Column, Table } from '../parts/table.js';
import { Tabs } from '../parts/tabs.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { ReaderChooser } from './mail-reader.js';
import { Findings } from './sequence-findings.js';
import { mailAddress } from './sequence-flow.js';
import './sequence.css';

type Mail = Told<'GET /api/sequences/:name/mails/:step'>;

const views = [
  { id: 'desktop', label: 'Desktop' },
  { id: 'phone', label: 'Phone' },
  { id: 'dark', label: 'Dark' },
  { id: 'clicks', label: 'Clicks' },
  { id: 'text', label: 'Plain text' },
  { id: 'source', label: 'Source' },
] as const;
type View = (typeof views)[number]['id'];

/** One mail as any lead would see it, with what was clicked in it and what lint finds. */
export default function MailPage({ params: { name = '', step = '' } }: PageProps) {
  const { get, set } = useAsked();
  const lead = get('lead');
  const asked = { params: { name, step }, query: lead === '' ? {} : { lead } };
  const { data, trouble, again } = useRead('GET /api/sequences/:name/mails/:step', asked, { keep: true });
  const view = views.find(({ id }) => id === get('show'))?.id ?? 'desktop';
  return (
    <Page
      title={data?.subject ?? 'Mail'}
      heading={data && <bdi>{data.subject || '(no subject)'}</bdi>}
      up={{ label: data?.sequence.title ?? name, to: `/sequences/${encodeURIComponent(name)}` }}
      tells={data && <Tells mail={data} />}
      actions={
        data && (
          <LinkButton to={`/editor/${data.file}`} icon={FilePenLine}>
            Open its file
          </LinkButton>
        )
      }
    >
      <TroubleNote trouble={trouble} again={again} />
      {!data && !trouble && <Room height="50rem" />}
      {data && (
        <>
          <Neighbours name={name} step={step} />
          <Findings findings={data.findings} />
          <div>
            <Numbers mail={data} />
          </div>
          <ReaderChooser lead={lead} shown={data.lead} onChoose={(chosen) => set({ lead: chosen })} />
          <Tabs
            label="Views of the mail"
            tabs={views}
            value={view}
            onChange={(show) => set({ show: show === 'desktop' ? '' : show })}
          >
            <Shown mail={data} view={view} lead={lead} />
          </Tabs>
          <Inbox mail={data} />
        </>
      )}
    </Page>
  );
}

function Tells({ mail: { step, template, kind, sequence } }: { readonly mail: Mail }) {
  return (
    <span className="row">
      <code>
        {sequence.name}/{step}
      </code>
      <span>
        template <code>{template}</code>
      </span>
      {kind === 'notify' && <Badge>tells one of yours of a lead</Badge>}
    </span>
  );
}

/** The mails before and after it in its sequence. */
function Neighbours({ name, step }: { readonly name: string; readonly step: string }) {
  const { data } = useRead('GET /api/sequences/:name', { params: { name } });
  const mails = (data?.mails ?? []).filter(({ subject }) => subject !== undefined);
  const at = mails.findIndex((mail) => mail.step === step);
  const [before, after] = at < 0 ? [] : [mails[at - 1], mails[at + 1]];
  return (
    <nav aria-label="Mails of the sequence" className="row spread neighbours">
      <span>
        {before && (
          <Link href={mailAddress(name, before.step)}>
            <ChevronLeft size={16} aria-hidden /> {before.subject}
          </Link>
        )}
      </span>
      <span>
        {after && (
          <Link href={mailAddress(name, after.step)}>
            {after.subject} <ChevronRight size={16} aria-hidden />
          </Link>
        )}
      </span>
    </nav>
  );
}

function Numbers({ mail: { numbers } }: { readonly mail: Mail }) {
  if (!numbers) return null;
  const { sent, opened, clicked, replied, bounced, complained, unsubscribed, machineOpens, machineClicks } = numbers;
  return (
    <Stats>
      <Stat label="Sent" value={count(sent)} />
      <Stat label="Opened" value={shareOf(opened, sent)} means={`${count(opened)}; machines ${count(machineOpens)}`} />
      <Stat
        label="Clicked"
        value={shareOf(clicked, sent)}
        means={`${count(clicked)}; machines ${count(machineClicks)}`}
      />
      <Stat label="Replied" value={shareOf(replied, sent)} means={count(replied)} />
      <Stat label="Bounced" value={shareOf(bounced, sent)} means={count(bounced)} />
      <Stat
        label="Unsubscribed"
        value={shareOf(unsubscribed, sent)}
        means={`${count(unsubscribed)}; ${count(complained)} complained`}
      />
    </Stats>
  );
}

/** What its reader sees before it is opened. */
function Inbox({ mail: { from, subject, preheader, firstWords, size, replyTo, text } }: { readonly mail: Mail }) {
  const words = preheader || firstWords;
  return (
    <Card title="In the inbox">
      <p className="inbox-line">
        <b>
          <bdi>{from.name || from.address}</bdi>
        </b>
        <span>
          <bdi>{subject || '(no subject)'}</bdi> <span className="quiet">– {words}</span>
        </span>
      </p>
      <Facts
        facts={[
          ['From', <bdi key="from">{`${from.name} <${from.address}>`}</bdi>],
          ['Answers go to', replyTo],
          [
            'Preheader',
            preheader === '' ? (
              <span key="none">
                <Badge tone="warn">none</Badge> Inboxes show the mail’s first words.
              </span>
            ) : (
              `${preheader.length} characters; then inboxes go on with the mail’s first words`
            ),
          ],
          [
            'Size',
            <span key="size">
              {size.isClipped && <Badge tone="bad">Gmail clips it</Badge>} {bytes(size.htmlBytes)} of HTML,{' '}
              {percent(size.htmlBytes / size.clipBytes)} of the {bytes(size.clipBytes)} after which Gmail clips a mail;{' '}
              {count(text.split(/\s+/).length)} words
            </span>,
          ],
        ]}
      />
    </Card>
  );
}

function Shown({ mail, view, lead }: { readonly mail: Mail; readonly view: View; readonly lead: string }) {
  if (view === 'text') return <CodeView label="Plain text" text={mail.text} isWrapped hasNumbers={false} />;
  if (view === 'source') return <Source mail={mail} />;
  if (view === 'dark') return <Dark mail={mail} lead={lead} />;
  if (view === 'clicks') return <Clicks mail={mail} lead={lead} />;
  return (
    <MailFrame
      src={frameOf(mail, { lead, ...(view === 'phone' ? { on: 'phone' } : {}) })}
      title={`The mail on a ${view === 'phone' ? 'phone' : 'desktop'}`}
      width={view}
      height="46rem"
    />
  );
}

function frameOf({ sequence, step }: Mail, query: Readonly<Record<string, string>>): string {
  const path = [sequence.name, 'mails', step].map(encodeURIComponent).join('/');
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''));
  return `/api/sequences/${path}/mail.html${asked.size > 0 ? `?${String(asked)}` : ''}`;
}

/** Both ways in which mail programs make a mail dark. */
function Dark({ mail, lead }: { readonly mail: Mail; readonly lead: string }) {
  return (
    <>
      {!mail.hasDarkStyle && (
        <Note title="It has no dark style of its own">
          Programs that do not colour by force show it light. <code>@media (prefers-color-scheme: dark)</code> gives it
          one.
        </Note>
      )}
      <div className="looks">
        <figure>
          <figcaption>By its own dark style, as in Apple Mail</figcaption>
          <MailFrame
            src={frameOf(mail, { lead })}
            title="The mail in dark, by its own style"
            look="dark"
            height="46rem"
          />
        </figure>
        <figure>
          <figcaption>Turned round by force, roughly as in the Gmail apps</figcaption>
          <MailFrame
            src={frameOf(mail, { lead })}
            title="The mail turned round by force"
            look="inverted"
            height="46rem"
          />
        </figure>
      </div>
    </>
  );
}

type Clicked = Mail['links'][number] & { readonly nth: number };

const columns: readonly Column<Clicked>[] = [
  {
    id: 'link',
    header: 'Link',
    isHead: true,
    cell: ({ target, places, leadsSomewhere }) => (
      <>
        {places.map(({ words }) => words || 'a picture').join(' and ') || 'not shown to this lead'}
        <span className="under">{leadsSomewhere ? target : <Badge tone="bad">leads nowhere</Badge>}</span>
      </>
    ),
  },
  { id: 'nth', header: 'Place', isNumber: true, cell: ({ places }) => places.map(({ nth }) => nth).join(', ') },
  { id: 'people', header: 'Leads', isNumber: true, cell: ({ people }) => count(people) },
  { id: 'share', header: 'Of those who clicked', isNumber: true, cell: ({ share }) => percent(share) },
];

/** What was clicked, laid over the mail, and link by link. */
function Clicks({ mail, lead }: { readonly mail: Mail; readonly lead: string }) {
  const rows = mail.links.map((link, nth) => ({ ...link, nth }));
  return (
    <div className="clicks">
      <MailFrame
        src={frameOf(mail, { lead, clicks: '1' })}
        title="The mail with what was clicked laid over it"
        height="46rem"
      />
      <div className="stack">
        {rows.length === 0 ? (
          <Note title="No link in it counts clicks">Links to unsubscribe and to preferences are never among them.</Note>
        ) : (
          <Table label="Links by place" columns={columns} rows={rows} keyOf={({ nth }) => String(nth)} />
        )}
        <p className="quiet">Machines are not counted. A lead who followed a link twice counts once.</p>
        {mail.otherClicks.length > 0 && (
          <Card title="Links of earlier versions">
            <ul>
              {mail.otherClicks.map(({ target, people }) => (
                <li key={target}>
                  {count(people)}: {target}
                </li>
              ))}
            </ul>
          </Card>
        )}
      </div>
    </div>
  );
}

function Source({ mail: { source, file, findings, includes } }: { readonly mail: Mail }) {
  const marks = findings
    .filter((one) => one.file === file)
    .map(({ line, message, hint, severity }) => {
      return { line, tone: severity === 'error' ? ('bad' as const) : ('warn' as const), says: `${message}. ${hint}` };
    });
  return (
    <>
      <p className="quiet">
        <code>{file}</code>, in its frame: {includes.map((one) => one.replace('templates/', '')).join(', ')}
      </p>
      <CodeView label={file} text={source} marks={marks} isWrapped />
    </>
  );
}
