import type { LeadEvent } from '../event/lead-event.js';
import type { Trigger } from './enrollment.js';

/** As much of a text as a person reads in a mail; the whole of it stands in the lead's timeline. */
const longestText = 10_000;

/** What is kept of an event with the run that it begins. */
export function triggerOf({ type, at, about, why, sequence, step, data }: LeadEvent): Trigger {
  const title = data?.['title'];
  const text = why && readable(why);
  return {
    type,
    at,
    ...(about ? { about } : {}),
    ...(typeof title === 'string' && title ? { title: readable(title) } : {}),
    ...(text ? { text } : {}),
    ...(sequence && step ? { mail: `${sequence}/${step}` } : {}),
  };
}

/** Strangers write anything: line breaks become one kind, other control characters go, and what is beyond all measure is cut. */
function readable(text: string): string {
  const clean = text
    .slice(0, 2 * longestText)
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\n\t]/gu, '')
    .trim();
  return clean.length > longestText ? `${clean.slice(0, longestText).trimEnd()} […]` : clean;
}
