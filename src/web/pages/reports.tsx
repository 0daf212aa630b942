import { Download } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import type { PageProps } from '../app/pages.js';
import { useAsked } from '../data/address.js';
import type { Told } from '../data/call.js';
import { useRead } from '../data/query.js';
import { at } from '../data/trouble.js';
import { LinkButton } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Field, Select } from '../parts/field.js';
import { Note } from '../parts/note.js';
import { Page } from '../parts/page.js';
import { Room } from '../parts/skeleton.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { isShare, type ReportTable, type Row, shownCell, titleOf, wordIn } from './reports-cells.js';
import { Picture } from './reports-picture.js';
import './reports.css';

type Reports = Told<'GET /api/reports'>;
type Kind = Reports['items'][number];
type Report = Told<'GET /api/reports/:name'>;

const titles = { kpi: 'Key numbers', funnel: 'Funnel', sequence: 'Mails and splits', cohort: 'Cohorts' } as const;
const asked = ['from', 'to', 'by', 'zone', 'source', 'sequence', 'stage'] as const;

/** What happened, how far people came, what became of mails. What is asked stands in the address. */
export default function ReportsPage({ params: { name = 'kpi' } }: PageProps) {
  const { data: reports, trouble, again } = useRead('GET /api/reports');
  const kind = reports?.items.find((one) => one.name === name);
  return (
    <Page title={kind ? titles[kind.name] : 'Reports'} heading="Reports">
      <nav className="report-kinds" aria-label="Reports">
        {(reports?.items ?? []).map((one) => (
          <Link key={one.name} href={`/reports/${one.name}`} aria-current={one.name === name ? 'page' : undefined}>
            <b>{titles[one.name]}</b>
            <span>{one.tells}</span>
          </Link>
        ))}
        {!reports && !trouble && <Room height="4.5rem" />}
      </nav>
      <TroubleNote title="The reports cannot be shown" trouble={trouble} again={again} />
      {reports && kind && <Asked key={name} kind={kind} reports={reports} />}
      {reports && !kind && (
        <Note tone="warn" title={`There is no report “${name}”`}>
          Choose one of those above.
        </Note>
      )}
    </Page>
  );
}

function Asked({ kind, reports }: { readonly kind: Kind; readonly reports: Reports }) {
  const address = useAsked();
  const query = Object.fromEntries(asked.flatMap((key) => (address.get(key) ? [[key, address.get(key)]] : [])));
  const { data, trouble, isStale, again } = useRead(
    'GET /api/reports/:name',
    { params: { name: kind.name }, query },
    { keep: true },
  );
  const fields = asked.map((key) => `/${key}`);
  return (
    <>
      <Questions kind={kind} reports={reports} report={data} trouble={trouble} />
      <TroubleNote title="This cannot be answered" trouble={trouble} again={again} shownAt={fields} />
      {data ? <Answer report={data} query={query} isStale={isStale} /> : !trouble && <Room height="30rem" />}
    </>
  );
}

type QuestionParts = {
  readonly kind: Kind;
  readonly reports: Reports;
  readonly report: Report | undefined;
  readonly trouble: Parameters<typeof at>[0];
};

/** The period, along what there are rows, and of what alone it counts. */
function Questions({ kind, reports, report, trouble }: QuestionParts) {
  const { get, set } = useAsked();
  const only = kind.only.find((one) => get(one) !== '');
  const day = (key: 'from' | 'to', label: string) => (
    <Field
      label={label}
      type="date"
      value={/^\d{4}-\d\d-\d\d$/.test(get(key)) ? get(key) : (report?.[key] ?? '')}
      error={at(trouble, `/${key}`)}
      onChange={({ target }) => set({ [key]: target.value })}
    />
  );
  const everything = { value: '', label: 'Everything' };
  const choices = kind.only.flatMap((one) =>
    reports.names[one].map((name) => ({ value: `${one} ${name}`, label: `${titleOf(one)}: ${name}` })),
  );
  return (
    <Card>
      <div className="report-asks">
        <Select
          label="Period"
          value={get('from').endsWith(' ago') && get('to') === '' ? get('from') : ''}
          options={[{ value: '', label: get('from') ? 'From day to day' : `The last ${kind.days} days` }, ...periods]}
          onChange={({ target }) => set({ from: target.value, to: '' })}
        />
        {day('from', 'From')}
        {day('to', 'To')}
        <Select
          label="Rows"
          value={get('by') || (kind.usual ?? '')}
          options={[
            ...(kind.usual === null ? [{ value: '', label: kind.name === 'sequence' ? 'By mail' : 'All in one' }] : []),
            ...kind.by.map((by) => ({ value: by, label: `By ${by}` })),
          ]}
          error={at(trouble, '/by')}
          onChange={({ target }) => set({ by: target.value })}
        />
        <Select
          label="Of"
          value={only ? `${only} ${get(only)}` : ''}
          options={[everything, ...choices]}
          error={only && at(trouble, `/${only}`)}
          onChange={({ target }) => {
            const [series = '', ...name] = target.value.split(' ');
            set({ source: '', sequence: '', stage: '', ...(series ? { [series]: name.join(' ') } : {}) });
          }}
        />
        <ZoneField key={get('zone')} zone={reports.zone} error={at(trouble, '/zone')} />
      </div>
    </Card>
  );
}

const periods = [7, 30, 90, 365].map((days) => ({ value: `${days} days ago`, label: `The last ${days} days` }));

/** Taken when it is left or Enter is pressed: half a name is no zone. */
function ZoneField({ zone, error }: { readonly zone: string; readonly error: string | undefined }) {
  const { get, set } = useAsked();
  const [text, setText] = useState(get('zone'));
  const take = (): void => set({ zone: text.trim() });
  return (
    <Field
      label="Time zone"
      value={text}
      placeholder={zone}
      spellCheck={false}
      error={error}
      onChange={({ target }) => setText(target.value)}
      onBlur={take}
      onKeyDown={({ key }) => key === 'Enter' && take()}
    />
  );
}

type AnswerParts = {
  readonly report: Report;
  readonly query: Readonly<Record<string, string>>;
  readonly isStale: boolean;
};

function Answer({ report, query, isStale }: AnswerParts) {
  const { tables, by, zone, asOf, notes } = report;
  return (
    <>
      <p className="quiet report-period">
        {report.from} to {report.to}, days in {zone}
        {asOf && (
          <>
            ; as of <Time at={asOf} as="relative" />
          </>
        )}
        .
      </p>
      {tables.map((table) => (
        <Card
          key={table.name}
          title={table.title}
          actions={
            <LinkButton isSmall isFile download icon={Download} to={csvAddress(report.report, table.name, query)}>
              CSV<span className="unseen"> of {table.title}</span>
            </LinkButton>
          }
        >
          <Picture report={report.report} by={by} table={table} zone={zone} />
          <Numbers table={table} isStale={isStale} isShaded={report.report === 'cohort'} />
          <Meanings table={table} />
        </Card>
      ))}
      {notes.length > 0 && (
        <Note title="To read it rightly">
          {notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
        </Note>
      )}
    </>
  );
}

function csvAddress(report: string, table: string, query: Readonly<Record<string, string>>): string {
  return `/api/reports/${report}.csv?${new URLSearchParams({ ...query, table })}`;
}

type NumbersParts = { readonly table: ReportTable; readonly isStale: boolean; readonly isShaded: boolean };

/** All numbers of a table. On a phone it is moved sideways: a card for each row would make it endless. */
function Numbers({ table: { columns, rows, total, title, legend = [] }, isStale, isShaded }: NumbersParts) {
  if (rows.length === 0) return <p className="quiet">Nothing happened in this time.</p>;
  const isNumber = (key: string): boolean => rows.every((row) => typeof row[key] !== 'string' || row[key] === '');
  const wordOf = (cell: Row[string] | undefined): Row[string] | undefined =>
    legend.some(({ name }) => name === cell) ? titleOf(wordIn(cell)) : cell;
  const cells = (row: Row) =>
    columns.map(({ key }, place) => {
      const cell = wordOf(row[key]);
      const shown = isShaded ? <Shaded cell={cell}>{shownCell(key, cell)}</Shaded> : shownCell(key, cell);
      const className = isNumber(key) ? 'number' : '';
      return place === 0 ? (
        <th key={key} scope="row" className={className}>
          {shown}
        </th>
      ) : (
        <td key={key} className={className}>
          {shown}
        </td>
      );
    });
  return (
    <div
      className={isStale ? 'report-table stale' : 'report-table'}
      role="region"
      aria-label={`${title}, in numbers`}
      tabIndex={0}
    >
      <table>
        <thead>
          <tr>
            {columns.map(({ key, means }) => (
              <th key={key} scope="col" title={means} className={isNumber(key) ? 'number' : ''}>
                {titleOf(key)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, place) => (
            <tr key={place}>{cells(row)}</tr>
          ))}
        </tbody>
        {total && (
          <tfoot>
            <tr>{cells(total)}</tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}

/** The larger the share, the fuller the colour; the number says the same. */
function Shaded({ cell, children }: { readonly cell: Row[string] | undefined; readonly children: ReactNode }) {
  if (!isShare(cell)) return children;
  const share = Math.round(cell.share * 45);
  return (
    <span className="shaded" style={{ background: `color-mix(in srgb, var(--chart-1) ${share}%, transparent)` }}>
      {children}
    </span>
  );
}

function Meanings({ table: { columns, legend = [] } }: { readonly table: ReportTable }) {
  const words = [
    ...columns.slice(1).map(({ key, means }) => [titleOf(key), means]),
    ...legend.map(({ name, means }) => [titleOf(name), means]),
  ];
  return (
    <details>
      <summary>What the words mean</summary>
      <dl className="meanings">
        {words.map(([word, means]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{means}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
