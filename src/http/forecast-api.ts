import { forecastRoutes } from '../api/forecast.js';
import { forecastView } from '../foresight/forecast-view.js';
import { type AnsweredRoute, answering } from './answering.js';
import type { Services } from './services.js';

/** The mails to come. */
export function forecastApi(services: Services): readonly AnsweredRoute[] {
  const { forecasts, project, defaultTimeZone } = services;
  return answering(forecastRoutes, services, {
    'GET /api/forecast': async ({ query: { days, zone = defaultTimeZone } }) =>
      forecastView(await forecasts.forecast(days, zone), project()),
  });
}
