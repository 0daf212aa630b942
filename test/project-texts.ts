import { diagnosticLine } from '../src/diagnostic.js';
import { readProject } from '../src/sequence/project.js';
import type { ProjectFiles } from '../src/sequence/project-files.js';

export type Texts = Readonly<Record<string, string | undefined>>;

const rightSequences: Texts = {
  'funnel.json':
    '{ "stages": [{ "name": "lead", "enter": { "on": "lead.created" } }, { "name": "customer", "enter": { "on": "converted" } }] }',
  'scoring.json': '{ "engagement": { "rules": [{ "on": "clicked", "points": 10 }] } }',
  'lead.json': '{ "fields": { "country": { "type": "text" } } }',
};
export const rightTemplates: Texts = {
  layout: '<mjml><mj-body><mj-include path="content" /></mj-body></mjml>',
  hello: '<mj-section><mj-column><mj-text>Hello {{lead.firstName "you"}}</mj-text></mj-column></mj-section>',
};
export const rightBrand =
  '{ "name": "Tallybay", "website": "https://example.com", "postalAddress": "2100 Harbor Row, Toledo", "logo": "logo.png", "logoAlt": "Tallybay" }';

/** A small project in which all is right; a text that is undefined takes its file away. */
export function aProject(sequences: Texts = {}, templates: Texts = {}, brand = rightBrand): ProjectFiles {
  const filesOf = (folder: string, ending: string, texts: Texts) =>
    new Map(
      Object.entries(texts).flatMap(([name, text]) =>
        text === undefined ? [] : [[name, { file: `${folder}/${name}${ending}`, text }] as const],
      ),
    );
  return {
    sequences: filesOf('sequences', '', { ...rightSequences, ...sequences }),
    templates: filesOf('templates', '.mjml', { ...rightTemplates, ...templates }),
    brand: { file: 'templates/brand.json', text: brand },
  };
}

export async function problemsIn(files: ProjectFiles): Promise<readonly string[]> {
  const { project, diagnostics } = await readProject(files);
  if ((project === undefined) !== diagnostics.length > 0) throw new Error('a project with problems, or none without');
  return diagnostics.map(diagnosticLine);
}

/** A sequence whose steps begin on line 3, one a line. */
export function aSequence(...steps: readonly string[]): string {
  return `{ "name": "A sequence", "send": { "from": "mara@example.com" },\n  "steps": [\n${steps.join(',\n')}\n  ] }`;
}
