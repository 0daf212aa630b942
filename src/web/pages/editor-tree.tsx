import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import type { Told } from '../data/call.js';
import { Badge } from '../parts/badge.js';
import { Field } from '../parts/field.js';
import type { Drafts } from './editor-drafts.js';
import { kindOf } from './editor-kinds.js';

export type ListedFile = Told<'GET /api/files'>['items'][number];

type TreeParts = {
  readonly files: readonly ListedFile[];
  readonly drafts: Drafts;
  readonly path: string;
};

/** The files of the project by what they are, and what is to be said of each. */
export function FileTree({ files, drafts, path }: TreeParts) {
  const [sought, setSought] = useState('');
  const groups = useMemo(() => groupsOf(files, drafts, sought), [files, drafts, sought]);
  return (
    <nav className="editor-tree" aria-label="Files of the project">
      <Field
        label="Find a file"
        isLabelHidden
        type="search"
        placeholder="Find a file"
        value={sought}
        onChange={({ target }) => setSought(target.value)}
      />
      {groups.length === 0 && <p className="quiet">No file is called so.</p>}
      {groups.map(({ title, entries }) => (
        <section key={title}>
          <h2>{title}</h2>
          <ul>
            {entries.map((entry) => (
              <li key={entry.path}>
                <Link href={addressOf(entry.path)} aria-current={entry.path === path ? 'page' : undefined}>
                  <span>{entry.label}</span>
                  <FileMark entry={entry} />
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}

/** Where the editor shows a file, or one line of it. */
export function addressOf(path: string, line?: number): string {
  return `/editor/${path}${line === undefined ? '' : `?line=${line}`}`;
}

type Entry = Pick<ListedFile, 'path' | 'state'> & {
  readonly label: string;
  readonly draft: 'new' | 'changed' | undefined;
};

function FileMark({ entry: { state, draft } }: { readonly entry: Entry }) {
  if (draft) return <Badge tone="accent">{draft === 'new' ? 'new' : 'unsaved'}</Badge>;
  if (state === 'broken') return <Badge tone="bad">broken</Badge>;
  return state === 'waiting' ? <Badge tone="warn">waiting</Badge> : null;
}

const order = ['Sequences', 'Rules', 'Forms', 'Calendars', 'Mails', 'Partials', 'Journeys'];

function groupsOf(files: readonly ListedFile[], drafts: Drafts, sought: string) {
  const known = new Set(files.map(({ path }) => path));
  const made = Object.keys(drafts).filter((path) => !known.has(path));
  const all = [
    ...files.map(({ path, kind, state }) => ({ path, kind, state })),
    ...made.map((path) => ({ path, kind: kindOf(path), state: 'waiting' as const })),
  ].filter(({ path }) => path.toLowerCase().includes(sought.trim().toLowerCase()));
  const entriesOf = (title: string): readonly Entry[] =>
    all
      .filter((file) => titleOf(file) === title)
      .map(({ path, state }) => {
        const draft = drafts[path];
        return { path, state, label: labelOf(path), draft: draft && (draft.base ? 'changed' : 'new') };
      });
  return order.flatMap((title) => {
    const entries = entriesOf(title);
    return entries.length > 0 ? [{ title, entries: entries.toSorted((a, b) => a.label.localeCompare(b.label)) }] : [];
  });
}

function titleOf({ kind }: { readonly kind: string }): string {
  return titles[kind] ?? 'Rules';
}

const titles: Readonly<Record<string, string>> = {
  sequence: 'Sequences',
  form: 'Forms',
  calendar: 'Calendars',
  mail: 'Mails',
  partial: 'Partials',
  layout: 'Partials',
  journey: 'Journeys',
};

function labelOf(path: string): string {
  return path
    .replace(/^(?:sequences\/(?:forms\/|calendars\/|journeys\/)?|templates\/(?:partials\/)?)/, '')
    .replace(/(?:\.journey)?\.(?:json|mjml)$/, '');
}
