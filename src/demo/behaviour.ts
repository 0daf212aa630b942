import { type Chance, chanceFrom, drawDelay } from './chance.js';
import type { ArrivedMail, Reaction } from './reaction.js';
import { reactionsWhenRead } from './reading.js';
import { type Temperament, temperamentOf } from './temperament.js';

export type { ArrivedMail, Reaction } from './reaction.js';

const bounceDelay = { medianMs: 4_000, spread: 0.9, minMs: 1_000, maxMs: 600_000 };
const prefetchDelay = { medianMs: 6_000, spread: 0.6, minMs: 1_000, maxMs: 45_000 };

/** The further down the funnel, the more often people have heard from us. */
const freshness = new Map([
  ['awareness', 1],
  ['consideration', 0.92],
  ['decision', 0.85],
]);

/** Everything a simulated person does with one mail, in order of time; the same mail and seed always give the same. */
export function reactionsTo(mail: ArrivedMail, seed: number): readonly Reaction[] {
  const person = temperamentOf(mail.person, seed);
  const chance = chanceFrom(seed, mail.person, mail.sequence, mail.step);

  if (isBounced(person, chance)) {
    return [{ kind: 'bounce', afterMs: drawDelay(bounceDelay, chance, 'bounce'), hard: person.mailbox === 'dead' }];
  }
  const whenRead = isRead(mail, person, chance) ? reactionsWhenRead(mail, person, chance) : [];
  return [...prefetch(person, chance), ...whenRead].toSorted((a, b) => a.afterMs - b.afterMs);
}

function isBounced({ mailbox }: Temperament, chance: Chance): boolean {
  return mailbox === 'dead' || (mailbox === 'full' && chance('mailbox is full') < 0.6);
}

function prefetch({ hasPrivacyProxy }: Temperament, chance: Chance): readonly Reaction[] {
  if (!hasPrivacyProxy) return [];
  return [{ kind: 'open', afterMs: drawDelay(prefetchDelay, chance, 'prefetch'), machine: true }];
}

function isRead({ stage, earlierMails = 0 }: ArrivedMail, person: Temperament, chance: Chance): boolean {
  if (person.neverOpens) return false;
  const curiosity = 0.27 + 0.7 * person.interest;
  return chance('read') < curiosity * (freshness.get(stage) ?? 1) * 0.94 ** earlierMails;
}
