import { type Completion, type CompletionContext, type CompletionResult, snippet } from '@codemirror/autocomplete';
import { html, htmlLanguage } from '@codemirror/lang-html';
import type { Extension } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  MatchDecorator,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view';
import type { Told } from '../data/call.js';
import { mjmlTags } from './editor-mjml.js';

export type Offers = Told<'GET /api/completions'>;

/** What an editor of a template does: colours tags and merge fields, and offers both. */
export function templateTools({ fields, blocks, names }: Offers): Extension {
  return [
    html({ matchClosingTags: true, autoCloseTags: true, extraTags: mjmlTags, nestedLanguages: [] }),
    htmlLanguage.data.of({ autocomplete: (context: CompletionContext) => offerFields(context, fields, blocks) }),
    htmlLanguage.data.of({ autocomplete: (context: CompletionContext) => offerPartials(context, names.partials) }),
    mergeFields,
  ];
}

function offerFields(
  context: CompletionContext,
  fields: Offers['fields'],
  blocks: Offers['blocks'],
): CompletionResult | null {
  const begun = context.matchBefore(/\{\{[#/]?[\w.]{0,80}/);
  if (!begun) return null;
  const inBlock = /^\{\{#(?:if|unless)\s/.test(context.state.sliceDoc(begun.from, context.pos));
  const options = [...fields.map((field) => fieldOption(field, inBlock)), ...(inBlock ? [] : blocks.map(blockOption))];
  return { from: begun.from + 2, options, validFor: /^[#/]?[\w.]*$/ };
}

function fieldOption({ name, isAlwaysThere, place, tells }: Offers['fields'][number], inBlock: boolean): Completion {
  const written = isAlwaysThere || inBlock ? `${name}}}\${}` : `${name} '\${there}'}}\${}`;
  const about = [
    tells,
    isAlwaysThere ? undefined : 'Some leads have none: it takes a default, or {{#if}} around it.',
    place === 'notice' ? 'Only in what goes to your own people.' : undefined,
  ];
  return {
    label: name,
    type: 'variable',
    boost: place === 'mail' ? 1 : 0,
    info: about.filter(Boolean).join('\n'),
    apply: (view, completion, from, to) => writeField({ view, completion, from, to }, written),
  };
}

type Applied = {
  readonly view: EditorView;
  readonly completion: Completion;
  readonly from: number;
  readonly to: number;
};

/** Braces that stand behind the caret already, as they do where editors close them, are not written twice. */
function writeField({ view, completion, from, to }: Applied, written: string): void {
  const behind = view.state.sliceDoc(to, to + 2);
  snippet(written)(view, completion, from, behind === '}}' ? to + 2 : behind.startsWith('}') ? to + 1 : to);
}

function blockOption({ name, writes, tells }: Offers['blocks'][number]): Completion {
  const text = writes.slice(2).replace('#if #', '#if ${field}').replace('#unless #', '#unless ${field}');
  return {
    label: name === 'default' || name === 'else' ? name : `#${name}`,
    type: 'keyword',
    info: tells,
    apply: (view, completion, from, to) =>
      writeField({ view, completion, from, to }, text.replace('}}#', '}}').replace(/^# '…'/, "${field} '${there}'")),
  };
}

function offerPartials(context: CompletionContext, partials: readonly string[]): CompletionResult | null {
  const begun = context.matchBefore(/<mj-include\s+path="[\w./-]{0,120}/);
  if (!begun) return null;
  const from = begun.from + begun.text.lastIndexOf('"') + 1;
  return { from, options: [...partials, 'content', 'preview'].map((label) => ({ label, type: 'text' })) };
}

const matcher = new MatchDecorator({
  regexp: /\{\{[^{}\n]{0,200}\}\}/g,
  decoration: Decoration.mark({ class: 'cm-merge-field' }),
});

const mergeFields = ViewPlugin.define(
  (view): { decorations: DecorationSet; update: (update: ViewUpdate) => void } => {
    const plugin = {
      decorations: matcher.createDeco(view),
      update: (update: ViewUpdate): void => {
        plugin.decorations = matcher.updateDeco(update, plugin.decorations);
      },
    };
    return plugin;
  },
  { decorations: (plugin) => plugin.decorations },
);
