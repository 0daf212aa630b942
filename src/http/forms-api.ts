import { formRoutes } from '../api/forms.js';
import { reportForms } from '../lead/form-report.js';
import { type AnsweredRoute, answering } from './answering.js';
import { plainSnippet, scriptSnippet } from './form-snippet.js';
import { found } from './problem.js';
import type { Services } from './services.js';

/** The public forms, as those who care for them see them. */
export function formsApi(services: Services): readonly AnsweredRoute[] {
  const { store, project, publicUrl, defaultTimeZone } = services;
  const reports = () => reportForms(store, project().forms, publicUrl());

  return answering(formRoutes, services, {
    'GET /api/forms': async () => ({ items: await reports() }),
    'GET /api/forms/:name': async ({ params: { name } }) => {
      const { forms, fields: declared, brand } = project();
      const form = found(forms.get(name), 'form');
      const report = found(
        (await reports()).find((one) => one.name === name),
        'form',
      );
      const wording = { language: brand.language, timeZone: defaultTimeZone };
      const snippet = { name, form, declared, publicUrl: publicUrl(), wording };
      const { intro = null, submit = null, asset = null, next = null } = form;
      return {
        ...report,
        file: `sequences/forms/${name}.json`,
        intro,
        submit,
        fields: form.fields.map(({ type = 'text', required = false, ...field }) => ({ ...field, type, required })),
        consent: (form.consent ?? []).map(({ required = false, ...asked }) => ({ ...asked, required })),
        doubleOptIn: form.doubleOptIn ?? false,
        refuse: form.refuse ?? [],
        asset,
        next,
        snippets: { script: scriptSnippet(snippet), plain: plainSnippet(snippet) },
      };
    },
  });
}
