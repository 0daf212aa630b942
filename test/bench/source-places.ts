import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Locate } from './profile.js';

const Map3 = z.object({
  file: z.string(),
  mappings: z.string(),
  sources: z.array(z.string()),
  names: z.array(z.string()),
  version: z.number(),
  sourceRoot: z.string().default(''),
  sourcesContent: z.array(z.string()).default([]),
});

/** Finds the lines of the sources that compiled functions came from, for files compiled into `root`. */
export function sourcePlaces(root: string): Locate {
  const maps = new Map<string, SourceMap | undefined>();
  return ({ url, lineNumber, columnNumber }) => {
    if (!url.startsWith('file:')) return { file: url, line: lineNumber + 1 };
    const path = fileURLToPath(url);
    const isOurs = path.startsWith(root);
    if (isOurs && !maps.has(path)) maps.set(path, mapOf(path));
    const entry = maps.get(path)?.findEntry(lineNumber, columnNumber);
    const line = entry && 'originalLine' in entry ? entry.originalLine : lineNumber;
    const file = isOurs ? relative(root, path).replace(/\.js$/, '.ts') : relative(resolve('.'), path);
    return { file, line: line + 1 };
  };
}

function mapOf(path: string): SourceMap {
  return new SourceMap(Map3.parse(JSON.parse(readFileSync(`${path}.map`, 'utf8'))));
}
