import { useState } from 'react';
import { Badge } from '../parts/badge.js';
import { Empty } from '../parts/empty.js';
import { Select } from '../parts/field.js';
import { FlowChart, type FlowNode } from '../parts/flow-chart.js';
import { flowShapes } from '../parts/flow-shapes.js';
import { MailFrame } from '../parts/mail-frame.js';
import { Note } from '../parts/note.js';
import { Room } from '../parts/skeleton.js';
import type { Place, Problem } from './editor-code.js';
import type { Flow, Preview } from './editor-look.js';

/** What is to be mended, each with the way to its place. */
export function ProblemList({
  problems,
  elsewhere,
  onGo,
}: {
  readonly problems: readonly Problem[];
  /** Mistakes in other files, which keep this one out of force too. */
  readonly elsewhere: readonly (Problem & { readonly file: string })[];
  readonly onGo: (place: Place, file?: string) => void;
}) {
  if (problems.length + elsewhere.length === 0)
    return <p className="quiet editor-clean">Nothing to mend: the project would come into force as it stands here.</p>;
  return (
    <ul className="editor-problems">
      {problems.map((problem) => (
        <OneProblem key={keyOf(problem)} problem={problem} onGo={() => onGo({ ...problem })} />
      ))}
      {elsewhere.map((problem) => (
        <OneProblem
          key={problem.file + keyOf(problem)}
          problem={problem}
          file={problem.file}
          onGo={() => onGo({ ...problem }, problem.file)}
        />
      ))}
    </ul>
  );
}

function keyOf({ line, column, code, message }: Problem): string {
  return `${line}:${column}:${code}:${message}`;
}

function OneProblem({
  problem: { line, column, severity, message, hint, code },
  file,
  onGo,
}: {
  readonly problem: Problem;
  readonly file?: string;
  readonly onGo: () => void;
}) {
  return (
    <li className={severity}>
      <button type="button" onClick={onGo}>
        <span className="row">
          <Badge tone={severity === 'error' ? 'bad' : 'warn'}>{severity === 'error' ? 'mistake' : 'lint'}</Badge>
          <span className="quiet nowrap">
            {file && `${file}, `}line {line}, column {column}
          </span>
          <code className="quiet">{code}</code>
        </span>
        <span>{message}.</span>
        {hint && <span className="quiet">{hint}</span>}
      </button>
    </li>
  );
}

/** The sequence as it would run, drawn while it is written. */
export function DraftFlow({
  flow,
  isSound,
  isStale,
  onGo,
}: {
  readonly flow: Flow | undefined;
  readonly isSound: boolean;
  /** An answer is on its way. */
  readonly isStale: boolean;
  readonly onGo: (place: Place) => void;
}) {
  if (!flow && !isSound) return <Note tone="warn">There are mistakes to mend before it can be drawn.</Note>;
  if (!flow) return isStale ? <Room height="28rem" /> : <p className="quiet">It cannot be drawn now.</p>;
  const nodes = flow.nodes.map(({ id, kind, words, onlyIf, leaving, isReached }): FlowNode => {
    const tells = [onlyIf && `only if ${onlyIf}`, leaving, isReached ? undefined : 'no way leads here'].filter(Boolean);
    return {
      id,
      kind: flowShapes[kind] ?? 'deed',
      title: words,
      ...(tells.length > 0 ? { tells: tells.join('; ') } : {}),
      ...(isReached ? {} : { tone: 'warn' as const }),
    };
  });
  const edges = flow.edges.map(({ from, to, label, share }) => ({
    from,
    to,
    label: label ?? (share === undefined ? undefined : `${share} %`),
  }));
  const choose = (id: string): void => {
    const { line, column = 1 } = flow.nodes.find((node) => node.id === id) ?? {};
    if (line !== undefined) onGo({ line, column });
  };
  return (
    <>
      {!isSound && <Note tone="warn">There are mistakes: this is how it ran before them.</Note>}
      <FlowChart label="The sequence as it would run" nodes={nodes} edges={edges} onChoose={choose} height="34rem" />
    </>
  );
}

const looks = [
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
  { value: 'inverted', label: 'Colours turned round' },
];
const widths = [
  { value: 'desktop', label: 'Desktop' },
  { value: 'phone', label: 'Phone' },
];

/** The mail as a lead would see it, while it is written. */
export function DraftMail({
  preview,
  isSound,
  isStale,
  mails,
  mail,
  onMail,
}: {
  readonly preview: Preview | undefined;
  readonly isSound: boolean;
  /** An answer is on its way. */
  readonly isStale: boolean;
  /** Of a partial, or the layout: the mails in which it may be looked at. */
  readonly mails: readonly string[];
  readonly mail: string;
  readonly onMail: (mail: string) => void;
}) {
  const [look, setLook] = useState('light');
  const [width, setWidth] = useState<'desktop' | 'phone'>('desktop');
  return (
    <div className="stack">
      <div className="fields tight">
        {mails.length > 0 && (
          <Select
            label="Shown in"
            value={mail}
            options={mails.map(asOption)}
            onChange={({ target }) => onMail(target.value)}
          />
        )}
        <Select label="Colours" value={look} options={looks} onChange={({ target }) => setLook(target.value)} />
        <Select
          label="Width"
          value={width}
          options={widths}
          onChange={({ target }) => setWidth(target.value === 'phone' ? 'phone' : 'desktop')}
        />
      </div>
      {!isSound && (
        <Note tone="warn">
          There are mistakes{preview ? ': this is how it looked before them.' : ' to mend before it can be shown.'}
        </Note>
      )}
      {preview ? (
        <>
          <p className="editor-subject">
            <b>{preview.subject}</b> <span className="quiet">{preview.preheader || preview.firstWords}</span>
          </p>
          <MailFrame
            title={`The mail ${mail}`}
            html={preview.html}
            look={look === 'dark' || look === 'inverted' ? look : 'light'}
            width={width}
            height="38rem"
          />
          <p className="quiet">
            As {preview.lead.email} would see it. {preview.lead.origin}
          </p>
        </>
      ) : (
        isSound && (isStale ? <Room height="38rem" /> : <p className="quiet">It cannot be shown now.</p>)
      )}
    </div>
  );
}

function asOption(name: string) {
  return { value: name, label: name };
}

export function NoFile({ onNew, isEditable }: { readonly onNew: () => void; readonly isEditable: boolean }) {
  return (
    <Empty title="Choose a file" {...(isEditable ? { action: { label: 'New file', onPress: onNew } } : {})}>
      Sequences, mails and rules of the project are text. What you write is checked as you write it, drawn and shown
      beside it, and comes into force when it is saved.
    </Empty>
  );
}
