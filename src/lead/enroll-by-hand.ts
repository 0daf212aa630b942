import { type Engine, recordEvent } from '../engine.js';
import type { EventValue } from '../event/lead-event.js';
import { idFrom } from '../event/id.js';
import type { Enrollment } from '../journey/enrollment.js';
import type { Lead } from '../journey/facts.js';
import type { Store } from '../store/open-store.js';

/** Who is to start what. Asked twice with the same id, it counts once. */
export type Calling = {
  readonly lead: Lead;
  readonly sequence: string;
  readonly id?: string | undefined;
  /** What a sequence with one run per key looks into. */
  readonly data?: Readonly<Record<string, EventValue>> | undefined;
};

export type CallingSetting = {
  readonly store: Pick<Store, 'enrollments'>;
  readonly engine: Engine;
  readonly newId: () => string;
};

/** Starts a sequence for a lead by the rules of the sequence; answers the run that it is in then, if any. */
export async function enrollByHand(
  { lead, sequence, id, data }: Calling,
  { store, engine, newId }: CallingSetting,
): Promise<Enrollment | undefined> {
  const event = {
    id: id === undefined ? newId() : idFrom('api', lead.id, 'sequence.called', sequence, id),
    type: 'sequence.called',
    about: sequence,
    lead: lead.id,
    at: engine.now(),
    source: 'api',
    machine: false,
    ...(data ? { data } : {}),
  };
  await recordEvent(event, engine);
  const runs = await store.enrollments.ofLead(lead.id);
  return runs.findLast((run) => run.sequence === sequence && run.status === 'active');
}
