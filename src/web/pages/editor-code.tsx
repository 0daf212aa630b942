import { type Diagnostic as Squiggle, lintGutter, setDiagnostics } from '@codemirror/lint';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { basicSetup } from 'codemirror';
import { useEffect, useRef } from 'react';
import { editorLook } from './editor-theme.js';

/** Something to be said of a place in the text; lines and columns begin at 1. */
export type Problem = {
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly hint: string;
  readonly code: string;
};

export type Place = { readonly line: number; readonly column: number };

type CodeParts = {
  readonly label: string;
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly onSave: () => void;
  /** Highlighting, completion and hover of the kind of file. */
  readonly language: Extension;
  readonly problems: readonly Problem[];
  readonly isReadOnly: boolean;
  /** Where the caret is put; each new value moves it once. */
  readonly goTo?: Place | undefined;
};

/**
 * A text to be written in. It stands in a shadow root: there the editor brings its styles as constructed sheets, while in a
 * document it would write a <style>, which the policy of the pages refuses.
 */
export function CodeEditor({ label, text, onText, onSave, language, problems, isReadOnly, goTo }: CodeParts) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const told = useRef({ onText, onSave });
  const parts = useRef({ language: new Compartment(), reading: new Compartment() });
  useEffect(() => {
    told.current = { onText, onSave };
  });

  useEffect(() => {
    if (!host.current) return;
    const shadow = shadowOf(host.current);
    const made = new EditorView({
      parent: shadow,
      root: shadow,
      state: EditorState.create({
        doc: text,
        extensions: [
          keymap.of([{ key: 'Mod-s', preventDefault: true, run: () => (told.current.onSave(), true) }]),
          basicSetup,
          editorLook,
          lintGutter(),
          EditorView.lineWrapping,
          // Not every reader of pages knows that what can be written in can be come to by Tab.
          EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
          EditorView.updateListener.of(({ docChanged, state }) => {
            if (docChanged) told.current.onText(state.doc.toString());
          }),
          parts.current.language.of(language),
          parts.current.reading.of(EditorState.readOnly.of(isReadOnly)),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
    // Made once for each file: the page gives it another key. What changes meanwhile is brought in below.
  }, []);

  useEffect(() => {
    view.current?.dispatch({ effects: parts.current.language.reconfigure(language) });
  }, [language]);
  useEffect(() => {
    view.current?.dispatch({ effects: parts.current.reading.reconfigure(EditorState.readOnly.of(isReadOnly)) });
  }, [isReadOnly]);
  useEffect(() => {
    const made = view.current;
    // What somebody else has saved, or one has thrown away; what is typed here is here already.
    if (made && made.state.doc.toString() !== text)
      made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => {
    const made = view.current;
    if (made)
      made.dispatch(
        setDiagnostics(
          made.state,
          problems.map((problem) => squiggle(problem, made.state)),
        ),
      );
  }, [problems]);
  useEffect(() => {
    const made = view.current;
    if (!made || !goTo) return;
    made.dispatch({ selection: { anchor: offsetOf(goTo, made.state) }, scrollIntoView: true });
    made.focus();
  }, [goTo]);
  return <div ref={host} className="editor-code" />;
}

export function shadowOf(host: HTMLElement): ShadowRoot {
  return host.shadowRoot ?? host.attachShadow({ mode: 'open' });
}

function offsetOf({ line, column }: Place, { doc }: EditorState): number {
  const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return Math.min(at.from + Math.max(column, 1) - 1, at.to);
}

/** Under the word at its place, or the rest of the line. */
function squiggle(problem: Problem, state: EditorState): Squiggle {
  const from = offsetOf(problem, state);
  const line = state.doc.lineAt(from);
  const rest = state.sliceDoc(from, line.to);
  const [word = ''] = /^(?:"[^"]{0,200}"|<?[\w{}/.-]+)/.exec(rest) ?? [];
  const { severity, message, hint, code } = problem;
  const to = Math.max(from + (word.length || rest.length), Math.min(from + 1, line.to));
  return { from, to, severity, source: code, message: [message, hint].filter(Boolean).join('.\n') };
}
