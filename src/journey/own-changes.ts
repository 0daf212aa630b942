import type { LeadEvent } from '../event/lead-event.js';
import { addressChanges } from './address-change.js';
import type { Change, MailHappening } from './change.js';
import { consentChanges } from './consent.js';
import { isSuppression } from './facts.js';
import { choiceIn } from './preferences.js';

/** What the event says of the lead and the mail themselves, whatever the rules. */
export function ownChanges(event: LeadEvent): readonly Change[] {
  if (event.machine) return [];
  switch (event.type) {
    case 'stage.entered':
      return [{ kind: 'stage', stage: event.about ?? '' }];
    case 'tag.added':
      return [{ kind: 'tag', tag: event.about ?? '' }];
    case 'tag.removed':
      return [{ kind: 'untag', tag: event.about ?? '' }];
    case 'segment.entered':
      return [{ kind: 'join', segment: event.about ?? '' }];
    case 'segment.left':
      return [{ kind: 'part', segment: event.about ?? '' }];
    case 'threshold.reached':
      return thresholdTurn(event, 'reach');
    case 'threshold.left':
      return thresholdTurn(event, 'fall');
    case 'lead.updated':
      return event.data ? [{ kind: 'fields', fields: event.data }] : [];
    case 'opened':
      return mailChange(event, 'openedAt');
    case 'clicked':
      return mailChange(event, 'clickedAt');
    case 'replied':
      return mailChange(event, 'repliedAt');
    case 'unsubscribed':
      return [...mailChange(event, 'unsubscribedAt'), { kind: 'suppress', reason: 'unsubscribed' }];
    case 'resubscribed':
      return [{ kind: 'lift-unsubscribe' }];
    case 'address.asked':
    case 'address.changed':
    case 'address.restored':
      return addressChanges(event);
    case 'consent.granted':
    case 'consent.withdrawn':
      return consentChanges(event);
    case 'preferences.changed':
      return [{ kind: 'prefer', choice: choiceIn(event.data), at: event.at }];
    case 'suppressed':
      return suppression(event);
    case 'complained':
      return [{ kind: 'suppress', reason: 'complained' }];
    case 'bounced':
      return [
        ...mailChange(event, 'bouncedAt'),
        ...(event.hard ? [{ kind: 'suppress', reason: 'hard-bounced' } as const] : []),
      ];
    default:
      return [];
  }
}

function thresholdTurn({ about, data }: LeadEvent, kind: 'reach' | 'fall'): readonly Change[] {
  const turn = data?.['turn'];
  return about !== undefined && typeof turn === 'number' ? [{ kind, threshold: about, turn }] : [];
}

/** `about` is the reason. By its domain an address is suppressed already, and needs no row of its own. */
function suppression({ about, why, data }: LeadEvent): readonly Change[] {
  if (!isSuppression(about)) return [];
  const domain = data?.['domain'];
  const more = { ...(why ? { because: why } : {}), ...(typeof domain === 'string' ? { domain } : {}) };
  return [{ kind: 'suppress', reason: about, ...more }];
}

function mailChange({ message, at, about }: LeadEvent, happened: MailHappening): readonly Change[] {
  const link = happened === 'clickedAt' && about ? { link: about } : {};
  return message ? [{ kind: 'mail', message, happened, at, ...link }] : [];
}
