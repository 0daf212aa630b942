import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** Of charts it is light enough to be seen, and not dark enough to be read. */
const violet = 'color-mix(in srgb, var(--chart-4) 80%, var(--ink))';

/** The colours of the pages, light and dark: they come into the shadow of the editor as custom properties. */
const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--ink)', backgroundColor: 'var(--card)', fontSize: '0.875rem' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'var(--sunk)', color: 'var(--quiet)', borderRight: '1px solid var(--line)' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--wash) 45%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--wash)', color: 'var(--ink)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'color-mix(in srgb, var(--accent) 28%, transparent)',
  },
  '.cm-selectionMatch': { backgroundColor: 'var(--warn-wash)' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--wash)', outline: '1px solid var(--edge)' },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--sunk)', borderColor: 'var(--line)', color: 'var(--quiet)' },
  '.cm-merge-field': { color: violet, fontWeight: '600' },
  '.cm-tooltip': {
    border: '1px solid var(--line)',
    borderRadius: '6px',
    backgroundColor: 'var(--raised)',
    color: 'var(--ink)',
    boxShadow: 'var(--shadow)',
    maxWidth: 'min(34rem, 90vw)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '16rem' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--accent)', color: 'var(--accent-ink)' },
  '.cm-completionDetail': { color: 'inherit', opacity: '0.85', fontStyle: 'normal' },
  '.cm-tooltip.cm-completionInfo, .cm-hover': {
    padding: '0.4rem 0.6rem',
    fontFamily: 'var(--sans)',
    whiteSpace: 'pre-wrap',
  },
  '.cm-diagnostic': { padding: '0.3rem 0.6rem', fontFamily: 'var(--sans)', whiteSpace: 'pre-wrap' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warn)' },
  '.cm-panels': {
    backgroundColor: 'var(--sunk)',
    color: 'var(--ink)',
    borderColor: 'var(--line)',
    fontFamily: 'var(--sans)',
  },
  '.cm-panel.cm-search input, .cm-panel.cm-search button': { fontSize: '0.8125rem' },
  '.cm-panel.cm-search label': { fontSize: '0.8125rem' },
  '.cm-textfield': { backgroundColor: 'var(--card)', color: 'var(--ink)', border: '1px solid var(--edge)' },
  '.cm-button': {
    backgroundImage: 'none',
    backgroundColor: 'var(--card)',
    color: 'var(--ink)',
    border: '1px solid var(--edge)',
  },
  '.cm-insertedLine, .cm-changedLine': { backgroundColor: 'var(--good-wash) !important' },
  '.cm-deletedChunk, .cm-deletedLine': { backgroundColor: 'var(--bad-wash) !important' },
  '.cm-insertedLine, .cm-deletedLine, .cm-deletedChunk del': { textDecoration: 'none !important' },
  '.cm-changedText, .cm-insertedLine .cm-changedText': {
    background: 'color-mix(in srgb, var(--good) 28%, transparent) !important',
  },
  '.cm-deletedText': { background: 'color-mix(in srgb, var(--bad) 28%, transparent) !important' },
  '.cm-collapsedLines': { background: 'var(--sunk)', color: 'var(--quiet)' },
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: '"…" !important' },
  '&.cm-merge-a .cm-changedLine': { backgroundColor: 'var(--bad-wash) !important' },
  '&.cm-merge-a .cm-changedText': { background: 'color-mix(in srgb, var(--bad) 28%, transparent) !important' },
});

const words = HighlightStyle.define([
  { tag: [tags.propertyName, tags.attributeName], color: 'var(--accent)' },
  { tag: [tags.string, tags.attributeValue], color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--warn)' },
  { tag: [tags.tagName, tags.keyword], color: violet },
  { tag: [tags.comment, tags.angleBracket], color: 'var(--quiet)' },
  { tag: tags.invalid, color: 'var(--bad)' },
]);

export const editorLook = [look, syntaxHighlighting(words)];
