import { isNativeError } from 'node:util/types';

/*
 * Prebuilt native libraries ask for the glibc they were linked on, even where the few symbols concerned have an older
 * twin of the same meaning. Retagging points those symbols at the twin. ELF64, little endian; layouts are from the
 * System V ABI ("Object Files") and the Linux Standard Base ("Symbol Versioning").
 */

type Section = { readonly type: number; readonly offset: number; readonly size: number; readonly link: number };
type Need = { readonly index: number; readonly version: string; readonly flagsAt: number };

const DYNSYM = 11;
const VERNEED = 0x6ffffffe;
const VERSYM = 0x6fffffff;
const SYMBOL_BYTES = 24;
const WEAK = 2;
/** The bit of a version index that hides a symbol; it is not part of the number. */
const HIDDEN = 0x8000;
/** The first version of x86-64's glibc: every symbol that we retag has a twin there. */
const OLDEST = '2.2.5';
/** C23 variants differ only in reading "0b" numbers; cutting the prefix leaves the older name in the same string. */
const C23_PREFIX = '__isoc23_';

/** Negative when glibc `a` is older than `b`, positive when newer: by number, since 2.9 comes before 2.38. */
export function compareGlibc(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  const differing = [0, 1, 2].find((part) => (left[part] ?? 0) !== (right[part] ?? 0)) ?? 0;
  return (left[differing] ?? 0) - (right[differing] ?? 0);
}

/** A copy of a shared library that loads on `runningGlibc`, its too-new glibc symbols pointed at their older twins. */
export function retagElf(file: Buffer, runningGlibc: string): Buffer {
  try {
    return retag(Buffer.from(file), runningGlibc);
  } catch (error) {
    if (!isNativeError(error) || error.name !== 'RangeError') throw error;
    throw new Error('Malformed ELF file: it points outside itself', { cause: error });
  }
}

function retag(file: Buffer, runningGlibc: string): Buffer {
  const sections = readSections(file);
  const symbols = sectionOf(sections, DYNSYM);
  const versions = sectionOf(sections, VERSYM);
  const twins = weakenNewer(file, sections, runningGlibc);

  for (let symbol = 0; symbol < symbols.size / SYMBOL_BYTES; symbol++) {
    const at = symbols.offset + symbol * SYMBOL_BYTES;
    const isUndefined = file.readUInt16LE(at + 6) === 0;
    const versionAt = versions.offset + symbol * 2;
    const version = file.readUInt16LE(versionAt);
    if (!isUndefined || !twins.has(version & ~HIDDEN)) continue;

    const nameAt = file.readUInt32LE(at);
    const name = readName(file, sections[symbols.link], nameAt);
    const twin = twins.get(version & ~HIDDEN);
    if (twin === undefined) throw new Error(`${name} needs a newer glibc and its library names no older one`);
    file.writeUInt16LE(twin | (version & HIDDEN), versionAt);
    if (name.startsWith(C23_PREFIX)) file.writeUInt32LE(nameAt + C23_PREFIX.length, at);
  }
  return file;
}

/** Marks what is newer than the running glibc as weak, so that the loader only warns; returns index → older index. */
function weakenNewer(
  file: Buffer,
  sections: readonly Section[],
  runningGlibc: string,
): Map<number, number | undefined> {
  const twins = new Map<number, number | undefined>();
  for (const needs of readNeeds(file, sections)) {
    const oldest = needs.find((need) => need.version === OLDEST)?.index;
    for (const need of needs.filter(({ version }) => compareGlibc(version, runningGlibc) > 0)) {
      file.writeUInt16LE(WEAK, need.flagsAt);
      twins.set(need.index, oldest);
    }
  }
  return twins;
}

/** The glibc versions asked for, one list for each library named in `.gnu.version_r`. */
function readNeeds(file: Buffer, sections: readonly Section[]): Need[][] {
  const section = sectionOf(sections, VERNEED);
  const libraries = chain(section.offset, (at) => file.readUInt32LE(at + 12));
  return libraries.map((library) => {
    const entries = chain(library + file.readUInt32LE(library + 8), (at) => file.readUInt32LE(at + 12));
    return entries.flatMap((at) => {
      const name = readName(file, sections[section.link], file.readUInt32LE(at + 8));
      const version = /^GLIBC_(2\.[\d.]+)$/.exec(name)?.[1];
      return version ? [{ version, index: file.readUInt16LE(at + 6), flagsAt: at + 4 }] : [];
    });
  });
}

/** Follows a linked list of file offsets. It ends: the distances are unsigned, and reading past the file throws. */
function chain(first: number, distanceToNext: (at: number) => number): number[] {
  const found = [first];
  for (let at = first, distance = distanceToNext(at); distance > 0; distance = distanceToNext(at)) {
    at += distance;
    found.push(at);
  }
  return found;
}

function readSections(file: Buffer): Section[] {
  const isElf64LittleEndian = file.subarray(0, 6).equals(Buffer.from('\x7fELF\x02\x01', 'latin1'));
  if (!isElf64LittleEndian) throw new Error('Not an ELF64 little-endian file');
  const table = Number(file.readBigUInt64LE(40));
  const [bytes, count] = [file.readUInt16LE(58), file.readUInt16LE(60)];
  return Array.from({ length: count }, (_, position) => readSection(file, table + position * bytes));
}

function readSection(file: Buffer, at: number): Section {
  return {
    type: file.readUInt32LE(at + 4),
    offset: Number(file.readBigUInt64LE(at + 24)),
    size: Number(file.readBigUInt64LE(at + 32)),
    link: file.readUInt32LE(at + 40),
  };
}

function sectionOf(sections: readonly Section[], type: number): Section {
  const section = sections.find((candidate) => candidate.type === type);
  if (!section) throw new Error(`Malformed ELF file: no section of type 0x${type.toString(16)}`);
  return section;
}

function readName(file: Buffer, strings: Section | undefined, at: number): string {
  if (!strings) throw new Error('Malformed ELF file: a string table is missing');
  const start = strings.offset + at;
  const end = file.indexOf(0, start);
  if (at >= strings.size || end < 0) throw new Error('Malformed ELF file: a name lies outside its string table');
  return file.toString('latin1', start, end);
}
