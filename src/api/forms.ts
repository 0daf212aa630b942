import * as z from 'zod';
import { Instant, listOf, type Routes } from './route.js';

const FormView = z
  .strictObject({
    name: z.string(),
    title: z.string(),
    page: z.string().describe('its own page'),
    action: z.string().describe('where it is sent to'),
    script: z.string().describe('what shows it on other sites'),
    taken: z.number().int().describe('forms that took effect: at once, or when their address was confirmed'),
    asked: z.number().int().optional().describe('addresses that were asked to confirm; only of forms that ask'),
    confirmed: z.number().int().optional(),
    refused: z.record(z.string(), z.number()).describe('what each defence refused'),
    lastRefusedAt: Instant.optional(),
  })
  .meta({ id: 'Form' });

const FieldView = z.strictObject({
  name: z.string().describe('the field of the lead that it fills'),
  label: z.string(),
  type: z.string(),
  required: z.boolean(),
  choices: z.array(z.string()).optional(),
});

const ConsentAsked = z.strictObject({
  purpose: z.string(),
  text: z.string().describe('the sentence people agree to; it is kept with their answer'),
  required: z.boolean(),
});

/** Public forms. */
export const formRoutes = {
  'GET /api/forms': {
    does: 'Lists the forms with what came of each, and what was refused',
    right: 'sequences:read',
    answer: listOf(FormView),
  },
  'GET /api/forms/:name': {
    does: 'Tells all of a form: what it asks, what people agree to, and how it is put into a page',
    right: 'sequences:read',
    answer: FormView.extend({
      file: z.string().describe('the file of the project that says it'),
      intro: z.string().nullable(),
      submit: z.string().nullable().describe('what stands on the button; null: the usual words'),
      fields: z.array(FieldView),
      consent: z.array(ConsentAsked),
      doubleOptIn: z.boolean(),
      refuse: z.array(z.string()).describe('kinds of address that cannot be used'),
      asset: z.string().nullable().describe('what whoever fills it in may fetch'),
      next: z.string().nullable().describe('the page people see afterwards'),
      snippets: z.strictObject({
        script: z.string().describe('shows the form where it is pasted, and keeps up with its file'),
        plain: z.string().describe('HTML that works without a script, in the style of the page'),
      }),
    }).meta({ id: 'FormInFull' }),
  },
} as const satisfies Routes;
