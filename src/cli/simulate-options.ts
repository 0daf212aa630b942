import { FixableError } from '../errors.js';
import { journeyEnd, journeyInstant } from '../simulation/invented.js';
import { readJourneyEnd, readJourneyStart } from '../simulation/journey-time-file.js';

export type SimulateOptions = {
  readonly lead?: string;
  readonly events?: string;
  readonly from?: string;
  readonly until?: string;
  readonly all?: boolean;
  readonly json?: boolean;
  readonly project: string;
  readonly leads?: string;
  readonly seed?: string;
  readonly rates?: string;
  readonly leadsFile?: string;
};

/** From when until when. The clock is read when nothing is said of the beginning. */
export function spanOf(
  { from, until }: Pick<SimulateOptions, 'from' | 'until'>,
  zone: string,
): { from: Date; until: Date } {
  const start = from === undefined ? undefined : readJourneyStart(from);
  if (from !== undefined && !start)
    throw wrongOption(
      `--from ${JSON.stringify(from)} is not a time`,
      'Write "2026-03-02 09:00" on the lead\'s clock, or an instant such as 2026-03-02T09:00:00+01:00.',
    );
  const end = until === undefined ? undefined : readJourneyEnd(until);
  if (until !== undefined && !end)
    throw wrongOption(
      `--until ${JSON.stringify(until)} is neither a time nor a length of time`,
      'Write "90 days", "2026-06-01 09:00", or an instant such as 2026-06-01T09:00:00+01:00.',
    );
  const begins = start ? journeyInstant(start, zone) : new Date();
  const ends = journeyEnd(end, begins, zone);
  if (ends <= begins)
    throw wrongOption('the journey would end before it begins', 'Give --until a later time than --from.');
  return { from: begins, until: ends };
}

export function wrongOption(what: string, fix: string): FixableError {
  return new FixableError({ code: 'bad-option', where: 'rivulet simulate', what, fix });
}
