import type { Brand } from '../message/brand.js';
import type { MergeData, MergeValue } from '../message/merge.js';
import type { Template } from '../message/template.js';
import { sampleDossier } from '../sales/sample-dossier.js';
import { builtInFields, type FieldType } from '../sequence/lead-file.js';

const sampleNow = new Date('2026-03-03T13:05:00Z');

/** Values of a length that is usual, neither the shortest nor the longest. */
const byName: Readonly<Record<string, string>> = {
  email: 'christina.petersen@example.com',
  firstName: 'Christina',
  lastName: 'Petersen',
  company: 'Northwind Logistics',
  jobTitle: 'Head of Operations',
  city: 'Copenhagen',
  country: 'DK',
  timezone: 'Europe/Copenhagen',
  locale: 'en',
  plan: 'Business',
};
const byType: Readonly<Record<FieldType, MergeValue>> = {
  text: 'some words',
  number: 12,
  'yes/no': true,
  date: '2026-11-30',
  list: ['one', 'two'],
};

/** What a mail is filled with for a lead that has every field, each of a usual length. */
export function typicalData(brand: Brand, fields: ReadonlyMap<string, FieldType> = new Map()): MergeData {
  const typeOf = (name: string): FieldType => fields.get(name) ?? builtInFields[name] ?? 'text';
  return dataOf(brand, (name) => (typeOf(name) === 'text' ? (byName[name] ?? byType.text) : byType[typeOf(name)]));
}

/** The same with one value for all that only the lead itself could tell. */
export function dataWith(brand: Brand, value: string): MergeData {
  return dataOf(brand, () => value);
}

/** The lengths of links, pixel and unsubscribe address are those of real ones. */
export function withLinksOf(template: Template, data: MergeData): MergeData {
  const ours = 'https://mail.example.com';
  const token = 'x'.repeat(54);
  return {
    ...data,
    links: template.links.map(() => `${ours}/c/${token}`),
    unsubscribeUrl: `${ours}/u/${token}`,
    preferencesUrl: `${ours}/p/${token}`,
    pixelUrl: `${ours}/o/${token}.gif`,
    assetUrl: `${ours}/d/${'x'.repeat(87)}`,
  };
}

function dataOf(
  { name, website, postalAddress, logo, logoAlt }: Brand,
  valueOf: (field: string) => MergeValue,
): MergeData {
  return {
    lead: everyField(valueOf),
    brand: { name, website, postalAddress, logoUrl: logo, logoAlt },
    sequence: { name: 'Welcome' },
    event: {
      type: 'replied',
      at: 'Monday 2 March 2026',
      text: 'Yes, please call me.',
      about: '',
      title: 'The white paper',
      mail: 'welcome/hello',
    },
    dossier: {
      ...sampleDossier('Christina Petersen', sampleNow),
      answersUrl: `https://mail.example.com/s/${'x'.repeat(54)}`,
    },
    links: [],
    unsubscribeUrl: '',
    preferencesUrl: '',
    pixelUrl: '',
  };
}

/** Without a lead.json nobody could list the fields, so all are there. */
function everyField(valueOf: (field: string) => MergeValue): MergeData['lead'] {
  const describe = (name: string | symbol) =>
    typeof name === 'string' ? { value: valueOf(name), configurable: true, enumerable: true } : undefined;
  return new Proxy<Record<string, MergeValue>>(
    {},
    { get: (_, name) => describe(name)?.value, getOwnPropertyDescriptor: (_, name) => describe(name) },
  );
}
