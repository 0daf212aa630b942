import { chanceFrom } from './chance.js';
import { awake, type ReadingHours } from './reading-hours.js';

/** What stays the same about a simulated person from mail to mail. */
export interface Temperament {
  /** From 0 (deletes on sight) to 1 (was waiting for it). */
  readonly interest: number;
  readonly readingHours: ReadingHours;
  readonly neverOpens: boolean;
  /** The mail client fetches every picture by itself and hides whether the person ever looked. */
  readonly hasPrivacyProxy: boolean;
  readonly mailbox: 'live' | 'dead' | 'full';
  readonly complains: boolean;
}

/** Who this person is, drawn from seed and address alone. */
export function temperamentOf(email: string, seed: number): Temperament {
  const chance = chanceFrom(seed, email);
  return {
    interest: chance('interest'),
    readingHours: readingHoursFrom(chance('reading hours')),
    neverOpens: chance('never opens') < 0.08,
    hasPrivacyProxy: chance('privacy proxy') < 0.13,
    mailbox: mailboxFrom(chance('mailbox')),
    // One in a thousand people; providers begin to block senders at one complaint in a thousand mails.
    complains: chance('complains') < 0.001,
  };
}

function readingHoursFrom(random: number): ReadingHours {
  if (random < 0.35) return { from: '07:00', to: '09:30' }; // on the phone, on the way in
  if (random < 0.85) return { from: '08:30', to: '18:00' }; // at work
  return awake;
}

function mailboxFrom(random: number): Temperament['mailbox'] {
  if (random < 0.025) return 'dead';
  if (random < 0.04) return 'full';
  return 'live';
}
