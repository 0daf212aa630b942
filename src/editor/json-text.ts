import { applyEdits, findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';
import type { JsonPath } from '../sequence/json-source.js';

// Edits of a JSON text that leave the rest of it as its author wrote it.

/** A value in a JSON text, with the keys that lead to it. */
type Place = { readonly path: JsonPath; readonly node: Node };

/** Puts other texts in place of those for which `replace` has one; it is told the key under which each stands. */
export function withTexts(
  json: string,
  replace: (key: string | number | undefined, value: string, path: JsonPath) => string | undefined,
): string {
  const edits = placesIn(json).flatMap(({ path, node: { value, offset, length } }) => {
    const other =
      typeof value === 'string'
        ? replace(
            path.findLast((key) => typeof key === 'string'),
            value,
            path,
          )
        : undefined;
    return other === undefined ? [] : [{ offset, length, content: JSON.stringify(other) }];
  });
  return applyEdits(json, edits);
}

/** The texts under a key, wherever it stands, and those in a list under it. */
export function textsUnder(json: string, key: string): readonly { readonly path: JsonPath; readonly text: string }[] {
  return placesIn(json).flatMap(({ path, node: { value } }) => {
    const own = path.findLast((part) => typeof part === 'string');
    return typeof value === 'string' && own === key ? [{ path, text: value }] : [];
  });
}

/** The keys of the object at `path`. */
export function keysAt(json: string, path: JsonPath): readonly string[] {
  return propertiesAt(json, path).map((property) => String(property.children?.[0]?.value));
}

/** A property of the object at `path` as it is written, key and all. */
export function propertyText(json: string, path: JsonPath, key: string): string | undefined {
  const property = propertiesAt(json, path).find(({ children }) => children?.[0]?.value === key);
  return property && json.slice(property.offset, property.offset + property.length);
}

/** Adds properties, as they are written, to the object at `path`. */
export function withProperties(json: string, path: JsonPath, properties: readonly string[]): string {
  const last = propertiesAt(json, path).at(-1);
  const object = nodeAt(json, path);
  if (!object || properties.length === 0) return json;
  const indent = '  '.repeat(path.length + 1);
  const lines = properties.map((property) => `\n${indent}${property}`).join(',');
  if (last) return applyEdits(json, [{ offset: last.offset + last.length, length: 0, content: `,${lines}` }]);
  return applyEdits(json, [{ ...object, content: `{${lines}\n${'  '.repeat(path.length)}}` }]);
}

function nodeAt(json: string, path: JsonPath): Node | undefined {
  const root = parseTree(json);
  return root && findNodeAtLocation(root, [...path]);
}

function propertiesAt(json: string, path: JsonPath): readonly Node[] {
  return nodeAt(json, path)?.children ?? [];
}

/** The plain values of a JSON text; none where it is something else, such as a template. */
function placesIn(json: string): readonly Place[] {
  const root = json.trimStart().startsWith('{') ? parseTree(json) : undefined;
  return root ? placesUnder({ path: [], node: root }) : [];
}

function placesUnder({ path, node }: Place): readonly Place[] {
  const children = node.children ?? [];
  if (node.type === 'array') return children.flatMap((child, i) => placesUnder({ path: [...path, i], node: child }));
  if (node.type !== 'object') return [{ path, node }];
  return children.flatMap(({ children: [key, value] = [] }) =>
    value ? placesUnder({ path: [...path, String(key?.value)], node: value }) : [],
  );
}
