import { ArrowLeftRight, Columns2, FileCheck2, Link2, RotateCcw, X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useAsked } from '../data/address.js';
import { copy } from '../data/copy.js';
import { count, points } from '../data/format.js';
import { useRead } from '../data/query.js';
import { at } from '../data/trouble.js';
import { Button } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Empty } from '../parts/empty.js';
import { useIsNarrow } from '../parts/narrow.js';
import { Note } from '../parts/note.js';
import { Page } from '../parts/page.js';
import { Room } from '../parts/skeleton.js';
import { Stat, Stats } from '../parts/stat.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { OtherDeeds } from './simulator-deeds.js';
import { JourneyFile } from './simulator-file.js';
import { type Journey, JourneyView } from './simulator-journey.js';
import { bodyOf, inWords, readScript, type Script, withDeed, withoutDeed, writeScript } from './simulator-script.js';
import { Who } from './simulator-who.js';
import './simulator.css';

/** What a lead would get: by its own doings, on a moved clock, played by the code that sends. */
export default function Simulator() {
  const { get, set } = useAsked();
  const script = readScript(get('journey'));
  const beside = get('beside');
  const [isWriting, setWriting] = useState(false);
  const change = (next: Script): void => set({ journey: writeScript(next) });
  const { journey, trouble, again, isStale, isAsked } = usePlayed(script);
  const onDeed = (deed: Parameters<typeof withDeed>[1]): void => change(withDeed(script, deed));
  const onDrop = (place: number): void => change(withoutDeed(script, place));
  return (
    <Page
      title="Simulator"
      tells="What a lead would get, when and why. Nothing is sent."
      actions={
        <>
          <Button icon={RotateCcw} onClick={() => set({ journey: '', beside: '' })}>
            Begin anew
          </Button>
          {beside === '' && journey && (
            <Button icon={Columns2} onClick={() => set({ beside: writeScript(script) })}>
              Compare
            </Button>
          )}
          <Button icon={Link2} onClick={() => void copyLink()}>
            Copy link
          </Button>
          <Button look="primary" icon={FileCheck2} disabled={!journey} onClick={() => setWriting(true)}>
            Test file
          </Button>
        </>
      }
    >
      <div className="simulator">
        <ScriptSide isBegun={get('journey') !== ''}>
          <Who script={script} onChange={change} errorAt={(pointer) => (trouble ? at(trouble, pointer) : undefined)} />
          <OtherDeeds deeds={script.events ?? []} mails={mailsOf(journey)} onDeed={onDeed} onDrop={onDrop} />
        </ScriptSide>
        <div className="stack" aria-busy={isStale}>
          {trouble && <TroubleNote trouble={trouble} again={again} shownAt={atFields} />}
          {!isAsked && (
            <Empty title="Which lead?">
              Write an address or an id at the left, and its journey from here on is played.
            </Empty>
          )}
          {isAsked && !journey && !trouble && <Room height="34rem" />}
          {journey && <Told journey={journey} script={script} />}
          <div className={beside === '' ? '' : 'simulator-both'}>
            {journey && (
              <Card title={beside === '' ? `The journey of ${journey.lead.name}` : 'This journey'}>
                <JourneyView
                  journey={journey}
                  label="the journey"
                  deeds={script.events ?? []}
                  onDeed={onDeed}
                  onDrop={onDrop}
                />
              </Card>
            )}
            {beside !== '' && (
              <Beside
                script={readScript(beside)}
                onSwap={() => set({ journey: beside, beside: writeScript(script) })}
                onEnd={() => set({ beside: '' })}
              />
            )}
          </div>
        </div>
      </div>
      <JourneyFile script={script} isOpen={isWriting} close={() => setWriting(false)} />
    </Page>
  );
}

/** What is told at its field need not be told twice. */
const atFields = [
  '/leadId',
  '/lead/firstName',
  '/lead/timezone',
  '/lead/stage',
  '/lead/score',
  '/sequence',
  '/from',
  '/until',
];

function mailsOf(journey: Journey | undefined): ReadonlySet<string> {
  return new Set(
    journey?.moments.flatMap(({ kind, sequence, step }) => (kind === 'mail' ? [`${sequence}/${step}`] : [])),
  );
}

/** The script beside the journey; on a phone it folds away once there is one. */
function ScriptSide({ isBegun, children }: { readonly isBegun: boolean; readonly children: ReactNode }) {
  const isNarrow = useIsNarrow();
  if (!isNarrow) return <div className="stack simulator-script">{children}</div>;
  return (
    <details className="simulator-script" open={!isBegun}>
      <summary>Who, from when, and what happens</summary>
      <div className="stack">{children}</div>
    </details>
  );
}

/** Plays a script as soon as it says whom it is about. */
function usePlayed(script: Script) {
  const isAsked = script.leadId !== '';
  const { data, trouble, again, isStale } = useRead(
    'POST /api/simulations',
    { body: bodyOf(script) },
    { when: isAsked, keep: true },
  );
  const journey = isAsked && data?.kind === 'played' ? data.journey : undefined;
  return { journey, trouble: isAsked ? trouble : undefined, again, isStale, isAsked };
}

/** What speaks against the journey, and what it comes to. */
function Told({ journey, script }: { readonly journey: Journey; readonly script: Script }) {
  const { keptOut, unplayed, moments, begin, end } = journey;
  const mails = moments.filter(({ kind }) => kind === 'mail').length;
  const gained = end.score - begin.score;
  return (
    <>
      {keptOut && (
        <Note tone="warn" title={`The lead does not enter ${script.sequence ?? 'the sequence'}`}>
          <p>{keptOut}.</p>
        </Note>
      )}
      {unplayed.length > 0 && (
        <Note tone="warn" title="Some of what was to happen never happens">
          <ul>
            {unplayed.map(({ place, because }) => {
              const deed = script.events?.[place];
              return (
                <li key={place}>
                  {deed ? inWords(deed) : `event ${place + 1}`}: {because}.
                </li>
              );
            })}
          </ul>
        </Note>
      )}
      {moments.length === 0 && !keptOut && (
        <Empty title="Nothing happens in this time">Begin with a sequence, or let the lead do something.</Empty>
      )}
      <Stats>
        <Stat label="Mails" value={count(mails)} />
        <Stat
          label="Score at the end"
          value={points(end.score)}
          {...(gained === 0
            ? {}
            : { change: { by: points(Math.abs(gained)), way: gained > 0 ? 'up' : 'down', tone: 'plain' } as const })}
        />
        <Stat
          label="Stage at the end"
          value={<span className="stat-word">{end.stage ?? 'none'}</span>}
          {...(begin.stage ? { means: `from ${begin.stage}` } : {})}
        />
        <Stat
          label="Still waiting"
          value={count(end.running.length)}
          means={end.running.length === 1 ? 'sequence' : 'sequences'}
        />
      </Stats>
    </>
  );
}

/** The journey that was kept to compare with. */
function Beside({
  script,
  onSwap,
  onEnd,
}: {
  readonly script: Script;
  readonly onSwap: () => void;
  readonly onEnd: () => void;
}) {
  const { journey, trouble, again } = usePlayed(script);
  return (
    <Card
      title="The other one"
      actions={
        <>
          <Button isSmall icon={ArrowLeftRight} onClick={onSwap}>
            Swap
          </Button>
          <Button isSmall icon={X} onClick={onEnd}>
            End
          </Button>
        </>
      }
    >
      {(script.events ?? []).length > 0 && <p className="quiet">{(script.events ?? []).map(inWords).join('; ')}</p>}
      {trouble && <TroubleNote trouble={trouble} again={again} />}
      {journey ? <JourneyView journey={journey} label="the other journey" /> : !trouble && <Room height="30rem" />}
    </Card>
  );
}

function copyLink(): Promise<void> {
  return copy(location.href, {
    says: 'The link is copied: it brings this journey to whoever opens it',
    instead: 'It stands in the address bar: take it from there.',
  });
}
