import type * as z from 'zod';
import { addressKinds } from '../message/address-kind.js';
import { distinct, list, oneOf, schemaKey, slug, strict, text, yesOrNo } from '../schema.js';
import { assetName } from './asset-file.js';
import { purposeName } from './purpose-file.js';
import { urlOf } from '../url.js';

/** Kinds of address that a form may refuse; one of a company is never wrong. */
const refusable = addressKinds.filter((kind) => kind !== 'company');

/** What a form sends besides its fields, under names of its own. */
const reserved = /^(?:consent|visitor|utm_.*)$/i;

const inputs = ['text', 'email', 'number', 'date', 'long text', 'choice', 'yes/no'] as const;

const FormField = strict({
  name: slug('the name')
    .refine((name) => !reserved.test(name), {
      error: 'under this name a form sends something of its own\nGive the field another name in lead.json.',
    })
    .meta({
      description: 'The field of the lead that it fills: "email", "firstName", or one of lead.json.',
      examples: ['email'],
    }),
  label: text('the label', 120).meta({ description: 'What people read beside it.', examples: ['Work email'] }),
  type: oneOf('type', inputs)
    .optional()
    .meta({ description: 'How it is filled in; "text" unless said.', examples: ['email'] }),
  required: yesOrNo('required')
    .optional()
    .meta({ description: 'Whether it must be filled in.', examples: [true] }),
  choices: list('choices', text('a choice', 120))
    .optional()
    .meta({ description: 'What a "choice" offers.', examples: [['1 to 10 docks', 'more than 10']] }),
}).refine(({ type, choices }) => (type === 'choice') === (choices !== undefined), {
  error: '"choices" belong to the type "choice"\nGive both, or neither.',
});

const Consent = strict({
  purpose: purposeName('the purpose').meta({
    description: 'What it is agreed to, in one word.',
    examples: ['newsletter'],
  }),
  text: text('the text', 600).meta({
    description: 'The sentence people agree to. It is kept with their answer.',
    examples: ['Yes, send me one mail a month about dock scheduling.'],
  }),
  required: yesOrNo('required')
    .optional()
    .meta({ description: 'Whether the form needs it to be sent.', examples: [false] }),
});

/** `sequences/forms/<name>.json`: a public form, what it asks, and what people agree to by it. */
export const FormFile = strict({
  $schema: schemaKey('../schema/form.schema.json'),
  title: text('the title', 120).meta({ description: 'The heading of its page.', examples: ['Get the white paper'] }),
  intro: text('the intro', 600)
    .optional()
    .meta({ description: 'A sentence below the heading.', examples: ['24 pages, 12 docks, one finding.'] }),
  fields: list('fields', FormField)
    .superRefine(distinct('fields', ({ name }) => name))
    .refine((fields) => fields.some(({ name, required }) => name === 'email' && required !== false), {
      error:
        'nobody could be written to\nAdd { "name": "email", "label": "Email", "type": "email", "required": true }.',
    })
    .meta({ description: 'What the form asks.', examples: [[{ name: 'email', label: 'Email', type: 'email' }]] }),
  consent: list('consent', Consent)
    .superRefine(distinct('purposes', ({ purpose }) => purpose))
    .optional()
    .meta({
      description: 'What people agree to, purpose by purpose.',
      examples: [[{ purpose: 'news', text: 'Yes, write to me.' }]],
    }),
  refuse: list('refuse', oneOf('refuse', refusable))
    .optional()
    .meta({
      description:
        'Kinds of address that cannot be used: of throw-away mailboxes, of free providers, or read by several people.',
      examples: [['disposable'], ['disposable', 'free']],
    }),
  doubleOptIn: yesOrNo('doubleOptIn')
    .optional()
    .meta({ description: 'Whether the address must be confirmed by a click in a mail first.', examples: [true] }),
  asset: assetName('the asset')
    .optional()
    .meta({
      description:
        'What whoever fills in the form may fetch, by a link of their own that works for two weeks: a file of templates/downloads/, or an address.',
      examples: ['downloads/white-paper.pdf', 'https://files.example.com/white-paper.pdf'],
    }),
  next: text('next', 2000)
    .refine((next) => /^https?:\/\//i.test(next) && urlOf(next) !== undefined, {
      error: 'this is not the address of a page\nWrite for example "https://example.com/thanks".',
    })
    .optional()
    .meta({ description: 'The page people see afterwards.', examples: ['https://example.com/thanks'] }),
  submit: text('submit', 60)
    .optional()
    .meta({ description: 'What stands on the button.', examples: ['Send it to me'] }),
});
export type FormFile = z.output<typeof FormFile>;
