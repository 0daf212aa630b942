import { askedForms, readAskedMoment } from '../journey/asked-moment.js';
import { explain } from '../lead/explain.js';
import { scoreView } from '../lead/score-view.js';
import { withOtherRules } from '../lead/other-rules.js';
import type { Project } from '../sequence/project.js';
import { found, Problem } from './problem.js';
import type { Services } from './services.js';

export type ScoreAsked = { readonly id: string; readonly at?: string | undefined; readonly rules?: unknown };

/** A lead's score, line by line: now, at another time, or under other rules. */
export async function scoreAsked({ id, at: written, rules }: ScoreAsked, services: Services) {
  const { store, engine, defaultTimeZone } = services;
  const lead = found(await store.leads.byId(id), 'lead');
  const momentIn = (text: string, zone: string): Date => {
    const at = readAskedMoment(text, zone, engine.now());
    if (at) return at;
    throw new Problem(422, 'This names no moment that can be looked at.', [{ pointer: '/at', detail: askedForms }]);
  };
  const at = written === undefined ? undefined : momentIn(written, lead.timezone ?? defaultTimeZone);
  const project = rules === undefined ? undefined : projectWith(rules, services.project());
  const asked = { lead: lead.id, ...(at ? { at } : {}), ...(project ? { project } : {}) };
  return scoreView(found(await explain(asked, services), 'lead'));
}

function projectWith(rules: unknown, project: Project): Project {
  const result = withOtherRules(project, { file: 'rules', text: JSON.stringify(rules, null, 2) });
  if ('project' in result) return result.project;
  const problems = result.problems.map(({ line, message, hint }) => ({
    pointer: '/rules',
    detail: [`line ${line}: ${message}`, hint].filter(Boolean).join('. '),
  }));
  throw new Problem(422, 'These rules cannot be used.', problems);
}
