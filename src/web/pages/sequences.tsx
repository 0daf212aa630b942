import { Link } from 'wouter';
import type { Told } from '../data/call.js';
import { useAsked } from '../data/address.js';
import { count, counted, shareOf } from '../data/format.js';
import { useRead } from '../data/query.js';
import { useMay } from '../data/session.js';
import { Badge } from '../parts/badge.js';
import { LinkButton } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Empty } from '../parts/empty.js';
import { Field } from '../parts/field.js';
import { Page } from '../parts/page.js';
import { Room } from '../parts/skeleton.js';
import { type Column, Table } from '../parts/table.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { mailsTogether } from './sequence-figures.js';
import './sequence.css';

type Sequence = Told<'GET /api/sequences'>['items'][number];

const columns: readonly Column<Sequence>[] = [
  { id: 'name', header: 'Sequence', isHead: true, cell: (sequence) => <Name sequence={sequence} /> },
  { id: 'active', header: 'Leads in it', isNumber: true, cell: ({ active }) => count(active) },
  { id: 'mails', header: 'Mails', isNumber: true, isExtra: true, cell: ({ mails }) => count(mailsIn(mails)) },
  { id: 'sent', header: 'Sent', isNumber: true, cell: ({ mails }) => count(mailsTogether(mails).sent) },
  ...(
    [
      ['opened', 'Opened'],
      ['clicked', 'Clicked'],
      ['replied', 'Replied'],
      ['bounced', 'Bounced'],
      ['unsubscribed', 'Unsubscribed'],
    ] as const
  ).map(
    ([fact, header]): Column<Sequence> => ({
      id: fact,
      header,
      isNumber: true,
      isExtra: fact === 'unsubscribed' || fact === 'replied',
      cell: ({ mails }) => {
        const together = mailsTogether(mails);
        return shareOf(together[fact], together.sent);
      },
    }),
  ),
];

/** Mails of the file, without those that only the past knows. */
function mailsIn(mails: Sequence['mails']): number {
  return mails.filter(({ subject }) => subject !== undefined).length;
}

function Name({ sequence: { name, title, isThere, isBroadcast, paused } }: { readonly sequence: Sequence }) {
  return (
    <>
      <Link href={`/sequences/${encodeURIComponent(name)}`}>{title}</Link>
      <span className="under">
        <code>{name}</code> {isBroadcast && <Badge>by schedule</Badge>} {paused && <Badge tone="warn">paused</Badge>}{' '}
        {!isThere && <Badge tone="warn">its file is gone</Badge>}
      </span>
    </>
  );
}

/** All sequences along the funnel, each with its leads and what became of its mails. */
export default function Sequences() {
  const { data, trouble, isLoading, again } = useRead('GET /api/sequences', {}, { every: 30_000 });
  const mayEdit = useMay('sequences:write');
  const { get, set } = useAsked();
  const sought = get('search').toLowerCase();
  const items = (data?.items ?? []).filter(({ name, title }) => `${name} ${title}`.toLowerCase().includes(sought));
  const stages = [...new Set(items.map(({ stage }) => stage))];
  return (
    <Page
      title="Sequences"
      tells="What leads get, stage by stage. Opened, clicked and replied are what people did; machines are not counted."
      actions={mayEdit && <LinkButton to="/editor">Open the editor</LinkButton>}
    >
      <TroubleNote trouble={trouble} again={again} />
      {isLoading && <Room height="34rem" />}
      {data && data.items.length > 0 && (
        <Field
          type="search"
          label="Search sequences"
          isLabelHidden
          placeholder="Search sequences"
          value={get('search')}
          onChange={({ target }) => set({ search: target.value })}
        />
      )}
      <div className="stack sequences">
        {stages.map((stage) => {
          const rows = items.filter((one) => one.stage === stage);
          const leads = rows.reduce((sum, { active }) => sum + active, 0);
          return (
            <Card
              key={stage ?? ''}
              title={stage ?? 'Of no stage'}
              tells={`${counted(rows.length, 'sequence')}, ${counted(leads, 'lead')} on their way`}
              isFlush
            >
              <Table
                label={`Sequences of ${stage ?? 'no stage'}`}
                columns={columns}
                rows={rows}
                keyOf={({ name }) => name}
                toneOf={({ isThere, paused }) => (paused || !isThere ? 'warn' : undefined)}
              />
            </Card>
          );
        })}
      </div>
      {data && data.items.length > 0 && items.length === 0 && (
        <Empty title="No sequence is called so" action={{ label: 'Show all', onPress: () => set({ search: '' }) }} />
      )}
      {data?.items.length === 0 && (
        <Empty title="There is no sequence yet">
          <code>npx rivulet new sequence</code> makes one from a shipped one.
        </Empty>
      )}
    </Page>
  );
}
