import type { Told } from '../data/call.js';
import { count, percent } from '../data/format.js';
import { useRead } from '../data/query.js';
import { Badge } from '../parts/badge.js';
import { BarChart } from '../parts/bar-chart.js';
import { Card } from '../parts/card.js';
import { Empty } from '../parts/empty.js';
import { Skeleton } from '../parts/skeleton.js';
import { type Column, Table } from '../parts/table.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { Pauses } from './deliverability-pauses.js';

type Report = Told<'GET /api/deliverability'>;
type Limit = Report['throttles'][number];
type WarmUp = Report['warmUps'][number];

/** How fast mails may go, and how a new domain gets known. */
export function DeliverabilityLimits() {
  const { data, trouble, again } = useRead('GET /api/deliverability', { query: { days: 30 } }, { every: 15_000 });
  if (!data) return trouble ? <TroubleNote trouble={trouble} again={again} /> : <Skeleton lines={8} />;
  return (
    <>
      <Pauses />
      <Limits limits={data.throttles} />
      {data.warmUps.map((warmUp) => (
        <Plan key={warmUp.domain} warmUp={warmUp} />
      ))}
      {data.warmUps.length === 0 && (
        <Card title="Warm-up">
          <Empty title="No domain is being warmed up">
            Mailbox providers take few mails from a domain that they do not know. Name it under <code>warmUp</code> in
            sequences/delivery.json with the most mails of each day; what goes stands here beside the plan.
          </Empty>
        </Card>
      )}
    </>
  );
}

function Limits({ limits }: { readonly limits: readonly Limit[] }) {
  return (
    <Card title="Limits" tells="as sequences/delivery.json sets them, over all processes" isFlush>
      {limits.length === 0 ? (
        <Empty title="Nothing limits how fast mails go">
          Name what your transport and the larger mailbox providers allow under <code>transports</code> and{' '}
          <code>domains</code> in sequences/delivery.json.
        </Empty>
      ) : (
        <Table
          label="Limits"
          columns={columns}
          rows={limits}
          keyOf={({ kind, name, limit }) => `${kind} ${name} ${limit}`}
        />
      )}
    </Card>
  );
}

const kinds = { transport: 'transport', domain: 'receiving domain', quota: 'quota of a transport' } as const;

const columns: readonly Column<Limit>[] = [
  {
    id: 'name',
    header: 'Of',
    isHead: true,
    cell: ({ name, kind }) => (
      <>
        <bdi>{name === '*' ? 'each other domain' : name}</bdi>
        <span className="under">{kinds[kind]}</span>
      </>
    ),
  },
  { id: 'limit', header: 'At most', cell: ({ limit }) => limit },
  {
    id: 'now',
    header: 'Now',
    cell: ({ share, slowedAt, used, limit }) => {
      if (used !== null) return `${count(used)} of ${count(Number.parseInt(limit, 10))} used`;
      if (slowedAt === null) return <Badge tone="good">full rate</Badge>;
      return (
        <>
          <Badge tone="warn">{percent(share)} of it</Badge>
          <span className="under">
            the receiver said it was too fast, <Time at={slowedAt} as="relative" />
          </span>
        </>
      );
    },
  },
  {
    id: 'queue',
    header: 'Queue',
    cell: ({ queueEndsAt }) =>
      queueEndsAt ? (
        <>
          the last goes <Time at={queueEndsAt} as="relative" />
        </>
      ) : (
        <span className="quiet">nobody waits</span>
      ),
  },
];

function Plan({ warmUp: { domain, starts, ends, today, days } }: { readonly warmUp: WarmUp }) {
  const tells =
    today === null
      ? `over since ${ends}: there is no limit any more`
      : `from ${starts} to ${ends}; today at most ${count(today)} mails`;
  return (
    <Card
      title={
        <>
          Warm-up of <bdi>{domain}</bdi>
        </>
      }
      tells={tells}
    >
      <BarChart
        label={`Mails from ${domain} on each day of its warm-up, planned and gone`}
        names={days.map(({ day }) => day.slice(5))}
        series={[
          { name: 'Plan', values: days.map(({ plan }) => plan), color: 6 },
          { name: 'Gone', values: days.map(({ done }) => done), color: 1 },
        ]}
      />
    </Card>
  );
}
