import { MergeView, unifiedMergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { basicSetup } from 'codemirror';
import { useEffect, useRef } from 'react';
import { shadowOf } from './editor-code.js';
import { editorLook } from './editor-theme.js';

const still = [
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
  EditorView.lineWrapping,
  lineNumbers(),
  editorLook,
];

/** What would be saved, against what is on disk. */
export function DiffView({
  before,
  after,
  label,
}: {
  readonly before: string;
  readonly after: string;
  readonly label: string;
}) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!host.current) return;
    const root = shadowOf(host.current);
    const view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: after,
        extensions: [
          still,
          unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: { margin: 3, minSize: 6 } }),
          EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
        ],
      }),
    });
    return () => view.destroy();
  }, [before, after, label]);
  return <div ref={host} className="editor-diff" />;
}

type MergeParts = {
  /** What is on disk now. */
  readonly theirs: string;
  readonly mine: string;
  readonly onMerged: (text: string) => void;
};

/** Both texts beside each other: what is on disk can be taken over piece by piece, and one's own be written on. */
export function MergeBoth({ theirs, mine, onMerged }: MergeParts) {
  const host = useRef<HTMLDivElement>(null);
  const told = useRef(onMerged);
  useEffect(() => {
    told.current = onMerged;
  });
  useEffect(() => {
    if (!host.current) return;
    const root = shadowOf(host.current);
    const view = new MergeView({
      parent: root,
      root,
      a: {
        doc: theirs,
        extensions: [still, EditorView.contentAttributes.of({ 'aria-label': 'On disk now', tabindex: '0' })],
      },
      b: {
        doc: mine,
        extensions: [
          basicSetup,
          editorLook,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': 'What will be saved' }),
          EditorView.updateListener.of(({ docChanged, state }) => {
            if (docChanged) told.current(state.doc.toString());
          }),
        ],
      },
      revertControls: 'a-to-b',
      renderRevertControl: () => {
        const button = document.createElement('button');
        button.textContent = '→';
        button.title = 'Take what is on disk';
        button.setAttribute('aria-label', 'Take what is on disk');
        return button;
      },
      collapseUnchanged: { margin: 3, minSize: 6 },
    });
    return () => view.destroy();
    // The texts are those with which it was opened.
  }, []);
  return <div ref={host} className="editor-diff both" />;
}
