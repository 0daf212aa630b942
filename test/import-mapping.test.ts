import { describe, expect, test } from '@jest/globals';
import type { FieldType } from '../src/sequence/lead-file.js';
import { camelCase, headerWords } from '../src/transfer/header-words.js';
import { guessMapping, type MappingWish } from '../src/transfer/mapping.js';

const declared = new Map<string, FieldType>([
  ['jobTitle', 'text'],
  ['company', 'text'],
  ['country', 'text'],
  ['companySize', 'number'],
]);

function mapped(header: readonly string[], fields: ReadonlyMap<string, FieldType> | undefined, wish: MappingWish = {}) {
  const { columns, problems } = guessMapping({ header, sample: [] }, fields, wish);
  return { to: columns.map(({ to }) => to), problems: problems.map(({ what, fix }) => `${what}. ${fix}`.trim()) };
}

describe('columns are known by what programs and people call them', () => {
  test.each([
    [
      'HubSpot',
      [
        'Record ID',
        'First Name',
        'Last Name',
        'Email',
        'Job Title',
        'Company Name',
        'Country/Region',
        'Number of Employees',
      ],
      [undefined, 'firstName', 'lastName', 'email', 'jobTitle', 'company', 'country', 'companySize'],
    ],
    [
      'Mailchimp',
      ['Email Address', 'First Name', 'Last Name', 'OPTIN_TIME', 'TIMEZONE', 'CC', 'TAGS'],
      ['email', 'firstName', 'lastName', 'consentAt', 'timezone', 'country', 'tags'],
    ],
    [
      'ActiveCampaign',
      ['Email', 'First Name', 'Last Name', 'Account', 'Job Title', 'Tags'],
      ['email', 'firstName', 'lastName', 'company', 'jobTitle', 'tags'],
    ],
    [
      'Salesforce',
      ['FirstName', 'LastName', 'Title', 'Account Name', 'Email', 'Mailing Country'],
      ['firstName', 'lastName', 'jobTitle', 'company', 'email', 'country'],
    ],
    [
      'French',
      ['Adresse e-mail', 'Prénom', 'Nom', 'Entreprise', 'Pays', 'Effectif', 'Fuseau horaire'],
      ['email', 'firstName', 'lastName', 'company', 'country', 'companySize', 'timezone'],
    ],
    ['Québec', ['Courriel', 'Prénom', 'Nom de famille'], ['email', 'firstName', 'lastName']],
    [
      'German',
      ['E-Mail-Adresse', 'Vorname', 'Nachname', 'Firma', 'Land', 'Sprache'],
      ['email', 'firstName', 'lastName', 'company', 'country', 'locale'],
    ],
    [
      'Spanish',
      ['Correo electrónico', 'Nombre', 'Apellidos', 'Empresa', 'País'],
      ['email', 'firstName', 'lastName', 'company', 'country'],
    ],
    [
      'an export of Rivulet',
      [
        'email',
        'firstName',
        'consent',
        'consentSource',
        'consentAt',
        'tags',
        'stage',
        'score',
        'suppressed',
        'createdAt',
        'id',
      ],
      [
        'email',
        'firstName',
        'consent',
        'consentSource',
        'consentAt',
        'tags',
        undefined,
        undefined,
        undefined,
        undefined,
        undefined,
      ],
    ],
    ['broken rows', ['broken line', 'broken because', 'email'], [undefined, undefined, 'email']],
  ])('%s', (_, header, to) => {
    expect(mapped(header, declared, { ignoreUnknown: true })).toEqual({ to, problems: [] });
  });
});

test('no two fields claim the same word, so that no column is two things', () => {
  const all = Object.values(headerWords).flat();
  expect(all.filter((word, i) => all.indexOf(word) !== i)).toEqual([]);
});

test('where no header names the addresses, the column that has nothing else in it has them', () => {
  const sample = [
    ['Ada', 'ada@example.org'],
    ['Grace', ''],
    ['', 'grace@example.org'],
  ];
  const { columns } = guessMapping({ header: ['firstName', 'contact point'], sample }, declared);
  expect(columns[1]).toMatchObject({ to: 'email', how: 'by the addresses in it', example: 'ada@example.org' });
});

test('of two columns that could be one field the surer one is it', () => {
  expect(mapped(['Email Address', 'email', 'Firma'], declared, { ignoreUnknown: true }).to).toEqual([
    undefined,
    'email',
    'company',
  ]);
});

test('what the person says goes before any guess, in whatever spelling of the header', () => {
  const wish = {
    map: new Map([
      ['e-mail', 'company'],
      ['kontakt', 'email'],
    ]),
    ignore: ['FIRMA'],
  };
  expect(mapped(['E-Mail', 'Kontakt', 'Firma'], declared, wish)).toEqual({
    to: ['company', 'email', undefined],
    problems: [],
  });
});

test('without declared fields every other column is a field of its own, by a name that fields can have', () => {
  const { columns } = guessMapping(
    { header: ['Email', 'Job Title', 'Größe (m²)', 'LinkedIn URL', 'VIP', '会社', ''], sample: [] },
    undefined,
    { ignore: ['会社'] },
  );
  expect(columns.map(({ to }) => to)).toEqual([
    'email',
    'jobTitle',
    'grosseM2',
    'linkedInUrl',
    'vip',
    undefined,
    undefined,
  ]);
});

test.each([
  ['Job Title', 'jobTitle'],
  ['job_title', 'jobTitle'],
  ['LEAD SOURCE', 'leadSource'],
  ['2nd phone', 'ndPhone'],
  ['Prénom d’usage', 'prenomDUsage'],
  ['—', ''],
])('%j is called %j', (header, name) => {
  expect(camelCase(header)).toBe(name);
});

describe('all that must be said first is told at once', () => {
  test('columns that are no declared field, with what was likely meant, and the ways out once', () => {
    const { problems } = mapped(['email', 'Job Titel', 'Notes', 'Shoe size'], declared);
    expect(problems).toEqual([
      'column "Job Titel" is no field of lead.json. Did you mean "jobTitle"?',
      'column "Notes" is no field of lead.json.',
      'column "Shoe size" is no field of lead.json. Say what each is by --map "Column=field", leave it out by --ignore "Column" (--ignore-unknown leaves out all of them), or declare it in sequences/lead.json.',
    ]);
  });
  test('no column with addresses', () => {
    expect(mapped(['name', 'town'], undefined).problems).toEqual([
      'no column is called "email" (found: name, town). Say which has the addresses: --map "Column=email".',
    ]);
  });
  test('columns that are not there, fields that are not, and two columns for one field', () => {
    const wish = {
      map: new Map([
        ['Frima', 'company'],
        ['Name', 'compny'],
        ['A', 'country'],
        ['B', 'country'],
      ]),
      ignore: ['Ltd'],
    };
    expect(mapped(['email', 'Name', 'Firma', 'A', 'B'], declared, wish).problems).toEqual([
      'there is no column "Frima". Did you mean "Firma"?',
      'there is no column "Ltd". Use one of: email, Name, Firma, A, B.',
      'there is no field "compny" in lead.json. Did you mean "company"?',
      'two columns are to be "country": "A" and "B". Say which by --map "Column=field", and leave the other out by --ignore "Column".',
    ]);
  });
});
