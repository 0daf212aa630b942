import type { Diagnostic } from '../diagnostic.js';
import { didYouMean } from '../diagnostic.js';
import { type MergeField, readMergeFields } from '../message/merge.js';
import type { PlacedField } from '../message/template.js';
import type { Names } from './check.js';
import type { JsonPath, JsonSource } from './json-source.js';
import { builtInFields } from './lead-file.js';

/** Merge fields in a text of a JSON file: its syntax, and whether each is known and covered. */
export function checkMergeText(
  text: string,
  path: JsonPath,
  source: JsonSource,
  names: Pick<Names, 'fields'>,
  isMail = true,
): readonly Diagnostic[] {
  const { fields, problems } = readMergeFields(text);
  return [
    ...problems.map((p) => source.problem(path, { code: 'merge-field', message: p.message, hint: p.hint })),
    ...fields.flatMap((field) => {
      const problem = isMail
        ? mergeFieldProblem(field, names)
        : (onlyInMails(field) ?? mergeFieldProblem(field, names));
      return problem ? [source.problem(path, problem)] : [];
    }),
  ];
}

/** What is wrong with the merge fields of templates: a name nobody knows, or one that a lead may lack and that has no default. */
export function checkMergeFields(fields: readonly PlacedField[], names: Pick<Names, 'fields'>): readonly Diagnostic[] {
  return fields.flatMap((field): readonly Diagnostic[] => {
    const problem = mergeFieldProblem(field, names);
    return problem ? [{ file: field.file, line: field.line, column: field.column, severity: 'error', ...problem }] : [];
  });
}

/** Addresses of one copy of a mail, which are empty anywhere else. */
function onlyInMails({ name }: MergeField): { code: string; message: string; hint: string } | undefined {
  if (!['unsubscribeUrl', 'preferencesUrl', 'brand.logoUrl'].includes(name)) return undefined;
  const hint = 'Take it out; the receiver knows the lead by its id.';
  return { code: 'unknown-merge-field', message: `{{${name}}} is known in mails only`, hint };
}

const alwaysThere = [
  'lead.email',
  'sequence.name',
  'unsubscribeUrl',
  'preferencesUrl',
  'brand.name',
  'brand.website',
  'brand.postalAddress',
  'brand.logoUrl',
  'brand.logoAlt',
];

function mergeFieldProblem(
  field: MergeField,
  { fields }: Pick<Names, 'fields'>,
): { code: string; message: string; hint: string } | undefined {
  if (alwaysThere.includes(field.name)) return undefined;
  const leadFields = [...Object.keys(builtInFields), ...(fields?.keys() ?? [])].map((name) => `lead.${name}`);
  const isKnown = fields ? leadFields.includes(field.name) : /^lead\.[\w-]+$/.test(field.name);
  if (!isKnown) {
    const hint = didYouMean(field.name, [...new Set([...alwaysThere, ...leadFields])]);
    return { code: 'unknown-merge-field', message: `there is no merge field {{${field.name}}}`, hint };
  }
  if (field.isCovered) return undefined;
  const hint = `Give it a default, {{${field.name} '…'}}, or put it into {{#if ${field.name}}}…{{/if}}.`;
  return { code: 'merge-field-may-be-missing', message: `some leads have no ${field.name}`, hint };
}
