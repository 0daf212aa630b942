import { Ajv, type ValidateFunction } from 'ajv';
import { fileKinds, schemaOf } from '../src/editor/json-schema.js';

/** Asks a validator that knows nothing of Rivulet. */
export function openSchemas() {
  const ajv = new Ajv({ strictTypes: false, strictRequired: false, validateFormats: false });
  // Words for editors alone.
  ajv.addVocabulary(['defaultSnippets', 'patternErrorMessage', 'errorMessage', 'suggestSortText']);
  for (const [name, kind] of fileKinds) ajv.addSchema(schemaOf(kind), name);

  const ask = (ref: string, value: unknown): readonly string[] => {
    const check: ValidateFunction = ajv.getSchema(ref) ?? ajv.compile({ $ref: ref });
    if (check(value)) return [];
    return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
  return {
    /** What is wrong with a file of a kind. */
    inFile: (kind: string, value: unknown) => ask(kind, value),
    /** What is wrong with a value that stands at a place of a schema. */
    at: (kind: string, place: readonly string[], value: unknown) =>
      ask(`${kind}#${place.map(pointed).join('')}`, value),
  };
}

/** A step of a JSON Pointer in an address (RFC 6901 §6). */
function pointed(key: string): string {
  return `/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`;
}

/** The kind of a file, by its path in the project. */
export function kindOf(path: string): string {
  if (path.endsWith('.journey.json')) return 'journey';
  const [folder = '', ...rest] = path
    .replace(/\.json$/, '')
    .split('/')
    .slice(-2);
  if (folder === 'calendars') return 'calendar';
  if (folder === 'forms') return 'form';
  const [name = folder] = rest;
  return fileKinds.has(name) && name !== 'sequence' ? name : 'sequence';
}

/** A snippet as it reads before anybody types: what its places are filled with at first. */
export function filledIn(body: unknown): unknown {
  const text = JSON.stringify(body)
    .replace(/\$\{\d+:([^}]*)\}/g, '$1')
    .replace(/"\^([^"]*)"/g, '$1');
  return JSON.parse(text);
}
