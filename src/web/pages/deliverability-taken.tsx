import type { Told } from '../data/call.js';
import { count, percent, shareOf } from '../data/format.js';
import { useRead } from '../data/query.js';
import { BarChart } from '../parts/bar-chart.js';
import type { Tone } from '../parts/badge.js';
import { Card, Cards } from '../parts/card.js';
import { Empty } from '../parts/empty.js';
import { LineChart } from '../parts/line-chart.js';
import { Room } from '../parts/skeleton.js';
import { Stat, Stats } from '../parts/stat.js';
import { type Column, Table } from '../parts/table.js';
import { TroubleNote } from '../parts/trouble-note.js';

type Report = Told<'GET /api/deliverability'>;
type Counts = Report['totals'];
type Named = Report['domains'][number];

/** What receivers answered: in all, by day, transport and domain. */
export function DeliverabilityTaken({ days }: { readonly days: number }) {
  const { data, trouble, again, isStale } = useRead(
    'GET /api/deliverability',
    { query: { days } },
    { every: 60_000, keep: true },
  );
  if (!data) return trouble ? <TroubleNote trouble={trouble} again={again} /> : <Bones />;
  if (data.totals.handedOver === 0 && data.totals.failed === 0) return <NoMails />;
  return (
    <>
      {trouble && <TroubleNote trouble={trouble} again={again} />}
      <Figures totals={data.totals} />
      <Cards least="24rem">
        <Mails report={data} />
        <Rates report={data} />
      </Cards>
      <NamedTable
        title="By receiving domain"
        tells="The largest by name. One to which few mails went is among the others, as it may be one person’s."
        rows={[...data.domains, ...othersOf(data.others)]}
        isStale={isStale}
      />
      <NamedTable title="By transport" rows={data.transports} isStale={isStale} />
    </>
  );
}

function Bones() {
  return (
    <>
      <Room height="6.2rem" />
      <Room height="22rem" />
      <Room height="16rem" />
    </>
  );
}

function NoMails() {
  return (
    <Empty title="No mail was handed over in this time" action={{ label: 'Look at the sequences', to: '/sequences' }}>
      Once mails go out it stands here, within a minute, what the servers of your leads said to them.
    </Empty>
  );
}

/** From where on mailbox providers act: Gmail and Yahoo ask for less than 0.1 % of complaints, and never 0.3 %. */
const limits = { hardBounced: [0.02, 0.05], complained: [0.001, 0.003], rejected: [0.02, 0.05] } as const;
type Watched = keyof typeof limits;

function toneOf(rate: number | null, watched: Watched): Tone {
  const [warn, bad] = limits[watched];
  if (rate === null) return 'plain';
  return rate >= bad ? 'bad' : rate >= warn ? 'warn' : 'good';
}

const says = { plain: '', accent: '', good: 'as it should be', warn: 'more than it should be', bad: 'far too much' };

function Figures({ totals }: { readonly totals: Counts }) {
  const { rates } = totals;
  const watched = (label: string, key: Watched, means: string) => {
    const tone = toneOf(rates[key], key);
    const way = tone === 'good' || tone === 'plain' ? 'same' : 'up';
    return (
      <Stat
        label={label}
        value={percent(rates[key])}
        change={says[tone] ? { by: says[tone], way, tone } : undefined}
        means={means}
      />
    );
  };
  return (
    <Stats>
      <Stat
        label="Handed over"
        value={count(totals.handedOver)}
        means={`of which ${shareOf(totals.accepted, totals.handedOver)} accepted`}
      />
      <Stat
        label="Deferred"
        value={percent(rates.deferred)}
        means={`${count(totals.deferred)} put off before they went`}
      />
      {watched('Rejected', 'rejected', `${count(totals.rejected)} refused at once`)}
      {watched('Hard bounces', 'hardBounced', `${count(totals.hardBounced)} came back for good`)}
      <Stat
        label="Soft bounces"
        value={percent(rates.softBounced)}
        means={`${count(totals.softBounced)} came back for now`}
      />
      {watched('Complaints', 'complained', `${count(totals.complained)} reported as spam`)}
    </Stats>
  );
}

function Mails({ report: { days } }: { readonly report: Report }) {
  const values = (key: 'accepted' | 'rejected' | 'uncertain') => days.map(({ counts }) => counts[key]);
  return (
    <Card title="Mails of each day" tells="by what their servers said">
      <BarChart
        label="Mails of each day, by what their servers said"
        isStacked
        names={days.map(({ day }) => shortDay(day))}
        series={[
          { name: 'Accepted', values: values('accepted'), color: 3 },
          { name: 'Rejected', values: values('rejected'), color: 5 },
          { name: 'Uncertain', values: values('uncertain'), color: 6 },
        ]}
      />
    </Card>
  );
}

/** Single days of few mails say little, and what comes back often does so days later. */
const daysTogether = 7;

function Rates({ report: { days } }: { readonly report: Report }) {
  const values = (key: keyof Counts['rates']) =>
    days.map((_, at) => {
      const some = days.slice(Math.max(0, at + 1 - daysTogether), at + 1).map(({ counts }) => counts);
      const whole = some.reduce((sum, counts) => sum + counts.handedOver, 0);
      return whole === 0 ? null : some.reduce((sum, counts) => sum + counts[key], 0) / whole;
    });
  return (
    <Card title="What goes wrong" tells="shares of the mails of a week, up to each day">
      <LineChart
        label="Shares of the mails of the week up to each day that went wrong"
        at={days.map(({ day }) => `${day}T00:00:00Z`)}
        zone="UTC"
        write={percent}
        series={[
          { name: 'Deferred', values: values('deferred'), color: 2 },
          { name: 'Hard bounces', values: values('hardBounced'), color: 5 },
          { name: 'Soft bounces', values: values('softBounced'), color: 4 },
          { name: 'Complaints', values: values('complained'), color: 1 },
        ]}
      />
    </Card>
  );
}

function shortDay(day: string): string {
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(day));
}

const others = 'all others';

function othersOf(counts: Counts): readonly Named[] {
  return counts.handedOver + counts.failed + counts.hardBounced > 0 ? [{ name: others, counts }] : [];
}

type NamedParts = {
  readonly title: string;
  readonly tells?: string;
  readonly rows: readonly Named[];
  readonly isStale: boolean;
};

function NamedTable({ title, tells, rows, isStale }: NamedParts) {
  return (
    <Card title={title} tells={tells} isFlush>
      <Table
        label={title}
        columns={columns}
        rows={rows}
        keyOf={({ name }) => name}
        toneOf={({ counts: { rates } }) => worst(rates)}
        isStale={isStale}
      />
    </Card>
  );
}

function worst(rates: Counts['rates']): 'warn' | 'bad' | undefined {
  const tones = [
    toneOf(rates.hardBounced, 'hardBounced'),
    toneOf(rates.complained, 'complained'),
    toneOf(rates.rejected, 'rejected'),
  ];
  return tones.includes('bad') ? 'bad' : tones.includes('warn') ? 'warn' : undefined;
}

const share = (header: string, key: keyof Counts['rates'], more: Partial<Column<Named>> = {}): Column<Named> => ({
  id: key,
  header,
  isNumber: true,
  cell: ({ counts }) => (
    <>
      {percent(counts.rates[key])}
      <span className="under">{count(counts[key])}</span>
    </>
  ),
  ...more,
});

const columns: readonly Column<Named>[] = [
  {
    id: 'name',
    header: 'Name',
    isHead: true,
    cell: ({ name }) => (name === others ? <span className="quiet">{name}</span> : <bdi>{name}</bdi>),
  },
  { id: 'handedOver', header: 'Handed over', isNumber: true, cell: ({ counts }) => count(counts.handedOver) },
  { id: 'accepted', header: 'Accepted', isNumber: true, cell: ({ counts }) => count(counts.accepted) },
  share('Deferred', 'deferred'),
  share('Rejected', 'rejected'),
  share('Hard bounces', 'hardBounced'),
  share('Soft bounces', 'softBounced', { isExtra: true }),
  share('Complaints', 'complained'),
];
