import { type Request, type Response, Router } from 'express';
import * as z from 'zod';
import { askedForms, readAskedMoment } from '../journey/asked-moment.js';
import { explain } from '../lead/explain.js';
import { scoreView } from '../lead/score-view.js';
import { plain } from '../lead/lead-body.js';
import { withOtherRules } from '../lead/other-rules.js';
import type { Project } from '../sequence/project.js';
import { found, parse, Problem } from './problem.js';
import type { Services } from './services.js';

const At = plain(100).min(1).optional();
const ScoreQuery = z.strictObject({ at: At });
const ScoreBody = z.strictObject({
  at: At,
  /** What a scoring.json says. */
  rules: z.looseObject({}, { error: 'rules must be an object, as scoring.json holds it' }),
});

type Asked = { readonly id: string; readonly at?: string | undefined; readonly project?: Project };

/** A lead's score, line by line: now, at another time, or under other rules. */
export function scoring(services: Services): Router {
  const { store, engine, defaultTimeZone } = services;
  const router = Router();

  const answer = async ({ id, at: written, project }: Asked, response: Response): Promise<void> => {
    const lead = found(await store.leads.byId(id), 'lead');
    const at = written === undefined ? undefined : momentIn(written, lead.timezone ?? defaultTimeZone);
    const asked = { lead: lead.id, ...(at ? { at } : {}), ...(project ? { project } : {}) };
    response.json(scoreView(found(await explain(asked, services), 'lead')));
  };
  const momentIn = (written: string, zone: string): Date => {
    const at = readAskedMoment(written, zone, engine.now());
    if (at) return at;
    throw new Problem(422, 'This names no moment that can be looked at.', [{ pointer: '/at', detail: askedForms }]);
  };

  router.get('/:id/score', (request, response) =>
    answer({ id: request.params.id, ...parse(ScoreQuery, request.query) }, response),
  );
  router.post('/:id/score', (request: Request<{ id: string }>, response) => {
    const { at, rules } = parse(ScoreBody, request.body);
    return answer({ id: request.params.id, at, project: projectWith(rules, services.project()) }, response);
  });
  return router;
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
