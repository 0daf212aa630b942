import type { EventValue } from '../event/lead-event.js';
import { mergeFields, type Person } from '../journey/merge-fields.js';
import type { MailOrder } from '../message/mail.js';
import { mergeFieldsOf } from '../message/template.js';
import { builtInFields } from '../sequence/lead-file.js';
import type { Project } from '../sequence/project.js';
import type { ProjectFiles } from '../sequence/project-files.js';

/** Whose values a mail is shown with. */
export type PreviewLead = MailOrder['lead'] & {
  /** In words: where this lead comes from. */
  readonly origin: string;
};

/** Values that read naturally in a mail; "&" is one that must be escaped. */
const likely: ReadonlyMap<string, EventValue> = new Map<string, EventValue>([
  ['jobTitle', 'Head of Logistics'],
  ['company', 'Pell & Rowan'],
  ['companySize', 250],
  ['country', 'FR'],
  ['city', 'Lyon'],
  ['phone', '+33 4 72 00 00 00'],
]);
const byType: Readonly<Record<string, EventValue>> = {
  number: 7,
  'yes/no': true,
  date: '2026-12-24',
  list: ['first', 'second'],
};

/** A lead that nobody is, with a value for every field that mails may ask for. */
export function madeUpLead(project: Project, files: ProjectFiles, email = 'ada.quill@example.com'): PreviewLead {
  const types = new Map<string, string>([
    ...namedIn(files).map((name) => [name, 'text'] as const),
    ...Object.entries(builtInFields),
    ...(project.fields ?? []),
  ]);
  types.delete('email');
  const values = [...types].map(
    ([name, type]) => [name, likely.get(name) ?? byType[type] ?? `sample ${name}`] as const,
  );
  const made = {
    email,
    firstName: 'Ada',
    lastName: 'Quill',
    timezone: 'Europe/Paris',
    locale: 'en',
    attributes: Object.fromEntries(values),
  };
  return toPreviewLead(made, 'made up, with a value in every field', project);
}

/** Nothing is known but the address: what the defaults of merge fields are for. */
export function emptyLead({ email }: PreviewLead): PreviewLead {
  return { email, name: '', fields: {}, origin: 'without any fields' };
}

/** Where no `lead.json` declares any, the fields are those that the mails name. */
function namedIn({ templates }: ProjectFiles): readonly string[] {
  const names = [...templates.values()].flatMap((source) => mergeFieldsOf(source).fields.map(({ name }) => name));
  return names.flatMap((name) => (name.startsWith('lead.') ? [name.slice('lead.'.length)] : []));
}

/** What mails know of a lead. */
export function toPreviewLead(lead: Person, origin: string, { brand, fields }: Project): PreviewLead {
  const wording = { fields, language: brand.language, timeZone: lead.timezone ?? 'UTC' };
  const name = [lead.firstName, lead.lastName].filter(Boolean).join(' ');
  return { email: lead.email, name, fields: mergeFields(lead, wording), origin };
}
