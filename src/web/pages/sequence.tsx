import { FilePenLine, FlaskConical, Pause, Play } from 'lucide-react';
import { useState } from 'react';
import { useAsked } from '../data/address.js';
import type { Told } from '../data/call.js';
import { count, shareOf } from '../data/format.js';
import { useRead, useWrite } from '../data/query.js';
import { useMay } from '../data/session.js';
import type { PageProps } from '../app/pages.js';
import { Badge } from '../parts/badge.js';
import { Button, LinkButton } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Confirm } from '../parts/dialog.js';
import { Facts } from '../parts/facts.js';
import { Field } from '../parts/field.js';
import { Note } from '../parts/note.js';
import { Page } from '../parts/page.js';
import { Room } from '../parts/skeleton.js';
import { Stat, Stats } from '../parts/stat.js';
import { Tabs } from '../parts/tabs.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { Findings } from './sequence-findings.js';
import { mailsTogether } from './sequence-figures.js';
import { SequenceFlow } from './sequence-flow.js';
import { Leaving } from './sequence-leaving.js';
import { SequenceMails } from './sequence-mails.js';
import { Revisions } from './sequence-revisions.js';
import { WhatIf } from './sequence-what-if.js';
import { simulatorAddress } from './simulator-script.js';
import './sequence.css';

export type SequenceInFull = Told<'GET /api/sequences/:name'>;

const views = ['flow', 'mails', 'leaving', 'revisions', 'edit'] as const;

/** One sequence: its flow with its people, its mails, who leaves and why, its revisions, and what an edit would do. */
export default function Sequence({ params: { name = '' } }: PageProps) {
  const { data, trouble, again } = useRead('GET /api/sequences/:name', { params: { name } }, { every: 10_000 });
  return (
    <Page
      title={data?.title ?? name}
      up={{ label: 'Sequences', to: '/sequences' }}
      tells={data && <Tells sequence={data} />}
      actions={data && <Actions sequence={data} />}
    >
      <TroubleNote trouble={trouble} again={again} />
      {!data && !trouble && <Room height="44rem" />}
      {data && <Whole sequence={data} />}
    </Page>
  );
}

function Tells({ sequence: { name, isThere, isBroadcast, stage } }: { readonly sequence: SequenceInFull }) {
  return (
    <span className="row">
      <code>{name}</code>
      {stage && <Badge tone="accent">{stage}</Badge>}
      {isBroadcast && <Badge>by schedule</Badge>}
      {!isThere && <Badge tone="warn">its file is gone</Badge>}
    </span>
  );
}

function Actions({ sequence }: { readonly sequence: SequenceInFull }) {
  const { name, file, isThere } = sequence;
  const mayPause = useMay('sending:write');
  return (
    <>
      {isThere && (
        <>
          <LinkButton to={simulatorAddress({ sequence: name })} icon={FlaskConical}>
            Simulate
          </LinkButton>
          <LinkButton to={`/editor/${file}`} icon={FilePenLine}>
            Open its file
          </LinkButton>
        </>
      )}
      {mayPause && <PauseButton sequence={sequence} />}
    </>
  );
}

const refreshes = ['GET /api/sequences', 'GET /api/pauses'];

function PauseButton({ sequence: { name, title, paused } }: { readonly sequence: SequenceInFull }) {
  const [isAsked, setAsked] = useState(false);
  const [because, setBecause] = useState('');
  const pause = useWrite('PUT /api/pauses/:what', { says: 'Paused', refreshes, isQuiet: true });
  const resume = useWrite('DELETE /api/pauses/:what', { says: 'It goes on', refreshes });
  const params = { what: `sequence:${name}` };
  if (paused)
    return (
      <Button look="primary" icon={Play} isBusy={resume.isSending} onClick={() => void resume.send({ params })}>
        Resume
      </Button>
    );
  const yes = async (): Promise<void> => {
    const body = because.trim() === '' ? {} : { because: because.trim() };
    if (await pause.send({ params, body })) setAsked(false);
  };
  const leave = (): void => {
    pause.clear();
    setAsked(false);
  };
  return (
    <>
      <Button icon={Pause} onClick={() => setAsked(true)}>
        Pause
      </Button>
      <Confirm
        title={`Pause “${title}”`}
        isOpen={isAsked}
        close={leave}
        does="Pause"
        onYes={yes}
        isBusy={pause.isSending}
      >
        <TroubleNote trouble={pause.trouble} />
        <p>None of its mails goes out until it is resumed. Nothing is lost: leads go on where they stand.</p>
        <Field
          label="Why"
          hint="Your colleagues read it here."
          maxLength={300}
          value={because}
          onChange={({ target }) => setBecause(target.value)}
        />
      </Confirm>
    </>
  );
}

function Whole({ sequence }: { readonly sequence: SequenceInFull }) {
  const { get, set } = useAsked();
  const view = views.find((one) => one === get('show')) ?? 'flow';
  const { paused, findings, left, mails } = sequence;
  const gone = left.reduce((sum, one) => sum + one.count, 0);
  return (
    <>
      {paused && (
        <Note tone="warn" title="It is paused">
          <p>
            Since <Time at={paused.since} as="exact" />: {paused.because}. Its mails wait, and nothing is lost.
          </p>
        </Note>
      )}
      <Findings findings={findings} />
      <div>
        <Numbers sequence={sequence} />
      </div>
      <Tabs
        label="Views of the sequence"
        value={view}
        onChange={(show) => set({ show: show === 'flow' ? '' : show })}
        tabs={[
          { id: 'flow', label: 'Flow' },
          { id: 'mails', label: `Mails ${count(mails.length)}` },
          { id: 'leaving', label: `Left ${count(gone)}` },
          { id: 'revisions', label: 'Revisions' },
          { id: 'edit', label: 'What would an edit do?' },
        ]}
      >
        {view === 'flow' && (
          <>
            <SequenceFlow sequence={sequence} />
            <About sequence={sequence} />
          </>
        )}
        {view === 'mails' && <SequenceMails sequence={sequence} />}
        {view === 'leaving' && <Leaving sequence={sequence} />}
        {view === 'revisions' && <Revisions sequence={sequence} />}
        {view === 'edit' && <WhatIf sequence={sequence} />}
      </Tabs>
    </>
  );
}

function Numbers({ sequence: { active, mails, left } }: { readonly sequence: SequenceInFull }) {
  const { sent, opened, clicked, unsubscribed } = mailsTogether(mails);
  const ended = left.reduce((sum, one) => sum + one.count, 0);
  const goals = left.reduce((sum, one) => sum + (one.kind === 'goal' ? one.count : 0), 0);
  return (
    <Stats>
      <Stat label="Leads in it" value={count(active)} />
      <Stat
        label="Runs that ended"
        value={count(ended)}
        means={goals > 0 ? `${count(goals)} with the goal` : undefined}
      />
      <Stat label="Mails sent" value={count(sent)} />
      <Stat label="Opened" value={shareOf(opened, sent)} />
      <Stat label="Clicked" value={shareOf(clicked, sent)} />
      <Stat label="Unsubscribed" value={shareOf(unsubscribed, sent)} />
    </Stats>
  );
}

const policies = {
  pin: 'finish the revision they are on',
  migrate: 'go on in the new revision',
  drain: 'finish, and nobody enters any more',
} as const;

function About({ sequence }: { readonly sequence: SequenceInFull }) {
  const { enters, leaves, topic, purpose, inFlight, revision, since } = sequence;
  return (
    <Card title="About it">
      <Facts
        facts={[
          ['Leads enter', enters],
          ['Left early by', leaves],
          ['Topic', topic],
          ['Agreed to as', purpose],
          ['At an edit, leads on their way', policies[inFlight]],
          [
            'Revision',
            <span key="revision">
              <code>{revision}</code>
              {since && (
                <>
                  , in force since <Time at={since} as="exact" />
                </>
              )}
            </span>,
          ],
        ]}
      />
    </Card>
  );
}
