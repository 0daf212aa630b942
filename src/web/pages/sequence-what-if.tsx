import { FileUp } from 'lucide-react';
import { type ChangeEvent, useRef, useState } from 'react';
import { call, type Told } from '../data/call.js';
import { troubleOf } from '../data/trouble.js';
import { count, counted } from '../data/format.js';
import { useWrite } from '../data/query.js';
import { Badge, type Tone } from '../parts/badge.js';
import { Button } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Empty } from '../parts/empty.js';
import { TextArea } from '../parts/field.js';
import { Note } from '../parts/note.js';
import { type Column, Table } from '../parts/table.js';
import { toast } from '../parts/toast.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { Changes } from './sequence-changes.js';
import { Findings } from './sequence-findings.js';
import type { SequenceInFull } from './sequence.js';

type Answer = Told<'POST /api/sequences/:name/what-if'>;
type Affected = Answer['leads'][number];

/** What an edit would do, before anybody saves it: paste a changed file, or open one. */
export function WhatIf({ sequence: { name, file } }: { readonly sequence: SequenceInFull }) {
  const [text, setText] = useState('');
  const [answer, setAnswer] = useState<Answer>();
  const ask = useWrite('POST /api/sequences/:name/what-if', { refreshes: [], isQuiet: true });
  const look = async (asked: string | null): Promise<void> => {
    setAnswer(await ask.send({ params: { name }, body: { text: asked } }));
  };
  return (
    <>
      <p className="quiet">
        Paste the file as you want it, or open it. Nothing is saved: you see what would change, and what becomes of the
        leads who are on their way.
      </p>
      <div className="what-if">
        <TextArea
          label={`What ${file} would say`}
          rows={14}
          spellCheck={false}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      </div>
      <div className="row">
        <Button look="primary" isBusy={ask.isSending} disabled={text.trim() === ''} onClick={() => void look(text)}>
          What would it do?
        </Button>
        <OpenFile onText={setText} />
        <SavedText path={file} onText={setText} />
        <Button look="quiet" onClick={() => void look(null)}>
          What if the file were taken away?
        </Button>
      </div>
      <TroubleNote trouble={ask.trouble} />
      {answer && <WouldBe answer={answer} />}
    </>
  );
}

type Source = { readonly onText: (text: string) => void };

/** A file of the reader's own machine; it is read here and goes nowhere before it is asked about. */
function OpenFile({ onText }: Source) {
  const input = useRef<HTMLInputElement>(null);
  const read = async ({ target }: ChangeEvent<HTMLInputElement>): Promise<void> => {
    const [file] = target.files ?? [];
    if (file) onText(await file.text());
    target.value = '';
  };
  return (
    <>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        hidden
        aria-label="Open a file"
        onChange={(event) => void read(event)}
      />
      <Button icon={FileUp} onClick={() => input.current?.click()}>
        Open a file
      </Button>
    </>
  );
}

function SavedText({ path, onText }: Source & { readonly path: string }) {
  const take = async (): Promise<void> => {
    try {
      onText((await call('GET /api/files/:path', { params: { path } })).text);
    } catch (error) {
      toast({ tone: 'bad', text: troubleOf(error).message });
    }
  };
  return <Button onClick={() => void take()}>Begin with what it says now</Button>;
}

function WouldBe({ answer }: { readonly answer: Answer }) {
  const { diagnostics, after, before, changes } = answer;
  const mistakes = diagnostics.filter(({ severity }) => severity === 'error');
  return (
    <>
      <Findings findings={diagnostics} title={mistakes.length > 0 ? 'It would not come into force' : 'To look at'} />
      {after !== null && after === before && (
        <Note title="It says what is in force already">Nothing would change.</Note>
      )}
      {after !== null && after !== before && (
        <Card title="What would change" tells={counted(changes.length, 'change')}>
          <Changes changes={changes} />
        </Card>
      )}
      {(after !== null || mistakes.length === 0) && <OnTheirWay answer={answer} />}
    </>
  );
}

const fates: Readonly<Record<Affected['fate'], { readonly says: string; readonly tone: Tone }>> = {
  finish: { says: 'finish', tone: 'plain' },
  'go-on': { says: 'go on in the new one', tone: 'good' },
  'come-over': { says: 'come over later', tone: 'accent' },
  'stand-still': { says: 'stand still', tone: 'bad' },
};

const columns: readonly Column<Affected>[] = [
  { id: 'where', header: 'Where they stand', isHead: true, cell: ({ where }) => where },
  { id: 'count', header: 'Leads', isNumber: true, cell: ({ count: many }) => count(many) },
  {
    id: 'fate',
    header: 'What becomes of them',
    cell: ({ fate }) => <Badge tone={fates[fate].tone}>{fates[fate].says}</Badge>,
  },
  { id: 'words', header: 'In words', cell: ({ words }) => words },
  {
    id: 'due',
    header: 'Due at once',
    isNumber: true,
    cell: ({ dueAtOnce }) => (dueAtOnce > 0 ? count(dueAtOnce) : '–'),
  },
];

function OnTheirWay({ answer: { leads, after, before } }: { readonly answer: Answer }) {
  if (after !== null && after === before) return null;
  if (leads.length === 0) return <Empty title="No lead is on its way">Nobody in it would notice.</Empty>;
  const all = leads.reduce((sum, one) => sum + one.count, 0);
  return (
    <Card title="Leads on their way" tells={`${counted(all, 'lead')} in it now`} isFlush>
      <Table
        label="What becomes of the leads in it"
        columns={columns}
        rows={leads}
        keyOf={({ revision, step }) => `${revision} ${step}`}
        toneOf={({ fate, dueAtOnce }) => (fate === 'stand-still' ? 'bad' : dueAtOnce > 0 ? 'warn' : undefined)}
      />
    </Card>
  );
}
