import { mayDo, type Right } from '../access/rights.js';
import { overviewRoutes } from '../api/overview.js';
import { forecastView } from '../foresight/forecast-view.js';
import type { Attention } from '../overview/attention.js';
import type { Figure } from '../overview/figures.js';
import { openCounts, type Overview, overviewOf } from '../overview/overview.js';
import { dayText } from '../sequence/wall-clock.js';
import type { Project } from '../sequence/project.js';
import { type AnsweredRoute, answering } from './answering.js';
import type { Services } from './services.js';

/** How things stand. */
export function overviewApi(services: Services): readonly AnsweredRoute[] {
  const counts = openCounts(services.store, services.engine.now);
  return answering(overviewRoutes, services, {
    'GET /api/overview': async ({ query: { days }, who }) => {
      const overview = await overviewOf(days, { ...services, counts });
      const attention = overview.attention.filter(({ kind }) => mayDo(who.rights, rightFor[kind] ?? 'reports:read'));
      return viewOf({ ...overview, attention }, services.project());
    },
  });
}

/** What only some may see: nobody is told of what they cannot look at. */
const rightFor: Readonly<Partial<Record<Attention['kind'], Right>>> = {
  transport: 'deliverability:read',
  standstill: 'deliverability:read',
  bounces: 'deliverability:read',
  complaints: 'deliverability:read',
  uncertain: 'deliverability:read',
  file: 'sequences:read',
  form: 'sequences:read',
  endpoint: 'settings:read',
  sales: 'sales:read',
};

function viewOf({ at, asOf, period, leads, figures, forecast, attention }: Overview, project: Project) {
  const told = forecast && forecastView(forecast, project);
  const stages = [
    ...project.funnel.map(({ name, title }) => ({ stage: name, title: title ?? name })),
    ...[...leads.keys()]
      .filter((name) => !project.funnel.some((stage) => stage.name === name))
      .map((name) => ({ stage: name, title: name ?? 'In no stage' })),
  ];
  return {
    at,
    asOf: asOf ?? null,
    period: {
      from: dayText(period.from),
      to: dayText(period.to),
      days: period.to - period.from + 1,
      zone: period.zone,
    },
    leads: [...leads.values()].reduce((sum, count) => sum + count, 0),
    stages: stages.map(({ stage, title }) => ({
      stage,
      title,
      leads: leads.get(stage) ?? 0,
      ...(figures.passages.get(stage ?? '') ?? { entered: 0, onward: 0 }),
    })),
    people: figures.people.map(figureView),
    mails: figures.mails.map(figureView),
    money: figures.money,
    forecast: told
      ? {
          total: told.total,
          leads: told.leads,
          days: told.days.map(({ day, expected, low, high }) => ({ day, expected, low, high })),
        }
      : null,
    attention: attention.map((one) => ({ ...one, since: one.since ?? null })),
  };
}

function figureView({ of, ...figure }: Figure) {
  return { ...figure, of: of ?? null };
}
