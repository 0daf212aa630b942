import { pauseRoutes } from '../api/pauses.js';
import type { PauseOf } from '../store/pauses.js';
import { isPauseOf } from '../store/pauses.js';
import { type AnsweredRoute, answering } from './answering.js';
import { found, Problem } from './problem.js';
import type { Services } from './services.js';

/** Pausing and going on: everything, a sequence or a transport. */
export function pausesApi(services: Services): readonly AnsweredRoute[] {
  const { store, engine, wake } = services;
  const { pauses } = store;

  return answering(pauseRoutes, services, {
    'GET /api/pauses': async () => ({ items: [...(await pauses.all()).values()] }),
    'PUT /api/pauses/:what': async ({ params, body: { because = 'paused over the API' } }) => {
      const of = await known(params.what, services);
      await pauses.pause(of, { since: engine.now(), because, by: 'person' });
      return found(pauses.known().get(of), 'pause');
    },
    'DELETE /api/pauses/:what': async ({ params }) => {
      if (!(await store.resume(named(params.what), engine.now())))
        throw new Problem(404, 'This is not paused. GET /api/pauses lists what is.');
      wake();
    },
  });
}

function named(what: string): PauseOf {
  if (isPauseOf(what)) return what;
  throw new Problem(404, 'What can be paused is "everything", "sequence:<name>" or "transport:<name>".');
}

/** A pause of what is not there would stop nothing, and nobody would notice. */
async function known(
  what: string,
  { store, project, transportNames }: Pick<Services, 'store' | 'project' | 'transportNames'>,
): Promise<PauseOf> {
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
