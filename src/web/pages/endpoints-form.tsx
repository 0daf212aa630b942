import { useRead } from '../data/query.js';
import { at, type Trouble } from '../data/trouble.js';
import { FormDialog } from '../parts/dialog.js';
import { Checkbox, Field, TextArea } from '../parts/field.js';
import { TroubleNote } from '../parts/trouble-note.js';

/** What is written in the form of an endpoint. */
export type EndpointDraft = {
  readonly name: string;
  readonly url: string;
  readonly isAll: boolean;
  readonly types: string;
};

export const noDraft: EndpointDraft = { name: '', url: '', isAll: true, types: '' };

export function typesIn({ isAll, types }: EndpointDraft): string[] | null {
  return isAll ? null : types.split(/[\s,]+/).filter((type) => type !== '');
}

type FormParts = {
  readonly draft: EndpointDraft;
  readonly onChange: (draft: EndpointDraft) => void;
  readonly trouble: Trouble | undefined;
};

type DialogParts = FormParts & {
  readonly title: string;
  readonly isOpen: boolean;
  readonly close: () => void;
  readonly does: string;
  readonly send: () => Promise<unknown>;
  readonly isBusy: boolean;
};

/** Asks for what an endpoint is, to make or change one. */
export function EndpointDialog({ draft, onChange, trouble, ...dialog }: DialogParts) {
  return (
    <FormDialog {...dialog} noValidate>
      <TroubleNote trouble={trouble} shownAt={['/name', '/url', '/types']} />
      <EndpointFields draft={draft} onChange={onChange} trouble={trouble} />
    </FormDialog>
  );
}

function EndpointFields({ draft, onChange, trouble }: FormParts) {
  const { data } = useRead('GET /api/events/types');
  return (
    <>
      <Field
        label="Name"
        hint="what you call it"
        value={draft.name}
        error={at(trouble, '/name')}
        maxLength={100}
        autoComplete="off"
        onChange={({ target }) => onChange({ ...draft, name: target.value })}
      />
      <Field
        label="Address"
        type="url"
        hint="where it is called, for example https://crm.example.com/rivulet"
        value={draft.url}
        error={at(trouble, '/url')}
        autoComplete="off"
        spellCheck={false}
        onChange={({ target }) => onChange({ ...draft, url: target.value })}
      />
      <Checkbox
        label="All events"
        checked={draft.isAll}
        onChange={({ target }) => onChange({ ...draft, isAll: target.checked })}
      />
      {!draft.isAll && (
        <TextArea
          label="Types of events"
          hint="one on each line; your own types may stand here, too"
          value={draft.types}
          error={at(trouble, '/types')}
          spellCheck={false}
          rows={6}
          onChange={({ target }) => onChange({ ...draft, types: target.value })}
        />
      )}
      {!draft.isAll && data && (
        <details>
          <summary>Types that Rivulet tells</summary>
          <p className="event-types">{data.items.join(', ')}</p>
        </details>
      )}
    </>
  );
}
