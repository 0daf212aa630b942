import { blanked, mergeField, withoutComments } from '../message/mjml-tags.js';
import type { Place } from './finding.js';

/** A tag as it stands in a template. Offsets count characters from the start of the text. */
export type Tag = {
  readonly name: string;
  readonly offset: number;
  readonly end: number;
  readonly attributes: ReadonlyMap<string, { readonly value: string; readonly offset: number }>;
};

const tag = /<([a-z][\w-]*)((?:"[^"]*"|'[^']*'|[^'"<>])*)>/gi;
const attribute = /([a-z][\w:-]*)\s*(?:=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?/gi;

/** The opening tags of a template, without those in comments and those that only give other tags their defaults. */
export function tagsIn(text: string): readonly Tag[] {
  // What stands in quotes inside a merge field must not end the attribute around it.
  const quiet = text.replace(mergeField, (field) => field.replace(/["'<>=\s]/g, '\ue000'));
  const readable = blanked(withoutComments(quiet), /<mj-attributes\b[\s\S]*?<\/mj-attributes>/g);
  return [...readable.matchAll(tag)].map(({ 0: whole, 1: name = '', 2: inside = '', index }) => {
    const start = index + 1 + name.length;
    const attributes = [...inside.matchAll(attribute)].map(({ 0: one, 1: key = '', 2: value = '', index: at }) => {
      const quotes = /^["']/.test(value) ? 1 : 0;
      const offset = start + at + one.length - value.length + quotes;
      return [key.toLowerCase(), { value: text.slice(offset, offset + value.length - 2 * quotes), offset }] as const;
    });
    return { name: name.toLowerCase(), offset: index, end: index + whole.length, attributes: new Map(attributes) };
  });
}

/** Where a tag with all that is inside of it ends. */
export function endOfElement({ name, offset, end }: Tag, text: string): number {
  if (text.slice(offset, end).endsWith('/>')) return end;
  let depth = 1;
  for (const { 0: found, 1: closing, index } of text.slice(end).matchAll(new RegExp(`<(/?)${name}\\b[^>]*>`, 'gi'))) {
    if (!found.endsWith('/>')) depth += closing ? -1 : 1;
    if (depth === 0) return end + index + found.length;
  }
  // HTML leaves out closing tags, as of pictures.
  return end;
}

/** The place of an offset in a file, for people. */
export function placeAt(file: string, text: string, offset: number): Place {
  const above = text.slice(0, offset).split('\n');
  return { file, line: above.length, column: (above.at(-1)?.length ?? 0) + 1 };
}
