import type { ConsentStatus } from '../journey/facts.js';
import type { Happening } from './history.js';

/** What stands between us and a person at one instant. */
type Standing = {
  readonly isGranted: boolean;
  /** Reasons for which its address gets no mail. */
  readonly reasons: ReadonlySet<string>;
  /** Sales has it, and can call. */
  readonly isWithSales: boolean;
};

/** From when on a person may be contacted, at `from` at the earliest; undefined when that never was. */
export function contactableFrom(
  from: Date,
  happenings: readonly Happening[],
  consent: ConsentStatus,
): Date | undefined {
  let standing: Standing = { isGranted: wasGranted(happenings, consent), reasons: new Set(), isWithSales: false };
  const later = happenings.filter(({ at }) => at > from);
  for (const one of happenings.filter(({ at }) => at <= from)) standing = after(standing, one);
  if (isContactable(standing)) return from;
  for (const one of later) {
    standing = after(standing, one);
    if (isContactable(standing)) return one.at;
  }
  return undefined;
}

function isContactable({ isGranted, reasons, isWithSales }: Standing): boolean {
  return isGranted && (reasons.size === 0 || isWithSales);
}

/** The consent that a lead came with. Only changes are told, so that the first of them says what was before it. */
function wasGranted(happenings: readonly Happening[], now: ConsentStatus): boolean {
  const change = happenings.find(({ type }) => type === 'consent.granted' || type === 'consent.withdrawn');
  return change ? change.type === 'consent.withdrawn' : now === 'granted';
}

function after(standing: Standing, { type, about = '', hard }: Happening): Standing {
  const { reasons } = standing;
  const without = (...lifted: readonly string[]): Standing => ({
    ...standing,
    reasons: new Set([...reasons].filter((reason) => !lifted.includes(reason))),
  });
  const as = (reason: string): Standing => ({ ...standing, reasons: new Set([...reasons, reason]) });
  switch (type) {
    case 'consent.granted':
      return { ...standing, isGranted: true };
    case 'consent.withdrawn':
      return { ...standing, isGranted: false };
    case 'handed-over':
      return { ...standing, isWithSales: true };
    case 'unsubscribed':
      return as('unsubscribed');
    case 'complained':
      return as('complained');
    case 'bounced':
      return hard ? as('hard-bounced') : standing;
    case 'suppressed':
      return as(about);
    case 'resubscribed':
      return without('unsubscribed');
    case 'suppression.lifted':
      return without(...about.split(', '));
    default:
      return standing;
  }
}
