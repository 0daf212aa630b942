import { readConfig } from '../config.js';
import { FixableError } from '../errors.js';
import { askSetting, type ReportSetting, tellReport } from '../lead/tell-report.js';
import { type Ask, askOf, type AskSetting, type ReportName } from '../report/ask.js';
import { type Report, reportCsv, reportJson } from '../report/report.js';
import { tableCsv } from '../transfer/table-csv.js';
import { openFolder } from './folder.js';
import { reportText } from './report-text.js';
import { reportFault, say } from './terminal.js';
import { withStore } from './with-store.js';

export type ReportOptions = {
  readonly from?: string;
  readonly to?: string;
  readonly by?: string;
  readonly zone?: string;
  readonly source?: string;
  readonly sequence?: string;
  readonly stage?: string;
  readonly format: string;
  readonly table?: string;
  readonly dir: string;
};

/** Prints a report: for a person, or as one table in CSV or all of it in JSON for programs. */
export async function report(name: ReportName, options: ReportOptions): Promise<void> {
  const { format, table, dir, ...asked } = options;
  if (table !== undefined && format !== 'csv')
    throw wrong(name, ['--table: only a CSV file has one table alone. Add --format csv.']);
  const told = await withReports(dir, async (setting) => {
    return tellReport(readAsk(name, asked, await askSetting(setting)), setting);
  });
  if (format === 'table') return say(reportText(told));
  say(format === 'json' ? JSON.stringify(reportJson(told), null, 2) : csvOf(told, table).trimEnd());
}

/** Work with what reports need: the database, and the files beside it. */
export async function withReports<T>(dir: string, work: (setting: ReportSetting) => Promise<T>): Promise<T> {
  const { project } = await openFolder(dir);
  const config = readConfig(process.env);
  return withStore(config, (store) =>
    work({
      store,
      project: () => project,
      defaultTimeZone: config.DEFAULT_TIMEZONE,
      now: () => new Date(),
      onFault: reportFault,
    }),
  );
}

function readAsk(name: ReportName, asked: object, setting: AskSetting): Ask {
  const read = askOf(name, setting).safeParse(asked);
  if (read.success) return read.data;
  throw wrong(
    name,
    read.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message.replace('\n', '. ')}`),
  );
}

function wrong(name: ReportName, problems: readonly string[]): FixableError {
  const [only = '', ...more] = problems;
  if (more.length === 0) {
    const [what = '', ...fix] = only.split('. ');
    return new FixableError({ code: 'bad-option', where: `rivulet report ${name}`, what, fix: fix.join('. ') });
  }
  const what = `${problems.length} options are not as they must be`;
  return new FixableError({
    code: 'bad-option',
    where: `rivulet report ${name}`,
    what,
    fix: `Mend them:${problems.map((one) => `\n  ${one}`).join('')}`,
  });
}

function csvOf({ report: name, tables }: Report, wanted: string | undefined): string {
  const table = wanted === undefined ? tables[0] : tables.find((one) => one.name === wanted);
  if (table) return tableCsv(reportCsv(table));
  const what = `--table: this report has no table "${wanted ?? ''}"`;
  const fix = `Use one of: ${tables.map((one) => one.name).join(', ')}.`;
  throw new FixableError({ code: 'bad-option', where: `rivulet report ${name}`, what, fix });
}
