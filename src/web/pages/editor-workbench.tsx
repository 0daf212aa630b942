import { useQueryClient } from '@tanstack/react-query';
import { RotateCcw, Save, Trash2 } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { useAsked } from '../data/address.js';
import { call } from '../data/call.js';
import { useRead } from '../data/query.js';
import { troubleOf } from '../data/trouble.js';
import { Badge } from '../parts/badge.js';
import { Button } from '../parts/button.js';
import { Confirm } from '../parts/dialog.js';
import { Note } from '../parts/note.js';
import { Room } from '../parts/skeleton.js';
import { Tabs } from '../parts/tabs.js';
import { toast } from '../parts/toast.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { CodeEditor, type Place, type Problem } from './editor-code.js';
import { type Draft, dropDraft, keepDraft, type OnDisk, textsOf, useDrafts } from './editor-drafts.js';
import { type JsonTools, jsonTools } from './editor-json.js';
import { isTemplate, kindOf } from './editor-kinds.js';
import { problemsOf, useLook } from './editor-look.js';
import { ConflictDialog, SaveDialog } from './editor-save.js';
import { DraftFlow, DraftMail, ProblemList } from './editor-side.js';
import { SimulateDraft } from './editor-simulate.js';
import { type Offers, templateTools } from './editor-template.js';
import { addressOf } from './editor-tree.js';

/** One file: its text, and beside it what is to be said and seen of it. */
export function Workbench({ path, isEditable }: { readonly path: string; readonly isEditable: boolean }) {
  const draft = useDrafts()[path];
  const isNew = draft !== undefined && draft.base === null;
  const file = useRead('GET /api/files/:path', { params: { path } }, { every: 4000, when: !isNew });
  const offers = useRead('GET /api/completions');
  const schema = useRead('GET /api/schemas/:kind', { params: { kind: kindOf(path) } }, { when: !isTemplate(path) });
  const isReady = offers.data && (isTemplate(path) || schema.data) && (file.data ?? draft);
  const trouble = (draft ? undefined : file.trouble) ?? offers.trouble ?? schema.trouble;
  if (!isReady) {
    return trouble ? (
      <TroubleNote title="This file cannot be shown" trouble={trouble} again={file.again} />
    ) : (
      <Room height="36rem" />
    );
  }
  return (
    <OpenFile
      path={path}
      draft={draft}
      onDisk={file.data}
      isGone={file.trouble?.status === 404 && !isNew}
      isEditable={isEditable}
      offers={offers.data}
      schema={schema.data}
    />
  );
}

type OpenParts = {
  readonly path: string;
  readonly draft: Draft | undefined;
  readonly onDisk: (OnDisk & { readonly state: string }) | undefined;
  readonly isGone: boolean;
  readonly isEditable: boolean;
  readonly offers: Offers;
  readonly schema: object | undefined;
};

function OpenFile({ path, draft, onDisk, isGone, isEditable, offers, schema }: OpenParts) {
  const text = draft?.text ?? onDisk?.text ?? '';
  const drafts = useDrafts();
  const texts = useMemo(() => ({ ...textsOf(drafts), [path]: text }), [drafts, path, text]);
  const mails = offers.names.templates;
  const own = /^templates\/(.+)\.mjml$/.exec(path)?.[1];
  const isPart = own !== undefined && (own === 'layout' || own.startsWith('partials/'));
  const [shownIn, setShownIn] = useState<string>();
  // A part is shown in a mail, and in a project without mails not at all.
  const mail = isPart ? (shownIn ?? mails[0]) : own;
  const looking = useLook(texts, mail);
  const tools = useMemo(() => schema && jsonTools(schema, namesByKey(offers)), [schema, offers]);
  const language = useMemo(() => tools?.extension ?? templateTools(offers), [tools, offers]);
  const local = useLocal(tools, text);
  const problems = useMemo(() => problemsOf(path, looking.look), [path, looking.look]);
  // As long as the server has not looked at what was typed last, the schema has the first word.
  const squiggles = useMemo(
    () => (looking.isStale ? merged(local, problems) : problems),
    [looking.isStale, local, problems],
  );
  const [goTo, setGoTo] = usePlaceAsked();
  const [isSaving, setSaving] = useState(false);
  const [, go] = useLocation();

  const write = (next: string): void => {
    const base = draft ? draft.base : onDisk ? { text: onDisk.text, etag: onDisk.etag } : null;
    keepDraft(path, { text: next, base });
  };
  const save = (): void => {
    if (draft && isEditable) setSaving(true);
    else toast(draft ? 'Files cannot be saved here' : 'There is nothing to save');
  };
  const show = (place: Place, file = path): void => {
    if (file === path) setGoTo({ ...place });
    else go(addressOf(file, place.line));
  };
  const elsewhere = (looking.look?.diagnostics ?? []).filter((one) => one.file !== path && one.severity === 'error');
  return (
    <>
      <section className="editor-main" aria-label={path}>
        <Bar path={path} draft={draft} onDisk={onDisk} isEditable={isEditable} onSave={save} />
        <Changed path={path} draft={draft} onDisk={onDisk} isGone={isGone} />
        <CodeEditor
          label={`Text of ${path}`}
          text={text}
          onText={write}
          onSave={save}
          language={language}
          problems={squiggles}
          isReadOnly={false}
          goTo={goTo}
        />
        <Counts problems={problems} isStale={looking.isStale} />
      </section>
      <Side
        path={path}
        looking={looking}
        problems={problems}
        elsewhere={elsewhere}
        files={texts}
        mail={mail}
        mails={isPart ? mails : []}
        onMail={setShownIn}
        onGo={show}
      />
      {draft && (
        <SaveDialog
          path={path}
          draft={draft}
          look={looking.look}
          isLooking={looking.isStale}
          isOpen={isSaving}
          close={() => setSaving(false)}
        />
      )}
    </>
  );
}

/** The place that the caret is put at: first the line that the address names, if it names one. */
function usePlaceAsked() {
  const line = Number(useAsked().get('line'));
  return useState<Place | undefined>(Number.isInteger(line) && line > 0 ? { line, column: 1 } : undefined);
}

type SideParts = {
  readonly path: string;
  readonly looking: ReturnType<typeof useLook>;
  readonly problems: readonly Problem[];
  readonly elsewhere: readonly (Problem & { readonly file: string })[];
  readonly files: Readonly<Record<string, string>>;
  readonly mail: string | undefined;
  readonly mails: readonly string[];
  readonly onMail: (mail: string) => void;
  readonly onGo: (place: Place, file?: string) => void;
};

/** What is seen beside the text: the picture of it, what is to be mended, and how it plays. */
function Side({
  path,
  looking: { look, isStale, trouble },
  problems,
  elsewhere,
  files,
  mail,
  mails,
  onMail,
  onGo,
}: SideParts) {
  const [, name = ''] = /^sequences\/([^/]+)\.json$/.exec(path) ?? [];
  const isSequence = kindOf(path) === 'sequence';
  const count = problems.length + elsewhere.length;
  const tabs = [
    ...(isSequence ? [{ id: 'picture', label: 'Flow' }] : []),
    ...(mail === undefined ? [] : [{ id: 'picture', label: 'Preview' }]),
    { id: 'problems', label: count > 0 ? `To mend (${count})` : 'To mend' },
    ...(isSequence ? [{ id: 'simulate', label: 'Simulate' }] : []),
  ];
  const [chosen, setChosen] = useState(tabs[0]?.id ?? 'problems');
  const isSound = look?.isSound ?? true;
  return (
    <aside className={isStale ? 'editor-side stale' : 'editor-side'} aria-label="Beside the text">
      <TroubleNote title="It cannot be looked at now" trouble={trouble} />
      <Tabs label="Beside the text" tabs={tabs} value={chosen} onChange={setChosen}>
        {chosen === 'problems' && <ProblemList problems={problems} elsewhere={elsewhere} onGo={onGo} />}
        {chosen === 'simulate' && <SimulateDraft sequence={name} files={files} />}
        {chosen === 'picture' && isSequence && (
          <DraftFlow flow={look?.flows[name]} isSound={isSound} isStale={isStale} onGo={onGo} />
        )}
        {chosen === 'picture' && mail !== undefined && (
          <DraftMail
            preview={look?.preview}
            isSound={isSound}
            isStale={isStale}
            mails={mails}
            mail={mail}
            onMail={onMail}
          />
        )}
      </Tabs>
    </aside>
  );
}

type BarParts = Pick<OpenParts, 'path' | 'draft' | 'onDisk' | 'isEditable'> & { readonly onSave: () => void };

function Bar({ path, draft, onDisk, isEditable, onSave }: BarParts) {
  const [isRemoving, setRemoving] = useState(false);
  const [isReverting, setReverting] = useState(false);
  const revert = (): void => {
    dropDraft(path);
    setReverting(false);
  };
  return (
    <header className="editor-bar">
      <h2>
        <code>{path}</code>
      </h2>
      {draft && <Badge tone="accent">{draft.base ? 'unsaved' : 'new'}</Badge>}
      {!draft && onDisk?.state === 'broken' && <Badge tone="bad">broken: not in force</Badge>}
      {!draft && onDisk?.state === 'waiting' && <Badge tone="warn">waiting: mistakes elsewhere</Badge>}
      {!draft && onDisk?.state === 'in-force' && <Badge tone="good">in force</Badge>}
      <span className="actions">
        {draft && (
          <Button isSmall look="quiet" icon={RotateCcw} onClick={() => setReverting(true)}>
            Throw away
          </Button>
        )}
        {isEditable && onDisk && !draft && (
          <Button isSmall look="quiet" icon={Trash2} onClick={() => setRemoving(true)}>
            Remove
          </Button>
        )}
        <Button isSmall look="primary" icon={Save} disabled={!draft || !isEditable} onClick={onSave}>
          Save
        </Button>
      </span>
      <Confirm
        title="Throw your changes away?"
        isOpen={isReverting}
        close={() => setReverting(false)}
        does="Throw them away"
        onYes={revert}
        isDanger
      >
        <p>What you have written in {path} and not saved is lost then.</p>
      </Confirm>
      {onDisk && <RemoveFile path={path} etag={onDisk.etag} isOpen={isRemoving} close={() => setRemoving(false)} />}
    </header>
  );
}

type RemoveParts = {
  readonly path: string;
  readonly etag: string;
  readonly isOpen: boolean;
  readonly close: () => void;
};

function RemoveFile({ path, etag, isOpen, close }: RemoveParts) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [isBusy, setBusy] = useState(false);
  const remove = async (): Promise<void> => {
    setBusy(true);
    try {
      await call('DELETE /api/files/:path', { params: { path }, headers: { 'If-Match': `"${etag}"` } });
      toast(`Removed ${path}`);
      go('/editor');
      await client.invalidateQueries();
    } catch (error) {
      toast({ tone: 'bad', text: troubleOf(error).message });
    } finally {
      setBusy(false);
      close();
    }
  };
  return (
    <Confirm
      title={`Remove ${path}?`}
      isOpen={isOpen}
      close={close}
      does="Remove it"
      onYes={remove}
      isDanger
      isBusy={isBusy}
    >
      <p>
        The file is taken off the disk. Leads who are in a sequence finish it in the revision that they began; git can
        bring the file back.
      </p>
    </Confirm>
  );
}

/** Says when somebody else has changed what one is writing on. */
function Changed({ path, draft, onDisk, isGone }: Pick<OpenParts, 'path' | 'draft' | 'onDisk' | 'isGone'>) {
  const [isOpen, setOpen] = useState(false);
  const isChanged = draft?.base !== undefined && draft.base !== null && (isGone || draft.base.etag !== onDisk?.etag);
  const wasNew = draft?.base === null && onDisk !== undefined;
  if (!draft || !(isChanged || wasNew)) return null;
  const theirs = isGone || !onDisk ? null : { text: onDisk.text, etag: onDisk.etag };
  return (
    <>
      <Note
        tone="warn"
        title={theirs ? 'Somebody has changed this file meanwhile' : 'Somebody has taken this file away meanwhile'}
        actions={
          <Button isSmall onClick={() => setOpen(true)}>
            Look at both
          </Button>
        }
      />
      {isOpen && (
        <ConflictDialog
          path={path}
          draft={draft}
          theirs={theirs}
          isOpen
          close={() => setOpen(false)}
          isSaving={false}
          onSave={(text) => {
            keepDraft(path, { text, base: theirs });
            setOpen(false);
          }}
        />
      )}
    </>
  );
}

function Counts({ problems, isStale }: { readonly problems: readonly Problem[]; readonly isStale: boolean }) {
  const mistakes = problems.filter(({ severity }) => severity === 'error').length;
  const others = problems.length - mistakes;
  const words = [
    mistakes > 0 && `${mistakes} ${mistakes === 1 ? 'mistake' : 'mistakes'}`,
    others > 0 && `${others} from lint`,
  ].filter(Boolean);
  return (
    <p className="editor-counts quiet" role="status">
      {isStale ? 'Looking…' : words.length > 0 ? words.join(', ') : 'No mistakes'} · Ctrl-S saves, Ctrl-Space completes
    </p>
  );
}

/** What the schema says at once, before the server has looked. */
function useLocal(tools: JsonTools | undefined, text: string): readonly Problem[] {
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  useEffect(() => {
    let isOver = false;
    const look = async (): Promise<void> => {
      const found = (await tools?.problemsIn(text)) ?? [];
      if (!isOver) setProblems(found);
    };
    void look();
    return () => {
      isOver = true;
    };
  }, [tools, text]);
  return problems;
}

/** The first have the word; of a line of which they say something, the others say nothing. */
function merged(first: readonly Problem[], others: readonly Problem[]): readonly Problem[] {
  const lines = new Set(first.map(({ line }) => line));
  return [...first, ...others.filter(({ line }) => !lines.has(line))].toSorted((a, b) => a.line - b.line);
}

/** Keys of JSON files whose values are names of the project. */
function namesByKey({ names }: Offers): Readonly<Record<string, readonly string[]>> {
  const { templates, sequences, stages, segments, thresholds, calendars, forms, topics } = names;
  return {
    send: templates,
    template: templates,
    notify: templates,
    enroll: sequences,
    unenroll: sequences,
    sequence: sequences,
    stage: stages,
    segment: segments,
    threshold: thresholds,
    calendar: calendars,
    form: forms,
    topic: topics,
  };
}
