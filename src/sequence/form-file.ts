import type * as z from 'zod';
import { distinct, list, oneOf, schemaKey, slug, strict, text, yesOrNo } from '../schema.js';

const inputs = ['text', 'email', 'number', 'date', 'long text', 'choice', 'yes/no'] as const;

const FormField = strict({
  name: slug('the name').meta({
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
  purpose: slug('the purpose').meta({ description: 'What it is agreed to, in one word.', examples: ['newsletter'] }),
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
  doubleOptIn: yesOrNo('doubleOptIn')
    .optional()
    .meta({ description: 'Whether the address must be confirmed by a click in a mail first.', examples: [true] }),
  asset: text('the asset', 500)
    .optional()
    .meta({ description: 'A file that whoever fills in the form may fetch.', examples: ['assets/white-paper.pdf'] }),
  next: text('next', 2000)
    .optional()
    .meta({ description: 'The page people see afterwards.', examples: ['https://example.com/thanks'] }),
  submit: text('submit', 60)
    .optional()
    .meta({ description: 'What stands on the button.', examples: ['Send it to me'] }),
});
export type FormFile = z.output<typeof FormFile>;
