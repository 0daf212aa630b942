/** Fills a compiled text for one lead. */
export type Fill = (data: MergeData) => string;

export type MergeValue = string | number | boolean | readonly string[] | undefined;
export type MergeData = {
  readonly lead: Readonly<Record<string, MergeValue>>;
  readonly brand: Readonly<Record<string, MergeValue>>;
  readonly sequence: { readonly name: string };
  /** In a notice: what has happened. */
  readonly event?: Readonly<Record<string, MergeValue>>;
  /** In a notice or a call of another system: what sales should know of the lead. */
  readonly dossier?: Readonly<Record<string, MergeValue>>;
  readonly links: readonly string[];
  readonly unsubscribeUrl: string;
  readonly preferencesUrl: string;
  readonly pixelUrl: string;
  /** Where this lead gets the asset that the step names. */
  readonly assetUrl?: string;
  /** The link that nobody sees, in mails that can be followed. */
  readonly trapUrl?: string;
};

/** How the place that a text goes to takes constant text, and values of fields; a lead's own before defaults step in. */
export type Hand<Piece> = {
  readonly constant: (text: string) => Piece;
  readonly value: (value: unknown) => Piece;
  readonly lead?: (value: unknown) => unknown;
};

/** Gives the pieces of a text for one lead, in their order. */
export type Pour<Piece> = (data: MergeData, take: (piece: Piece) => void) => void;

/**
 * Makes a parsed text into a function, statement by statement. Handlebars' own runtime says the same (a test compares
 * them) but adds up numbers that follow each other, and takes five times as long for a short text, because it makes its
 * helpers and its options anew each time.
 */
export function compileProgram<Piece>({ body }: hbs.AST.Program, hand: Hand<Piece>): Pour<Piece> {
  const parts = body.map((statement) => partOf(statement, hand));
  return (data, take) => {
    for (const part of parts) part(data, take);
  };
}

function partOf<Piece>(statement: hbs.AST.Statement, hand: Hand<Piece>): Pour<Piece> {
  if (isContent(statement)) return constant(hand.constant(statement.value));
  if (isMustache(statement)) return fieldOf(statement, hand);
  if (isBlock(statement)) return blockOf(statement, hand);
  if (statement.type === 'CommentStatement') return nothing;
  throw new Error(`${statement.type} is nothing that can be filled`);
}

function constant<Piece>(piece: Piece): Pour<Piece> {
  return (_, take) => take(piece);
}

function nothing(): void {
  // A comment, or a block without an "else".
}

/** `{{field}}` or `{{field "default"}}`. */
function fieldOf<Piece>({ path, params: [fallback] }: hbs.AST.MustacheStatement, hand: Hand<Piece>): Pour<Piece> {
  const read = reader(path);
  const { lead } = hand;
  const known = lead && isPath(path) && isForeign(path) ? (data: MergeData) => lead(read(data)) : read;
  const written = rememberingLast(hand.value);
  if (!fallback) return (data, take) => take(written(known(data)));
  const otherwise = hand.value('value' in fallback ? fallback.value : undefined);
  return (data, take) => {
    const value = known(data);
    take(isMissing(value) ? otherwise : written(value));
  };
}

/** Whether strangers have written what a path leads to. */
function isForeign({ parts: [first, second] }: hbs.AST.PathExpression): boolean {
  // Of the dossier only one thing is an address of ours; all else is told of the lead, or by it.
  return first === 'lead' || first === 'event' || (first === 'dossier' && second !== 'answersUrl');
}

/** What says the brand is the same in mail after mail. What is made of a value depends on nothing else, so it may be kept. */
function rememberingLast<Piece>(write: (value: unknown) => Piece): (value: unknown) => Piece {
  let last: { readonly value: unknown; readonly piece: Piece } | undefined;
  return (value) => {
    if (!last || last.value !== value) last = { value, piece: write(value) };
    return last.piece;
  };
}

/** `{{#if field}}…{{else}}…{{/if}}`, or `unless`, which is the other way round. */
function blockOf<Piece>(block: hbs.AST.BlockStatement, hand: Hand<Piece>): Pour<Piece> {
  const { path, program, inverse } = block;
  const [subject] = block.params;
  const kind = isPath(path) ? path.original : '';
  if (!subject || !['if', 'unless'].includes(kind)) throw new Error('a block that can be filled asks for one field');
  const read = reader(subject);
  const isMeant = kind === 'if';
  const whole = program ? compileProgram(program, hand) : nothing;
  const other = inverse ? compileProgram(inverse, hand) : nothing;
  return (data, take) => (isThere(read(data)) === isMeant ? whole(data, take) : other(data, take));
}

type Read = (data: MergeData) => unknown;

/** Reads what a path leads to. Only own properties count: no value of a lead's may reach what every object inherits. */
function reader(path: hbs.AST.Node): Read {
  if (!isPath(path) || path.data || path.depth > 0) return () => undefined;
  const [first, second, ...rest] = path.parts.map(String);
  if (rest.length > 0 || first === undefined) return () => undefined;
  if (second === undefined) return (data) => own(data, first);
  return (data) => own(own(data, first), second);
}

function own(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}

/** What a default steps in for. */
export function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** Zero and a list of nothing are not there either. */
function isThere(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

export function isPath(node: hbs.AST.Node): node is hbs.AST.PathExpression {
  return node.type === 'PathExpression';
}

function isContent(node: hbs.AST.Node): node is hbs.AST.ContentStatement {
  return node.type === 'ContentStatement';
}

function isMustache(node: hbs.AST.Node): node is hbs.AST.MustacheStatement {
  return node.type === 'MustacheStatement';
}

function isBlock(node: hbs.AST.Node): node is hbs.AST.BlockStatement {
  return node.type === 'BlockStatement';
}
