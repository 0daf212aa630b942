import type { HistoryRates } from '../simulation/history-rates.js';
import type { Pauses } from '../store/pauses.js';
import type { Newcomers } from './newcomers.js';
import type { Sample } from './sample.js';

export type Assumed = {
  readonly history: HistoryRates;
  readonly coming: Newcomers;
  readonly sample: Sample;
  readonly played: number;
  readonly pauses: Pauses;
  readonly rateDays: number;
};

/** What a forecast takes for granted, for those who rely on it. */
export function assumptionsOf({ history, coming, sample, played, pauses, rateDays }: Assumed): readonly string[] {
  return [
    'The files stay as they are, and nobody pauses, imports or enrolls.',
    readingOf(history, rateDays),
    comingOf(coming),
    playedOf(sample, played),
    'Send windows, quiet hours, frequency caps, rates and warm-up are counted, by the hour; the rate for domains that are not named is not.',
    'What people will still do with mails that went already, and what they will do of their own accord, is not guessed.',
    ...[...pauses.values()].map(({ of }) => `The pause of ${of.replace(':', ' ')} goes on.`),
  ];
}

function playedOf({ strata }: Sample, played: number): string {
  const all = strata.reduce((sum, { leads }) => sum + leads, 0);
  if (all === 0) return 'No lead is on a way on which time alone brings mails.';
  return played < all
    ? `The futures of ${played} leads were played, from each place where leads stand its part, for ${all}.`
    : `The futures of all ${all} leads were played to whom time alone may bring a mail.`;
}

function readingOf({ mails, isUsual, rates }: HistoryRates, days: number): string {
  if (isUsual) return 'So few mails went so far that people are taken to read as is common between businesses.';
  const percent = (share = 0): string => `${Math.round(share * 1000) / 10} %`;
  return `People read as in the last ${days} days: of ${mails} mails ${percent(rates.opened)} were opened, and in ${percent(rates.clicked)} somebody clicked.`;
}

function comingOf({ perDay, days }: Newcomers): string {
  if (days === 0) return 'Nobody new is expected: there were no leads a day ago.';
  if (perDay === 0) return `Nobody new is expected, as nobody came by themselves in the last ${days} days.`;
  return `${Math.round(perDay * 10) / 10} new leads come each day, as in the last ${days} days; imports are not expected again.`;
}
