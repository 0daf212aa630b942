import Handlebars from 'handlebars';
import { type Fill, isPath } from './fill.js';
import { type Escape, htmlInMime, type InMime, stringOf, textInMime } from './places.js';

export type { Fill, MergeData, MergeValue } from './fill.js';
export type { InMime } from './places.js';

/** A merge field as a template names it, where, and what happens when a lead lacks it. */
export type MergeField = {
  readonly name: string;
  readonly line: number;
  readonly column: number;
  /** It has a default, or stands inside an `{{#if}}` on itself. */
  readonly isCovered: boolean;
};

export type MergeProblem = {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string;
};

/** Merge fields and what is wrong with a text that holds them. */
export type MergeReport = { readonly fields: readonly MergeField[]; readonly problems: readonly MergeProblem[] };

/** Where there is no copy of a mail that could be followed: in a notice, a subject alone, a webhook. */
export const noAddresses = { links: [], unsubscribeUrl: '', preferencesUrl: '', pixelUrl: '' } as const;

const blocks = ['if', 'unless'];
const reserved = [...blocks, 'or'];
const howToWrite = "Write {{field}}, {{field 'default'}} or {{#if field}}…{{/if}}.";
/** Reads the merge fields of a source text, or says where it cannot be read. Lines and columns start at 1. */
export function readMergeFields(text: string): MergeReport {
  let program: hbs.AST.Program;
  try {
    program = Handlebars.parse(text);
  } catch (error) {
    return { fields: [], problems: [grammarProblem(error, text)] };
  }
  const reader = new FieldReader();
  reader.accept(program);
  return { fields: reader.fields, problems: reader.problems };
}

/**
 * Compiles a text once: values go into plain text and subjects as they are, into HTML escaped, and into an address as
 * parts of one, which cannot change where it leads.
 */
export function compileMerge(text: string, escape: Escape): Fill {
  return stringOf(Handlebars.parse(text), escape);
}

/** Compiles HTML and plain text of a mail to be written into MIME, tidied and quoted-printable. */
export function compileInMime(html: string, text: string): InMime {
  return { html: htmlInMime(Handlebars.parse(html)), text: textInMime(Handlebars.parse(text)) };
}

/** Short texts compiled so far: thousands of leads read the same few subjects. The bound keeps edits from filling the memory. */
const fills = new Map<string, Fill>();
const mostFills = 1000;

/** Compiles a subject, or a text of a webhook, the first time that it is asked for. */
export function fillOf(text: string): Fill {
  const known = fills.get(text);
  if (known) return known;
  if (fills.size >= mostFills) fills.clear();
  const fill = compileMerge(text, 'none');
  fills.set(text, fill);
  return fill;
}

/** Walks a text and notes each field that lead data would fill. Positions in Handlebars trees count columns from 0. */
class FieldReader extends Handlebars.Visitor {
  readonly fields: MergeField[] = [];
  readonly problems: MergeProblem[] = [];
  private readonly guards: string[] = [];

  override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
    const path = pathOf(mustache.path);
    const [fallback, ...more] = mustache.params;
    const isField = path !== undefined && !reserved.includes(path.original) && !hasPairs(mustache);
    if (!isField || more.length > 0 || (fallback && !isLiteral(fallback))) {
      this.refuse(mustache, `{{${nameOf(mustache.path)} …}} is not something a mail can ask for`, howToWrite);
      return;
    }
    // What a lead typed into a form must never become part of the HTML.
    if (!mustache.escaped)
      this.refuse(
        mustache,
        `{{{${path.original}}}} would put a value into the HTML as it is`,
        `Write {{${path.original}}}.`,
      );
    this.note(path, fallback !== undefined);
  }

  override BlockStatement(block: hbs.AST.BlockStatement): void {
    const [subject] = block.params;
    const guarded = subject && pathOf(subject);
    if (!blocks.includes(block.path.original) || !guarded || block.params.length !== 1 || hasPairs(block)) {
      this.refuse(
        block,
        `{{#${block.path.original}}} is not something a mail can ask for`,
        'Write {{#if field}} or {{#unless field}}.',
      );
      return;
    }
    this.note(guarded, true);
    const [present, absent] =
      block.path.original === 'if' ? [block.program, block.inverse] : [block.inverse, block.program];
    this.guards.push(guarded.original);
    if (present) this.accept(present);
    this.guards.pop();
    if (absent) this.accept(absent);
  }

  override PartialStatement(partial: hbs.AST.PartialStatement): void {
    this.refusePartial(partial);
  }

  override PartialBlockStatement(partial: hbs.AST.PartialBlockStatement): void {
    this.refusePartial(partial);
  }

  override Decorator(decorator: hbs.AST.Decorator): void {
    this.refuseDecorator(decorator);
  }

  override DecoratorBlock(decorator: hbs.AST.DecoratorBlock): void {
    this.refuseDecorator(decorator);
  }

  private refusePartial(partial: hbs.AST.Node): void {
    this.refuse(partial, 'partials are not included with {{>}}', 'Write <mj-include path="partials/…" />.');
  }

  private refuseDecorator(decorator: hbs.AST.Node): void {
    this.refuse(decorator, '{{*}} is not something a mail can ask for', howToWrite);
  }

  private note(path: hbs.AST.PathExpression, hasDefault: boolean): void {
    const isCovered = hasDefault || this.guards.includes(path.original);
    this.fields.push({ name: path.original, line: path.loc.start.line, column: path.loc.start.column + 1, isCovered });
  }

  private refuse(node: hbs.AST.Node, message: string, hint: string): void {
    this.problems.push({ line: node.loc.start.line, column: node.loc.start.column + 1, message, hint });
  }
}

function pathOf(node: hbs.AST.Node): hbs.AST.PathExpression | undefined {
  return isPath(node) ? node : undefined;
}

function isLiteral(node: hbs.AST.Node | undefined): boolean {
  return node !== undefined && ['StringLiteral', 'NumberLiteral', 'BooleanLiteral'].includes(node.type);
}

function hasPairs({ hash }: { readonly hash?: hbs.AST.Hash }): boolean {
  return (hash?.pairs.length ?? 0) > 0;
}

function nameOf(node: hbs.AST.Node): string {
  return 'original' in node ? String(node.original) : '…';
}

function grammarProblem(error: unknown, text: string): MergeProblem {
  const message = error instanceof Error ? error.message : String(error);
  const place = error instanceof Handlebars.Exception ? exceptionPlace(error) : parserPlace(message, text);
  return { ...place, message: inWords(message), hint: howToWrite };
}

function inWords(message: string): string {
  const [, found] = /got '(\w+)'$/.exec(message) ?? [];
  if (found === 'EOF') return 'a block is opened and never closed';
  if (found === 'OPEN_ENDBLOCK') return 'this closes a block that was never opened';
  if (found === 'INVERSE') return '{{else}} stands outside of any block';
  if (found) return 'this merge field or block cannot be read';
  return `this merge field or block cannot be read: ${message.replace(/ - \d+:\d+$/, '')}`;
}

function exceptionPlace({ lineNumber, column }: Handlebars.Exception): { line: number; column: number } {
  return { line: typeof lineNumber === 'number' ? lineNumber : 1, column: typeof column === 'number' ? column + 1 : 1 };
}

/** The parser tells its place only by a caret under an excerpt, without line breaks, of some characters before and after it. */
function parserPlace(message: string, text: string): { line: number; column: number } {
  const [head = '', excerpt = '', caret = ''] = message.split('\n');
  const line = Number(/line (\d+)/.exec(head)?.[1] ?? 1);
  const before = excerpt.slice(0, caret.length - 1).replace(/^\.{3}/, '');
  const after = excerpt.slice(caret.length - 1).replace(/\.{3}$/, '');
  const lines = text.split('\n');
  const above = lines.slice(0, line - 1).join('');
  const written = lines[line - 1] ?? '';
  const below = lines.slice(line).join('');
  const isPlace = (at: number): boolean =>
    (above + written.slice(0, at)).endsWith(before) && (written.slice(at) + below).startsWith(after);
  const places = Array.from({ length: written.length + 1 }, (_, at) => at).filter(isPlace);
  return { line, column: (after === '' ? written.length : (places[0] ?? 0)) + 1 };
}
