import { Link } from 'wouter';
import { count, percent, shareOf } from '../data/format.js';
import { Badge } from '../parts/badge.js';
import { Card } from '../parts/card.js';
import { Empty } from '../parts/empty.js';
import { type Column, Table } from '../parts/table.js';
import { Time } from '../parts/time.js';
import { mailAddress } from './sequence-flow.js';
import type { SequenceInFull } from './sequence.js';

type Mail = SequenceInFull['mails'][number] & { readonly sequence: string };
type Split = SequenceInFull['splits'][number];

const rates = [
  ['opened', 'Opened'],
  ['clicked', 'Clicked'],
  ['replied', 'Replied'],
  ['bounced', 'Bounced'],
  ['complained', 'Complained'],
  ['unsubscribed', 'Unsubscribed'],
] as const;

const columns: readonly Column<Mail>[] = [
  {
    id: 'mail',
    header: 'Mail',
    isHead: true,
    cell: ({ sequence, step, subject }) => (
      <>
        {subject === undefined ? (
          'A step of an earlier file'
        ) : (
          <Link href={mailAddress(sequence, step)}>{subject}</Link>
        )}
        <span className="under">
          <code>{step}</code>
        </span>
      </>
    ),
  },
  { id: 'sent', header: 'Sent', isNumber: true, cell: ({ sent }) => count(sent) },
  ...rates.map(
    ([fact, header]): Column<Mail> => ({
      id: fact,
      header,
      isNumber: true,
      cell: (mail) => <span title={count(mail[fact])}>{mail.sent === 0 ? '–' : shareOf(mail[fact], mail.sent)}</span>,
    }),
  ),
  {
    id: 'machines',
    header: 'Machines',
    isNumber: true,
    isExtra: true,
    cell: ({ machineOpens, machineClicks }) => (
      <span title="mails that a machine opened, and in which one clicked">
        {count(machineOpens)} / {count(machineClicks)}
      </span>
    ),
  },
];

/** What became of each mail, and what came of each split. */
export function SequenceMails({ sequence }: { readonly sequence: SequenceInFull }) {
  const { mails, splits, asOf, name, title } = sequence;
  if (mails.length === 0)
    return <Empty title="It sends leads no mail">Its steps tell others, tag, score or move leads.</Empty>;
  return (
    <>
      <Table
        label={`Mails of ${title}`}
        columns={columns}
        rows={mails.map((mail) => ({ ...mail, sequence: name }))}
        keyOf={({ step }) => step}
      />
      <p className="quiet">
        Shares of the mails sent, by what people did; machines stand beside: opened / clicked in.{' '}
        {asOf ? (
          <>
            Counted up to <Time at={asOf} as="exact" />.
          </>
        ) : (
          'Not all leads are counted yet.'
        )}
      </p>
      {splits.map((split) => (
        <SplitResult key={split.step} split={split} />
      ))}
    </>
  );
}

type Way = Split['ways'][number] & { readonly isWinner: boolean };

const wayColumns: readonly Column<Way>[] = [
  {
    id: 'way',
    header: 'Way',
    isHead: true,
    cell: ({ name, isWinner }) => (
      <>
        {name} {isWinner && <Badge tone="good">won</Badge>}
      </>
    ),
  },
  { id: 'took', header: 'Took it', isNumber: true, cell: ({ took }) => count(took) },
  { id: 'did', header: 'Did it', isNumber: true, cell: ({ did }) => count(did) },
  { id: 'share', header: 'Share', isNumber: true, cell: ({ did, took }) => shareOf(did, took) },
  {
    id: 'true',
    header: 'True share (95 %)',
    isNumber: true,
    cell: ({ took, low, high }) => (took === 0 ? '–' : `${percent(low)} to ${percent(high)}`),
  },
];

function SplitResult({ split: { step, by, ways, verdict, winner } }: { readonly split: Split }) {
  return (
    <Card title={`Split “${step}”`} tells={`Judged by ${by}: ${verdict}.`} isFlush>
      <Table
        label={`Ways of the split ${step}`}
        columns={wayColumns}
        rows={ways.map((way) => ({ ...way, isWinner: way.name === winner }))}
        keyOf={({ name }) => name}
      />
    </Card>
  );
}
