import { contactableFrom } from './contactable.js';
import { type Happening, type History, type SentMail } from './history.js';

export const milestones = [
  'created',
  'reached',
  'interested',
  'qualified',
  'contactable',
  'handed-over',
  'contacted',
  'still-interested',
  'won',
  'lost',
] as const;
/** Something that a lead comes to once: the first time counts. */
export type Milestone = (typeof milestones)[number];

/** What each milestone means, in a sentence that reports print. */
export const meanings: Readonly<Record<Milestone, string>> = {
  created: 'became a lead: by a form, the API, a file or by hand',
  reached: 'the first mail to them was taken and did not bounce, or they did something themselves',
  interested:
    'clicked a link, replied, submitted a form, downloaded, converted, or their score reached a threshold; machines never count',
  qualified: 'their score reached a threshold of scoring.json for the first time',
  contactable:
    'interested, with consent granted, and either the address is not suppressed or they were handed over to sales, who can call',
  'handed-over': 'were given to sales',
  contacted: 'sales answered that it spoke with them: contacted, still or not interested, won or lost',
  'still-interested': 'sales answered after speaking with them: still interested, or won',
  won: 'sales answered won, or they converted',
  lost: 'sales answered lost or not interested',
};

/** The milestones with what they mean, in their order. */
export const milestoneWords = milestones.map((name) => ({ name, means: meanings[name] }));

/** The steps of the funnel: of each, how many of those who came to the one before came to it. */
export const chain = [
  'created',
  'reached',
  'interested',
  'contactable',
  'contacted',
  'still-interested',
  'won',
] as const satisfies readonly Milestone[];

/** Milestones of which it is told how many had come to them after so many weeks. */
export const cohortMilestones: readonly Milestone[] = [
  'created',
  'reached',
  'interested',
  'qualified',
  'contacted',
  'still-interested',
  'won',
];

export type Milestones = Readonly<Partial<Record<Milestone, Date>>>;

/** When a lead came to each milestone. `happenings` stand in the order of time. */
export function milestonesOf({ lead, happenings, mails }: History): Milestones {
  const people = happenings.filter(({ machine }) => !machine);
  const first = (...tests: readonly ((one: Happening) => boolean)[]) =>
    people.find((one) => tests.some((test) => test(one)))?.at;
  const interested = first(isInterest);
  const found: Readonly<Record<Milestone, Date | undefined>> = {
    created: earliest([lead.createdAt, first(isOf('lead.created'))]),
    reached: earliest([firstTaken(mails, happenings), first(isOwnDeed)]),
    interested,
    qualified: first(isOf('threshold.reached')),
    contactable: interested && contactableFrom(interested, people, lead.consent),
    'handed-over': first(isOf('handed-over')),
    contacted: first(answers(spokeWith)),
    'still-interested': first(answers(['still-interested', 'won'])),
    won: first(answers(['won']), isOf('converted')),
    lost: first(answers(['lost', 'not-interested'])),
  };
  return Object.fromEntries(Object.entries(found).filter(([, at]) => at !== undefined));
}

const ownDeeds: readonly string[] = ['clicked', 'replied', 'form.submitted', 'asset.downloaded', 'converted'];
const spokeWith: readonly string[] = ['contacted', 'still-interested', 'not-interested', 'won', 'lost'];

function isOwnDeed({ type }: Happening): boolean {
  return ownDeeds.includes(type);
}

function isInterest(one: Happening): boolean {
  return isOwnDeed(one) || one.type === 'threshold.reached';
}

function isOf(type: string) {
  return (one: Happening): boolean => one.type === type;
}

function answers(words: readonly string[]) {
  return ({ type, about }: Happening): boolean => type === 'sales.answered' && words.includes(about ?? '');
}

/** The first mail that a server took for the lead and that never came back. */
function firstTaken(mails: readonly SentMail[], happenings: readonly Happening[]): Date | undefined {
  const bounced = new Set(happenings.flatMap(({ type, message }) => (type === 'bounced' ? (message ?? []) : [])));
  return earliest(mails.filter((mail) => wasTaken(mail) && !bounced.has(mail.id)).map(({ at }) => at));
}

/** Whether a server took it, or may have: of an uncertain mail nobody heard the answer. */
export function wasTaken({ state }: Pick<SentMail, 'state'>): boolean {
  return state === 'accepted' || state === 'uncertain';
}

function earliest(instants: readonly (Date | undefined)[]): Date | undefined {
  const known = instants.flatMap((at) => at?.getTime() ?? []);
  return known.length > 0 ? new Date(known.reduce((a, b) => Math.min(a, b))) : undefined;
}

/** Above it a value is a mistake: it would swallow all others in a sum. */
const mostValue = 1e12;

/** The value that an event carries, 0 where it has none. */
export function valueIn(data: Happening['data']): number {
  const value = data?.['value'];
  return typeof value === 'number' && Math.abs(value) <= mostValue ? value : 0;
}

/** Its currency in three capital letters, empty where nobody said one. */
export function currencyIn(data: Happening['data']): string {
  const currency = data?.['currency'];
  return typeof currency === 'string' && /^[a-z]{3}$/i.test(currency) ? currency.toUpperCase() : '';
}

/** Whether an event brings in money: what sales won, and what people bought. */
export function isWorth({ type, about, machine, data }: Happening): boolean {
  const isSale = type === 'converted' || (type === 'sales.answered' && about === 'won');
  return isSale && !machine && valueIn(data) !== 0;
}
