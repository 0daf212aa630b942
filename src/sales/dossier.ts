import type { LeadEvent } from '../event/lead-event.js';
import { whyNoMail } from '../journey/advance.js';
import type { Facts, Lead } from '../journey/facts.js';
import { type AddressKind, addressKindOf } from '../message/address-kind.js';
import type { Score } from '../scoring/score.js';
import type { Sales } from '../sequence/sales-file.js';
import { ownerField, ownerNamed } from '../sequence/sales-file.js';
import { type Deed, deedsIn, type Titles } from './activity.js';
import { answerInWords } from './answer-words.js';
import { nextStepFor, type NextStep } from './next-step.js';
import { answersIn, handOverOf } from './standing.js';

/** What is known of a lead, and how its mails, forms and series are called. */
export type Known = {
  readonly facts: Facts;
  /** What happened to it, the oldest first. */
  readonly events: readonly LeadEvent[];
  /** Titles of the series that it is in. */
  readonly series: readonly string[];
  readonly stage: string | undefined;
  readonly titles: Titles;
};

/** All that a colleague should know before calling. */
export type Dossier = {
  readonly name: string;
  readonly address: string;
  readonly addressKind: AddressKind;
  readonly localTime: string;
  readonly country?: string;
  readonly score: Pick<Score, 'total' | 'engagement' | 'fit' | 'grid'>;
  /** The points that weigh most, whether they are given or taken. */
  readonly points: readonly { readonly points: number; readonly why: string }[];
  readonly deeds: readonly Deed[];
  readonly series: readonly string[];
  readonly stage?: string;
  /** Whether it may be mailed and called, and by what that is known. */
  readonly mail: string;
  readonly call: string;
  readonly nextStep: NextStep;
  readonly owner?: { readonly email: string; readonly name: string };
  readonly why?: string;
  readonly answers: readonly string[];
};

const mostLines = 6;
const mostAnswers = 4;

/** Puts together what a colleague should know of a lead at `now`. */
export function dossierOf(known: Known, sales: Sales, now: Date): Dossier {
  const { facts, events, series, stage, titles } = known;
  const { lead, score, timeZone } = facts;
  const { total, engagement, fit, grid } = score;
  const owner = lead.attributes[ownerField];
  const handOver = handOverOf(events);
  return {
    name: [lead.firstName, lead.lastName].filter(Boolean).join(' ') || lead.email,
    address: lead.email,
    addressKind: addressKindOf(lead.email),
    localTime: localTime(now, timeZone, lead),
    ...countryOf(lead),
    score: { total, engagement, fit, grid },
    points: pointsOf(score),
    deeds: deedsIn(events, titles),
    series,
    ...(stage === undefined ? {} : { stage }),
    mail: mayMail(facts, sales.timeZone),
    call: mayCall(facts, sales.timeZone),
    nextStep: nextStepFor({ facts, events, now }, sales),
    ...(typeof owner === 'string' && owner
      ? { owner: { email: owner, name: ownerNamed(owner, sales.owners)?.name ?? owner } }
      : {}),
    ...(handOver?.why ? { why: handOver.why } : {}),
    answers: answersIn(events)
      .slice(-mostAnswers)
      .map((answer) => answerInWords(answer, sales)),
  };
}

/** "Tuesday 14:05 (Europe/Paris)": whether it is a time to call. */
function localTime(now: Date, timeZone: string, { timezone }: Pick<Lead, 'timezone'>): string {
  const parts = { weekday: 'long', hour: '2-digit', minute: '2-digit' } as const;
  const time = new Intl.DateTimeFormat('en-GB', { ...parts, timeZone }).format(now);
  return timezone ? `${time} (${timezone})` : `${time} (${timeZone}; nobody knows where they are)`;
}

const countryNames = new Intl.DisplayNames('en-GB', { type: 'region' });

/** "France" of "FR"; what is no code of ISO 3166 stays as it was written. */
function countryOf({ attributes: { country } }: Pick<Lead, 'attributes'>): Pick<Dossier, 'country'> {
  if (typeof country !== 'string' || country.trim() === '') return {};
  const code = country.trim().toUpperCase();
  return { country: /^[A-Z]{2}$/.test(code) ? (countryNames.of(code) ?? country) : country };
}

/** Lines of one reason are one, as a person would tell it. */
function pointsOf({ lines }: Score): Dossier['points'] {
  const sums = new Map<string, number>();
  for (const { why, points } of lines) sums.set(why, (sums.get(why) ?? 0) + points);
  return [...sums]
    .map(([why, points]) => ({ why, points: Math.round(points) }))
    .filter(({ points }) => points !== 0)
    .toSorted((a, b) => Math.abs(b.points) - Math.abs(a.points))
    .slice(0, mostLines);
}

function mayMail(facts: Facts, timeZone: string): string {
  const { status, at, source } = facts.lead.consent;
  const not = whyNoMail(facts);
  if (not) return `No: ${not === `consent is ${status}` ? consentTexts[status] : not}.`;
  return `Yes: they agreed on ${day(at, timeZone)} (${source}).`;
}

const consentTexts = {
  granted: 'they agreed',
  pending: 'they have not confirmed yet that they agree',
  denied: 'they said no',
} as const;

/** What a form may call its purpose when it asks for calls. */
const callPurposes = ['phone', 'call', 'calls', 'telephone'];

/** Consent to mail is none to calls: only what was asked for is told. */
function mayCall({ lead, suppression }: Facts, timeZone: string): string {
  if (suppression === 'complained') return 'Better not: they reported a mail of ours as spam.';
  const asked = callPurposes.flatMap((purpose) => lead.consent.purposes?.[purpose] ?? [])[0];
  if (asked?.status === 'granted') return `Yes: they agreed to calls on ${day(asked.at, timeZone)}.`;
  if (asked?.status === 'denied') return 'No: they said no to calls.';
  const phone = lead.attributes['phone'];
  return phone
    ? 'They left a number; no form has asked whether we may call.'
    : 'They left no number, and no form has asked whether we may call.';
}

function day(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'long', year: 'numeric' }).format(at);
}
