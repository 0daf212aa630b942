import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import type { Delivery } from '../sequence/delivery-file.js';
import { before, durationInWords } from '../sequence/duration.js';
import type { Change } from './change.js';
import type { Facts } from './facts.js';

type Rule = Delivery['softBounces'];

/** Events that tell how it stands with a mailbox. */
export const mailboxEvents: readonly string[] = [
  'bounced',
  'delivered',
  'opened',
  'clicked',
  'replied',
  'auto-replied',
];

/** What only a person at the mailbox can have done: it lifts what its soft bounces have brought about. */
const signsOfPerson: readonly string[] = ['clicked', 'replied', 'resubscribed'];

/**
 * The latest soft bounces of a lead, oldest first, with nothing between them that tells of life. However many servers
 * and reports tell of one mail, it bounced once.
 */
export function softBouncesInARow(events: readonly LeadEvent[], { within }: Rule, now: Date): readonly LeadEvent[] {
  const bounces = oneOfEachMail(events.filter(isSoftBounce));
  const alive = events.filter((event) => tellsOfLife(event, bounces)).map(({ at }) => at.getTime());
  const since = Math.max(before(now, within).getTime(), ...alive);
  return bounces.filter(({ at }) => at.getTime() > since);
}

/** What an event changes about an address that soft-bounces: the bounce that is one too many, or a sign that its person is back. */
export function softBounceChanges(event: LeadEvent, facts: Facts, rule: Rule, now: Date): readonly Change[] {
  const events = [...facts.events.filter(({ id }) => id !== event.id), event];
  if (isSoftBounce(event)) {
    // Whatever else forbids mails to it weighs more, and is lifted by itself.
    if (facts.suppression) return [];
    const row = softBouncesInARow(events, rule, now);
    return row.length < rule.most ? [] : [{ kind: 'raise', event: suppressed(event, row.length, rule) }];
  }
  const isBack = signsOfPerson.includes(event.type) && !event.machine && facts.suppression === 'soft-bounced';
  if (!isBack || events.some((other) => isSoftBounce(other) && other.at >= event.at)) return [];
  // Told before it is done: who takes this up after a crash still finds what to tell.
  return [{ kind: 'raise', event: lifted(event) }, { kind: 'lift-soft-bounce' }];
}

function isSoftBounce({ type, hard }: LeadEvent): boolean {
  return type === 'bounced' && hard !== true;
}

/** The last that is told of each mail; of one that nobody could find, each report by itself. */
function oneOfEachMail(bounces: readonly LeadEvent[]): readonly LeadEvent[] {
  const inOrder = bounces.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const byMail = new Map<string, LeadEvent>();
  for (const bounce of inOrder) {
    const mail = bounce.message ?? bounce.id;
    byMail.delete(mail);
    byMail.set(mail, bounce);
  }
  return [...byMail.values()];
}

/** Whether somebody read a mail or answered, or a server kept one: many accept a mail first, and send it back an hour later. */
function tellsOfLife({ type, machine, message, at }: LeadEvent, bounces: readonly LeadEvent[]): boolean {
  if (type === 'auto-replied') return true;
  if (type === 'delivered') return !bounces.some((bounce) => bounce.message === message && bounce.at >= at);
  return !machine && ['opened', 'clicked', 'replied'].includes(type);
}

function suppressed({ id, lead, at, why }: LeadEvent, count: number, { within }: Rule): LeadEvent {
  const last = why ? `, the last: ${why}` : '';
  return {
    id: idFrom('suppressed', lead, 'soft-bounced', id),
    type: 'suppressed',
    about: 'soft-bounced',
    lead,
    at,
    source: 'bounces',
    machine: false,
    why: `${count} soft bounces in a row within ${durationInWords(within)}${last}`,
  };
}

function lifted({ id, lead, at, type }: LeadEvent): LeadEvent {
  return {
    id: idFrom('suppression.lifted', lead, id),
    type: 'suppression.lifted',
    about: 'soft-bounced',
    lead,
    at,
    source: 'bounces',
    machine: false,
    why: `${type}: its mailbox takes mail again`,
  };
}
