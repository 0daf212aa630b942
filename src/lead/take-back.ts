import { type Engine, recordEvent } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import type { Enrollment } from '../journey/enrollment.js';
import { ofPurpose } from '../journey/consent.js';
import type { Lead, Suppression } from '../journey/facts.js';
import { choiceIn, choiceInWords, dataOf, formerChoiceIn, isStillChosen } from '../journey/preferences.js';
import { leftByLead, undoing } from '../journey/rejoin.js';
import { addressKey } from '../message/address.js';
import type { Store } from '../store/open-store.js';
import { type Told, turn } from './prefer.js';

/** What a lead does by itself about its mails. */
export const ownDoings = [
  'preferences.changed',
  'unsubscribed',
  'resubscribed',
  'series.left',
  'series.rejoined',
  'consent.withdrawn',
  'consent.granted',
];

/** A lead as far as taking something back asks. */
export type Standing = {
  readonly lead: Lead;
  readonly suppression: Suppression | undefined;
  readonly runs: readonly Enrollment[];
  /** Its own doings so far, the oldest first. */
  readonly doings: readonly LeadEvent[];
};

/** So long a press of a button can be taken back by another: later, the series that ended by it would be strange. */
const takeBackMs = 7 * 86_400_000;

export async function standingOf(lead: Lead, store: Store): Promise<Standing> {
  const [suppression, runs, events] = await Promise.all([
    store.suppressions.of(addressKey(lead.email)),
    store.enrollments.ofLead(lead.id),
    store.events.ofLeads([lead.id], ownDoings),
  ]);
  return { lead, suppression, runs, doings: events.get(lead.id) ?? [] };
}

/** Whether what the lead did can still be taken back: nothing has been chosen otherwise since. */
export function canTakeBack(event: LeadEvent, { lead, suppression, runs, doings }: Standing, now: Date): boolean {
  if (event.data?.['undoes'] !== undefined || now.getTime() - event.at.getTime() > takeBackMs) return false;
  switch (event.type) {
    case 'preferences.changed':
      return isStillChosen(lead.preferences ?? {}, choiceIn(event.data), event.at);
    case 'unsubscribed':
      return suppression === 'unsubscribed' && doings.findLast(({ type }) => type === event.type)?.id === event.id;
    case 'consent.withdrawn': {
      const said = event.about === undefined ? undefined : ofPurpose(lead.consent, event.about);
      return suppression === undefined && said?.status === 'denied' && said.at.getTime() === event.at.getTime();
    }
    case 'series.left': {
      const run = runs.find(({ id }) => id === event.enrollment);
      const isReplaced = runs.some(({ sequence, key, status }) => {
        return status === 'active' && sequence === run?.sequence && key === run.key;
      });
      return run?.status === 'ended' && run.endedBecause === leftByLead && !isReplaced;
    }
    default:
      return false;
  }
}

type Doing = { readonly told: Told; readonly engine: Engine; readonly store: Store; readonly timeZone: string };

/** Takes back what the lead did: what ended by it goes on. Pressed twice, it is once. */
export async function takeBack(event: LeadEvent, lead: Lead, doing: Doing): Promise<LeadEvent> {
  if (event.type === 'unsubscribed') return turn('resubscribed', lead.id, doing, undoing(event));
  const undone = undoneBy(event, lead, doing);
  await recordEvent(undone, doing.engine);
  return undone;
}

function undoneBy(event: LeadEvent, lead: Lead, { told, engine, timeZone }: Doing): LeadEvent {
  const at = engine.now();
  const back = { ...told, id: idFrom('undone', event.id), lead: lead.id, at, machine: false };
  if (event.type === 'series.left') {
    const { enrollment = '', sequence = '' } = event;
    return { ...back, type: 'series.rejoined', enrollment, sequence, data: undoing(event) };
  }
  if (event.type === 'consent.withdrawn') {
    const { about = '', data } = event;
    return { ...back, type: 'consent.granted', about, data: { ...data, ...undoing(event) } };
  }
  const choice = formerChoiceIn(event.data);
  const why = `taken back: ${choiceInWords(choice, lead.preferences, { at, timeZone })}`;
  return {
    ...back,
    type: 'preferences.changed',
    why,
    data: { ...dataOf(choice, lead.preferences), ...undoing(event) },
  };
}
