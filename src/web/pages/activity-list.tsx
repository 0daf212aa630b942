import { Link } from 'wouter';
import type { Happened } from '../data/activity.js';
import { Badge } from '../parts/badge.js';
import { pointsInWords, sightOf } from '../parts/sight.js';
import { Time } from '../parts/time.js';

/** Events one under the other, the newest first. */
export function ActivityList({ events, fresh }: { readonly events: readonly Happened[]; readonly fresh: number }) {
  return (
    <ol className="activity" aria-label="What happened, the newest first">
      {events.map((event, at) => (
        <Event key={event.id} event={event} isFresh={at < fresh} />
      ))}
    </ol>
  );
}

function Event({ event, isFresh }: { readonly event: Happened; readonly isFresh: boolean }) {
  const { lead, type, knownAt, at, machine, evidence, late } = event;
  const { icon: Icon, tone, says } = sightOf(event);
  const isLater = Date.parse(knownAt) - Date.parse(at) > 60_000;
  return (
    <li className={`${tone} ${isFresh ? 'fresh' : ''}`}>
      <span className="activity-mark">
        <Icon size={15} aria-hidden />
      </span>
      <div className="activity-what">
        <p>
          <Who lead={lead} /> {says}
          {machine && (
            <>
              {' '}
              <Badge>by a machine</Badge>
            </>
          )}
          {late && (
            <>
              {' '}
              <Badge tone="warn">told late</Badge>
            </>
          )}
        </p>
        <p className="activity-more">
          <code>{type}</code>
          {placeOf(event)}
          {detailOf(event)}
          {machine && evidence?.[0] && <> · {evidence[0]}</>}
        </p>
      </div>
      <p className="activity-time">
        <Time at={knownAt} as="relative" />
        {isLater && (
          <span className="there">
            happened <Time at={at} as="relative" />
          </span>
        )}
      </p>
    </li>
  );
}

function Who({ lead }: Pick<Happened, 'lead'>) {
  if (!lead) return <span className="quiet">Somebody who is erased</span>;
  return (
    <Link href={`/leads/${lead.id}`}>
      <bdi>{lead.name}</bdi>
    </Link>
  );
}

function placeOf({ sequence, step }: Happened) {
  if (!sequence) return null;
  return (
    <>
      {' · '}
      <Link href={`/sequences/${encodeURIComponent(sequence)}`}>{step ? `${sequence}/${step}` : sequence}</Link>
    </>
  );
}

function detailOf({ about, why, points }: Happened) {
  const parts = [about, why, points === undefined ? undefined : pointsInWords(points)];
  const told = parts.filter((part) => part !== undefined && part !== '');
  return told.length > 0 ? (
    <>
      {' · '}
      <bdi>{told.join(' · ')}</bdi>
    </>
  ) : null;
}
