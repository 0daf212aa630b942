import type { Told } from '../data/call.js';
import { Badge, type Tone } from '../parts/badge.js';
import { Empty } from '../parts/empty.js';

type Diff = Told<'GET /api/sequences/:name/diff'>;
export type Change = Diff['changes'][number];

const marks: Readonly<Record<Change['mark'], { readonly says: string; readonly tone: Tone }>> = {
  new: { says: 'new', tone: 'good' },
  gone: { says: 'gone', tone: 'bad' },
  changed: { says: 'changed', tone: 'warn' },
  moved: { says: 'moved', tone: 'accent' },
};

/** What an edit means, in words. */
export function Changes({ changes }: { readonly changes: readonly Change[] }) {
  if (changes.length === 0)
    return <Empty title="It does the same">Only how the file is written differs, nothing that it does.</Empty>;
  return (
    <ul className="changes">
      {changes.map(({ mark, depth, words }, at) => (
        <li key={at} style={{ marginInlineStart: `${Math.min(depth, 6) * 1.5}rem` }}>
          <Badge tone={marks[mark].tone}>{marks[mark].says}</Badge> <span>{words}</span>
        </li>
      ))}
    </ul>
  );
}

const signs = { same: ' ', added: '+', removed: '−', cut: ' ' } as const;
const spoken = { same: '', added: 'added: ', removed: 'removed: ', cut: '' } as const;

/** How two texts differ, line by line. */
export function Lines({ lines, label }: { readonly lines: Diff['lines']; readonly label: string }) {
  return (
    <pre className="compared" role="region" aria-label={label} tabIndex={0}>
      {lines.map(({ mark, was, is, text }, at) => (
        <span key={at} className={mark}>
          <span className="number" aria-hidden="true">
            {was ?? ''}
          </span>
          <span className="number" aria-hidden="true">
            {is ?? ''}
          </span>
          <span aria-hidden="true">{signs[mark]}</span>
          <code>
            {spoken[mark] && <span className="unseen">{spoken[mark]}</span>}
            {mark === 'cut' ? '⋯' : text || ' '}
          </code>
        </span>
      ))}
    </pre>
  );
}
