import { type Engine, recordEvent } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { ofPurpose } from '../journey/consent.js';
import type { Lead } from '../journey/facts.js';
import type { Told } from './prefer.js';

/** Records that a lead takes back what it agreed to for one purpose; undefined where it had not. Pressed twice, it is one event. */
export async function withdraw(
  { id: lead, consent }: Lead,
  purpose: string,
  { told, engine }: { readonly told: Told; readonly engine: Engine },
): Promise<LeadEvent | undefined> {
  const standing = ofPurpose(consent, purpose);
  if (standing?.status !== 'granted') return undefined;
  const { form, version } = standing;
  const event = {
    ...told,
    id: idFrom('consent.withdrawn', lead, purpose, standing.at.toISOString()),
    type: 'consent.withdrawn',
    lead,
    at: engine.now(),
    machine: false,
    about: purpose,
    // By which it can be given back as it was.
    ...(form !== undefined && version !== undefined ? { data: { form, version } } : {}),
  };
  await recordEvent(event, engine);
  return event;
}
