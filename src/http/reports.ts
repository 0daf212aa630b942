import { type Response, Router } from 'express';
import * as z from 'zod';
import { askSetting, reportsTell, tellReport } from '../lead/tell-report.js';
import { askOf, type ReportName, reportNames } from '../report/ask.js';
import { type Report, reportCsv, reportJson } from '../report/report.js';
import { tableCsv } from '../transfer/table-csv.js';
import { found, parse, Problem } from './problem.js';
import type { Services } from './services.js';

const TableQuery = z.looseObject({ table: z.string().max(40).optional() });

/** Reports: GET /api/reports/kpi?from=2026-03-01&to=2026-03-31&by=week&zone=Europe/Paris, and /kpi.csv of one table. */
export function reporting(services: Services): Router {
  const router = Router();
  const setting = { ...services, now: services.engine.now };

  router.get('/', (_request, response) => {
    response.json({ items: reportNames.map((name) => ({ name, tells: reportsTell[name] })) });
  });

  router.get('/:file', async (request, response) => {
    const [, written = '', ending = ''] = /^([a-z]{1,20})(\.csv)?$/.exec(request.params.file) ?? [];
    const name: ReportName = found(
      reportNames.find((one) => one === written),
      `report; there are: ${reportNames.join(', ')}`,
    );
    const { table, ...query } = parse(TableQuery, request.query);
    if (table !== undefined && ending === '')
      throw new Problem(422, 'Only a file has one table alone.', [{ pointer: '/table', detail: 'ask for .csv' }]);
    const ask = parse(askOf(name, await askSetting(setting)), query);
    const report = await tellReport(ask, setting);
    if (ending === '') response.json(reportJson(report));
    else sendCsv(response, report, table);
  });

  return router;
}

function sendCsv(response: Response, report: Report, name: string | undefined): void {
  const { tables } = report;
  const table = name === undefined ? tables[0] : tables.find((one) => one.name === name);
  if (!table) {
    const known = `use one of: ${tables.map((one) => one.name).join(', ')}`;
    throw new Problem(422, 'This report has no such table.', [{ pointer: '/table', detail: known }]);
  }
  response
    .attachment(`${report.report}-${table.name}.csv`)
    .type('text/csv')
    .send(tableCsv(reportCsv(table)));
}
