import { Upload } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import type { Told } from '../data/call.js';
import { count as written, points } from '../data/format.js';
import { type ItemOf, useCursorList, useRead } from '../data/query.js';
import { useMay } from '../data/session.js';
import { Address } from '../parts/address.js';
import { Badge, Badges } from '../parts/badge.js';
import { LinkButton } from '../parts/button.js';
import { CursorList } from '../parts/cursor-list.js';
import { Empty } from '../parts/empty.js';
import { Note } from '../parts/note.js';
import { Page } from '../parts/page.js';
import { type Column, Table } from '../parts/table.js';
import { Time } from '../parts/time.js';
import { LeadsBulk } from './leads-bulk.js';
import { LeadsBar } from './leads-bar.js';
import { useFilters } from './leads-filters.js';
import './leads.css';

export type FoundLead = ItemOf<'GET /api/leads/search'>;
export type Choices = Told<'GET /api/leads/choices'>;

/** What a lead is called: its name, or else its address. */
export function nameOf({ firstName, lastName, email }: Pick<FoundLead, 'firstName' | 'lastName' | 'email'>): string {
  return [firstName, lastName].filter(Boolean).join(' ') || email;
}

/** Why no mail goes there, in a word; undefined: it may. */
export function mailState({ suppressed, consent }: Pick<FoundLead, 'suppressed' | 'consent'>): string | undefined {
  return suppressed ?? (consent.status === 'granted' ? undefined : `consent ${consent.status}`);
}

const columns: readonly Column<FoundLead>[] = [
  {
    id: 'name',
    header: 'Lead',
    isHead: true,
    cell: (lead) => (
      <>
        <Link href={`/leads/${lead.id}`}>
          <bdi>{nameOf(lead)}</bdi>
        </Link>
        {nameOf(lead) !== lead.email && (
          <span className="under lead-address">
            <Address of={lead.email} />
          </span>
        )}
      </>
    ),
  },
  { id: 'stage', header: 'Stage', cell: ({ stage }) => stage ?? <span className="quiet">none</span> },
  {
    id: 'score',
    header: 'Score',
    isNumber: true,
    isSortable: true,
    cell: ({ score, grid }) => (
      <>
        {points(score)} <span className="quiet">{grid}</span>
      </>
    ),
  },
  { id: 'tags', header: 'Tags', isExtra: true, cell: ({ tags }) => <Badges words={tags} none="–" /> },
  { id: 'mail', header: 'Mail', cell: (lead) => <MailState lead={lead} /> },
  {
    id: 'newest',
    header: 'Since',
    isSortable: true,
    cell: ({ createdAt }) => (
      <span className="nowrap">
        <Time at={createdAt} as="relative" />
      </span>
    ),
  },
];

function MailState({ lead }: { readonly lead: FoundLead }) {
  const state = mailState(lead);
  return state ? <Badge tone="warn">{state}</Badge> : <span className="quiet">yes</span>;
}

const noChoices: Choices = { stages: [], segments: [], tags: [], sequences: [], fields: [] };

export default function Leads() {
  const { filters, sort, set, isFiltered, clear } = useFilters();
  const mayWrite = useMay('leads:write');
  const list = useCursorList('GET /api/leads/search', { query: { ...filters, sort, limit: 50 } });
  const counted = useRead('GET /api/leads/count', { query: filters }, { keep: true });
  const { data: choices = noChoices } = useRead('GET /api/leads/choices');
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  const selection = useMemo(() => ({ keys: chosen, onChange: choose }), [chosen]);

  return (
    <Page
      title="Leads"
      actions={
        mayWrite && (
          <>
            <LinkButton to="/leads/import" icon={Upload}>
              Import
            </LinkButton>
          </>
        )
      }
    >
      <LeadsBar choices={choices} />
      {list.first?.isBehind && (
        <Note tone="accent">Much changed just now. What is new can be found within a minute.</Note>
      )}
      {(chosen.size > 0 || isFiltered) && (
        <LeadsBulk
          chosen={chosen}
          clear={() => choose(new Set())}
          filters={filters}
          counted={counted.data}
          choices={choices}
        />
      )}
      <p className="leads-count" role="status">
        {counted.data ? (
          <CountText counted={counted.data} isFiltered={isFiltered} />
        ) : counted.trouble ? (
          'They cannot be counted now.'
        ) : (
          'Counting…'
        )}
      </p>
      <CursorList list={list} empty={isFiltered ? <NoneFound clear={clear} /> : <NobodyYet mayWrite={mayWrite} />}>
        {(items) => (
          <Table
            label="Leads"
            columns={columns}
            rows={items}
            keyOf={({ id }) => id}
            nameOf={nameOf}
            isStale={list.isStale}
            sorting={{ by: sort, isDown: true }}
            onSort={({ by }) => set({ sort: by === 'score' ? 'score' : undefined })}
            selection={selection}
          />
        )}
      </CursorList>
    </Page>
  );
}

function CountText({
  counted: { count, isExact },
  isFiltered,
}: {
  readonly counted: Told<'GET /api/leads/count'>;
  readonly isFiltered: boolean;
}) {
  const many = isExact ? written(count) : `more than ${written(count)}`;
  return `${many} ${count === 1 && isExact ? 'lead' : 'leads'}${isFiltered ? ' match' : ''}${isFiltered && count === 1 && isExact ? 'es' : ''}`;
}

function NoneFound({ clear }: { readonly clear: () => void }) {
  return (
    <Empty title="Nobody matches all of this" action={{ label: 'Show all leads', onPress: clear }}>
      The search looks for beginnings: “gra hop” finds Grace Hopper, “@example.org” everybody there.
    </Empty>
  );
}

function NobodyYet({ mayWrite }: { readonly mayWrite: boolean }) {
  return (
    <Empty
      title="There are no leads yet"
      {...(mayWrite ? { action: { label: 'Import a list', to: '/leads/import' } } : {})}
    >
      They come from forms, from the API, or from a list that you import.
    </Empty>
  );
}
