import type { Project } from '../../src/sequence/project.js';
import { readProject } from '../../src/sequence/project.js';
import type { ProjectFiles } from '../../src/sequence/project-files.js';
import { vocabulary } from '../arbitraries.js';

/** Files of a project, with a short mail for each template of the vocabulary. */
export function filesOf(sequences: Readonly<Record<string, string>>): ProjectFiles {
  const texts = Object.entries(sequences).map(([path, text]) => [path, { file: `sequences/${path}`, text }] as const);
  return { sequences: new Map(texts), templates, brand };
}

/** The project that generated files make; undefined where they are refused for the one thing that generators cannot avoid. */
export async function projectOf(files: Readonly<Record<string, string>>): Promise<Project | undefined> {
  const { project, diagnostics } = await readProject(filesOf(files));
  const unexpected = diagnostics.filter(({ code }) => code !== 'endless-circle');
  if (unexpected.length > 0) throw new Error(`the generated files are refused: ${JSON.stringify(unexpected[0])}`);
  return project;
}

const mail =
  '<mj-section><mj-column><mj-text>Hello {{lead.firstName "you"}}, <a href="https://example.com/docs">read</a> or <a href="{{unsubscribeUrl}}">leave</a>.</mj-text></mj-column></mj-section>';
const layout = '<mjml><mj-body><mj-include path="content" /></mj-body></mjml>';
const templates = new Map(
  [['layout', layout], ...[...vocabulary.templates, 'internal/note'].map((name) => [name, mail])].map(
    ([name = '', text = '']) => [name, { file: `templates/${name}.mjml`, text }] as const,
  ),
);
const brand = {
  file: 'templates/brand.json',
  text: '{ "name": "Tallybay", "website": "https://example.com", "postalAddress": "2100 Harbor Row, Toledo", "logo": "logo.png", "logoAlt": "Tallybay" }',
};
