import type { Told } from '../data/call.js';

export type MailNumbers = Told<'GET /api/sequences'>['items'][number]['mails'][number];

const facts = ['sent', 'opened', 'clicked', 'replied', 'bounced', 'complained', 'unsubscribed'] as const;
export type Fact = (typeof facts)[number];

/** What became of several mails, added up. */
export function mailsTogether(mails: readonly MailNumbers[]): Readonly<Record<Fact, number>> {
  const sum = (fact: Fact): number => mails.reduce((so, mail) => so + mail[fact], 0);
  return {
    sent: sum('sent'),
    opened: sum('opened'),
    clicked: sum('clicked'),
    replied: sum('replied'),
    bounced: sum('bounced'),
    complained: sum('complained'),
    unsubscribed: sum('unsubscribed'),
  };
}
