import { createHash } from 'node:crypto';
import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import type { Brand } from '../message/brand.js';
import type { Template } from '../message/template.js';
import { type MailRates, type Rates, ratesFor } from './rates-file.js';
import { dayMs } from '../sequence/wall-clock.js';
import type { SentMail } from './simulate.js';

const hourMs = 3_600_000;

/** Draws numbers in [0, 1): the same words, the same number, so that a run can be repeated. */
export type Luck = (...about: readonly (string | number)[]) => number;

export function luckOf(seed: number, lead: string): Luck {
  return (...about) =>
    createHash('sha256')
      .update([seed, lead, ...about].join('\u0000'))
      .digest()
      .readUInt32BE(0) /
    2 ** 32;
}

/** What a lead of the crowd does with a mail, drawn by its rates. */
export function reactionsTo(mail: SentMail, rates: Rates, links: readonly string[], luck: Luck): readonly LeadEvent[] {
  const { sequence, step, enrollment, at } = mail;
  const chances = ratesFor(rates, sequence, step);
  const draw = (what: string): number => luck(enrollment, step, what);
  const event = (type: string, afterMs: number, rest: Partial<LeadEvent> = {}): LeadEvent => {
    const message = idFrom('message', enrollment, step);
    return {
      id: idFrom('drawn', message, type),
      type,
      lead: mail.lead,
      at: new Date(at.getTime() + afterMs),
      source: 'chance',
      machine: false,
      message,
      enrollment,
      sequence,
      step,
      ...rest,
    };
  };
  if (draw('bounced') < (chances.bounced ?? 0)) return [event('bounced', 5000, { hard: true })];
  const readAfter = delayOf(chances, draw('delay'));
  return doings(chances, draw).map((type) => {
    const link = type === 'clicked' ? links[Math.floor(draw('link') * links.length)] : undefined;
    return event(type, readAfter + (laterMs[type] ?? 0), link === undefined ? {} : { about: link });
  });
}

/** How long after opening a mail people do something with it. */
const laterMs: Readonly<Record<string, number>> = {
  clicked: 60_000,
  replied: 600_000,
  unsubscribed: 120_000,
  complained: 180_000,
};

function doings(chances: MailRates, draw: (what: string) => number): readonly string[] {
  const attention = draw('attention');
  const hasClicked = attention < (chances.clicked ?? 0);
  // One draw for both: whoever clicks is among those who open.
  const hasOpened = attention < Math.max(chances.opened ?? 0, chances.clicked ?? 0);
  const others = (['replied', 'unsubscribed', 'complained'] as const).filter(
    (type) => draw(type) < (chances[type] ?? 0),
  );
  return [...(hasOpened || others.length > 0 ? ['opened'] : []), ...(hasClicked ? ['clicked'] : []), ...others];
}

/** Most answer soon, a few late: exponential about the mean. */
function delayOf({ delayHours = 9 }: MailRates, draw: number): number {
  return Math.round(delayHours * hourMs * -Math.log(1 - draw));
}

/** What happens to a lead by itself: each event has its chance on each day, counted from the beginning. */
export function dailyEvents(
  lead: string,
  { perDay = {} }: Rates,
  from: Date,
  until: Date,
  luck: Luck,
): readonly LeadEvent[] {
  const days = Math.ceil((until.getTime() - from.getTime()) / dayMs);
  return Object.entries(perDay).flatMap(([name, share]) => {
    const [type = name, about] = name.split(/:(.*)/s);
    const lucky = Array.from({ length: days }, (_, day) => day).filter((day) => luck(name, day) < share);
    return lucky.map((day): LeadEvent => {
      const at = new Date(from.getTime() + Math.floor((day + luck(name, day, 'time')) * dayMs));
      const id = idFrom('daily', lead, name, String(day));
      return { id, type, lead, at, source: 'chance', machine: false, ...(about === undefined ? {} : { about }) };
    });
  });
}

/** The links of a template that are the same for every lead: those that a click can be drawn for. */
export function linksOf(template: Template, brand: Brand): readonly string[] {
  const values = {
    lead: {},
    brand: { ...brand },
    sequence: { name: '' },
    links: [],
    unsubscribeUrl: '',
    preferencesUrl: '',
    pixelUrl: '',
  };
  return template.links.flatMap((fill) => {
    const link = fill(values);
    return /^https?:/.test(link) ? [link] : [];
  });
}
