import type { EventValue, LeadEvent } from '../event/lead-event.js';
import type { Enrollment } from './enrollment.js';
import { withdrawnFor } from './consent.js';
import { isByPreference } from './unwanted.js';

/** Why a run ends that the lead leaves by itself. */
export const leftByLead = 'left by the lead';

/** A run as far as taking back its end asks. */
export type EndedRun = Pick<Enrollment, 'sequence'> &
  Partial<Pick<Enrollment, 'id' | 'status' | 'endedAt' | 'endedBecause' | 'key'>>;

/** The data by which an event says that it takes another one back. */
export function undoing({ id, at }: LeadEvent): Readonly<Record<string, EventValue>> {
  return { undoes: id, undoesAt: at.toISOString() };
}

/** Whether an event takes back what has ended this run: it goes on where it stood. */
export function isTakenBack({ type, about, enrollment, data = {} }: LeadEvent, run: EndedRun): boolean {
  const { undoesAt } = data;
  const { id, status, endedAt, endedBecause = '' } = run;
  if (status !== 'ended' || !endedAt || typeof undoesAt !== 'string' || endedAt < new Date(undoesAt)) return false;
  switch (type) {
    case 'series.rejoined':
      return id === enrollment && endedBecause === leftByLead;
    case 'resubscribed':
      return endedBecause === 'unsubscribed';
    case 'preferences.changed':
      return isByPreference(endedBecause);
    case 'consent.granted':
      return about !== undefined && endedBecause === withdrawnFor(about);
    default:
      return false;
  }
}

/** A run that goes on where it stood, as though it had not ended. */
export function rejoined(enrollment: Enrollment, now: Date): Enrollment {
  if (enrollment.status === 'active') return enrollment;
  const entry = { at: now, step: enrollment.step, did: 'came back', because: 'the lead took it back' };
  return { ...enrollment, status: 'active', dueAt: now, waitsFor: 'its turn', history: [...enrollment.history, entry] };
}
