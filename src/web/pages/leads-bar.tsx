import { useEffect, useState } from 'react';
import { Button } from '../parts/button.js';
import { Field, Select } from '../parts/field.js';
import { useIsNarrow } from '../parts/narrow.js';
import type { Choices } from './leads.js';
import { consentOptions, mailOptions, useFilters } from './leads-filters.js';

/** How long a search rests before it is asked: nobody wants an answer for every letter. */
const restMs = 250;

const options = (words: readonly string[], all: string) => [
  { value: '', label: all },
  ...words.map((value) => ({ value, label: value })),
];

/** The search and the filters; what they say stands in the address bar. */
export function LeadsBar({ choices }: { readonly choices: Choices }) {
  const { get, set, isFiltered, clear } = useFilters();
  return (
    <search className="leads-bar">
      <div className="leads-search">
        <Search value={get('text')} onChange={(text) => set({ text })} />
        <div className="row">
          <Select
            label="Sort by"
            isLabelHidden
            value={get('sort')}
            onChange={({ target }) => set({ sort: target.value })}
            options={[
              { value: '', label: 'Newest first' },
              { value: 'score', label: 'Highest score first' },
            ]}
          />
          {isFiltered && (
            <Button look="quiet" onClick={clear}>
              Clear
            </Button>
          )}
        </div>
      </div>
      <Filters choices={choices} />
    </search>
  );
}

/** The filters; on a phone they are folded, as they would push the leads off the screen. */
function Filters({ choices: { stages, segments, tags } }: { readonly choices: Choices }) {
  const { get, set, filters } = useFilters();
  const isNarrow = useIsNarrow();
  const { text: _, ...folded } = filters;
  const many = Object.keys(folded).length;
  const all = (
    <div className="leads-filters">
      <Select
        label="Segment"
        value={get('segment')}
        options={options(segments, 'all')}
        onChange={({ target }) => set({ segment: target.value })}
      />
      <Select
        label="Stage"
        value={get('stage')}
        options={options(stages, 'all')}
        onChange={({ target }) => set({ stage: target.value })}
      />
      <Select
        label="Tag"
        value={get('tag')}
        options={options(tags, 'any')}
        onChange={({ target }) => set({ tag: target.value })}
      />
      <Select
        label="Mail"
        value={get('mail')}
        options={mailOptions}
        onChange={({ target }) => set({ mail: target.value })}
      />
      <Select
        label="Consent"
        value={get('consent')}
        options={consentOptions}
        onChange={({ target }) => set({ consent: target.value })}
      />
      <div className="leads-range">
        <Field
          label="Score from"
          type="number"
          inputMode="decimal"
          value={get('scoreFrom')}
          onChange={({ target }) => set({ scoreFrom: target.value })}
        />
        <Field
          label="Score to"
          type="number"
          inputMode="decimal"
          value={get('scoreTo')}
          onChange={({ target }) => set({ scoreTo: target.value })}
        />
      </div>
    </div>
  );
  if (!isNarrow) return all;
  return (
    <details className="leads-more">
      <summary>Filters{many > 0 && `: ${many} in force`}</summary>
      {all}
    </details>
  );
}

function Search({ value, onChange }: { readonly value: string; readonly onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  // Going back in the history changes it from outside.
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const rest = setTimeout(() => onChange(text), restMs);
    return () => clearTimeout(rest);
  }, [text]);
  return (
    <Field
      label="Search leads"
      isLabelHidden
      type="search"
      placeholder="Address or name"
      value={text}
      autoComplete="off"
      onChange={({ target }) => setText(target.value)}
    />
  );
}
