import type { Told } from '../data/call.js';
import { useRead } from '../data/query.js';
import { Badge, type Tone } from '../parts/badge.js';
import { Card } from '../parts/card.js';
import { Facts } from '../parts/facts.js';
import { Skeleton } from '../parts/skeleton.js';
import { Time } from '../parts/time.js';
import { type Moment, Timeline } from '../parts/timeline.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { type LeadInFull, zoneOf } from './lead.js';

const tones: Readonly<Record<string, Tone>> = { granted: 'good', pending: 'warn', denied: 'bad' };
const deeds: Readonly<Record<string, Tone>> = {
  confirmed: 'good',
  granted: 'good',
  agreed: 'good',
  resubscribed: 'good',
  withdrawn: 'bad',
  unsubscribed: 'bad',
};

/** What a lead agreed to, in which words, and by what that is proved. */
export function LeadConsent({ lead }: { readonly lead: LeadInFull }) {
  const { data, trouble, again } = useRead('GET /api/leads/:id/consent', { params: { id: lead.id } });
  if (trouble && !data) return <TroubleNote trouble={trouble} again={again} />;
  if (!data) return <Skeleton lines={8} />;
  const { consent, purposes, history } = data;
  return (
    <>
      <Card title="Now">
        <Facts
          facts={[
            [
              'For mail',
              <span key="all">
                <Badge tone={tones[consent.status] ?? 'plain'}>{consent.status}</Badge> {consent.source},{' '}
                <Time at={consent.at} />
              </span>,
            ],
            ...purposes.map(
              ({ purpose, status, at }) =>
                [
                  purpose,
                  <span key={purpose}>
                    <Badge tone={tones[status] ?? 'plain'}>{status}</Badge> <Time at={at} />
                  </span>,
                ] as const,
            ),
          ]}
        />
      </Card>
      <Card title="How it came to that">
        <Timeline label="Consent" past={history.toReversed().map(momentOf)} zone={zoneOf(lead)} />
      </Card>
    </>
  );
}

type Turn = Told<'GET /api/leads/:id/consent'>['history'][number];

function momentOf({ at, what, purpose, why, text, ...proved }: Turn, index: number): Moment {
  const { source, form, version, page, network, userAgent } = proved;
  const proof = [
    source,
    form && `form ${form}${version ? `, version ${version}` : ''}`,
    page,
    network && `from ${network}`,
    userAgent,
  ].filter(Boolean);
  return {
    id: `${at} ${index}`,
    at,
    tone: deeds[what] ?? 'plain',
    title: `${what}${purpose ? `: ${purpose}` : ''}`,
    why: why ?? proof.join(' · '),
    detail: text && <blockquote>{text}</blockquote>,
  };
}
