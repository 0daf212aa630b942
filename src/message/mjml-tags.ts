/** What is wrong with a tag. Lines and columns count from 1. */
export type TagProblem = {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string;
};

/** MJML tags whose content is text or HTML, not further MJML tags ("ending tags" in MJML's own words). */
export const textTags: readonly string[] = [
  'mj-accordion-text',
  'mj-accordion-title',
  'mj-breakpoint',
  'mj-button',
  'mj-carousel-image',
  'mj-navbar-link',
  'mj-preview',
  'mj-raw',
  'mj-social-element',
  'mj-style',
  'mj-table',
  'mj-text',
  'mj-title',
];

/** A merge field or block tag, with whatever stands in quotes inside it. */
export const mergeField = /\{\{(?:[^}"']|"[^"]*"|'[^']*')*\}\}/g;

/** Blanks out what the regular expression finds; all else keeps its place. */
export function blanked(text: string, what: RegExp): string {
  return text.replace(what, (found) => found.replace(/[^\n]/g, ' '));
}

const comment = /<!--[\s\S]*?-->/g;

export function withoutComments(text: string): string {
  return blanked(text, comment);
}

/** A comment that never ends swallows the rest of its file and, at the next one, whatever that file is put into. */
export function openComment(text: string): readonly TagProblem[] {
  const offset = withoutComments(text).indexOf('<!--');
  const hint = 'Write --> where it ends.';
  return offset < 0 ? [] : [{ ...placeOf(text, offset), message: 'this comment is never closed', hint }];
}

/**
 * Tags that are cut off, never closed or wrongly nested. MJML takes such a mail without a word and sends what it makes of
 * it. HTML in its texts may leave out closing tags as HTML allows; but a link or table that never ends is a slip.
 */
export function tagProblems(source: string): readonly TagProblem[] {
  const end = tokensIn(source).reduce(read, { open: [{ ...nothing, name: '', offset: 0 }], faults: [] });
  const unclosed = new Set(
    closedDownTo(0, end).faults.flatMap((fault) => (fault.kind === 'unclosed' ? fault.offset : [])),
  );
  const { faults } = end.isLost ? end : closedDownTo(0, end);
  return (
    faults
      // What stands inside of a tag that never ends would not, if it ended.
      .filter((fault) => fault.kind !== 'inside' || !unclosed.has(fault.holder.offset))
      .map((fault) => ({ ...placeOf(source, fault.offset), ...inWords(fault) }))
      .toSorted((a, b) => a.line - b.line || a.column - b.column)
  );
}

type Tag = { readonly name: string; readonly offset: number };
type Slip = Tag & { readonly kind: 'cut-off' | 'quote' | 'capitals' };
type Block = { readonly kind: 'if' | 'else' | 'end' };
type Token = Slip | Block | (Tag & { readonly kind: 'open' | 'close' | 'complete' });

/** A tag as found in the text below, a block tag, or something else that a "<" begins. */
const token = /([\ue001-\ue003])|<(\/?)([a-z][\w:-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)(>?)|<[!?/][^<>]*(>?)/gi;
const blockKinds: ReadonlyMap<string, Block['kind']> = new Map([
  ['\ue001', 'if'],
  ['\ue002', 'else'],
  ['\ue003', 'end'],
]);

function tokensIn(source: string): readonly Token[] {
  // Merge fields may hold quotes, "<" and ">"; of them only the blocks matter here.
  const text = blanked(withoutComments(source), /<!\[CDATA\[[\s\S]*?\]\]>/g).replace(
    mergeField,
    (field) => blockSign(field) + field.slice(1).replace(/[^\n]/g, '\ue000'),
  );
  return [...text.matchAll(token)].flatMap((found): readonly Token[] => {
    const [whole, block, slash, name = '', attributes = '', end, otherEnd] = found;
    const offset = found.index;
    const kind = blockKinds.get(block ?? '');
    if (kind) return [{ kind }];
    if (slash === undefined) return otherEnd ? [] : [{ kind: 'cut-off', name: whole.trim(), offset }];
    const tag = { name: name.toLowerCase(), offset };
    const next = text[offset + whole.length];
    // A quote that is never closed goes on to the next one, whatever stands between.
    if ((!end && /["']/.test(next ?? '')) || /["'][^"']*<(?:\/|mj)/i.test(attributes))
      return [{ kind: 'quote', ...tag }];
    if (!end) return [{ kind: 'cut-off', ...tag, name: `${slash}${name}` }];
    if (/^mj/i.test(name) && name !== tag.name) return [{ kind: 'capitals', ...tag, name: `${slash}${name}` }];
    // A slash at the end of a value without quotes belongs to the value.
    const isComplete = /(?:^|[\s"'])\/$/.test(attributes);
    return [{ kind: slash ? 'close' : isComplete ? 'complete' : 'open', ...tag }];
  });
}

function blockSign(field: string): string {
  if (/^\{\{~?#/.test(field)) return '\ue001';
  if (/^\{\{~?\s*(?:else\b|\^)/.test(field)) return '\ue002';
  return /^\{\{~?\//.test(field) ? '\ue003' : '\ue000';
}

/** An MJML tag that is open, and what its text has opened so far. */
type Component = Tag & {
  /** Links and tables. */
  readonly html: readonly Tag[];
  /** For each block that is open, what was open where it began: that is where its other branch begins, too. */
  readonly blocks: readonly (readonly Tag[])[];
  readonly hasBlocks: boolean;
};
type Fault =
  | ({ readonly kind: 'unclosed' | 'unopened' | Slip['kind'] } & Tag)
  | ({ readonly kind: 'inside'; readonly holder: Tag } & Tag);
type State = { readonly open: readonly Component[]; readonly faults: readonly Fault[]; readonly isLost?: boolean };

const nothing = { html: [], blocks: [], hasBlocks: false };

function read(state: State, found: Token): State {
  const { open, faults } = state;
  const top = open.at(-1);
  // After a tag that is cut off, nothing is what it seems.
  if (!top || state.isLost) return state;
  switch (found.kind) {
    case 'capitals':
      return { open, faults: [...faults, found] };
    case 'cut-off':
    case 'quote':
      return { open, faults: [...faults, found], isLost: true };
    case 'if':
    case 'else':
    case 'end':
      return { open: [...open.slice(0, -1), branched(top, found.kind)], faults };
    case 'open':
    case 'close':
    case 'complete':
      return isMjml(found) ? readMjml(state, found, top) : readHtml(state, found, top);
  }
}

function isMjml({ name }: Tag): boolean {
  return name === 'mjml' || name.startsWith('mj-');
}

function branched(component: Component, kind: Block['kind']): Component {
  const { html, blocks } = component;
  if (kind === 'if') return { ...component, blocks: [...blocks, html], hasBlocks: true };
  if (kind === 'else') return { ...component, html: blocks.at(-1) ?? html, hasBlocks: true };
  return { ...component, blocks: blocks.slice(0, -1), hasBlocks: true };
}

function readMjml(state: State, { kind, name, offset }: Tag & { readonly kind: string }, top: Component): State {
  const { open, faults } = state;
  if (kind === 'close') {
    const at = open.findLastIndex((component) => component.name === name);
    return at < 0
      ? { open, faults: [...faults, { kind: 'unopened', name, offset }] }
      : closed(closedDownTo(at + 1, state));
  }
  const isInside = textTags.includes(top.name) && name !== 'mj-include';
  const found: readonly Fault[] = isInside ? [{ kind: 'inside', name, offset, holder: top }] : [];
  return {
    open: kind === 'open' ? [...open, { ...nothing, name, offset }] : open,
    faults: [...faults, ...found],
  };
}

/** Closes all components from `depth` on, none of which has met its closing tag. */
function closedDownTo(depth: number, { open, faults }: State): State {
  const unclosed = open
    .slice(depth)
    .flatMap((component) => [...(component.name ? [component] : []), ...component.html])
    .map(({ name, offset }): Fault => ({ kind: 'unclosed', name, offset }));
  return { open: open.slice(0, depth), faults: [...faults, ...unclosed] };
}

/** Closes the innermost component by its own closing tag, which no link or table outlasts. */
function closed({ open, faults }: State): State {
  const unclosed = (open.at(-1)?.html ?? []).map((tag): Fault => ({ kind: 'unclosed', ...tag }));
  return { open: open.slice(0, -1), faults: [...faults, ...unclosed] };
}

function readHtml(state: State, { kind, name, offset }: Tag & { readonly kind: string }, top: Component): State {
  // One <mj-raw> may well open what the next one closes.
  if (!['a', 'table'].includes(name) || kind === 'complete' || top.name === 'mj-raw') return state;
  const withHtml = (html: readonly Tag[], found: readonly Fault[] = []): State => ({
    open: [...state.open.slice(0, -1), { ...top, html }],
    faults: [...state.faults, ...found],
  });
  if (kind === 'open') return withHtml([...top.html, { name, offset }]);
  const at = top.html.findLastIndex((tag) => tag.name === name);
  if (at >= 0)
    return withHtml(
      top.html.slice(0, at),
      top.html.slice(at + 1).map((tag): Fault => ({ kind: 'unclosed', ...tag })),
    );
  // With blocks around it, what it closes may have been opened in one of their branches.
  return top.hasBlocks ? state : withHtml(top.html, [{ kind: 'unopened', name, offset }]);
}

/** MJML tags that are usually written with nothing in them. */
const childless: readonly string[] = ['mj-all', 'mj-class', 'mj-divider', 'mj-image', 'mj-include', 'mj-spacer'];

function inWords(fault: Fault): { readonly message: string; readonly hint: string } {
  const { kind, name } = fault;
  switch (kind) {
    case 'unclosed':
      return {
        message: `<${name}> is never closed`,
        hint: childless.includes(name) ? 'Write /> at its end.' : `Write </${name}> where it ends.`,
      };
    case 'unopened':
      return {
        message: `</${name}> closes what was never opened`,
        hint: `Remove it, or write <${name}> where it begins.`,
      };
    case 'cut-off':
      return {
        message: `the tag ${name.startsWith('<') ? name : `<${name}`} has no end`,
        hint: 'Write > where it ends, or &lt; for a “<” that begins no tag.',
      };
    case 'capitals':
      // MJML would not find where its text ends, and leave it out.
      return { message: `<${name}> is written in capitals`, hint: `Write <${name.toLowerCase()}>.` };
    case 'quote':
      return { message: `a quote in <${name}> is never closed`, hint: 'Write the same quote after the value.' };
    case 'inside':
      return {
        message: `<${name}> stands inside <${fault.holder.name}>, which holds only text`,
        hint: `Write </${fault.holder.name}> before it.`,
      };
  }
}

function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
