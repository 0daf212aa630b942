import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { call, type Told } from '../data/call.js';
import { type Trouble, troubleOf } from '../data/trouble.js';
import { counted } from '../data/format.js';
import { Button } from '../parts/button.js';
import { Dialog } from '../parts/dialog.js';
import { Note } from '../parts/note.js';
import { toast } from '../parts/toast.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { DiffView, MergeBoth } from './editor-diff.js';
import { type Draft, dropDraft, keepDraft, type OnDisk } from './editor-drafts.js';
import type { Look } from './editor-look.js';

export type Saved = Told<'PUT /api/files/:path'>;

/** Saves one file; what somebody else has saved meanwhile comes back as `current`. */
async function save(path: string, { text, base }: Draft, evenBroken: boolean): Promise<Saved> {
  const headers: Record<string, string> = base ? { 'If-Match': `"${base.etag}"` } : { 'If-None-Match': '*' };
  return call('PUT /api/files/:path', {
    params: { path },
    query: evenBroken ? { broken: '1' } : {},
    body: { text },
    headers,
  });
}

/** What was saved is what stands on disk: nobody has to ask for it, and no earlier answer that is still on its way is it. */
async function keepSaved({ path, etag, state, diagnostics }: Saved, text: string, client: QueryClient): Promise<void> {
  const queryKey = ['GET /api/files/:path', { params: { path } }];
  await client.cancelQueries({ queryKey });
  client.setQueryData<Told<'GET /api/files/:path'>>(
    queryKey,
    (before) =>
      before && {
        ...before,
        text,
        etag: etag ?? before.etag,
        state,
        size: new TextEncoder().encode(text).length,
        diagnostics: diagnostics.filter(({ file }) => file === path),
      },
  );
}

/** What is on disk now, of an answer 412; null: nothing any more. */
function currentOf({ status, body }: Trouble): OnDisk | null | undefined {
  if (status !== 412 || typeof body !== 'object' || body === null || !('current' in body)) return undefined;
  const { current } = body;
  if (typeof current !== 'object' || current === null) return null;
  if (!('text' in current) || !('etag' in current)) return undefined;
  const { text, etag } = current;
  return typeof text === 'string' && typeof etag === 'string' ? { text, etag } : undefined;
}

type SaveParts = {
  readonly path: string;
  readonly draft: Draft;
  readonly look: Look | undefined;
  readonly isLooking: boolean;
  readonly isOpen: boolean;
  readonly close: () => void;
};

/** Shows what is changed before it is saved, and both texts where somebody else was faster. */
export function SaveDialog({ path, draft, look, isLooking, isOpen, close }: SaveParts) {
  const client = useQueryClient();
  const [isSaving, setSaving] = useState(false);
  const [trouble, setTrouble] = useState<Trouble>();
  const [theirs, setTheirs] = useState<OnDisk | null>();
  const mistakes = (look?.diagnostics ?? []).filter(({ severity }) => severity === 'error');
  const isBroken = look !== undefined && (!look.isSound || mistakes.some(({ file }) => file === path));
  useEffect(() => {
    if (isOpen) return;
    setTrouble(undefined);
    setTheirs(undefined);
  }, [isOpen]);

  const send = async (what: Draft): Promise<void> => {
    setSaving(true);
    setTrouble(undefined);
    try {
      const saved = await save(path, what, isBroken);
      // Before the draft goes: what is shown without one is what is known to be on disk.
      await keepSaved(saved, what.text, client);
      dropDraft(path);
      close();
      toast(wordsOf(saved));
      void client.invalidateQueries();
    } catch (error) {
      const why = troubleOf(error);
      const current = currentOf(why);
      if (current === undefined) setTrouble(why);
      else setTheirs(current);
    } finally {
      setSaving(false);
    }
  };

  if (theirs !== undefined)
    return (
      <ConflictDialog
        path={path}
        draft={draft}
        theirs={theirs}
        isOpen={isOpen}
        close={close}
        isSaving={isSaving}
        onSave={(text) => void send({ text, base: theirs })}
      />
    );
  return (
    <Dialog
      title={draft.base ? `Save ${path}?` : `Make ${path}?`}
      isOpen={isOpen}
      close={close}
      isWide
      actions={
        <>
          <Button onClick={close}>Go on writing</Button>
          <Button
            look={isBroken ? 'danger' : 'primary'}
            isBusy={isSaving || isLooking}
            onClick={() => void send(draft)}
          >
            {isBroken ? 'Save it all the same' : 'Save'}
          </Button>
        </>
      }
    >
      <TroubleNote title="Not saved" trouble={trouble} />
      {isBroken && (
        <Note tone="warn" title={`${counted(mistakes.length, 'mistake')} in the project as it would be`}>
          <p>Saved like this it stays out of force, and what ran before goes on, until it is mended.</p>
          <ul>
            {mistakes.slice(0, 5).map(({ file, line, column, message }) => (
              <li key={`${file}:${line}:${column}:${message}`}>
                {file}:{line}:{column} {message}
              </li>
            ))}
          </ul>
        </Note>
      )}
      <DiffView before={draft.base?.text ?? ''} after={draft.text} label="What is changed" />
      {draft.base && <WhatIf path={path} text={draft.text} />}
    </Dialog>
  );
}

/** "Saved: hello has a new revision." */
function wordsOf({ path, state, changes }: Saved): string {
  if (state === 'in-force') return changes.length > 0 ? `Saved and in force: ${changes.join('; ')}` : `Saved ${path}`;
  return `Saved ${path}. It is not in force yet: there are mistakes to mend`;
}

/** What an edit of a sequence would do to the leads in it. */
function WhatIf({ path, text }: { readonly path: string; readonly text: string }) {
  const [told, setTold] = useState<Told<'POST /api/sequences/:name/what-if'>>();
  const [, name] = /^sequences\/([^/]+)\.json$/.exec(path) ?? [];
  useEffect(() => {
    if (name === undefined || path.endsWith('.journey.json')) return;
    const ended = new AbortController();
    // Rules are no sequences, and of those it cannot be asked: then nothing is said.
    call('POST /api/sequences/:name/what-if', { params: { name }, body: { text }, signal: ended.signal }).then(
      setTold,
      () => undefined,
    );
    return () => ended.abort();
  }, [name, path, text]);
  if (!told || told.changes.length + told.leads.length === 0) return null;
  return (
    <section aria-label="What it does">
      {told.changes.length > 0 && (
        <>
          <h3>What it changes</h3>
          <ul>
            {told.changes.map(({ words }) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </>
      )}
      {told.leads.length > 0 && (
        <>
          <h3>Leads under way</h3>
          <ul>
            {told.leads.map(({ words, revision, step }) => (
              <li key={`${revision} ${step} ${words}`}>{words}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

type ConflictParts = Pick<SaveParts, 'path' | 'draft' | 'isOpen' | 'close'> & {
  readonly theirs: OnDisk | null;
  readonly isSaving: boolean;
  readonly onSave: (text: string) => void;
};

/** Somebody has changed the file since it was opened, here or on disk. */
export function ConflictDialog({ path, draft, theirs, isOpen, close, isSaving, onSave }: ConflictParts) {
  const [text, setText] = useState(draft.text);
  const takeTheirs = (): void => {
    dropDraft(path);
    close();
  };
  const putOff = (): void => {
    // What is on disk is now what one knows of; what was written stays a draft on top of it.
    keepDraft(path, { text, base: theirs });
    close();
  };
  return (
    <Dialog
      title={theirs ? `${path} was changed meanwhile` : `${path} is gone meanwhile`}
      isOpen={isOpen}
      close={close}
      isWide
      actions={
        <>
          <Button look="danger" onClick={takeTheirs}>
            Throw mine away
          </Button>
          <Button onClick={putOff}>Go on writing with this</Button>
          <Button look="primary" isBusy={isSaving} onClick={() => onSave(text)}>
            {theirs ? 'Save the right side' : 'Make it again'}
          </Button>
        </>
      }
    >
      {theirs ? (
        <>
          <p>
            Left is what is on disk now, right what will be saved. Take over what you want with the arrows, or write on
            the right.
          </p>
          <MergeBoth theirs={theirs.text} mine={draft.text} onMerged={setText} />
        </>
      ) : (
        <p>Somebody has taken the file away since you opened it. What you have written is still here.</p>
      )}
    </Dialog>
  );
}
