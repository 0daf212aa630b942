import { useMay } from '../data/session.js';
import { useAsked } from '../data/address.js';
import { counted, count } from '../data/format.js';
import { useRead } from '../data/query.js';
import type { Told } from '../data/call.js';
import { BarChart } from '../parts/bar-chart.js';
import { Card, Cards } from '../parts/card.js';
import { LinkButton } from '../parts/button.js';
import { Empty } from '../parts/empty.js';
import { Select } from '../parts/field.js';
import { Funnel, type FunnelStage } from '../parts/funnel.js';
import { Page } from '../parts/page.js';
import { Room } from '../parts/skeleton.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { Attention } from './overview-attention.js';
import { Figures } from './overview-figures.js';
import './overview.css';

type Overview = Told<'GET /api/overview'>;

const periods = [
  { value: '7', label: '7 days' },
  { value: '28', label: '28 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'a year' },
] as const;

/** The first thing people see: what needs them, how things stand, what comes. */
export default function OverviewPage() {
  const { get, set } = useAsked();
  const days = periods.find(({ value }) => value === get('days'))?.value ?? '28';
  const { data, trouble, again } = useRead(
    'GET /api/overview',
    { query: { days: Number(days) } },
    { every: 30_000, keep: true },
  );
  return (
    <Page
      title="Overview"
      tells={data && <Tells overview={data} />}
      actions={
        <Select
          label="Period"
          isLabelHidden
          options={periods.map(({ value, label }) => ({ value, label: `Last ${label}` }))}
          value={days}
          onChange={({ target }) => set({ days: target.value === '28' ? '' : target.value })}
        />
      }
    >
      {trouble && <TroubleNote trouble={trouble} again={again} />}
      {data ? <Attention items={data.attention} /> : <Room height="3.6rem" />}
      <Figures overview={data} />
      <Cards least="24rem">
        <Card
          title="Who stands where"
          tells={data && `now, and how many of those who came in the last ${data.period.days} days went on`}
        >
          {data ? <Stages overview={data} /> : <Room height="20rem" />}
        </Card>
        <Week ready={data && data.forecast} />
      </Cards>
    </Page>
  );
}

function Tells({ overview: { leads } }: { readonly overview: Overview }) {
  return <>{counted(leads, 'lead')} in all.</>;
}

function Stages({ overview: { stages, leads } }: { readonly overview: Overview }) {
  const mayOpen = useMay('leads:read');
  if (leads === 0) {
    return (
      <Empty title="There are no leads yet" action={{ label: 'Import leads', to: '/leads/import' }}>
        They come by form, file or API. Each one enters the funnel by the rules of sequences/funnel.json.
      </Empty>
    );
  }
  const shown = stages.map(({ stage, title, leads: here, entered }, at): FunnelStage => {
    const before = stages[at - 1];
    return {
      name: title,
      count: here,
      ...(mayOpen && stage !== null ? { to: `/leads?stage=${encodeURIComponent(stage)}` } : {}),
      ...(before && before.entered > 0 && stage !== null
        ? { came: { from: before.entered, reached: before.onward } }
        : {}),
      ...(entered > 0 ? { tells: `${counted(entered, 'person', 'people')} came in` } : {}),
    };
  });
  return <Funnel label="Leads by stage" stages={shown} />;
}

/** The mails of the coming days. Where they are not worked out yet it takes some seconds, and nothing else waits for it. */
function Week({ ready }: { readonly ready: Overview['forecast'] | undefined }) {
  const asked = useRead('GET /api/forecast', { query: { days: 7 } }, { when: ready === null });
  const week = ready ?? asked.data;
  return (
    <Card
      title="Mails of the next 7 days"
      tells={week ? <WeekTells week={week} /> : 'are being worked out …'}
      actions={
        <LinkButton to="/forecast" look="quiet" isSmall>
          The forecast
        </LinkButton>
      }
    >
      {asked.trouble && <TroubleNote trouble={asked.trouble} again={asked.again} />}
      {!week && !asked.trouble && <Room height="17rem" />}
      {week && (
        <BarChart
          label="Mails expected each day"
          names={week.days.map(({ day }) => weekday(day))}
          series={[{ name: 'mails', values: week.days.map(({ expected }) => Math.round(expected)) }]}
        />
      )}
    </Card>
  );
}

type WeekAhead = Pick<NonNullable<Overview['forecast']>, 'total' | 'leads'>;

function WeekTells({ week: { total, leads } }: { readonly week: WeekAhead }) {
  const bounds = total.low === total.high ? '' : ` (${count(total.low)} to ${count(total.high)})`;
  return (
    <>
      {counted(Math.round(total.expected), 'mail')}
      {bounds} to {counted(Math.round(leads.expected), 'lead')}
    </>
  );
}

/** "Mon 2 Mar" of "2026-03-02". */
export function weekday(day: string): string {
  return new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    new Date(`${day}T12:00:00Z`),
  );
}
