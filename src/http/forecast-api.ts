import { forecastRoutes } from '../api/forecast.js';
import { forecastView } from '../foresight/forecast-view.js';
import { type AnsweredRoute, answering } from './answering.js';
import { Problem } from './problem.js';
import type { Services } from './services.js';

/** The mails to come. */
export function forecastApi(services: Services): readonly AnsweredRoute[] {
  const { forecasts, project, defaultTimeZone } = services;
  return answering(forecastRoutes, services, {
    'GET /api/forecast': async ({ query: { days, zone = defaultTimeZone } }) => {
      const forecast = await forecasts.forecast(days, zone);
      if (!forecast) throw new Problem(503, 'Too many forecasts wait already. Ask again in a minute.');
      return forecastView(forecast, project());
    },
  });
}
