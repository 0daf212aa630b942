import { Bell, Clock, CornerDownRight, Eye, Flag, LogIn, LogOut, Mail, MousePointerClick, Webhook } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import type { Told } from '../data/call.js';
import { points as pointsText } from '../data/format.js';
import { Badge } from '../parts/badge.js';
import { Button } from '../parts/button.js';
import { Dialog } from '../parts/dialog.js';
import { LineChart } from '../parts/line-chart.js';
import { MailFrame } from '../parts/mail-frame.js';
import { eventText, reasonText } from '../parts/sight.js';
import { timeText } from '../parts/time.js';
import { MailDeeds } from './simulator-deeds.js';
import type { Deed } from './simulator-script.js';

export type Journey = Extract<Told<'POST /api/simulations'>, { kind: 'played' }>['journey'];
type Moment = Journey['moments'][number];

const icons = {
  event: MousePointerClick,
  mail: Mail,
  notice: Bell,
  call: Webhook,
  step: CornerDownRight,
  wait: Clock,
  enter: LogIn,
  leave: LogOut,
  stage: Flag,
} as const;

export type JourneyParts = {
  readonly journey: Journey;
  readonly label: string;
  /** What happens on the way; left out where nothing can be changed. */
  readonly deeds?: readonly Deed[];
  readonly onDeed?: (deed: Deed) => void;
  readonly onDrop?: (place: number) => void;
};

/** A journey from its beginning to its end, with the score that it leaves behind. */
export function JourneyView(parts: JourneyParts) {
  const { journey, label } = parts;
  const [looked, setLooked] = useState<Moment>();
  const hasSeveral = new Set(journey.moments.flatMap(({ sequence }) => sequence ?? [])).size > 1;
  const { timeZone } = journey.lead;
  return (
    <div className="stack">
      <ScoreLine journey={journey} label={label} />
      <ol className="journey" aria-label={label}>
        {journey.moments.map((moment, at) => (
          <OneMoment
            // oxlint-disable-next-line react/no-array-index-key -- a journey is drawn anew as a whole, and has no other names
            key={at}
            moment={moment}
            before={journey.moments[at - 1]}
            zone={timeZone}
            parts={parts}
            hasSeveral={hasSeveral}
            onLook={setLooked}
          />
        ))}
      </ol>
      <End journey={journey} />
      <Dialog title={looked?.what ?? ''} isOpen={looked !== undefined} close={() => setLooked(undefined)} isWide>
        {looked && <MailFrame title={looked.what} src={mailAt(looked, journey)} height="70dvh" />}
      </Dialog>
    </div>
  );
}

function mailAt({ sequence, step }: Moment, { lead }: Journey): string {
  const as = lead.id ? `?lead=${encodeURIComponent(lead.id)}` : '';
  return `/api/sequences/${encodeURIComponent(sequence ?? '')}/mails/${encodeURIComponent(step ?? '')}/mail.html${as}`;
}

function ScoreLine({ journey: { from, until, begin, moments, end }, label }: Pick<JourneyParts, 'journey' | 'label'>) {
  const scores = new Map([
    [from, begin.score],
    ...moments.map(({ at, score }) => [at, score] as const),
    [until, end.score],
  ]);
  if (new Set(scores.values()).size < 2) return null;
  return (
    <LineChart
      label={`Score through ${label}`}
      at={[...scores.keys()]}
      series={[{ name: 'score', values: [...scores.values()] }]}
      write={pointsText}
      height={130}
    />
  );
}

type MomentParts = {
  readonly moment: Moment;
  readonly before: Moment | undefined;
  readonly zone: string;
  readonly parts: JourneyParts;
  /** Where several sequences go on, each moment says which it is of. */
  readonly hasSeveral: boolean;
  readonly onLook: (moment: Moment) => void;
};

function OneMoment({ moment, before, zone, parts, hasSeveral, onLook }: MomentParts) {
  const { at, kind, because, score, points, sequence, step } = moment;
  const Icon = icons[kind];
  const day = timeText(at, 'day', zone);
  const isNewDay = before === undefined || timeText(before.at, 'day', zone) !== day;
  const { deeds, onDeed, onDrop, journey } = parts;
  return (
    <>
      {isNewDay && (
        <li className="journey-day">
          <h3>{day}</h3>
        </li>
      )}
      <li className={`journey-moment ${kind}`}>
        <span className="journey-clock">{timeText(at, 'clock', zone)}</span>
        <span className="journey-icon" aria-hidden="true">
          <Icon size={16} />
        </span>
        <div className="journey-body">
          <p className="journey-what">
            <What moment={moment} zone={zone} hasSeveral={hasSeveral} />
          </p>
          {!isPlain(because) && !points.some(({ why }) => why === because) && (
            <p className="journey-because">{reasonText(because)}</p>
          )}
          {kind === 'mail' && (
            <div className="row journey-mail">
              <Button isSmall icon={Eye} onClick={() => onLook(moment)}>
                Look
              </Button>
              {onDeed && onDrop && sequence && step && (
                <MailDeeds
                  mail={`${sequence}/${step}`}
                  links={journey.links[moment.template ?? ''] ?? []}
                  deeds={deeds ?? []}
                  onDeed={onDeed}
                  onDrop={onDrop}
                />
              )}
            </div>
          )}
          {points.map(({ rule, points: given, why }) => (
            <p key={rule} className="journey-points">
              <Badge tone={given < 0 ? 'warn' : 'good'}>
                {given > 0 ? '+' : ''}
                {pointsText(given)}
              </Badge>{' '}
              {why}
            </p>
          ))}
        </div>
        <span className="journey-score">
          <span className="unseen">score </span>
          {pointsText(score)}
        </span>
      </li>
    </>
  );
}

/** A reason that says nothing that the line does not. */
function isPlain(because: string): boolean {
  return (
    because === '' ||
    because === 'told by journey' ||
    because === 'its turn has come' ||
    because.startsWith('sequence.called:')
  );
}

function What({ moment, zone, hasSeveral }: Pick<MomentParts, 'moment' | 'zone' | 'hasSeveral'>) {
  const { kind, what, sequence, step, until, stage } = moment;
  const place = sequence && <SequenceLink sequence={sequence} />;
  const within = hasSeveral && place && <span className="quiet"> in {place}</span>;
  switch (kind) {
    case 'mail':
      return (
        <>
          <strong>{what}</strong>{' '}
          <span className="quiet">
            {step}
            {within}
          </span>
        </>
      );
    case 'notice':
      return (
        <>
          <strong>{what}</strong> <span className="quiet">a mail about the lead</span>
        </>
      );
    case 'enter':
      return <>Enters {place}</>;
    case 'leave':
      return <>Leaves {place}</>;
    case 'wait':
      return (
        <>
          {until ? `Waits until ${timeText(until, 'day', zone)}, ${timeText(until, 'clock', zone)}` : 'Waits'}
          {within}
        </>
      );
    case 'stage':
      return (
        <>
          Comes into the stage <Badge tone="accent">{stage ?? ''}</Badge>
        </>
      );
    case 'call':
      return <>Calls {what}</>;
    case 'event':
      return <>{eventText(moment)}</>;
    case 'step':
      return (
        <>
          {what}
          {within}
        </>
      );
  }
}

function SequenceLink({ sequence }: { readonly sequence: string }) {
  return <Link href={`/sequences/${encodeURIComponent(sequence)}`}>{sequence}</Link>;
}

function End({ journey: { end, until, lead } }: Pick<JourneyParts, 'journey'>) {
  return (
    <div className="journey-end">
      <p>
        <strong>{timeText(until, 'day', lead.timeZone)}:</strong> score {pointsText(end.score)}
        {end.stage && (
          <>
            , stage <Badge tone="accent">{end.stage}</Badge>
          </>
        )}
        {end.tags.length > 0 && <>, tags {end.tags.join(', ')}</>}
      </p>
      {end.running.map(({ sequence, waitsFor, dueAt }) => (
        <p key={`${sequence} ${dueAt}`}>
          Still in <SequenceLink sequence={sequence} />
          {waitsFor && `, waits for ${waitsFor}`}
          {dueAt && ` (${timeText(dueAt, 'exact', lead.timeZone)})`}
        </p>
      ))}
      {end.running.length === 0 && <p className="quiet">Nothing goes on any more.</p>}
    </div>
  );
}
