import { didYouMean, quoted } from '../diagnostic.js';
import { ownFields } from '../journey/facts.js';
import { parseAddress } from '../message/address.js';
import type { FieldType } from '../sequence/lead-file.js';
import { camelCase, headerWords, plainWord } from './header-words.js';

/** A column of a file, and what its cells are taken for. */
export type Column = {
  readonly at: number;
  readonly header: string;
  /** The first cell that says something. */
  readonly example: string;
  /** A field of the lead, or "tags", "consent", "consentSource", "consentAt"; missing where the column is left out. */
  readonly to?: string;
  /** How that was found out, in words. */
  readonly how: string;
};

export type Mapping = {
  readonly columns: readonly Column[];
  /** What somebody must say before anything can be imported: all of it. */
  readonly problems: readonly { readonly what: string; readonly fix: string }[];
};

/** What the person who imports says of the columns. */
export type MappingWish = {
  /** Fields by the header of their column. */
  readonly map?: ReadonlyMap<string, string>;
  /** Headers of columns that are left out. */
  readonly ignore?: readonly string[];
  /** Leaves out every column that is no field of `lead.json`. */
  readonly ignoreUnknown?: boolean;
};

type Head = { readonly header: readonly string[]; readonly sample: readonly (readonly string[])[] };
/** A column with what it could be; the lower its rank, the surer. */
type Guess = { readonly at: number; readonly to: string; readonly how: string; readonly rank: number };

/** What is said of a lead beside its fields. */
export const besides = ['tags', 'consent', 'consentSource', 'consentAt'] as const;
const builtIn = ['email', ...ownFields, ...besides];
/** What Rivulet works out itself, and the two that its own list of broken rows begins with. */
const workedOut = ['id', 'stage', 'score', 'suppressed', 'createdAt', 'brokenline', 'brokenbecause'].map(plainWord);

/**
 * Which column is what: as the person says, by its name in many spellings and languages, and where no name tells the
 * addresses, by what stands in it. `fields` are those of `lead.json`; without that file every other column is an attribute.
 */
export function guessMapping(
  { header, sample }: Head,
  fields: ReadonlyMap<string, FieldType> | undefined,
  wish: MappingWish = {},
): Mapping {
  const { map = new Map<string, string>(), ignore = [], ignoreUnknown = false } = wish;
  const known = [...builtIn, ...(fields?.keys() ?? [])];
  const isIgnored = (name: string): boolean => ignore.some((one) => plainWord(one) === plainWord(name));
  const guesses = header.flatMap((name, at): readonly Guess[] => {
    const said = saidOf(name, map);
    if (said !== undefined) return [{ at, to: said, how: 'as you said', rank: 0 }];
    return isIgnored(name) ? [] : byName(name, known, fields === undefined).map((guess) => ({ at, ...guess }));
  });
  // A file that was exported here brings along what it was exported from, also what nobody has declared.
  const isExport = ['consentSource', 'consentAt', 'suppressed', 'createdAt', 'id'].every((name) =>
    header.includes(name),
  );
  const taken = firstOfEach([...guesses, ...byContent({ header, sample }, guesses, isIgnored)]);

  const columns = header.map((name, at): Column => {
    const column = { at, header: name, example: sample.map((row) => row[at] ?? '').find((cell) => cell !== '') ?? '' };
    const found = taken.get(at);
    if (found) return { ...column, to: found.to, how: found.how };
    if (isIgnored(name)) return { ...column, how: 'left out, as you said' };
    if (workedOut.includes(plainWord(name))) return { ...column, how: 'left out: Rivulet works it out itself' };
    if (name === '') return { ...column, how: 'left out: it has no name' };
    if (isExport && isName(name)) return { ...column, to: name, how: 'a field of its own' };
    if (fields === undefined) return asAttribute(column, [...taken.values()]);
    return { ...column, how: ignoreUnknown ? 'left out: no field of lead.json' : unknown };
  });
  return { columns, problems: problemsOf(columns, { known, map, ignore, isClosed: fields !== undefined }) };
}

const unknown = 'no field of lead.json';

function saidOf(name: string, map: ReadonlyMap<string, string>): string | undefined {
  return map.get(name) ?? [...map].find(([column]) => plainWord(column) === plainWord(name))?.[1];
}

function byName(name: string, known: readonly string[], isOpen: boolean): readonly Omit<Guess, 'at'>[] {
  const plain = plainWord(name);
  const exact = known.find((field) => plainWord(field) === plain);
  if (exact !== undefined) return [{ to: exact, how: 'by its name', rank: 1 }];
  const meant = Object.keys(headerWords).filter((field) => headerWords[field]?.includes(plain));
  return meant
    .filter((field) => isOpen || known.includes(field))
    .map((to) => ({ to, how: 'by what it is usually called', rank: 2 }));
}

/** Where no header names the addresses, the column that has nothing else in it has them. */
function byContent(
  { header, sample }: Head,
  guesses: readonly Guess[],
  isIgnored: (name: string) => boolean,
): readonly Guess[] {
  if (guesses.some(({ to }) => to === 'email')) return [];
  const at = header.findIndex((name, place) => {
    const cells = sample.map((row) => row[place] ?? '').filter((cell) => cell !== '');
    const addresses = cells.filter((cell) => parseAddress(cell).ok).length;
    return !isIgnored(name) && addresses > 0 && addresses >= cells.length * 0.8;
  });
  return at < 0 ? [] : [{ at, to: 'email', how: 'by the addresses in it', rank: 0 }];
}

/** Of two columns that could be the same field the surer one, or the first; the other is looked at as any other column. */
function firstOfEach(guesses: readonly Guess[]): ReadonlyMap<number, Guess> {
  const ranked = guesses.toSorted((a, b) => a.rank - b.rank || a.at - b.at);
  const taken = new Map<number, Guess>();
  for (const guess of ranked) {
    const isDouble = [...taken.values()].some(({ to, rank }) => to === guess.to && (rank > 0 || guess.rank > 0));
    if (!isDouble && !taken.has(guess.at)) taken.set(guess.at, guess);
  }
  return taken;
}

function asAttribute(column: Omit<Column, 'to' | 'how'>, taken: readonly Guess[]): Column {
  const to = camelCase(column.header);
  const isFree = to !== '' && !builtIn.includes(to) && !taken.some((guess) => guess.to === to);
  return isFree ? { ...column, to, how: 'a field of its own' } : { ...column, how: noName };
}

const noName = 'no name that a field can have';

const waysOut =
  'Say what each is by --map "Column=field", leave it out by --ignore "Column" (--ignore-unknown leaves out all of them), or declare it in sequences/lead.json.';

/** The field that was likely meant; all that there are would be too many to read. */
function nearest(header: string, known: readonly string[]): string {
  const hint = didYouMean(camelCase(header), known);
  return hint.startsWith('Did you mean') ? hint : '';
}

function isName(to: string): boolean {
  return /^[A-Za-z][\w-]{0,59}$/.test(to);
}

type Said = {
  readonly known: readonly string[];
  readonly map: ReadonlyMap<string, string>;
  readonly ignore: readonly string[];
  /** Whether there are no fields but the known ones. */
  readonly isClosed: boolean;
};

function problemsOf(columns: readonly Column[], { known, map, ignore, isClosed }: Said): Mapping['problems'] {
  const headers = columns.map(({ header }) => header);
  const isThere = (name: string): boolean => headers.some((header) => plainWord(header) === plainWord(name));
  const missing = [...map.keys(), ...ignore].filter((name) => !isThere(name));
  const strange = columns.filter(({ how }) => how === unknown || how === noName);
  const targets = columns.flatMap(({ to }) => to ?? []);
  const doubled = [...new Set(targets.filter((to, i) => targets.indexOf(to) !== i))];
  const wrongNames = [...map.values()].filter((to) => !isName(to));
  const misspelt = isClosed ? [...map.values()].filter((to) => isName(to) && !known.includes(to)) : [];
  return [
    ...missing.map((name) => ({ what: `there is no column ${quoted(name)}`, fix: didYouMean(name, headers) })),
    ...wrongNames.map((to) => ({
      what: `${quoted(to)} is no name for a field`,
      fix: 'It begins with a letter and has letters, digits, "_" and "-" only.',
    })),
    ...misspelt.map((to) => ({ what: `there is no field ${quoted(to)} in lead.json`, fix: didYouMean(to, known) })),
    ...doubled.map((to) => ({
      what: `two columns are to be "${to}": ${columns
        .filter((one) => one.to === to)
        .map(({ header }) => quoted(header))
        .join(' and ')}`,
      fix: 'Say which by --map "Column=field", and leave the other out by --ignore "Column".',
    })),
    ...strange.map(({ header, how }, i) => ({
      what: `column ${quoted(header)} is ${how}`,
      fix: [nearest(header, known), i === strange.length - 1 ? waysOut : ''].filter(Boolean).join(' '),
    })),
    ...(targets.includes('email')
      ? []
      : [
          {
            what: `no column is called "email" (found: ${headers.join(', ')})`,
            fix: 'Say which has the addresses: --map "Column=email".',
          },
        ]),
  ];
}
