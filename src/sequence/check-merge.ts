import type { Diagnostic } from '../diagnostic.js';
import { didYouMean } from '../diagnostic.js';
import { type MergeField, readMergeFields } from '../message/merge.js';
import type { PlacedField } from '../message/template.js';
import type { Names } from './check.js';
import { answersUrlName, dossierNames } from './dossier-names.js';
import type { JsonPath, JsonSource } from './json-source.js';
import { builtInFields } from './lead-file.js';

/** What a text becomes part of: only a notice tells of the event that it is about. */
export type MergePlace = 'mail' | 'notice' | 'webhook';

/** Merge fields in a text of a JSON file: its syntax, and whether each is known and covered. */
export function checkMergeText(
  text: string,
  path: JsonPath,
  source: JsonSource,
  names: Pick<Names, 'fields'>,
  place: MergePlace = 'mail',
): readonly Diagnostic[] {
  const { fields, problems } = readMergeFields(text);
  return [
    ...problems.map((p) => source.problem(path, { code: 'merge-field', message: p.message, hint: p.hint })),
    ...fields.flatMap((field) => {
      const problem = (place === 'webhook' ? onlyInMails(field) : undefined) ?? mergeFieldProblem(field, names, place);
      return problem ? [source.problem(path, problem)] : [];
    }),
  ];
}

/**
 * What is wrong with the merge fields of templates: a name nobody knows, or one that a lead may lack and that has no default.
 * `isForLeads`: whether a mail to leads is made of a file.
 */
export function checkMergeFields(
  fields: readonly PlacedField[],
  names: Pick<Names, 'fields'>,
  isForLeads: (file: string) => boolean,
): readonly Diagnostic[] {
  return fields.flatMap((field): readonly Diagnostic[] => {
    const place = (isOfEvent(field) || isOfDossier(field)) && !isForLeads(field.file) ? 'notice' : 'mail';
    const problem = mergeFieldProblem(field, names, place);
    return problem ? [{ file: field.file, line: field.line, column: field.column, severity: 'error', ...problem }] : [];
  });
}

/** Addresses of one copy of a mail, which are empty anywhere else. */
function onlyInMails({ name }: MergeField): { code: string; message: string; hint: string } | undefined {
  if (!['unsubscribeUrl', 'preferencesUrl', 'assetUrl', 'brand.logoUrl', answersUrlName].includes(name))
    return undefined;
  const hint = 'Take it out; the receiver knows the lead by its id.';
  return { code: 'unknown-merge-field', message: `{{${name}}} is known in mails only`, hint };
}

const alwaysThere = [
  'lead.email',
  'sequence.name',
  'unsubscribeUrl',
  'preferencesUrl',
  // Where a step names no asset, that is told of the step.
  'assetUrl',
  'brand.name',
  'brand.website',
  'brand.postalAddress',
  'brand.logoUrl',
  'brand.logoAlt',
];

/** What a notice can say of the event that enrolled its lead, and whether each event has it. */
const eventFields: ReadonlyMap<string, boolean> = new Map([
  ['event.type', true],
  ['event.at', true],
  ['event.about', false],
  ['event.title', false],
  ['event.text', false],
  ['event.mail', false],
]);

/** A merge field that may be written; `place`: "notice" where only one's own people are told it. */
export type KnownField = { readonly name: string; readonly isAlwaysThere: boolean; readonly place: 'mail' | 'notice' };

/** Every merge field that a project knows, for those who choose from a list. */
export function knownFields({ fields }: Pick<Names, 'fields'>): readonly KnownField[] {
  const ofLeads = [...new Set([...Object.keys(builtInFields), ...(fields?.keys() ?? [])])].map(
    (name) => `lead.${name}`,
  );
  const inMails = [...new Set([...alwaysThere, ...ofLeads])];
  const inNotices = [...eventFields, ...dossierNames];
  return [
    ...inMails.map((name) => ({ name, isAlwaysThere: alwaysThere.includes(name), place: 'mail' as const })),
    ...inNotices.map(([name, isAlwaysThere]) => ({ name, isAlwaysThere, place: 'notice' as const })),
  ];
}

function isOfEvent({ name }: MergeField): boolean {
  return name.startsWith('event.');
}

function eventFieldProblem(field: MergeField, place: MergePlace) {
  if (place !== 'notice') {
    const hint = 'Take it out; only what a "notify" step sends can tell of an event.';
    return { code: 'unknown-merge-field', message: `{{${field.name}}} is known in notices only`, hint };
  }
  const isAlwaysThere = eventFields.get(field.name);
  if (isAlwaysThere === undefined) {
    const hint = didYouMean(field.name, [...eventFields.keys()]);
    return { code: 'unknown-merge-field', message: `there is no merge field {{${field.name}}}`, hint };
  }
  return isAlwaysThere || field.isCovered ? undefined : uncovered(field, `some events have no ${field.name.slice(6)}`);
}

function isOfDossier({ name }: MergeField): boolean {
  return name.startsWith('dossier.');
}

/** What is put together for sales is nothing that a lead should read of itself. */
function dossierFieldProblem(field: MergeField, place: MergePlace) {
  if (place === 'mail') {
    const hint = 'Take it out; only what "notify" and "webhook" steps send can tell it.';
    return { code: 'unknown-merge-field', message: `{{${field.name}}} is known in notices only`, hint };
  }
  const isAlwaysThere = dossierNames.get(field.name);
  if (isAlwaysThere === undefined) {
    const hint = didYouMean(field.name, [...dossierNames.keys()]);
    return { code: 'unknown-merge-field', message: `there is no merge field {{${field.name}}}`, hint };
  }
  return isAlwaysThere || field.isCovered ? undefined : uncovered(field, `some leads have no ${field.name}`);
}

function uncovered({ name }: MergeField, message: string) {
  const hint = `Give it a default, {{${name} '…'}}, or put it into {{#if ${name}}}…{{/if}}.`;
  return { code: 'merge-field-may-be-missing', message, hint };
}

function mergeFieldProblem(
  field: MergeField,
  { fields }: Pick<Names, 'fields'>,
  place: MergePlace,
): { code: string; message: string; hint: string } | undefined {
  if (isOfEvent(field)) return eventFieldProblem(field, place);
  if (isOfDossier(field)) return dossierFieldProblem(field, place);
  if (alwaysThere.includes(field.name)) return undefined;
  const leadFields = [...Object.keys(builtInFields), ...(fields?.keys() ?? [])].map((name) => `lead.${name}`);
  const isKnown = fields ? leadFields.includes(field.name) : /^lead\.[\w-]+$/.test(field.name);
  if (!isKnown) {
    const hint = didYouMean(field.name, [...new Set([...alwaysThere, ...leadFields])]);
    return { code: 'unknown-merge-field', message: `there is no merge field {{${field.name}}}`, hint };
  }
  return field.isCovered ? undefined : uncovered(field, `some leads have no ${field.name}`);
}
