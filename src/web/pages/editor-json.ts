import { type Completion, type CompletionContext, type CompletionResult, snippet } from '@codemirror/autocomplete';
import { json, jsonLanguage } from '@codemirror/lang-json';
import type { Extension } from '@codemirror/state';
import { type EditorView, hoverTooltip } from '@codemirror/view';
import {
  type CompletionItem,
  getLanguageService,
  type Hover,
  type LanguageService,
  type MarkupContent,
  TextDocument,
} from 'vscode-json-languageservice';
import type { Problem } from './editor-code.js';

/** Names of the project that a key may hold. */
export type NamesByKey = Readonly<Record<string, readonly string[]>>;

export type JsonTools = {
  readonly extension: Extension;
  readonly problemsIn: (text: string) => Promise<readonly Problem[]>;
};

const uri = 'file:///project.json';

/** What an editor of a JSON file does with its schema: completes, explains, checks as one writes. */
export function jsonTools(schema: object, names: NamesByKey): JsonTools {
  const service = getLanguageService({
    // A file names its schema by a path on disk; whichever it names, it is this one.
    schemaRequestService: () => Promise.resolve(JSON.stringify(schema)),
  });
  service.configure({ validate: true, schemas: [{ uri: 'file:///schema.json', fileMatch: ['*'] }] });
  return {
    extension: [
      json(),
      jsonLanguage.data.of({ autocomplete: (context: CompletionContext) => complete(context, service, names) }),
      hoverTooltip((view, at) => explain(view, at, service)),
    ],
    problemsIn: (text) => problemsIn(text, service),
  };
}

function read(text: string, service: LanguageService) {
  const file = TextDocument.create(uri, 'json', 1, text);
  return { file, parsed: service.parseJSONDocument(file) };
}

async function complete(
  context: CompletionContext,
  service: LanguageService,
  names: NamesByKey,
): Promise<CompletionResult | null> {
  const { file, parsed } = read(context.state.doc.toString(), service);
  const here = file.positionAt(context.pos);
  const list = await service.doComplete(file, here, parsed);
  const items = [...namedHere(context, file, service, names), ...(list?.items ?? [])];
  const [first] = items;
  if (!first) return null;
  const from = startOf(first, file, context.pos);
  const typed = context.state.sliceDoc(from, context.pos).replace(/^"/, '').toLowerCase();
  if (!context.explicit && typed === '' && context.state.sliceDoc(from, context.pos) === '') return null;
  const options = items
    .filter((item) => startOf(item, file, context.pos) === from && item.label.toLowerCase().includes(typed))
    .map((item, at) => optionOf(item, file, at));
  return options.length > 0 ? { from, options, filter: false } : null;
}

function startOf({ textEdit }: CompletionItem, file: TextDocument, caret: number): number {
  return textEdit && 'range' in textEdit ? file.offsetAt(textEdit.range.start) : caret;
}

function optionOf(item: CompletionItem, file: TextDocument, at: number): Completion {
  const { label, textEdit, insertText = label, detail } = item;
  const text = textEdit?.newText ?? insertText;
  const end = textEdit && 'range' in textEdit ? file.offsetAt(textEdit.range.end) : undefined;
  const told = wordsOf(item.documentation);
  return {
    label,
    // The list is in the order in which the schema has things.
    boost: -at,
    ...(detail ? { detail } : {}),
    ...(told ? { info: told } : {}),
    apply: (view, completion, from, to) => {
      // A quote that was closed by itself is written by the snippet, too.
      const isClosed = text.startsWith('"') && view.state.sliceDoc(from, from + 1) === '"';
      const behind = isClosed && view.state.sliceDoc(to, to + 1) === '"' ? to + 1 : to;
      snippet(toSnippet(text))(view, completion, from, Math.max(behind, end ?? to));
    },
  };
}

/** `$1` and `${1|a,b|}` are not known here; `${1:a}` is. */
function toSnippet(text: string): string {
  return text
    .replace(/\$\{(\d+)\|([^,|}]*)[^}]*\|\}/g, (_, n: string, first: string) => `\${${n}:${first}}`)
    .replace(/\$(\d+)/g, (_, n: string) => `\${${n}}`);
}

/** Names of the project where the value of a key may hold one. */
function namedHere(
  { pos, state }: CompletionContext,
  file: TextDocument,
  service: LanguageService,
  names: NamesByKey,
): readonly CompletionItem[] {
  const { parsed } = read(file.getText(), service);
  const node = parsed.getNodeFromOffset(pos);
  if (node?.type !== 'string' || node.parent?.type !== 'property' || node.parent.keyNode === node) return [];
  const known = names[node.parent.keyNode.value] ?? [];
  const range = {
    start: file.positionAt(node.offset),
    end: file.positionAt(Math.min(node.offset + node.length, state.doc.length)),
  };
  return known.map((name) => ({
    label: name,
    detail: 'in this project',
    textEdit: { range, newText: JSON.stringify(name) },
  }));
}

async function explain(view: EditorView, at: number, service: LanguageService) {
  const { file, parsed } = read(view.state.doc.toString(), service);
  const hover = await service.doHover(file, file.positionAt(at), parsed);
  const said = hover ? saidBy(hover) : '';
  if (!hover || said === '') return null;
  return {
    pos: hover.range ? file.offsetAt(hover.range.start) : at,
    above: true,
    create: () => {
      const dom = document.createElement('div');
      dom.className = 'cm-hover';
      dom.textContent = said;
      return { dom };
    },
  };
}

/** It is written as Markdown, and shown as it is. */
function saidBy({ contents }: Hover): string {
  const parts = Array.isArray(contents) ? contents : [contents];
  const text = parts.map((one) => (typeof one === 'string' ? one : one.value)).join('\n');
  return text.replace(/\\([\\`*_{}[\]()#+.!>-])/g, '$1').trim();
}

function wordsOf(documentation: string | MarkupContent | undefined): string {
  return typeof documentation === 'object' ? documentation.value : (documentation ?? '');
}

async function problemsIn(text: string, service: LanguageService): Promise<readonly Problem[]> {
  const { file, parsed } = read(text, service);
  const found = await service.doValidation(file, parsed, { comments: 'error', trailingCommas: 'error' });
  return found.map(({ range, message, severity }) => ({
    line: range.start.line + 1,
    column: range.start.character + 1,
    // What the server would refuse is for it to say; a schema is stricter in places.
    severity: severity === 1 ? 'error' : 'warning',
    message: (typeof message === 'string' ? message : message.value).replace(/\.$/, ''),
    hint: '',
    code: 'schema',
  }));
}
