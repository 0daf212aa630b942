import {
  Check,
  CirclePlay,
  CircleStop,
  Cog,
  Hourglass,
  type LucideIcon,
  Mail,
  Phone,
  Shuffle,
  Zap,
} from 'lucide-react';
import { Link } from 'wouter';
import type { Told } from '../data/call.js';
import { useRead } from '../data/query.js';
import type { Tone } from '../parts/badge.js';
import { Badge } from '../parts/badge.js';
import { Card } from '../parts/card.js';
import { pointsInWords, reasonText, sightOf } from '../parts/sight.js';
import { Skeleton } from '../parts/skeleton.js';
import { type Moment, Timeline } from '../parts/timeline.js';
import { zoneName } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { type LeadInFull, zoneOf } from './lead.js';

type Line = Told<'GET /api/leads/:id/timeline'>;
type Past = Line['past'][number];
type Next = Line['next'][number];

const everyMs = 15_000;

/** What happened and what will, in one line, each with its why. `sequence`: of this one alone. */
export function LeadTimeline({ lead, sequence }: { readonly lead: LeadInFull; readonly sequence?: string }) {
  const { data, trouble, again } = useRead(
    'GET /api/leads/:id/timeline',
    { params: { id: lead.id } },
    { every: everyMs },
  );
  const zone = zoneOf(lead);
  if (trouble && !data) return <TroubleNote trouble={trouble} again={again} />;
  if (!data) return <Skeleton lines={12} />;
  const isOf = (line: { readonly sequence?: string | undefined }): boolean =>
    sequence === undefined || line.sequence === sequence;
  // In the thread of one sequence its name would stand in every line.
  const plainly = <T extends { readonly sequence?: string | undefined }>(line: T): T =>
    sequence === undefined ? line : { ...line, sequence: undefined };
  const timeline = (
    <Timeline
      label="Time line"
      zone={zone}
      past={data.past.filter(isOf).toReversed().map(plainly).map(pastMoment)}
      future={data.next.filter(isOf).filter(isNews).map(plainly).map(nextMoment)}
      noFuture="Nothing comes next, unless something else happens."
    />
  );
  return sequence === undefined ? (
    <Card {...(zone ? { tells: `With the clock of ${zoneName(zone)} beside`, title: 'Past and future' } : {})}>
      {timeline}
    </Card>
  ) : (
    timeline
  );
}

/** What comes tells of each mail twice: that it goes, and, as nobody can know otherwise, that the server takes it. */
function isNews({ kind, what }: Next): boolean {
  return kind !== 'step' || what !== 'accepted';
}

const pastIcons: Readonly<Record<Past['kind'], LucideIcon>> = {
  event: Zap,
  mail: Mail,
  step: Cog,
  enrolled: CirclePlay,
  left: CircleStop,
};
const nextIcons: Readonly<Record<Next['kind'], LucideIcon>> = {
  event: Zap,
  mail: Mail,
  notice: Mail,
  call: Phone,
  step: Cog,
  wait: Hourglass,
  enter: CirclePlay,
  leave: CircleStop,
  stage: Shuffle,
};

function pastMoment(line: Past, index: number): Moment {
  const { at, kind, what, because, sequence, machine, event } = line;
  const { icon, tone } = event ? sightOf(event) : sightOfDoing(kind, what);
  return {
    id: `${at} ${index}`,
    at,
    icon,
    tone,
    title: (
      <>
        {pastTitle(line)} {sequence && <SequenceName name={sequence} />} {machine && <Badge>a machine</Badge>}
      </>
    ),
    why: reasonText(because),
  };
}

function pastTitle({ kind, what, event }: Past): string {
  if (kind === 'enrolled') return 'entered';
  if (!event) return what;
  const { about, points } = event;
  const more = [about, points === undefined ? undefined : pointsInWords(points)].filter(Boolean).join(', ');
  return more ? `${sightOf(event).says}: ${more}` : sightOf(event).says;
}

/** What Rivulet did, by what it says of it. */
function sightOfDoing(kind: Past['kind'], what: string): { readonly icon: LucideIcon; readonly tone: Tone } {
  const icon = /accepted|delivered/.test(what) ? Check : pastIcons[kind];
  if (/rejected|failed/.test(what)) return { icon, tone: 'bad' };
  if (/deferred|uncertain/.test(what)) return { icon, tone: 'warn' };
  return { icon, tone: kind === 'step' ? 'plain' : 'accent' };
}

/** What comes, in words, with the sequence that brings it. */
export function NextTitle({ kind, what, sequence }: Pick<Next, 'kind' | 'what' | 'sequence'>) {
  const titles: Partial<Record<Next['kind'], string>> = {
    mail: `Mail: ${what}`,
    notice: `Mail about the lead: ${what}`,
    call: `Calls ${what}`,
    enter: 'enters',
    leave: 'leaves',
  };
  return (
    <>
      {titles[kind] ?? what} {sequence && <SequenceName name={sequence} />}
    </>
  );
}

function nextMoment({ at, kind, what, because, sequence }: Next, index: number): Moment {
  return {
    id: `${at} ${index} next`,
    at,
    icon: nextIcons[kind],
    tone: kind === 'mail' ? 'accent' : 'plain',
    title: <NextTitle kind={kind} what={what} sequence={sequence} />,
    why: reasonText(because),
  };
}

function SequenceName({ name }: { readonly name: string }) {
  return (
    <Link className="quiet" href={`/sequences/${encodeURIComponent(name)}`}>
      {name}
    </Link>
  );
}
