import { Ban, Download, ListPlus, Tag, X } from 'lucide-react';
import { useState } from 'react';
import type { Told } from '../data/call.js';
import { counted as many, count as written } from '../data/format.js';
import { saveFile } from '../data/save-file.js';
import { useRead, useWrite } from '../data/query.js';
import { useMay } from '../data/session.js';
import { Button, IconButton } from '../parts/button.js';
import { FormDialog } from '../parts/dialog.js';
import { Field, Select } from '../parts/field.js';
import { Menu } from '../parts/menu.js';
import { Note } from '../parts/note.js';
import { TroubleNote } from '../parts/trouble-note.js';
import type { Choices } from './leads.js';
import type { Filters } from './leads-filters.js';

type Kind = 'tag' | 'untag' | 'enroll' | 'suppress';
type BulkParts = {
  readonly chosen: ReadonlySet<string>;
  readonly clear: () => void;
  readonly filters: Filters;
  readonly counted: Told<'GET /api/leads/count'> | undefined;
  readonly choices: Choices;
};

const mostChosen = 500;

/** What can be done with the chosen leads, or with all that match; and how far what was begun is. */
export function LeadsBulk({ chosen, clear, filters, counted, choices }: BulkParts) {
  const [kind, setKind] = useState<Kind>();
  const [job, setJob] = useState<string>();
  const mayWrite = useMay('leads:write');
  const isAll = chosen.size === 0;
  const whom = isAll ? { matching: wantedOf(filters) } : { leads: [...chosen] };
  const text = isAll ? `all ${counted ? countText(counted) : ''} that match` : many(chosen.size, 'chosen lead');
  const tooMany = chosen.size > mostChosen;

  return (
    <>
      {job && <BulkProgress id={job} close={() => setJob(undefined)} />}
      <div className="leads-chosen">
        <div className="row spread">
          <strong>{isAll ? 'Nobody chosen' : many(chosen.size, 'lead')}</strong>
          {!isAll && (
            <Button look="quiet" isSmall onClick={clear}>
              Choose none
            </Button>
          )}
        </div>
        {tooMany && <span>500 at once are the most; filter and take all that match.</span>}
        <div className="actions">
          <Button
            icon={Download}
            isSmall
            onClick={() => void saveFile('POST /api/leads/export', whom, 'leads.csv')}
            disabled={tooMany}
          >
            Export {text}
          </Button>
          {mayWrite && !tooMany && (
            <Menu
              label={`Do with ${isAll ? 'all that match' : 'these'}`}
              choices={[
                { label: 'Add a tag', icon: Tag, onChoose: () => setKind('tag') },
                { label: 'Take a tag away', icon: Tag, onChoose: () => setKind('untag') },
                { label: 'Enroll in a sequence', icon: ListPlus, onChoose: () => setKind('enroll') },
                { label: 'Stop all mail', icon: Ban, isDanger: true, onChoose: () => setKind('suppress') },
              ]}
            />
          )}
        </div>
      </div>
      {kind && (
        <BulkDialog
          key={kind}
          kind={kind}
          text={text}
          whom={whom}
          choices={choices}
          close={() => setKind(undefined)}
          begun={(id) => {
            setJob(id);
            clear();
          }}
        />
      )}
    </>
  );
}

function countText({ count, isExact }: Told<'GET /api/leads/count'>): string {
  return isExact ? written(count) : `(more than ${written(count)})`;
}

/** The same filters, as a body has them. */
function wantedOf({ tag, ...rest }: Filters) {
  const numbers = { scoreFrom: rest.scoreFrom, scoreTo: rest.scoreTo };
  const kept = Object.fromEntries(
    Object.entries(numbers)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, Number(value)]),
  );
  const { scoreFrom: _, scoreTo: __, ...others } = rest;
  return { ...others, ...kept, ...(tag ? { tag: [tag].flat().map(String) } : {}) };
}

const asks: Readonly<Record<Kind, { readonly title: string; readonly does: string; readonly tells: string }>> = {
  tag: { title: 'Add a tag', does: 'Add it', tells: 'Sequences that wait for the tag begin with it.' },
  untag: { title: 'Take a tag away', does: 'Take it away', tells: 'Whoever has not got it stays as it is.' },
  enroll: {
    title: 'Enroll in a sequence',
    does: 'Enroll',
    tells: 'The sequence’s own rules stay in force: who is in it, or may not come again, stays out.',
  },
  suppress: {
    title: 'Stop all mail',
    does: 'Stop all mail',
    tells: 'Their runs end, and no mail goes to these addresses until somebody lifts it.',
  },
};

type DialogParts = {
  readonly kind: Kind;
  readonly text: string;
  readonly whom: { readonly leads: string[] } | { readonly matching: ReturnType<typeof wantedOf> };
  readonly choices: Choices;
  readonly close: () => void;
  readonly begun: (id: string) => void;
};

function BulkDialog({ kind, text, whom, choices, close, begun }: DialogParts) {
  const [value, setValue] = useState('');
  // One press is one job, also when the answer is lost and it is pressed again.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const { send, isSending, trouble } = useWrite('POST /api/leads/bulk', {
    refreshes: ['GET /api/leads'],
    isQuiet: true,
  });
  const { title, does, tells } = asks[kind];
  const go = async (): Promise<void> => {
    const job = await send({ body: { deed: deedOf(kind, value.trim()), ...whom }, idempotencyKey });
    if (!job) return;
    begun(job.id);
    close();
  };
  return (
    <FormDialog
      title={title}
      isOpen
      close={close}
      does={does}
      send={go}
      isBusy={isSending}
      isDanger={kind === 'suppress'}
      isOff={value.trim() === ''}
    >
      <TroubleNote trouble={trouble} />
      <p>
        For <strong>{text}</strong>. {tells}
      </p>
      {kind === 'enroll' ? (
        <Select
          label="Sequence"
          value={value}
          onChange={({ target }) => setValue(target.value)}
          options={[
            { value: '', label: 'Choose one' },
            ...choices.sequences.map(({ name, title: says }) => ({ value: name, label: says })),
          ]}
        />
      ) : kind === 'suppress' ? (
        <Field
          label="Why"
          value={value}
          maxLength={300}
          hint="It stands beside each address."
          onChange={({ target }) => setValue(target.value)}
        />
      ) : (
        <>
          <Field
            label="Tag"
            value={value}
            maxLength={60}
            list="known-tags"
            autoComplete="off"
            onChange={({ target }) => setValue(target.value)}
          />
          <datalist id="known-tags">
            {choices.tags.map((tag) => (
              <option key={tag} value={tag} />
            ))}
          </datalist>
        </>
      )}
    </FormDialog>
  );
}

function deedOf(kind: Kind, value: string) {
  switch (kind) {
    case 'tag':
    case 'untag':
      return { kind, tag: value };
    case 'enroll':
      return { kind, sequence: value };
    case 'suppress':
      return { kind, because: value };
  }
}

/** How far a job is; it goes on whether or not somebody looks. */
function BulkProgress({ id, close }: { readonly id: string; readonly close: () => void }) {
  const [isOver, setOver] = useState(false);
  const { data, trouble, again } = useRead(
    'GET /api/leads/bulk/:id',
    { params: { id } },
    { every: isOver ? undefined : 700 },
  );
  const { send } = useWrite('DELETE /api/leads/bulk/:id', { says: 'Stopped. What was done stays done.' });
  if (data && data.state !== 'running' && !isOver) setOver(true);
  if (!data) return <TroubleNote title="How far it is cannot be told now" trouble={trouble} again={again} />;
  const { state, done, total, changed, problem } = data;
  const tone = state === 'done' ? 'good' : state === 'failed' ? 'bad' : 'accent';
  return (
    <Note
      tone={tone}
      title={{ running: 'Under way', done: 'Done', failed: 'Not done', stopped: 'Stopped' }[state]}
      actions={
        state === 'running' ? (
          <Button isSmall onClick={() => void send({ params: { id } })}>
            Stop
          </Button>
        ) : (
          <IconButton label="Put away" icon={X} onClick={close} />
        )
      }
    >
      <p>
        {written(done)}
        {total === null ? '' : ` of ${written(total)}`} looked at, {written(changed)} changed. {problem}
      </p>
      {state === 'running' && (
        <progress
          className="progress"
          aria-label="How far it is"
          {...(total === null ? {} : { value: done, max: total })}
        />
      )}
    </Note>
  );
}
