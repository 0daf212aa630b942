import { useEffect, useState } from 'react';
import { useRead } from '../data/query.js';
import { useMay } from '../data/session.js';
import { Card } from '../parts/card.js';
import { Field, Fields, Select } from '../parts/field.js';
import { Tabs } from '../parts/tabs.js';
import type { Person, Script } from './simulator-script.js';

type WhoParts = {
  readonly script: Script;
  readonly onChange: (script: Script) => void;
  /** What is wrong with what was asked, by its place in it. */
  readonly errorAt: (pointer: string) => string | undefined;
};

/** Who it is, how the journey begins, and how long it is looked at. */
export function Who({ script, onChange, errorAt }: WhoParts) {
  const mayKnow = useMay('leads:read');
  const { leadId: _, lead: __, ...rest } = script;
  const tab = script.leadId === undefined ? 'invented' : 'known';
  return (
    <Card title="Who, and from when">
      {mayKnow ? (
        <Tabs
          label="Who it is"
          tabs={[
            { id: 'invented', label: 'Somebody made up' },
            { id: 'known', label: 'A lead' },
          ]}
          value={tab}
          onChange={(id) => {
            const { all: ___, ...others } = rest;
            onChange(id === 'known' ? { ...others, leadId: '' } : rest);
          }}
        >
          {tab === 'known' ? (
            <Known script={script} onChange={onChange} errorAt={errorAt} />
          ) : (
            <Invented script={script} onChange={onChange} errorAt={errorAt} />
          )}
        </Tabs>
      ) : (
        <Invented script={script} onChange={onChange} errorAt={errorAt} />
      )}
      <Beginning script={script} onChange={onChange} errorAt={errorAt} />
    </Card>
  );
}

function Known({ script, onChange, errorAt }: WhoParts) {
  const { data } = useRead('GET /api/leads', { query: { limit: 50 } });
  return (
    <Draft
      label="Address or id"
      hint="What it did so far counts, and where it stands is where it begins."
      list="newest-leads"
      value={script.leadId ?? ''}
      error={errorAt('/leadId')}
      onDone={(leadId) => onChange({ ...script, leadId })}
    >
      <datalist id="newest-leads">
        {data?.items.map(({ id, email }) => (
          <option key={id} value={email} />
        ))}
      </datalist>
    </Draft>
  );
}

function Invented({ script, onChange, errorAt }: WhoParts) {
  const { data } = useRead('GET /api/completions');
  const person = script.lead ?? {};
  const set = (change: { readonly [Key in keyof Person]?: Person[Key] | undefined }): void => {
    const next = { ...person, ...change };
    onChange({ ...script, lead: Object.fromEntries(Object.entries(next).filter(([, value]) => isSaid(value))) });
  };
  return (
    <Fields>
      <Draft
        label="First name"
        value={person.firstName ?? ''}
        error={errorAt('/lead/firstName')}
        onDone={(firstName) => set({ firstName })}
      />
      <Draft
        label="Time zone"
        hint="Its clock tells all times."
        placeholder="Europe/Paris"
        list="zones"
        value={person.timezone ?? ''}
        error={errorAt('/lead/timezone')}
        onDone={(timezone) => set({ timezone })}
      >
        <datalist id="zones">
          {Intl.supportedValuesOf('timeZone').map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
      </Draft>
      <Select
        label="Stage"
        options={[
          { value: '', label: 'as it comes' },
          ...(data?.names.stages ?? []).map((stage) => ({ value: stage, label: stage })),
        ]}
        value={person.stage ?? ''}
        error={errorAt('/lead/stage')}
        onChange={({ target }) => set({ stage: target.value })}
      />
      <Draft
        label="Score"
        type="number"
        value={person.score === undefined ? '' : String(person.score)}
        error={errorAt('/lead/score')}
        onDone={(score) => set({ score: score === '' ? undefined : Number(score) })}
      />
      <Draft
        label="Tags"
        hint="With commas between."
        value={(person.tags ?? []).join(', ')}
        error={errorAt('/lead/tags')}
        onDone={(tags) => set({ tags: listed(tags) })}
      />
      <Draft
        label="Fields"
        hint="jobTitle = Buyer; country = FR"
        value={fieldsText(person.attributes)}
        error={errorAt('/lead/attributes')}
        onDone={(text) => set({ attributes: fieldsIn(text) })}
      />
    </Fields>
  );
}

const bounds = [
  { name: 'from', label: 'From', hint: 'On its clock; now unless said.', placeholder: '2026-03-02 09:00' },
  { name: 'until', label: 'Until', hint: '90 days unless said.', placeholder: '30 days' },
] as const;

function Beginning({ script, onChange, errorAt }: WhoParts) {
  const { data } = useRead('GET /api/completions');
  const isKnown = script.leadId !== undefined;
  const { sequence, all: _, ...rest } = script;
  return (
    <Fields>
      <Select
        label="Begins with"
        options={[
          { value: '', label: isKnown ? 'what is under way' : 'the whole funnel, as a new lead' },
          ...(data?.names.sequences ?? []).map((name) => ({ value: name, label: name })),
        ]}
        value={sequence ?? ''}
        error={errorAt('/sequence')}
        onChange={({ target }) => onChange(target.value === '' ? rest : { ...rest, sequence: target.value })}
      />
      {bounds.map(({ name, ...field }) => (
        <Draft
          key={name}
          {...field}
          value={script[name] ?? ''}
          error={errorAt(`/${name}`)}
          onDone={(value) => onChange(said({ ...script, [name]: value }))}
        />
      ))}
    </Fields>
  );
}

/** A field whose value counts when one leaves it, or presses Enter: not every letter is a journey. */
export function Draft({
  value,
  onDone,
  children,
  ...field
}: Omit<Parameters<typeof Field>[0], 'value' | 'onChange' | 'onBlur' | 'children'> & {
  readonly value: string;
  readonly onDone: (value: string) => void;
  readonly children?: React.ReactNode;
}) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const done = (): void => {
    if (text.trim() !== value) onDone(text.trim());
  };
  return (
    <>
      <Field
        {...field}
        value={text}
        autoComplete="off"
        onChange={({ target }) => setText(target.value)}
        onBlur={done}
        onKeyDown={({ key }) => key === 'Enter' && done()}
      />
      {children}
    </>
  );
}

function said(script: Script): Script {
  const { from, until, ...rest } = script;
  return { ...rest, ...(from ? { from } : {}), ...(until ? { until } : {}) };
}

function isSaid(value: unknown): boolean {
  if (value === undefined || value === '') return false;
  return typeof value !== 'object' || value === null || Object.keys(value).length > 0;
}

function listed(text: string): readonly string[] {
  return text
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}

function fieldsText(fields: Person['attributes'] = {}): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name} = ${value}`)
    .join('; ');
}

function fieldsIn(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(';').map((pair) => pair.split('='));
  return Object.fromEntries(
    pairs.flatMap(([name = '', ...value]) => (name.trim() === '' ? [] : [[name.trim(), value.join('=').trim()]])),
  );
}
