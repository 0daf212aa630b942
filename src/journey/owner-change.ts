import type { LeadEvent } from '../event/lead-event.js';
import { ownerField } from '../sequence/sales-file.js';
import type { Change } from './change.js';
import type { Facts } from './facts.js';

/** Who looks after the lead from now on; what was left undone of an earlier turn must not undo a later one. */
export function ownerChanges(event: LeadEvent, { events }: Pick<Facts, 'events'>): readonly Change[] {
  const { type, about, at, id } = event;
  if (type !== 'owner.assigned' || !about) return [];
  const isOvertaken = events.some((other) => other.type === type && other.id !== id && other.at > at);
  return isOvertaken ? [] : [{ kind: 'fields', fields: { [ownerField]: about } }];
}
