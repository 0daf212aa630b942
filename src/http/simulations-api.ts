import * as z from 'zod';
import type { Who } from '../access/who.js';
import { simulationRoutes } from '../api/simulations.js';
import type { Simulated } from '../foresight/simulator.js';
import type { SimulationAsk } from '../simulation/ask.js';
import { type AnsweredRoute, answering } from './answering.js';
import { Problem, unfitFields } from './problem.js';
import type { Services } from './services.js';
import { assertMay } from './who.js';

/** What was asked, as it was written: a journey file has its times in the words of its author. */
const Written = z.record(z.string(), z.unknown());
const WrittenInside = z.object({ simulation: Written });

/** Journeys that are played and not lived. */
export function simulationsApi(services: Services): readonly AnsweredRoute[] {
  const { simulator } = services;
  return answering(simulationRoutes, services, {
    'POST /api/simulations': async ({ body, request, who }) => {
      assertMaySee(body, who);
      const came = answered(await simulator.simulate({ ask: body, written: Written.parse(request.body) }));
      if (came.kind === 'written') throw new Error('a journey was written that was to be played');
      return came;
    },
    'POST /api/simulations/journey-file': async ({ body: { name, simulation }, request, who }) => {
      assertMaySee(simulation, who);
      const { simulation: written } = WrittenInside.parse(request.body);
      const came = answered(await simulator.write({ ask: simulation, written }, name));
      if (came.kind === 'played') throw new Error('a journey was played that was to be written');
      return came.kind === 'broken' ? came : { kind: 'written' as const, ...came.journey };
    },
  });
}

/** A journey of a lead that there is shows what it did. */
function assertMaySee({ leadId }: SimulationAsk, who: Who): void {
  if (leadId !== undefined) assertMay(who, 'leads:read', 'A lead that there is');
}

type Answered = Extract<Simulated, { readonly kind: 'played' | 'written' | 'broken' }>;

function answered(came: Simulated): Answered {
  switch (came.kind) {
    case 'nobody':
      throw new Problem(404, 'There is no such lead.');
    case 'wrong':
      throw unfitFields(...came.wrong);
    case 'undone':
      if (came.because === 'busy') throw new Problem(503, 'Too many simulations wait already. Ask again in a minute.');
      throw new Problem(422, `This journey needs too much ${came.because} to be played. Shorten it with "until".`);
    case 'played':
    case 'written':
    case 'broken':
      return came;
  }
}
