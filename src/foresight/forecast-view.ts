import type { Project } from '../sequence/project.js';
import { dayText } from '../sequence/wall-clock.js';
import type { Estimate } from '../simulation/foretell.js';
import type { Forecast } from './forecast.js';

const none = { expected: 0, low: 0, high: 0 };

/** A forecast as it is answered: every day of it has its row. */
export function forecastView(forecast: Forecast, { programs }: Pick<Project, 'programs'>) {
  const { at, period, total, leads, days, sequences, mails, played, underWay, held, assumes } = forecast;
  const numbers = Array.from({ length: period.to - period.from + 1 }, (_, i) => period.from + i);
  const bySequence = (day: number): Readonly<Record<string, number>> => {
    const sums = new Map<string, number>();
    for (const mail of mails)
      if (mail.day === day) sums.set(mail.sequence, rounded((sums.get(mail.sequence) ?? 0) + mail.expected));
    return Object.fromEntries(sums);
  };
  return {
    at,
    from: dayText(period.from),
    to: dayText(period.to),
    zone: period.zone,
    total,
    leads,
    days: numbers.map((day) => ({ day: dayText(day), ...(days.get(day) ?? none), sequences: bySequence(day) })),
    sequences: [...sequences]
      .map(([sequence, estimate]) => ({ sequence, title: programs.get(sequence)?.title ?? sequence, ...estimate }))
      .toSorted((a, b) => b.expected - a.expected),
    mails: mails
      .toSorted((a, b) => a.day - b.day || b.expected - a.expected)
      .map(({ day, sequence, step, ...estimate }) => ({
        day: dayText(day),
        sequence,
        step,
        subject: subjectOf(programs.get(sequence)?.steps.get(step)),
        ...estimate,
      })),
    steps: [...forecast.steps]
      .map(([place, estimate]) => stepView(place, estimate, forecast, programs))
      .toSorted((a, b) => b.expected - a.expected),
    played,
    underWay,
    held: rounded(held),
    assumes,
  };
}

/** A mail over all days, with the first on which it goes. */
function stepView(place: string, estimate: Estimate, { mails }: Forecast, programs: Project['programs']) {
  const [sequence = '', step = ''] = place.split(/\/(.*)/s);
  const days = mails.filter((mail) => mail.sequence === sequence && mail.step === step).map(({ day }) => day);
  const subject = subjectOf(programs.get(sequence)?.steps.get(step));
  return { sequence, step, subject, first: dayText(Math.min(...days)), ...estimate };
}

function rounded(mails: number): number {
  return Math.round(mails * 10) / 10;
}

function subjectOf(step: { readonly kind: string; readonly subject?: string } | undefined): string | null {
  return step?.kind === 'send' ? (step.subject ?? null) : null;
}
