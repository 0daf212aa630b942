import { useState } from 'react';
import { useLocation } from 'wouter';
import { call } from '../data/call.js';
import { type Trouble, troubleOf } from '../data/trouble.js';
import { FormDialog } from '../parts/dialog.js';
import { Field, Select } from '../parts/field.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { keepDraft } from './editor-drafts.js';
import { isTemplate, mailStart, newKinds, startOf } from './editor-kinds.js';
import { addressOf } from './editor-tree.js';

type NewParts = { readonly isOpen: boolean; readonly close: () => void; readonly taken: readonly string[] };

/** Begins a new file: a draft with what files of its kind begin with. Nothing is made before it is saved. */
export function NewDialog({ isOpen, close, taken }: NewParts) {
  const [, go] = useLocation();
  const [kind, setKind] = useState('sequence');
  const [name, setName] = useState('');
  const [trouble, setTrouble] = useState<Trouble>();
  const chosen = newKinds.find((one) => one.kind === kind);
  const path = chosen ? `${chosen.before}${name.trim()}${chosen.ending}` : '';
  const wrong = wrongName(name.trim(), path, taken);

  const begin = async (): Promise<void> => {
    if (!chosen || wrong !== undefined || name.trim() === '') return;
    try {
      const text = isTemplate(path) ? mailStart : startOf(await call('GET /api/schemas/:kind', { params: { kind } }));
      keepDraft(path, { text, base: null });
      setName('');
      setTrouble(undefined);
      close();
      go(addressOf(path));
    } catch (error) {
      setTrouble(troubleOf(error));
    }
  };
  return (
    <FormDialog
      title="New file"
      isOpen={isOpen}
      close={close}
      does="Begin"
      send={begin}
      isOff={wrong !== undefined || name.trim() === ''}
    >
      <TroubleNote trouble={trouble} />
      <Select
        label="What it is"
        value={kind}
        options={newKinds.map((one) => ({ value: one.kind, label: one.label }))}
        onChange={({ target }) => setKind(target.value)}
      />
      <Field
        label="Name"
        value={name}
        autoFocus
        autoComplete="off"
        spellCheck={false}
        placeholder={kind === 'mail' ? 'welcome/hello' : 'spring-sale'}
        hint={`It becomes ${path}. Nothing is made before you save it.`}
        {...(name.trim() !== '' && wrong !== undefined ? { error: wrong } : {})}
        onChange={({ target }) => setName(target.value)}
      />
    </FormDialog>
  );
}

function wrongName(name: string, path: string, taken: readonly string[]): string | undefined {
  if (name === '') return undefined;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/.test(name))
    return 'A name has letters, digits, ".", "-" and "_", with "/" between folders.';
  return taken.includes(path) ? 'There is such a file already.' : undefined;
}
