import { useState } from 'react';
import { Link } from 'wouter';
import type { Told } from '../data/call.js';
import { useRead } from '../data/query.js';
import { Badge, type Tone } from '../parts/badge.js';
import { Button } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Dialog } from '../parts/dialog.js';
import { Empty } from '../parts/empty.js';
import { Skeleton } from '../parts/skeleton.js';
import { reasonText } from '../parts/sight.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { LeadTimeline } from './lead-timeline.js';
import { type LeadInFull, zoneOf } from './lead.js';

type Run = LeadInFull['enrollments'][number];

/** The sequences of a lead, each with its own thread of what happened and what comes. */
export function LeadRuns({ lead }: { readonly lead: LeadInFull }) {
  const [asked, ask] = useState<string>();
  const names = [...new Set(lead.enrollments.toReversed().map(({ sequence }) => sequence))];
  if (names.length === 0)
    return <Empty title="It is in no sequence, and was in none">“Do” above enrolls it in one.</Empty>;
  return (
    <>
      {names.map((name) => (
        <Card
          key={name}
          title={<Link href={`/sequences/${encodeURIComponent(name)}`}>{name}</Link>}
          actions={
            <Button isSmall onClick={() => ask(name)}>
              Why these mails?
            </Button>
          }
        >
          {lead.enrollments
            .filter(({ sequence }) => sequence === name)
            .toReversed()
            .map((run) => (
              <Standing key={run.id} run={run} zone={zoneOf(lead)} />
            ))}
          <LeadTimeline lead={lead} sequence={name} />
        </Card>
      ))}
      {asked && <WhyDialog lead={lead.id} sequence={asked} close={() => ask(undefined)} />}
    </>
  );
}

function Standing({ run, zone }: { readonly run: Run; readonly zone: string | undefined }) {
  const { status, waitsFor, dueAt, startedAt, because, endedAt, endedBecause } = run;
  return (
    <div className="row">
      <Badge tone={status === 'active' ? 'accent' : 'plain'}>{status === 'active' ? 'in it' : 'left'}</Badge>
      <span>
        {status === 'active' ? (
          <>
            waits for {waitsFor}
            {dueAt && (
              <>
                {' '}
                until <Time at={dueAt} zone={zone} />
              </>
            )}
          </>
        ) : (
          <>
            {endedBecause} {endedAt && <Time at={endedAt} as="relative" />}
          </>
        )}
        <span className="under">
          entered <Time at={startedAt} as="relative" />: {reasonText(because)}
        </span>
      </span>
    </div>
  );
}

type Why = Told<'GET /api/leads/:id/why'>;
const saysTone: Readonly<Record<string, Tone>> = { yes: 'good', wait: 'warn', no: 'bad' };

function WhyDialog({
  lead,
  sequence,
  close,
}: {
  readonly lead: string;
  readonly sequence: string;
  readonly close: () => void;
}) {
  const { data, trouble, again } = useRead('GET /api/leads/:id/why', { params: { id: lead }, query: { sequence } });
  return (
    <Dialog title={`Why: ${sequence}`} isOpen isWide close={close}>
      <TroubleNote trouble={trouble} again={again} />
      {!data && !trouble && <Skeleton lines={8} />}
      {data && <Answer why={data} />}
      {data &&
        'mails' in data &&
        data.mails.map((mail) => (
          <details key={mail.step}>
            <summary>
              <strong>{mail.step}</strong> <span className="quiet">{mail.verdict.replaceAll('-', ' ')}</span>
            </summary>
            <Answer why={mail} />
          </details>
        ))}
    </Dialog>
  );
}

function Answer({ why: { answer, reasons } }: { readonly why: Pick<Why, 'answer' | 'reasons'> }) {
  return (
    <>
      <p>{answer}</p>
      <ul className="why-list">
        {reasons.map(({ rule, says, why }) => (
          <li key={rule + why}>
            <Badge tone={saysTone[says] ?? 'plain'}>{says}</Badge>
            <span>
              {why}
              <span className="under">{rule}</span>
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
