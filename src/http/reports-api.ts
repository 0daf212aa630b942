import type * as z from 'zod';
import { reportRoutes } from '../api/reports.js';
import { askSetting, reportsTell, tellReport } from '../lead/tell-report.js';
import { askOf, type ReportName, reportNames, type ReportQuery, reportShapes } from '../report/ask.js';
import { type Report, reportCsv, reportJson, type Table } from '../report/report.js';
import { tableCsv } from '../transfer/table-csv.js';
import { type AnsweredRoute, answering } from './answering.js';
import { found, parse, Problem } from './problem.js';
import type { Services } from './services.js';

/** Reports: GET /api/reports/kpi?from=2026-03-01&to=2026-03-31&by=week&zone=Europe/Paris, and /kpi.csv of one table. */
export function reportsApi(services: Services): readonly AnsweredRoute[] {
  const setting = { ...services, now: services.engine.now };
  const asked = async (written: string, query: z.output<typeof ReportQuery>): Promise<Report> => {
    const name: ReportName = found(
      reportNames.find((one) => one === written),
      `report; there are: ${reportNames.join(', ')}`,
    );
    return tellReport(parse(askOf(name, await askSetting(setting)), query), setting);
  };

  return answering(reportRoutes, services, {
    'GET /api/reports': async () => {
      const { zone, sources, sequences, stages } = await askSetting(setting);
      const items = reportNames.map((name) => {
        const { usual = null, ...shape } = reportShapes[name];
        return { name, tells: reportsTell[name], ...shape, usual };
      });
      return { items, zone, names: { source: sources, sequence: sequences, stage: stages } };
    },
    'GET /api/reports/:name.csv': async ({ params: { name }, query: { table: wanted, ...query }, response }) => {
      const report = await asked(name, query);
      const table = tableOf(report, wanted);
      response.attachment(`${report.report}-${table.name}.csv`);
      return tableCsv(reportCsv(table));
    },
    'GET /api/reports/:name': async ({ params: { name }, query }) => reportJson(await asked(name, query)),
  });
}

function tableOf({ tables }: Report, name: string | undefined): Table {
  const table = name === undefined ? tables[0] : tables.find((one) => one.name === name);
  if (table) return table;
  const known = `use one of: ${tables.map((one) => one.name).join(', ')}`;
  throw new Problem(422, 'This report has no such table.', [{ pointer: '/table', detail: known }]);
}
