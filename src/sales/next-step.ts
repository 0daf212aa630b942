import type { EventValue, LeadEvent } from '../event/lead-event.js';
import { whyNoMail } from '../journey/advance.js';
import { judge } from '../journey/condition.js';
import { type Facts, fieldOf } from '../journey/facts.js';
import { readDate } from '../journey/lead-date.js';
import type { Sales } from '../sequence/sales-file.js';
import { atMinute, dayMs, dayOf, minuteMs, timeOfDay, wallAt, weekdayOf } from '../sequence/wall-clock.js';

/** What helps most with a lead now, and why. */
export type NextStep = { readonly what: string; readonly because: string };

/** What the rules look at besides the facts: everything that the lead did lately. */
export type Looked = { readonly facts: Facts; readonly events: readonly LeadEvent[]; readonly now: Date };

type Rule = (looked: Looked, sales: Sales) => NextStep | undefined;

/**
 * What the owner of a lead should do next: what forbids a call or has been agreed already comes first, then what
 * `nextSteps` of sales.json say, and else a call or a mail.
 */
export function nextStepFor(looked: Looked, sales: Sales): NextStep {
  const rules: readonly Rule[] = [leaveAlone, waitForReturn, prepare, answerReply, asFileSays];
  for (const rule of rules) {
    const found = rule(looked, sales);
    if (found) return found;
  }
  return reachOut(looked);
}

function leaveAlone({ facts: { suppression } }: Looked): NextStep | undefined {
  if (suppression !== 'complained') return undefined;
  return { what: 'Leave them alone.', because: 'They reported a mail of ours as spam.' };
}

function waitForReturn({ facts: { lead, timeZone }, now }: Looked): NextStep | undefined {
  if (!lead.awayUntil || lead.awayUntil <= now) return undefined;
  const day = dayName(lead.awayUntil, timeZone);
  return { what: `Wait until ${day}.`, because: 'Their own mailbox answers that they are away until then.' };
}

/** A call that is agreed, by the fields and forms of the shipped project. */
function prepare({ facts, now }: Looked): NextStep | undefined {
  const { lead, timeZone } = facts;
  const booked = readDate(fieldOf(lead, 'appointmentAt'), timeZone);
  if (!booked || booked.at <= now) return undefined;
  const when = `${dayName(booked.at, timeZone)}${booked.hasTime ? ` at ${clock(booked.at, timeZone)} their time` : ''}`;
  return {
    what: `Prepare the call of ${when}.`,
    because: 'They have booked it; calling before would only surprise them.',
  };
}

const freshMs = 7 * dayMs;

function answerReply({ events, now }: Looked): NextStep | undefined {
  const last = (type: string) => events.findLast((event) => event.type === type && !event.machine);
  const reply = last('replied');
  if (!reply || now.getTime() - reply.at.getTime() > freshMs) return undefined;
  const spoken = last('sales.answered');
  if (spoken && spoken.at > reply.at) return undefined;
  return { what: 'Answer their reply first.', because: 'They wrote to us, and wait for an answer.' };
}

function asFileSays({ facts, now }: Looked, { nextSteps }: Sales): NextStep | undefined {
  for (const { if: condition, do: what } of nextSteps) {
    const { holds, because } = judge(condition, facts, now);
    if (holds) return { what, because: sentence(because) };
  }
  return undefined;
}

/** "page.viewed /pricing came twice" as a sentence has it. */
function sentence(because: string): string {
  return `Because ${because}.`;
}

function reachOut({ facts, now }: Looked): NextStep {
  const { lead, timeZone } = facts;
  const noMail = whyNoMail(facts);
  if (isKnown(fieldOf(lead, 'phone'))) {
    const because = noMail ? `They get no mails from us (${noMail}), and left a number.` : 'They left a number.';
    return { what: `Call ${whenToCall(now, timeZone)}.`, because };
  }
  if (noMail) {
    const because = `They get no mails from us (${noMail}), and left no number.`;
    return { what: 'Look for another way, or wait until they come back.', because };
  }
  return { what: 'Write them two lines of your own today.', because: 'They left no number.' };
}

function isKnown(value: EventValue | undefined): boolean {
  return value !== undefined && String(value).trim() !== '';
}

const opens = 9 * 60;
const closes = 17 * 60;

/** "today, until 17:00 their time", or the next day on which people work. */
export function whenToCall(now: Date, timeZone: string): string {
  const wall = wallAt(now, timeZone);
  const today = dayOf(wall);
  const minute = timeOfDay(wall) / minuteMs;
  const isWorkday = weekdayOf(today) <= 5;
  if (isWorkday && minute < opens) return 'today from 09:00 their time';
  if (isWorkday && minute < closes) return 'today, until 17:00 their time';
  const next = [1, 2, 3].map((days) => today + days).find((day) => weekdayOf(day) <= 5) ?? today + 1;
  return `on ${dayName(atMinute(next, opens, timeZone), timeZone)} from 09:00 their time`;
}

/** "Monday 9 March" */
function dayName(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'long', day: 'numeric', month: 'long' }).format(at);
}

function clock(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(at);
}
