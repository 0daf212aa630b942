import { useState } from 'react';
import { useLocation } from 'wouter';
import { call, type Told } from '../data/call.js';
import { type Trouble, troubleOf } from '../data/trouble.js';
import { Badge } from '../parts/badge.js';
import { Button } from '../parts/button.js';
import { Field } from '../parts/field.js';
import { Note } from '../parts/note.js';
import { eventText, reasonText } from '../parts/sight.js';
import { timeText } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { simulatorAddress } from './simulator-script.js';

type Played = Extract<Told<'POST /api/simulations'>, { kind: 'played' }>['journey'];

type SimulateParts = {
  readonly sequence: string;
  /** What is written and not saved, this file among it. */
  readonly files: Readonly<Record<string, string>>;
};

/** Plays what is written for somebody made up, before anybody gets it. */
export function SimulateDraft({ sequence, files }: SimulateParts) {
  const [, go] = useLocation();
  const [zone, setZone] = useState('');
  const [isPlaying, setPlaying] = useState(false);
  const [journey, setJourney] = useState<Played>();
  const [mistakes, setMistakes] = useState(0);
  const [trouble, setTrouble] = useState<Trouble>();

  const play = async (): Promise<void> => {
    setPlaying(true);
    setTrouble(undefined);
    try {
      const body = { sequence, files, ...(zone.trim() ? { lead: { timezone: zone.trim() } } : {}) };
      const told = await call('POST /api/simulations', { body });
      setJourney(told.kind === 'played' ? told.journey : undefined);
      setMistakes(told.kind === 'broken' ? told.diagnostics.length : 0);
    } catch (error) {
      setJourney(undefined);
      setTrouble(troubleOf(error));
    } finally {
      setPlaying(false);
    }
  };
  return (
    <div className="stack">
      <p className="quiet">
        Plays this sequence as it is written here for somebody who does nothing, on a moved clock and by the very code
        that sends. Nothing is saved, nothing leaves.
      </p>
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          void play();
        }}
      >
        <Field
          label="Time zone of the lead"
          placeholder="Europe/Paris"
          value={zone}
          spellCheck={false}
          onChange={({ target }) => setZone(target.value)}
        />
        <Button look="primary" type="submit" isBusy={isPlaying}>
          Play it
        </Button>
        <Button look="quiet" onClick={() => go(simulatorAddress({ sequence }))}>
          Open the simulator
        </Button>
      </form>
      <TroubleNote title="Not played" trouble={trouble} shownAt={[]} />
      {mistakes > 0 && <Note tone="warn">There are mistakes to mend before it can be played.</Note>}
      {journey && <Journey journey={journey} />}
    </div>
  );
}

function Journey({ journey: { lead, moments, keptOut, end } }: { readonly journey: Played }) {
  if (keptOut !== null) return <Note tone="warn">Nobody enters: {keptOut}</Note>;
  return (
    <>
      <ol className="editor-journey" aria-label={`What ${lead.name || lead.email} gets`}>
        {moments.map(({ at, kind, what, because, score, sequence, step }, place) => (
          <li key={`${at} ${place}`}>
            <span className="row">
              <time dateTime={at} className="quiet nowrap">
                {timeText(at, 'exact', lead.timeZone)}
              </time>
              <Badge tone={kind === 'mail' ? 'accent' : 'plain'}>{kind}</Badge>
              {(sequence ?? step) && (
                <code className="quiet">{[sequence, step].filter((word) => word !== null).join(':')}</code>
              )}
            </span>
            <b>{kind === 'event' ? eventText({ what, step }) : what}</b>
            <span className="quiet">
              {reasonText(because)}
              {score > 0 && `, score ${score}`}
            </span>
          </li>
        ))}
      </ol>
      <p>
        {end.running.length > 0
          ? `It still goes on: ${end.running.map((run) => `${run.sequence} waits for ${run.waitsFor}`).join('; ')}.`
          : 'Then it is over.'}
      </p>
    </>
  );
}
