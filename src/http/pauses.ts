import { json, Router } from 'express';
import * as z from 'zod';
import { plain } from '../api/lead-body.js';
import type { PauseOf, PauseStore } from '../store/pauses.js';
import { isPauseOf } from '../store/pauses.js';
import { found, parse, Problem } from './problem.js';
import type { Services } from './services.js';

export type PauseServices = Pick<Services, 'engine' | 'project' | 'wake'> & {
  readonly store: Services['store'] & { readonly pauses: PauseStore };
  readonly transportNames: readonly string[];
};

const PauseBody = z.strictObject({ because: plain(300).min(1).optional() });

/** Pausing and going on: everything, a sequence or a transport, in every process within a second. */
export function pausing(services: PauseServices): Router {
  const { pauses } = services.store;
  const router = Router();

  router.get('/', async (_request, response) => {
    response.json({ items: [...(await pauses.all()).values()] });
  });

  router.put('/:what', json({ limit: '16kb' }), async (request, response) => {
    const of = await known(request.params.what, services);
    // Without a body there is nothing to read a reason from.
    const { because = 'paused over the API' } = parse(PauseBody, request.body ?? {});
    await pauses.pause(of, { since: services.engine.now(), because, by: 'person' });
    response.json(found(pauses.known().get(of), 'pause'));
  });

  router.delete('/:what', async (request, response) => {
    if (!(await services.store.resume(named(request.params.what), services.engine.now())))
      throw new Problem(404, 'This is not paused. GET /api/pauses lists what is.');
    services.wake();
    response.status(204).end();
  });

  return router;
}

function named(what: string): PauseOf {
  if (isPauseOf(what)) return what;
  throw new Problem(404, 'What can be paused is "everything", "sequence:<name>" or "transport:<name>".');
}

/** A pause of what is not there would stop nothing, and nobody would notice. */
async function known(what: string, { store, project, transportNames }: PauseServices): Promise<PauseOf> {
  const of = named(what);
  const [kind, name = ''] = of.split(':');
  if (kind === 'transport') found(transportNames.includes(name) || undefined, 'transport');
  if (kind === 'sequence' && !project().programs.has(name)) {
    const running = await store.enrollments.countActive();
    found(
      running.find(({ sequence }) => sequence === name),
      'sequence',
    );
  }
  return of;
}
