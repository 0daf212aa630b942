import { Pause, Play } from 'lucide-react';
import { useRef, useState } from 'react';
import { type Happened, type StreamState, useActivity } from '../data/activity.js';
import { useAsked } from '../data/address.js';
import { counted } from '../data/format.js';
import { useCursorList, useRead } from '../data/query.js';
import { Badge } from '../parts/badge.js';
import { Button } from '../parts/button.js';
import { CursorList } from '../parts/cursor-list.js';
import { Empty } from '../parts/empty.js';
import { Select } from '../parts/field.js';
import { Page } from '../parts/page.js';
import { sightOf } from '../parts/sight.js';
import { ActivityList } from './activity-list.js';
import { useSpoken } from './activity-spoken.js';
import './activity.css';

/** What happens, as it happens. */
export default function Activity() {
  const { get, set } = useAsked();
  const asked = { type: get('type') || undefined, by: byOf(get('by')), lead: get('lead') || undefined };
  const list = useCursorList('GET /api/events', { query: asked });
  // Of what was asked before, the first place is not where this goes on from.
  const after = list.isLoading || list.isStale ? undefined : (list.items[0]?.place ?? '');
  const { events, state } = useActivity(asked, after, list.again);
  // While it is paused, what came until then is shown.
  const [isPaused, setPaused] = useState(false);
  const held = useRef(events);
  if (!isPaused) held.current = events;
  const waiting = events.length - held.current.length;
  const spoken = useSpoken(isPaused ? 0 : events.length);
  const filter: FilterParts['set'] = (values) => {
    // What is held belongs to what was asked before.
    setPaused(false);
    set(values);
  };
  return (
    <Page
      title="Activity"
      tells="What your leads do, what Rivulet does, and which mails their servers took: as it becomes known."
      actions={
        <>
          <Live state={state} isPaused={isPaused} />
          <Button icon={isPaused ? Play : Pause} aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
            {isPaused ? 'Go on' : 'Pause'}
          </Button>
        </>
      }
    >
      <Filters asked={asked} set={filter} />
      <p className="unseen" role="status">
        {spoken > 0 && `${counted(spoken, 'new event')} at the top of the list`}
      </p>
      {isPaused && waiting > 0 && (
        <Button look="quiet" onClick={() => setPaused(false)}>
          {counted(waiting, 'new event')}: show {waiting === 1 ? 'it' : 'them'}
        </Button>
      )}
      <CursorList list={{ ...list, items: together(held.current, list.items) }} empty={<Nothing asked={asked} />}>
        {(items) => <ActivityList events={items} fresh={held.current.length} />}
      </CursorList>
    </Page>
  );
}

function byOf(written: string): 'person' | 'machine' | undefined {
  return written === 'person' || written === 'machine' ? written : undefined;
}

/** What came by the stream stands above what was read, each once. */
function together(live: readonly Happened[], read: readonly Happened[]): readonly Happened[] {
  const ids = new Set(live.map(({ id }) => id));
  return [...live, ...read.filter(({ id }) => !ids.has(id))];
}

const states = {
  opening: ['plain', 'connecting'],
  open: ['good', 'live'],
  broken: ['warn', 'connecting again'],
  closed: ['bad', 'not live: load the page again'],
} as const satisfies Readonly<Record<StreamState, readonly [string, string]>>;

function Live({ state, isPaused }: { readonly state: StreamState; readonly isPaused: boolean }) {
  const [tone, text] = isPaused ? (['plain', 'paused'] as const) : states[state];
  return <Badge tone={tone}>{text}</Badge>;
}

type Asked = { readonly type: string | undefined; readonly by: string | undefined; readonly lead: string | undefined };
type FilterParts = { readonly asked: Asked; readonly set: (values: Readonly<Record<string, string>>) => void };

function Filters({ asked, set }: FilterParts) {
  const { data } = useRead('GET /api/events/types');
  const types = [...new Set([...(data?.items ?? []), ...(asked.type ? [asked.type] : [])])]
    .map((value) => ({ value, label: sightOf({ type: value }).says }))
    .toSorted((a, b) => a.label.localeCompare(b.label));
  return (
    <div className="row activity-filters">
      <Select
        label="Type"
        value={asked.type ?? ''}
        options={[{ value: '', label: 'all' }, ...types]}
        onChange={({ target }) => set({ type: target.value })}
      />
      <Select
        label="By"
        value={asked.by ?? ''}
        options={[
          { value: '', label: 'anybody' },
          { value: 'person', label: 'people' },
          { value: 'machine', label: 'machines' },
        ]}
        onChange={({ target }) => set({ by: target.value })}
      />
      {asked.lead && <Button onClick={() => set({ lead: '' })}>Of all leads, not of one alone</Button>}
    </div>
  );
}

function Nothing({ asked }: { readonly asked: Asked }) {
  if (asked.type || asked.by || asked.lead) {
    return (
      <Empty title="Nothing like this has happened yet">As soon as it does it stands here, without loading anew.</Empty>
    );
  }
  return (
    <Empty title="Nothing has happened yet" action={{ label: 'Import leads', to: '/leads/import' }}>
      Once there are leads, everything that they do stands here as it happens.
    </Empty>
  );
}
