import { Ban, CirclePause, Download, ListPlus, Trash2, Undo2 } from 'lucide-react';
import { useState } from 'react';
import type { PageProps } from '../app/pages.js';
import { useAsked } from '../data/address.js';
import type { Told } from '../data/call.js';
import { points } from '../data/format.js';
import { useNow } from '../data/now.js';
import { useRead } from '../data/query.js';
import { useMay } from '../data/session.js';
import { Address } from '../parts/address.js';
import { Badge, Badges } from '../parts/badge.js';
import { LinkButton } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Facts } from '../parts/facts.js';
import { type Choice, Menu } from '../parts/menu.js';
import { Note } from '../parts/note.js';
import { Page } from '../parts/page.js';
import { reasonText } from '../parts/sight.js';
import { Room } from '../parts/skeleton.js';
import { Tabs } from '../parts/tabs.js';
import { ownZone, Time, timeText, zoneName } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { LeadConsent } from './lead-consent.js';
import { type Deed, LeadDeeds } from './lead-deeds.js';
import { LeadRuns } from './lead-runs.js';
import { LeadSales } from './lead-sales.js';
import { LeadScore } from './lead-score.js';
import { LeadTimeline, NextTitle } from './lead-timeline.js';
import { mailState, nameOf } from './leads.js';
import './lead.css';

export type LeadInFull = Told<'GET /api/leads/:id'>;

/** On whose clock the times of a lead are shown beside those of whoever looks. */
export function zoneOf({
  timezone,
  timezoneGuess,
}: Pick<LeadInFull, 'timezone' | 'timezoneGuess'>): string | undefined {
  return timezone ?? timezoneGuess?.zone;
}

/** Shown again so often while somebody looks: things happen. */
const everyMs = 15_000;

export default function Lead({ params: { id = '' } }: PageProps) {
  const { data: lead, trouble, again } = useRead('GET /api/leads/:id', { params: { id } }, { every: everyMs });
  const up = { label: 'Leads', to: '/leads' };
  if (trouble && !lead) {
    return (
      <Page title="Lead" up={up}>
        <TroubleNote
          title={trouble.status === 404 ? 'There is no such lead' : 'This lead cannot be shown'}
          trouble={trouble}
          again={again}
        />
      </Page>
    );
  }
  return (
    <Page
      title={lead ? nameOf(lead) : 'Lead'}
      heading={lead ? <bdi>{nameOf(lead)}</bdi> : <span className="bone title" />}
      up={up}
      tells={lead ? <Head lead={lead} /> : ' '}
      actions={lead && <Actions lead={lead} />}
    >
      {lead ? <Whole lead={lead} /> : <Room height="30rem" />}
    </Page>
  );
}

function Head({ lead }: { readonly lead: LeadInFull }) {
  const state = mailState(lead);
  return (
    <span className="lead-head">
      {nameOf(lead) !== lead.email && <Address of={lead.email} />}
      {lead.stage && <Badge tone="accent">{lead.stage}</Badge>}
      <Badge>
        score {points(lead.score)} · {lead.grid}
      </Badge>
      {state && <Badge tone="warn">{state}</Badge>}
    </span>
  );
}

function Actions({ lead }: { readonly lead: LeadInFull }) {
  const [deed, setDeed] = useState<Deed>();
  const [mayWrite, mayStop] = [useMay('leads:write'), useMay('sending:write')];
  const mayEnroll = useMay('sequences:write');
  const isPaused = useIsSnoozed(lead);
  const choices: readonly (Choice | false)[] = [
    mayEnroll && { label: 'Enroll in a sequence', icon: ListPlus, onChoose: () => setDeed('enroll') },
    mayWrite && {
      label: isPaused ? 'End the pause' : 'Pause mail',
      icon: CirclePause,
      onChoose: () => setDeed(isPaused ? 'go-on' : 'pause'),
    },
    mayStop &&
      (lead.suppressed
        ? { label: 'Let mail go again', icon: Undo2, onChoose: () => setDeed('lift') }
        : { label: 'Stop all mail', icon: Ban, onChoose: () => setDeed('suppress'), isDanger: true }),
    mayWrite && { label: 'Erase this person', icon: Trash2, onChoose: () => setDeed('erase'), isDanger: true },
  ];
  const own = choices.filter((choice) => choice !== false);
  return (
    <>
      <LinkButton
        isFile
        to={`/api/leads/${encodeURIComponent(lead.id)}/export`}
        download={`${lead.id}.json`}
        icon={Download}
      >
        Export
      </LinkButton>
      {own.length > 0 && <Menu label="Do" choices={own} />}
      <LeadDeeds lead={lead} deed={deed} close={() => setDeed(undefined)} />
    </>
  );
}

function useIsSnoozed({ preferences: { snoozedUntil } }: LeadInFull): boolean {
  const now = useNow();
  return snoozedUntil !== null && new Date(snoozedUntil) > now;
}

const tabs = [
  { id: 'timeline', label: 'Time line' },
  { id: 'score', label: 'Score' },
  { id: 'sequences', label: 'Sequences' },
  { id: 'consent', label: 'Consent' },
  { id: 'sales', label: 'Sales' },
];

function Whole({ lead }: { readonly lead: LeadInFull }) {
  const { get, set } = useAsked();
  const maySell = useMay('sales:read');
  const shown = tabs.filter(({ id }) => id !== 'sales' || maySell);
  const tab = shown.find(({ id }) => id === get('show'))?.id ?? 'timeline';
  const isPaused = useIsSnoozed(lead);
  const zone = zoneOf(lead);
  return (
    <>
      {lead.suppressed && <Note tone="warn" title={`This address gets no mail: ${lead.suppressed}`} />}
      {isPaused && lead.preferences.snoozedUntil && (
        <Note tone="accent">
          Its mail is paused until <Time at={lead.preferences.snoozedUntil} zone={zone} />
        </Note>
      )}
      <div className="lead-grid">
        <div>
          <Tabs
            label="About this lead"
            tabs={shown}
            value={tab}
            onChange={(id) => set({ show: id === 'timeline' ? undefined : id })}
          >
            {tab === 'timeline' && <LeadTimeline lead={lead} />}
            {tab === 'score' && <LeadScore lead={lead} />}
            {tab === 'sequences' && <LeadRuns lead={lead} />}
            {tab === 'consent' && <LeadConsent lead={lead} />}
            {tab === 'sales' && <LeadSales lead={lead} />}
          </Tabs>
        </div>
        <div className="lead-aside">
          <NextCard lead={lead} />
          <AboutCard lead={lead} />
        </div>
      </div>
    </>
  );
}

function NextCard({ lead: { next, ...lead } }: { readonly lead: LeadInFull }) {
  return (
    <Card title="What comes next">
      {next ? (
        <>
          <p>
            <strong>
              <NextTitle kind={next.kind} what={next.what} sequence={next.sequence} />
            </strong>
          </p>
          <p className="quiet">{reasonText(next.because)}</p>
          <Time at={next.at} zone={zoneOf(lead)} />
        </>
      ) : (
        <p className="quiet">Nothing, unless something else happens.</p>
      )}
    </Card>
  );
}

function AboutCard({ lead }: { readonly lead: LeadInFull }) {
  const { attributes, tags, thresholds, preferences, createdAt, consent } = lead;
  const now = useNow();
  const zone = zoneOf(lead);
  const fields = Object.entries(attributes).map(
    ([name, value]) => [name, <bdi key={name}>{Array.isArray(value) ? value.join(', ') : String(value)}</bdi>] as const,
  );
  return (
    <Card title="About">
      <Facts
        facts={[
          ['Tags', tags.length > 0 && <Badges words={tags} />],
          ['Thresholds', thresholds.length > 0 && <Badges words={thresholds} />],
          ['Consent', `${consent.status}, ${consent.source}`],
          ['Topics off', preferences.topicsOff.join(', ')],
          ['Frequency', preferences.frequency],
          [
            'Time zone',
            zone ? `${zoneName(zone)}${lead.timezone ? '' : ` (guessed by ${lead.timezoneGuess?.by})`}` : 'not known',
          ],
          ['Its clock', zone && zone !== ownZone && timeText(now, 'clock', zone)],
          [
            'Language',
            lead.locale ?? (lead.localeGuess && `${lead.localeGuess.locale} (guessed by ${lead.localeGuess.by})`),
          ],
          ['Since', <Time key="since" at={createdAt} />],
          ...fields,
        ]}
      />
    </Card>
  );
}
