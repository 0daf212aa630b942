import type { Due, Engine } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import type { HandOver } from '../journey/advance.js';
import { candidatesFor, ownerAt } from '../sales/choose-owner.js';
import type { Project } from '../sequence/project.js';
import type { Store } from './open-store.js';

type Setting = { readonly now: () => Date; readonly project: () => Project };
type Asked = HandOver & { readonly due: Due };

/**
 * Gives leads to colleagues by turns: of each lead the event that tells it. Asked again, as after a crash, it is the event
 * that was kept, whoever is away by then.
 */
export async function findOwners(
  handOvers: readonly Asked[],
  store: Pick<Store, 'turns' | 'events'>,
  setting: Setting,
): ReturnType<Engine['findOwners']> {
  const found: LeadEvent[] = [];
  for (const one of handOvers) {
    const event = await findOwner(one, store, setting);
    if (event) found.push(event);
  }
  return found;
}

async function findOwner(
  { step, due: { enrollment, facts } }: Asked,
  { turns, events }: Pick<Store, 'turns' | 'events'>,
  { now, project }: Setting,
): Promise<LeadEvent | undefined> {
  const { id: run, lead, sequence } = enrollment;
  const id = idFrom('owner.assigned', lead, run, step.id);
  const kept = await events.byId(id);
  if (kept) return kept;
  const { sales } = project();
  const at = now();
  const candidates = sales && candidatesFor(sales, facts, at, step.owners);
  if (!candidates) return undefined;
  const owner = ownerAt(await turns.take(candidates.group, id), candidates.owners);
  return owner && assigned({ id, lead, at, enrollment: run, sequence, step: step.id }, owner.email, candidates.because);
}

type Place = Pick<LeadEvent, 'id' | 'lead' | 'at'> & Required<Pick<LeadEvent, 'enrollment' | 'sequence' | 'step'>>;

function assigned(place: Place, email: string, because: string): LeadEvent {
  return { ...place, type: 'owner.assigned', about: email, why: because, source: 'sales', machine: false };
}
