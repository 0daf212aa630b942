import { useAsked } from '../data/address.js';
import type { Told } from '../data/call.js';
import { count, counted } from '../data/format.js';
import { useRead } from '../data/query.js';
import { BarChart } from '../parts/bar-chart.js';
import { Card } from '../parts/card.js';
import { Empty } from '../parts/empty.js';
import { Select } from '../parts/field.js';
import { LineChart } from '../parts/line-chart.js';
import { Note } from '../parts/note.js';
import { Page } from '../parts/page.js';
import { Room } from '../parts/skeleton.js';
import { Stat, Stats } from '../parts/stat.js';
import { type Column, Table } from '../parts/table.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { weekday } from './overview.js';
import { Link } from 'wouter';

type Forecast = Told<'GET /api/forecast'>;

const spans = [
  { value: '7', label: '7 days' },
  { value: '14', label: '14 days' },
  { value: '30', label: '30 days' },
] as const;

/** The mails to come: how many each day, from which sequence, and how sure that is. */
export default function ForecastPage() {
  const { get, set } = useAsked();
  const days = spans.find(({ value }) => value === get('days'))?.value ?? '7';
  const { data, trouble, again, isStale } = useRead(
    'GET /api/forecast',
    { query: { days: Number(days) } },
    { every: 300_000, keep: true },
  );
  return (
    <Page
      title="Forecast"
      tells="The mails to come, from what each lead is waiting for, played by the code that sends."
      actions={
        <Select
          label="How far"
          isLabelHidden
          options={spans.map(({ value, label }) => ({ value, label: `Next ${label}` }))}
          value={days}
          onChange={({ target }) => set({ days: target.value === '7' ? '' : target.value })}
        />
      }
    >
      {trouble && <TroubleNote trouble={trouble} again={again} />}
      {!data && !trouble && <Working />}
      {data && <Foretold forecast={data} isStale={isStale} />}
    </Page>
  );
}

function Working() {
  return (
    <>
      <p className="quiet" role="status">
        The futures of the leads are being played; this takes some seconds.
      </p>
      <Room height="5rem" />
      <Room height="22rem" />
      <Room height="20rem" />
    </>
  );
}

function Foretold({ forecast, isStale }: { readonly forecast: Forecast; readonly isStale: boolean }) {
  const { days, total, leads, held, underWay, at } = forecast;
  const busiest = days.reduce((most, day) => (day.expected > most.expected ? day : most), days[0] ?? noDay);
  if (total.high === 0 && held === 0) {
    return (
      <>
        <Empty title="No mail is foreseen in this time" action={{ label: 'Look at the sequences', to: '/sequences' }}>
          {underWay === 0 ? 'No lead stands in any sequence now.' : 'Nobody who is under way comes to a mail in it.'}
        </Empty>
        <Assumes forecast={forecast} />
      </>
    );
  }
  return (
    <div className="stack" aria-busy={isStale}>
      {held > 0 && (
        <Note tone="warn" title={`A pause holds back ${counted(Math.round(held), 'mail')} besides`}>
          <p>They are not in these numbers, and go once it ends.</p>
        </Note>
      )}
      <Stats>
        <Stat label="Mails" value={count(Math.round(total.expected))} means={bounds(total)} />
        <Stat label="Leads who get one" value={count(Math.round(leads.expected))} means={bounds(leads)} />
        <Stat label="Busiest day" value={weekday(busiest.day)} means={`${count(Math.round(busiest.expected))} mails`} />
        <Stat label="Worked out" value={<Time at={at} as="clock" />} means={`${counted(underWay, 'lead')} under way`} />
      </Stats>
      <Card title="Day by day" tells="What is expected, by sequence">
        <BarChart
          label="Mails expected each day, by sequence"
          names={days.map(({ day }) => weekday(day))}
          series={seriesOf(forecast)}
          isStacked
          height={280}
        />
      </Card>
      {days.some(({ low, high }) => low !== high) && (
        <Card title="How sure it is" tells="19 times of 20 a day's mails lie within the band">
          <LineChart
            label="Mails of each day with bounds"
            at={days.map(({ day }) => `${day}T12:00:00Z`)}
            writeAt={(day) => weekday(day.toISOString().slice(0, 10))}
            series={[
              { name: 'at most', values: days.map(({ high }) => high), isDashed: true, color: 6 },
              { name: 'at least', values: days.map(({ low }) => low), isDashed: true, isBand: true, color: 6 },
              { name: 'expected', values: days.map(({ expected }) => Math.round(expected)), color: 1 },
            ]}
            height={200}
          />
        </Card>
      )}
      <Card title="Mail by mail" isFlush>
        <Table label="Mails expected, by day and mail" columns={columns} rows={withTitles(forecast)} keyOf={keyOf} />
      </Card>
      <Assumes forecast={forecast} />
    </div>
  );
}

const noDay = { day: '1970-01-01', expected: 0 };

function bounds({ low, high }: { readonly low: number; readonly high: number }): string {
  return low === high ? 'without doubt, as things stand' : `between ${count(low)} and ${count(high)}`;
}

/** The sequences with most mails each have a colour; all others share the last one. */
const mostColoured = 5;

function seriesOf({ days, sequences }: Forecast) {
  const first = sequences.slice(0, mostColoured);
  const rest = sequences.slice(mostColoured).map(({ sequence }) => sequence);
  const values = (names: readonly string[]): readonly number[] =>
    days.map((day) => Math.round(names.reduce((sum, name) => sum + (day.sequences[name] ?? 0), 0)));
  const colours = [1, 2, 3, 4, 5] as const;
  return [
    ...first.map(({ sequence, title }, at) => ({ name: title, values: values([sequence]), color: colours[at] ?? 1 })),
    ...(rest.length > 0 ? [{ name: 'others', values: values(rest), color: 6 as const }] : []),
  ];
}

type Row = Forecast['steps'][number] & { readonly title: string };

/** The mails, each with the name of its sequence. */
function withTitles({ steps, sequences }: Forecast): readonly Row[] {
  const titles = new Map(sequences.map(({ sequence, title }) => [sequence, title]));
  return steps.map((step) => ({ ...step, title: titles.get(step.sequence) ?? step.sequence }));
}

function keyOf({ sequence, step }: Row): string {
  return `${sequence}/${step}`;
}

const columns: readonly Column<Row>[] = [
  {
    id: 'mail',
    header: 'Mail',
    isHead: true,
    cell: ({ sequence, step, subject, title }) => (
      <>
        <Link href={`/sequences/${encodeURIComponent(sequence)}/mails/${encodeURIComponent(step)}`}>
          {subject ?? step}
        </Link>
        <span className="under">{title}</span>
      </>
    ),
  },
  { id: 'first', header: 'From', cell: ({ first }) => weekday(first), isExtra: true },
  { id: 'expected', header: 'Expected', isNumber: true, cell: ({ expected }) => count(Math.round(expected)) },
  {
    id: 'bounds',
    header: 'Between',
    isNumber: true,
    cell: ({ low, high }) => (low === high ? '–' : `${count(low)}–${count(high)}`),
  },
];

function Assumes({ forecast: { assumes } }: { readonly forecast: Forecast }) {
  return (
    <Card title="What it takes for granted">
      <ul>
        {assumes.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </Card>
  );
}
