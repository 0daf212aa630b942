import { type Chance, drawDelay } from './chance.js';
import type { ArrivedMail, Reaction } from './reaction.js';
import { awake, nextReading } from './reading-hours.js';
import type { Temperament } from './temperament.js';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

// A day at most: the night or missed morning that may follow keeps it within two.
const readDelay = { medianMs: 2 * hour, spread: 1.3, minMs: minute, maxMs: 24 * hour };
const clickDelay = { medianMs: 40 * second, spread: 0.9, minMs: 3 * second, maxMs: 10 * minute };
const leaveDelay = { medianMs: 20 * second, spread: 0.8, minMs: 4 * second, maxMs: 10 * minute };
const replyDelay = { medianMs: 35 * minute, spread: 1.1, minMs: 2 * minute, maxMs: 10 * hour };
const convertDelay = { medianMs: 15 * minute, spread: 1, minMs: 2 * minute, maxMs: 10 * hour };

const replies = [
  'Thanks, good timing. Could you send me a price for about forty people?',
  'Does this work with the system we have today? Happy to have a short call next week.',
  'Interesting, but not before next quarter. Please ask me again then.',
  'I have passed this on to the colleague who looks after it.',
  'We already have a supplier for this, thank you.',
  'Can you send me this as a PDF? I would like to show it to my team.',
  'How long does it usually take to get started?',
];

/** What somebody does from the moment they read a mail; each reaction comes after the open. */
export function reactionsWhenRead(mail: ArrivedMail, person: Temperament, chance: Chance): readonly Reaction[] {
  const readMs = readAfterMs(mail, person, chance);
  // Behind a privacy proxy the picture comes from the proxy's copy: the person's own look leaves no trace.
  const opens: readonly Reaction[] = person.hasPrivacyProxy ? [] : [{ kind: 'open', afterMs: readMs, machine: false }];

  const farewell = farewellOf(person, chance);
  // Who has had enough does nothing else with the mail.
  if (farewell) return [...opens, { kind: farewell, afterMs: readMs + drawDelay(leaveDelay, chance, 'leave') }];
  return [...opens, ...clicks(mail, person, readMs, chance), ...reply(mail, person, readMs, chance)];
}

function readAfterMs({ at, timeZone }: ArrivedMail, { readingHours }: Temperament, chance: Chance): number {
  const noticedMs = at.getTime() + drawDelay(readDelay, chance, 'notice');
  const hours = chance('keeps to usual hours') < 0.7 ? readingHours : awake;
  return nextReading(hours, timeZone, noticedMs, chance('settles')) - at.getTime();
}

function farewellOf({ complains, interest }: Temperament, chance: Chance): 'complain' | 'unsubscribe' | undefined {
  if (complains) return 'complain';
  return chance('unsubscribes') < 0.05 * (1 - interest) ? 'unsubscribe' : undefined;
}

function clicks(mail: ArrivedMail, person: Temperament, readMs: number, chance: Chance): readonly Reaction[] {
  const { links, stage } = mail;
  if (links < 1 || chance('clicks') >= 0.035 + 0.34 * person.interest) return [];

  const clickMs = readMs + drawDelay(clickDelay, chance, 'click');
  // Squared, because the first link gets most of the clicks.
  const link = Math.floor(links * chance('link') ** 2);
  const first: Reaction = { kind: 'click', afterMs: clickMs, link };
  const isConvinced = stage === 'decision' && chance('converts') < 0.1 + 0.25 * person.interest;
  if (!isConvinced) return [first];
  const decidedMs = clickMs + drawDelay(convertDelay, chance, 'convert');
  return [first, { kind: 'convert', afterMs: whenAwake(mail, decidedMs, chance) }];
}

function reply(mail: ArrivedMail, person: Temperament, readMs: number, chance: Chance): readonly Reaction[] {
  if (chance('replies') >= 0.077 * person.interest) return [];
  const text = replies[Math.floor(chance('reply text') * replies.length)] ?? '';
  return [{ kind: 'reply', afterMs: whenAwake(mail, readMs + drawDelay(replyDelay, chance, 'reply'), chance), text }];
}

function whenAwake({ at, timeZone }: ArrivedMail, afterMs: number, chance: Chance): number {
  return nextReading(awake, timeZone, at.getTime() + afterMs, chance('gets up')) - at.getTime();
}
